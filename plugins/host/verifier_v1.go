package host

import (
	"context"
	"errors"
	"io"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/paifang/paifang/core/kyc"
	wirev1 "github.com/paifang/paifang/plugins/sdk/wire/v1"
)

// Verify asks the verifier that has the capability. Unavailable means that
// nobody could tell; it is never a verdict.
func (h *Host) Verify(ctx context.Context, v kyc.Verification) (kyc.Verdict, error) {
	p := h.verifier(v.Capability)
	if p == nil {
		return kyc.Verdict{}, kyc.EKey(kyc.Unavailable, unavailableKey, "no verifier, or no single one, for capability %q", clip(v.Capability))
	}
	if err := sendable(v.Fields); err != nil {
		return kyc.Verdict{}, err
	}
	header := &wirev1.VerifyRequest{Part: &wirev1.VerifyRequest_Header{Header: &wirev1.VerifyHeader{
		RequestId: h.request(ctx), Tenant: string(v.Tenant), IdempotencyKey: string(v.ID),
		Capability: v.Capability, Fields: v.Fields, Locale: string(v.Locale), TestMode: v.TestMode,
		Time: timestamppb.New(h.config.Clock()),
	}}}
	var verdict kyc.Verdict
	err := p.call(ctx, "", h.timing.Verify, func(ctx context.Context, g *generation) error {
		if !g.about.verifier || !g.about.capabilities[v.Capability] {
			return kyc.E(kyc.Unavailable, "provider %s has not that capability", p.name)
		}
		stream, err := g.verifier.Verify(ctx)
		if err != nil {
			return err
		}
		// At io.EOF the answer is already there and says why.
		if err := stream.Send(header); err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		r, err := stream.CloseAndRecv()
		if err != nil {
			return err
		}
		verdict, err = g.about.verdictV1(r)
		return err
	})
	if err != nil {
		return kyc.Verdict{}, err
	}
	return verdict, nil
}

// verifier finds the provider for a capability: the configured one, else the
// only one that has it.
func (h *Host) verifier(capability string) *provider {
	if name, ok := h.config.Verifiers[capability]; ok {
		return h.provider(name)
	}
	var found *provider
	for _, p := range h.sorted() {
		if about := p.describes(""); about == nil || !about.verifier || !about.capabilities[capability] {
			continue
		}
		if found != nil {
			return nil
		}
		found = p
	}
	return found
}

// verdictV1 translates a verdict. A pass that has reasons is for a person to
// look at; anything but a pass must say why.
func (a *about) verdictV1(r *wirev1.VerifyResponse) (kyc.Verdict, error) {
	v := kyc.Verdict{Source: a.source(), Evidence: kyc.Values{}}
	var err error
	if v.Reasons, err = a.reasonsV1(r.Reasons); err != nil {
		return kyc.Verdict{}, err
	}
	switch r.Result {
	case wirev1.VerifyResult_VERIFY_RESULT_PASS:
		v.Result = kyc.Pass
		if len(v.Reasons) > 0 {
			v.Result = kyc.Refer
		}
	case wirev1.VerifyResult_VERIFY_RESULT_FAIL:
		v.Result = kyc.Fail
	case wirev1.VerifyResult_VERIFY_RESULT_REFER:
		v.Result = kyc.Refer
	case wirev1.VerifyResult_VERIFY_RESULT_UNAVAILABLE:
		v.Result = kyc.Inconclusive
	default:
		return kyc.Verdict{}, &errInvalid{"result of a verdict"}
	}
	if v.Result != kyc.Pass && len(v.Reasons) == 0 {
		return kyc.Verdict{}, &errInvalid{"verdict without a reason"}
	}
	if len(r.Evidence) > maxList || len(r.Source) > 200 || len(r.Reference) > 200 {
		return kyc.Verdict{}, &errInvalid{"evidence"}
	}
	for name, value := range r.Evidence {
		if !derivedName.MatchString(name) || len(value) > maxValue {
			return kyc.Verdict{}, &errInvalid{"evidence"}
		}
		v.Evidence[name] = value
	}
	for name, value := range map[string]string{"source": r.Source, "reference": r.Reference} {
		if value != "" {
			v.Evidence[name] = value
		}
	}
	return v, nil
}
