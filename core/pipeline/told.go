package pipeline

import (
	"context"

	"github.com/paifang/paifang/core/kyc"
)

// toldFact is the name of the fact that the person was told of a problem at a
// field in their last attempt at the step, and has sent the same again.
func toldFact(path string) string { return "told." + path }

// factsTold are the facts, with what the person was told and leaves as it is. Some
// markets take an answer then that they doubt, and have a person look at it.
func (a *attempt) factsTold(ctx context.Context) (kyc.Values, error) {
	facts, rec := a.facts(), a.records[a.step.ID]
	if len(rec.Problems) == 0 {
		return facts, nil
	}
	before, err := a.open(ctx, kyc.OfStep(kyc.SealedStepDraft, a.step.ID), rec.Draft)
	if err != nil {
		return nil, err
	}
	for _, p := range rec.Problems {
		if v := before[p.Path]; v != "" && v == a.typed[p.Path] {
			facts[toldFact(p.Path)] = p.Code
		}
	}
	return facts, nil
}

// toldOf are the facts of a step that was accepted. Which problems came before is
// not kept; what a person is to look at of an answer counts as told.
func (u *run) toldOf(rec kyc.StepRecord) kyc.Values {
	facts := u.facts()
	for _, r := range rec.Reasons {
		if r.Subject.Kind == "field" {
			facts[toldFact(r.Subject.Ref)] = r.Code
		}
	}
	return facts
}
