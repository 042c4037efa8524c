package check

import (
	"context"
	"slices"

	"github.com/paifang/paifang/core/kyc"
)

// RegistryResidentID asks a verifier whether the name and the resident ID
// number belong together. No record is not a mismatch, and an outage is ours:
// neither ever fails the person.
func RegistryResidentID(v Verifier) Check {
	const capability = "registry.resident_id"
	return func(ctx context.Context, in Input) Outcome {
		n := newNote(capability)
		id, name := in.field("id_number"), in.first("real_name", "name")
		if !n.need(id, "id_number") || !n.need(name, "real_name") {
			return n.out
		}
		key := in.IDs[capability]
		if key == "" {
			key = kyc.CheckID(string(in.Application.ID) + "/" + capability)
		}
		verdict, err := v.Verify(ctx, kyc.Verification{
			Tenant: in.Application.Tenant, ID: key, Capability: capability,
			Fields: kyc.Values{"name": name.value, "number": id.value},
			Locale: in.Application.Locale, TestMode: in.Application.TestMode,
		})
		if err != nil {
			n.add(kyc.Inconclusive, "registry.unavailable", id.ref, nil)
			return n.out
		}
		n.out.Source = verdict.Source
		n.out.Reasons = slices.Clone(verdict.Reasons)
		for k, value := range verdict.Evidence {
			n.evidence(k, value)
		}
		n.out.Result = known(verdict.Result)
		if n.out.Result == kyc.Pass && len(verdict.Reasons) > 0 {
			n.out.Result = kyc.Refer
		}
		return n.out
	}
}

// known makes a result of no known kind one that we cannot tell from.
func known(r kyc.CheckResult) kyc.CheckResult {
	switch r {
	case kyc.Pass, kyc.Fail, kyc.Refer:
		return r
	}
	return kyc.Inconclusive
}
