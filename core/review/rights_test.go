package review_test

import (
	"context"
	"testing"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/person"
	"github.com/paifang/paifang/core/review"
	"github.com/paifang/paifang/core/store"
	"github.com/paifang/paifang/core/store/storetest"
)

// wish is the rights with one erasure that somebody has proposed.
type wish struct {
	review.Rights
	by   kyc.StaffID
	done string
}

func (x *wish) Of(context.Context, kyc.TenantID, kyc.ApplicantID) (person.Standing, error) {
	return person.Standing{Erasure: kyc.Erasure{State: kyc.ErasureProposed, ErasureProposal: kyc.ErasureProposal{By: x.by}}}, nil
}

func (x *wish) Confirm(context.Context, kyc.TenantID, kyc.ApplicantID, kyc.Actor) error {
	x.done = "confirmed"
	return nil
}

func (x *wish) TakeBack(context.Context, kyc.TenantID, kyc.ApplicantID, kyc.Actor) error {
	x.done = "taken back"
	return nil
}

// TestErasureOfBarred: what somebody proposed who may not any more takes nobody in.
func TestErasureOfBarred(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		h := newHouse(t, s)
		h.hire("first", "compliance_officer")
		for _, by := range []kyc.StaffID{"reviewer", "nobody"} {
			x := &wish{by: by}
			h.Rights = x
			wants(t, h.ConfirmErasure(ctx, h.who("compliance_officer"), h.app.Applicant), kyc.Conflict, "error.proposal_void")
			if x.done != "taken back" {
				t.Errorf("what %s proposed is %q", by, x.done)
			}
		}
		x := &wish{by: "first"}
		h.Rights = x
		check(t, h.ConfirmErasure(ctx, h.who("compliance_officer"), h.app.Applicant))
		if x.done != "confirmed" {
			t.Errorf("it is %q", x.done)
		}
	})
}
