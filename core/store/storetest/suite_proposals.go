package storetest

import (
	"slices"
	"testing"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/store"
)

// oneProposalWaits: of a case one proposal waits at a time, and of those who end it
// at once one does.
func oneProposalWaits(t *testing.T, s *store.Store) {
	w := newWorld("demo")
	Commit(t, s, "demo", w.make()...)
	another := w.proposal
	another.ID, another.EndedBy, another.Answer, another.Ended = ID(), "", nil, 0
	fails(t, s, "demo", kyc.Conflict, "error.proposal_waits", kyc.SaveProposal{Proposal: another})
	end := kyc.EndProposal{Tenant: "demo", Case: w.kase.ID, State: kyc.ProposalConfirmed, By: w.staff.ID, Answer: []byte{1}, At: Now + 1}
	if won := race(t, s, 8, kyc.Conflict, func(int) kyc.Change { return kyc.Change{end} }); won != 1 {
		t.Errorf("a proposal was ended %d times", won)
	}
	fails(t, s, "demo", kyc.Conflict, "error.proposal_none", end)
	another.At = Now + 2
	Commit(t, s, "demo", kyc.SaveProposal{Proposal: another})
	Commit(t, s, "demo", kyc.EndProposal{Tenant: "demo", Case: w.kase.ID, State: kyc.ProposalVoid, At: Now + 3})
	found, err := s.Proposals(t.Context(), "demo", w.kase.ID)
	if err != nil || len(found) != 2 || found[0].ID != another.ID || found[0].State != kyc.ProposalVoid || found[0].EndedBy != "" ||
		found[1].State != kyc.ProposalConfirmed || found[1].EndedBy != w.staff.ID || found[1].Ended != Now+1 {
		t.Errorf("proposals %+v, %v", found, err)
	}
}

// casesByRisk: the queue by risk has the highest first, what is not known among
// it, and goes on where a page ended.
func casesByRisk(t *testing.T, s *store.Store) {
	ctx := t.Context()
	w := newWorld("demo")
	Commit(t, s, "demo", w.make()...)
	var want [3][]kyc.CaseID
	for i, risk := range []string{"low", "high", "medium", "low", "strange", "medium", "high"} {
		app := SeedApplication(t, s, "demo")
		c := kyc.Case{Tenant: "demo", ID: kyc.CaseID(ID()), Application: app.ID, Applicant: app.Applicant, Market: "overseas", Locale: "en",
			State: kyc.CaseOpen, Version: 1, Risk: risk, Opened: Now, Due: Now + kyc.Millis(i/2)}
		if i == 4 {
			c.ProposedBy = w.staff.ID
		}
		Commit(t, s, "demo", kyc.SaveCase{Case: c})
		place := map[string]int{"medium": 1, "low": 2}[risk]
		want[place] = append(want[place], c.ID)
	}
	filter := kyc.CaseFilter{States: []kyc.CaseState{kyc.CaseOpen}, ByRisk: true}
	var got []kyc.CaseID
	for after := (kyc.CaseCursor{}); ; {
		page, err := s.Cases(ctx, "demo", filter, after, 2)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range page {
			got, after = append(got, c.ID), kyc.CaseCursor{Risk: c.Risk, Due: c.Due, ID: c.ID}
		}
		if len(page) < 2 {
			break
		}
	}
	if all := slices.Concat(want[0], want[1], want[2]); !slices.Equal(got, all) {
		t.Errorf("by risk the queue is %v, want %v", got, all)
	}
	for risk, some := range map[string][]kyc.CaseID{"high": want[0], "medium": want[1], "low": want[2]} {
		found, err := s.Cases(ctx, "demo", kyc.CaseFilter{States: filter.States, Risk: risk}, kyc.CaseCursor{}, 0)
		if err != nil || len(found) != len(some) {
			t.Errorf("of %s risk are %d, want %d, %v", risk, len(found), len(some), err)
		}
	}
	found, err := s.Cases(ctx, "demo", kyc.CaseFilter{States: filter.States, Proposed: true}, kyc.CaseCursor{}, 0)
	if err != nil || len(found) != 1 || found[0].Risk != "strange" {
		t.Errorf("for a second person wait %+v, %v", found, err)
	}
}
