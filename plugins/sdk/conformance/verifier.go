package conformance

import (
	"context"
	"crypto/sha256"
	"strings"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	wirev1 "github.com/paifang/paifang/plugins/sdk/wire/v1"
)

func verifierCases() []check {
	return []check{
		{"verifier.capabilities", "it says what it can look up", "Name what it answers for, such as registry.resident_id.", verifierCapabilities},
		{"verifier.unknown", "what it cannot look up never passes", "Answer Unavailable or an error for a capability that is not yours.", verifierUnknown},
		{"verifier.nothing", "nothing to look up never passes", "Missing fields are Refer, Fail or Unavailable with a reason.", verifierNothing},
		{"verifier.reasons", "every answer that is no pass has reasons of the vocabulary", "Add a reason: a person has to read why.", verifierReasons},
		{"verifier.same", "the same key has the same answer", "Keep answers by idempotency key, or ask a source that does.", verifierSame},
		{"verifier.header", "a stream that does not begin with the header is refused", "Answer InvalidArgument: the SDK does.", verifierHeader},
		{"verifier.files", "files that are not what was declared are refused", "Check size, digest and order: the SDK does for all that goes through NextFile.", verifierFiles},
		{"verifier.late", "past its deadline nothing is looked up", "Do not begin a call whose deadline is over: the SDK does not.", verifierLate},
	}
}

// verify sends a header and then chunks.
func (t *trial) verify(ctx context.Context, c *Client, h *wirev1.VerifyHeader, chunks ...*wirev1.VerifyChunk) (*wirev1.VerifyResponse, error) {
	ctx, cancel := context.WithTimeout(ctx, t.limit(10*time.Second))
	defer cancel()
	stream, err := c.Verifier.Verify(ctx)
	if err != nil {
		return nil, err
	}
	if h != nil {
		h.RequestId, h.Tenant, h.Locale, h.TestMode = "conformance", "conformance", "en", true
		h.Time = timestamppb.New(time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC))
		_ = stream.Send(&wirev1.VerifyRequest{Part: &wirev1.VerifyRequest_Header{Header: h}})
	}
	for _, chunk := range chunks {
		_ = stream.Send(&wirev1.VerifyRequest{Part: &wirev1.VerifyRequest_Chunk{Chunk: chunk}})
	}
	return stream.CloseAndRecv()
}

// capability is the first that a verifier has.
func (t *trial) capability() string {
	for _, c := range t.about.Capabilities {
		if !strings.HasPrefix(c, "channel.") {
			return c
		}
	}
	return ""
}

func verifierCapabilities(_ context.Context, t *trial) {
	t.want(t.capability() != "", "no capability")
}

func verifierUnknown(ctx context.Context, t *trial) {
	r, err := t.verify(ctx, t.main.Client, &wirev1.VerifyHeader{IdempotencyKey: "unknown", Capability: "no.such-thing"})
	t.want(err != nil || r.Result != wirev1.VerifyResult_VERIFY_RESULT_PASS, "it passes")
}

// nothings are the answers to questions with nothing in them.
func (t *trial) nothings(ctx context.Context, f func(capability string, r *wirev1.VerifyResponse, err error)) {
	for _, c := range t.about.Capabilities {
		if !strings.HasPrefix(c, "channel.") {
			r, err := t.verify(ctx, t.main.Client, &wirev1.VerifyHeader{IdempotencyKey: "nothing-" + c, Capability: c})
			f(c, r, err)
		}
	}
}

func verifierNothing(ctx context.Context, t *trial) {
	t.nothings(ctx, func(capability string, r *wirev1.VerifyResponse, err error) {
		t.want(err != nil || r.Result != wirev1.VerifyResult_VERIFY_RESULT_PASS, "%s passes", capability)
		t.want(err != nil || wirev1.VerifyResult_name[int32(r.Result)] != "" && r.Result != 0, "%s: result %d", capability, r.GetResult())
	})
}

func verifierReasons(ctx context.Context, t *trial) {
	own := ownCodes(t.about)
	t.nothings(ctx, func(capability string, r *wirev1.VerifyResponse, err error) {
		if err != nil || r.Result == wirev1.VerifyResult_VERIFY_RESULT_PASS {
			return
		}
		t.want(len(r.Reasons) > 0 || r.Result == wirev1.VerifyResult_VERIFY_RESULT_UNAVAILABLE, "%s: %s without a reason", capability, r.Result)
		for _, x := range r.Reasons {
			t.want(isCommon(x.Code) || own[x.Code] != "", "%s: unknown code %q", capability, x.Code)
		}
	})
}

func verifierSame(ctx context.Context, t *trial) {
	first := map[string]*wirev1.VerifyResponse{}
	for range 3 {
		t.nothings(ctx, func(capability string, r *wirev1.VerifyResponse, err error) {
			if before, ok := first[capability]; ok {
				t.want(proto.Equal(before, r), "%s: another answer", capability)
			}
			first[capability] = r
		})
	}
}

func verifierHeader(ctx context.Context, t *trial) {
	_, err := t.verify(ctx, t.main.Client, nil, &wirev1.VerifyChunk{Data: []byte("x")})
	t.want(status.Code(err) == codes.InvalidArgument, "a chunk first: %v", err)
}

func verifierFiles(ctx context.Context, t *trial) {
	sum := sha256.Sum256([]byte("hello"))
	declared := func() *wirev1.VerifyHeader {
		h := &wirev1.VerifyHeader{IdempotencyKey: "files", Files: []*wirev1.VerifyFile{{Name: "passport/data_page", MediaType: "image/png", Size: 5, Sha256: sum[:]}}}
		h.Capability = t.capability()
		return h
	}
	for name, chunks := range map[string][]*wirev1.VerifyChunk{
		"nothing":     nil,
		"too little":  {{Data: []byte("hell")}},
		"too much":    {{Data: []byte("hello!")}},
		"other bytes": {{Data: []byte("hullo")}},
		"other file":  {{File: 7, Data: []byte("hello")}},
	} {
		_, err := t.verify(ctx, t.main.Client, declared(), chunks...)
		code := status.Code(err)
		t.want(code == codes.InvalidArgument || code == codes.Internal, "%s: %v", name, err)
	}
	if _, err := t.health(ctx, t.main); err != nil {
		t.errorf("and after it: %v", err)
	}
}

func verifierLate(ctx context.Context, t *trial) {
	t.tooLate(ctx, func(ctx context.Context) error {
		_, err := t.verify(ctx, t.main.Client, &wirev1.VerifyHeader{IdempotencyKey: "late"})
		return err
	})
}
