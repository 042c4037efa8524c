package sdk

import (
	"errors"
	"io"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	wirev1 "github.com/paifang/paifang/plugins/sdk/wire/v1"
)

type verifierV1 struct {
	wirev1.UnimplementedVerifierServiceServer
	server   *server
	verifier Verifier
}

func (v *verifierV1) Verify(stream wirev1.VerifierService_VerifyServer) error {
	if err := v.server.gate.enter(stream.Context()); err != nil {
		return err
	}
	defer v.server.gate.leave()
	first, err := stream.Recv()
	if err != nil {
		return err
	}
	h := first.GetHeader()
	if h == nil {
		return status.Error(codes.InvalidArgument, "the header comes first")
	}
	files := &fileReader{recv: stream.Recv}
	request := verification(h)
	files.declared = request.Files
	request.NextFile = files.next
	verdict, err := v.verifier.Verify(v.server.withLog(stream.Context(), h.RequestId), request)
	if err == nil && verdict == nil {
		err = errors.New("no verdict")
	}
	if err != nil {
		return fault(err)
	}
	// What the provider did not read must still keep to its declaration.
	if err := files.discard(); err != nil {
		return status.Error(codes.InvalidArgument, "files do not keep to their declaration")
	}
	return stream.SendAndClose(&wirev1.VerifyResponse{
		Result: wirev1.VerifyResult(verdict.Result), Reasons: reasonsV1(verdict.Reasons),
		Evidence: verdict.Evidence, Source: verdict.Source, Reference: verdict.Reference,
	})
}

func verification(h *wirev1.VerifyHeader) *Verification {
	v := &Verification{
		RequestID: h.RequestId, Tenant: h.Tenant, Key: h.IdempotencyKey, Capability: h.Capability,
		Fields: h.Fields, Locale: h.Locale, TestMode: h.TestMode, Now: h.Time.AsTime(),
	}
	for _, f := range h.Files {
		v.Files = append(v.Files, FileInfo{Name: f.Name, MediaType: f.MediaType, Size: f.Size, SHA256: f.Sha256})
	}
	return v
}

// discard reads to the end of the stream.
func (f *fileReader) discard() error {
	for {
		_, r, err := f.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if _, err := io.Copy(io.Discard, r); err != nil {
			return err
		}
	}
}
