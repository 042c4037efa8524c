package host

import (
	"bytes"
	"crypto/sha256"
	"io"
	"log/slog"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	wirev1 "github.com/paifang/paifang/plugins/sdk/wire/v1"
)

// FuzzDescription: whatever bytes a provider describes itself with, it is what the
// core can ask or it is refused.
func FuzzDescription(f *testing.F) {
	seed, err := proto.Marshal(good())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(seed)
	f.Add(seed[:len(seed)/2])
	f.Fuzz(func(t *testing.T, b []byte) {
		var d wirev1.DescribeResponse
		if proto.Unmarshal(b, &d) != nil {
			return
		}
		a, err := aboutV1("good", &d)
		if err != nil {
			if strings.Contains(err.Error(), "\n") || len(err.Error()) > 4096 {
				t.Errorf("the refusal is %q", err)
			}
			return
		}
		if a.id != "good" || !semver.MatchString(a.version) {
			t.Errorf("%q %q is taken", a.id, a.version)
		}
	})
}

// FuzzCallback: what a messenger makes of a vendor's call is bounded, and what is
// not authentic reports nothing.
func FuzzCallback(f *testing.F) {
	for _, r := range []*wirev1.ParseReceiptResponse{
		{Authentic: true, ReplyStatus: 200, ReplyType: "text/xml", ReplyBody: []byte("<Response/>"),
			Reports: []*wirev1.DeliveryReport{{Reference: "SM1", State: wirev1.DeliveryState_DELIVERY_STATE_DELIVERED}}},
		{ReplyStatus: 99}, {ReplyType: "text/html; charset=\r\nX: y"}, {},
	} {
		seed, err := proto.Marshal(r)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var r wirev1.ParseReceiptResponse
		if proto.Unmarshal(b, &r) != nil {
			return
		}
		out, err := callbackV1(&r)
		if err != nil {
			return
		}
		if out.Status < 200 || out.Status > 599 || len(out.Body) > maxReplyBody || strings.ContainsAny(out.Type, "\r\n") || !out.Authentic && len(out.Reports) > 0 {
			t.Errorf("%+v", out)
		}
		for _, d := range out.Reports {
			if d.Reference == "" || d.State == "" {
				t.Errorf("%+v", d)
			}
		}
	})
}

// FuzzStderr: of what a provider writes only codes, places and ids come through.
func FuzzStderr(f *testing.F) {
	for _, s := range []string{`{"level":"warn","code":"vendor_slow","request":"a-1"}`, "panic: Anna ERIKSSON", "\t/src/main.go:99 +0x1d",
		`{"@message":1}`, `{"code":"Anna ERIKSSON"}`, "\x00", strings.Repeat("x", 5000) + "\n" + `{"code":"a"}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		lines := &logRing{}
		log := &stderrLog{log: slog.New(slog.NewTextHandler(io.Discard, nil)),
			diary: diary{ring: lines, clock: func() time.Time { return time.Unix(1_800_000_000, 0) }, version: func() string { return "1.0.0" }}}
		log.read(bytes.NewReader(b))
		for _, l := range lines.list() {
			place := strings.Contains(l.Text, ".go:") && !strings.Contains(l.Text, " ")
			if !logCode.MatchString(l.Text) && !place && !strings.HasPrefix(l.Text, "lines dropped") && strings.ContainsAny(l.Text, "\n\x00") {
				t.Errorf("%q comes through", l.Text)
			}
			if l.Request != "" && !requestID.MatchString(l.Request) {
				t.Errorf("the request is %q", l.Request)
			}
		}
	})
}

// FuzzManifest: what is read of a manifest is names of providers with whole digests.
func FuzzManifest(f *testing.F) {
	f.Add([]byte(strings.Repeat("ab", sha256.Size) + "  mainland\n"))
	f.Add([]byte(strings.Repeat("ab", sha256.Size) + "  ../mainland\n"))
	f.Add([]byte("ab  x"))
	f.Fuzz(func(t *testing.T, b []byte) {
		sums, err := readSums(b)
		for name, sum := range sums {
			if err == nil && (len(sum) != sha256.Size || !providerName.MatchString(name)) {
				t.Errorf("%q has the digest %x", name, sum)
			}
		}
	})
}
