package review_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/review"
	"github.com/paifang/paifang/core/store/storetest"
)

// rated gives the case another risk.
func (h *house) rated(risk string) {
	h.t.Helper()
	c, err := h.store.Case(ctx, tenant, h.case_.ID)
	check(h.t, err)
	c.Risk, c.Whys = risk, kyc.RiskList{{Code: "finding", Level: risk, About: "policy.duplicate_person"}}
	h.commit(kyc.UpdateCase{Case: c, Expect: c.Version})
}

// proposed has the case of high risk, for which who proposes a decision.
func (h *house) proposed(who review.Who, o kyc.Outcome, picks ...review.Pick) review.Choice {
	h.t.Helper()
	h.rated(kyc.HighRisk)
	choice := h.shown(who, o, picks...)
	choice.Note = "  شكراً  "
	made, err := h.Decide(ctx, who, h.case_.ID, choice)
	check(h.t, err)
	if made.ID != "" || len(h.events.asked) != 0 {
		h.t.Fatalf("one person decided: %+v", made)
	}
	return choice
}

func (h *house) view(who review.Who) *review.View {
	h.t.Helper()
	v, err := h.Open(ctx, who, h.case_.ID)
	check(h.t, err)
	return v
}

func (h *house) actions() []string {
	var out []string
	for _, l := range h.lines() {
		out = append(out, l.Action)
	}
	return out
}

// What is of high risk is decided by two: approvals and rejections alike, with the
// reasons and words of the first, and the second is somebody else.
func TestTwoDecide(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.twoDecide(kyc.Approve)
		h.another()
		h.twoDecide(kyc.Reject, pick("risk.forgery", "application", ""))
	})
}

// another puts another case in the place of the one at hand.
func (h *house) another() {
	h.t.Helper()
	h.app, h.case_ = h.apply("NORA HELMER", "X"+string(h.case_.ID), 0)
	h.events.asked = nil
}

func (h *house) twoDecide(outcome kyc.Outcome, picks ...review.Pick) {
	t, ann, bob := h.t, h.who("senior_reviewer"), h.who("compliance_officer")
	choice := h.proposed(ann, outcome, picks...)
	if _, err := h.Decide(ctx, ann, h.case_.ID, choice); err != nil {
		t.Errorf("the answer was lost, and the same once more is %v", err)
	}
	v := h.view(bob)
	if v.State != kyc.CaseOpen || v.Proposer != "Name of senior_reviewer" || v.Proposal == nil || v.Proposal.Note != "شكراً" ||
		len(v.Proposal.Reasons) != len(picks) || !v.TakesTwo || v.May.Confirm || v.May.Decide {
		t.Fatalf("what is proposed is shown as %+v, %+v, %+v", v.Item, v.Proposal, v.May)
	}
	_, err := h.Confirm(ctx, bob, h.case_.ID, v.Digest, v.Application.Version)
	wants(t, err, kyc.Conflict, "error.case_not_claimed")
	again := h.shown(ann, outcome, picks...)
	_, err = h.Confirm(ctx, ann, h.case_.ID, again.Evidence, again.Version)
	wants(t, err, kyc.Forbidden, "error.second_person")
	_, err = h.Decide(ctx, ann, h.case_.ID, choice)
	wants(t, err, kyc.Forbidden, "error.second_person")
	wants(t, h.Oppose(ctx, ann, h.case_.ID, "no"), kyc.Forbidden, "error.second_person")
	check(t, h.Release(ctx, ann, h.case_.ID))
	h.confirmed(bob, outcome, len(picks))
}

// confirmed is the second of two people.
func (h *house) confirmed(bob review.Who, outcome kyc.Outcome, picks int) {
	t, shown := h.t, h.shown(bob, outcome)
	if v := h.view(bob); !v.May.Confirm || v.May.Decide || v.May.Withdraw {
		t.Errorf("who may confirm may %+v", v.May)
	}
	other := shown
	other.Outcome, other.Picks = kyc.AskAgain, []review.Pick{pick("image.blur", "document", "passport")}
	_, err := h.Decide(ctx, bob, h.case_.ID, other)
	wants(t, err, kyc.Conflict, "error.proposal_waits")
	_, err = h.Confirm(ctx, bob, h.case_.ID, shown.Evidence, shown.Version+1)
	wants(t, err, kyc.Conflict, "error.evidence_changed")
	made, err := h.Confirm(ctx, bob, h.case_.ID, shown.Evidence, shown.Version)
	check(t, err)
	twice, err := h.Confirm(ctx, bob, h.case_.ID, shown.Evidence, shown.Version)
	check(t, err)
	v := h.view(bob)
	if made.ID == "" || twice.ID != made.ID || made.Outcome != outcome || len(made.Reasons) != picks || v.State != kyc.CaseDecided || v.ProposedBy != "" {
		t.Errorf("decided is %+v, the case %+v", made, v.Item)
	}
	if d := v.Decisions[0]; d.By != "Name of compliance_officer" || d.ProposedBy != "Name of senior_reviewer" || d.Note != "شكراً" {
		t.Errorf("the decision is shown as %+v", d)
	}
	if got := h.actions(); !slices.Equal(got, []string{"case.claimed", "case.proposed", "case.claimed", "case.released", "case.claimed", "case.decided"}) {
		t.Errorf("the record says %v", got)
	}
	if l := h.lines(); l[len(l)-1].Detail["proposed_by"] != "senior_reviewer" || l[len(l)-1].Detail["risk"] != "high" {
		t.Errorf("the last line is %+v", l[len(l)-1])
	}
}

// A proposal can be taken back by who made it, and sent back by somebody else for
// a reason that colleagues read.
func TestProposalComesBack(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ann, bob := h.who("senior_reviewer"), h.who("compliance_officer")
		wants(t, h.Withdraw(ctx, ann, h.case_.ID), kyc.Conflict, "error.proposal_none")
		h.proposed(ann, kyc.Approve)
		wants(t, h.Withdraw(ctx, bob, h.case_.ID), kyc.Forbidden, "error.proposal_others")
		if _, err := h.Next(ctx, ann, ""); kyc.CodeOf(err) != kyc.NotFound {
			t.Errorf("the next case of who proposed is %v", err)
		}
		check(t, h.Withdraw(ctx, ann, h.case_.ID))
		check(t, h.Withdraw(ctx, ann, h.case_.ID)) // the answer was lost

		h.proposed(ann, kyc.Approve)
		_, err := h.Claim(ctx, bob, h.case_.ID)
		check(t, err)
		wants(t, h.Oppose(ctx, bob, h.case_.ID, " \n"), kyc.Invalid, "error.answer_required")
		wants(t, h.Oppose(ctx, bob, h.case_.ID, strings.Repeat("x", review.MaxNote+1)), kyc.Invalid, "error.note_length")
		check(t, h.Oppose(ctx, bob, h.case_.ID, "The photo is of a screen."))
		check(t, h.Oppose(ctx, bob, h.case_.ID, "The photo is of a screen."))
		v := h.view(ann)
		if v.State != kyc.CaseOpen || v.Proposal != nil || len(v.Proposals) != 2 || v.Proposals[0].Answer != "The photo is of a screen." ||
			v.Proposals[0].State != kyc.ProposalOpposed || v.Proposals[0].EndedBy != "Name of compliance_officer" || v.Proposals[1].State != kyc.ProposalWithdrawn {
			t.Errorf("afterwards the case is %+v, %+v", v.Item, v.Proposals)
		}
		for _, l := range h.lines() {
			for _, said := range l.Detail {
				if said == "The photo is of a screen." {
					t.Errorf("the record quotes the reason: %+v", l)
				}
			}
		}
	})
}

// What a proposal rests on changes: it is void, told as such, and takes nobody in.
func TestProposalVoid(t *testing.T) {
	changes := map[string]func(h *house){
		"a check":  func(h *house) { h.commit(h.found(h.app, nil)) },
		"the risk": func(h *house) { h.rated(kyc.MediumRisk) },
		"its maker is barred": func(h *house) {
			h.commit(kyc.SetStaff{Tenant: tenant, ID: "senior_reviewer", State: kyc.StaffDisabled})
		},
		"its maker's role": func(h *house) {
			h.commit(kyc.Appoint{Tenant: tenant, ID: "senior_reviewer", Was: "senior_reviewer", WasState: kyc.StaffActive, Role: "reviewer", State: kyc.StaffActive})
		},
	}
	each(t, func(t *testing.T, h *house) {
		for name, change := range changes {
			h.hire("senior_reviewer", "senior_reviewer") // as they were
			h.voided(name, change)
			h.another()
		}
		h.hire("senior_reviewer", "senior_reviewer")
		h.proposed(h.who("senior_reviewer"), kyc.Approve)
		h.commit(h.found(h.app, nil))
		bob := h.who("compliance_officer") // decides anew, and so proposes anew
		made, err := h.Decide(ctx, bob, h.case_.ID, h.shown(bob, kyc.Approve))
		check(t, err)
		if v := h.view(bob); made.ID != "" || v.Proposal == nil || v.Proposal.Staff != bob.Staff.ID || len(v.Proposals) != 1 {
			t.Errorf("decided %+v, proposed %+v", made, v.Proposal)
		}
	})
}

func (h *house) voided(name string, change func(h *house)) {
	t, ann, bob := h.t, h.who("senior_reviewer"), h.who("compliance_officer")
	h.proposed(ann, kyc.Approve)
	change(h)
	shown := h.shown(bob, kyc.Approve)
	if v := h.view(bob); v.Proposal != nil || v.May.Confirm || !v.May.Decide || v.Proposals[0].State != kyc.ProposalVoid {
		t.Errorf("%s: a void proposal is shown as %+v, %+v", name, v.Proposal, v.May)
	}
	_, err := h.Confirm(ctx, bob, h.case_.ID, shown.Evidence, shown.Version)
	wants(t, err, kyc.Conflict, "error.proposal_void")
	_, err = h.Confirm(ctx, bob, h.case_.ID, shown.Evidence, shown.Version)
	wants(t, err, kyc.Conflict, "error.proposal_none")
	if len(h.events.asked) != 0 || !slices.Contains(h.actions(), "proposal.void") {
		t.Errorf("%s: asked %v, the record says %v", name, h.events.asked, h.actions())
	}
}

// What waits is found although an earlier proposal has a later time, by a node whose
// clock is ahead.
func TestProposalOfAnotherClock(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.commit(kyc.SaveProposal{Proposal: kyc.Proposal{Tenant: tenant, ID: storetest.ID(), Case: h.case_.ID, Application: h.app.ID, Staff: "senior_reviewer",
			Outcome: kyc.Approve, Evidence: []byte{1}, Risk: kyc.HighRisk, State: kyc.ProposalVoid, At: storetest.Now + 1e9, Ended: storetest.Now + 1e9}})
		h.proposed(h.who("senior_reviewer"), kyc.Approve)
		h.confirmedBy(h.who("compliance_officer"))
	})
}

func (h *house) confirmedBy(who review.Who) {
	h.t.Helper()
	shown := h.shown(who, kyc.Approve)
	made, err := h.Confirm(ctx, who, h.case_.ID, shown.Evidence, shown.Version)
	check(h.t, err)
	if made.ID == "" {
		h.t.Error("what waits was not confirmed")
	}
}

// Of many who confirm, send back and withdraw at once exactly one wins.
func TestSecondRace(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ann, bob := h.who("senior_reviewer"), h.who("compliance_officer")
		h.proposed(ann, kyc.Approve)
		shown := h.shown(bob, kyc.Approve)
		var wg sync.WaitGroup
		var mu sync.Mutex
		won := map[string]int{}
		try := func(name string, do func() error) {
			wg.Go(func() {
				err := do()
				mu.Lock()
				defer mu.Unlock()
				switch code := kyc.CodeOf(err); {
				case err == nil:
					won[name]++
				case code != kyc.Conflict && code != kyc.Forbidden:
					t.Errorf("%s: %v", name, err)
				}
			})
		}
		for range 4 {
			try("confirm", func() error {
				_, err := h.Confirm(ctx, bob, h.case_.ID, shown.Evidence, shown.Version)
				return err
			})
			try("oppose", func() error { return h.Oppose(ctx, bob, h.case_.ID, "no") })
			try("withdraw", func() error { return h.Withdraw(ctx, ann, h.case_.ID) })
		}
		wg.Wait()
		v := h.view(bob)
		ended := v.Proposals[0].State
		// Who sends the same again is answered as the first time.
		want := map[kyc.ProposalState]string{kyc.ProposalConfirmed: "confirm", kyc.ProposalOpposed: "oppose", kyc.ProposalWithdrawn: "withdraw"}[ended]
		if len(won) != 1 || won[want] == 0 || len(v.Proposals) != 1 || len(v.Decisions) > 1 || (ended == kyc.ProposalConfirmed) != (len(v.Decisions) == 1) {
			t.Errorf("won %v, the proposal is %s, %d decisions", won, ended, len(v.Decisions))
		}
	})
}

// Two people hold the claim one after the other and confirm at once: one decides.
func TestTwoConfirm(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.hire("third", "senior_reviewer")
		h.proposed(h.who("senior_reviewer"), kyc.Approve)
		bob, eve := h.who("compliance_officer"), h.who("third")
		shown := h.shown(bob, kyc.Approve)
		h.later(2 * review.Lease)
		h.shown(eve, kyc.Approve)
		var wg sync.WaitGroup
		made := make(chan kyc.StaffID, 2)
		for _, who := range []review.Who{bob, eve} {
			wg.Go(func() {
				if d, err := h.Confirm(ctx, who, h.case_.ID, shown.Evidence, shown.Version); err == nil {
					made <- d.Staff
				}
			})
		}
		wg.Wait()
		close(made)
		var who []kyc.StaffID
		for id := range made {
			who = append(who, id)
		}
		if !slices.Equal(who, []kyc.StaffID{"third"}) {
			t.Errorf("decided by %v, want who holds the claim", who)
		}
	})
}

// Who decides what follows from the risk and the role, and how many it takes.
func TestRolesByRisk(t *testing.T) {
	h := newHouse(t, storetest.SQLite(t))
	for _, c := range []struct {
		risk, role string
		two        bool // the tenant wants two for medium risks, too
		want       string
	}{
		{"low", "reviewer", false, "decided"}, {"medium", "reviewer", false, "decided"}, {"high", "reviewer", false, "refused"},
		{"strange", "reviewer", false, "refused"}, {"high", "senior_reviewer", false, "proposed"}, {"strange", "senior_reviewer", false, "proposed"},
		{"medium", "compliance_officer", false, "decided"}, {"high", "compliance_officer", false, "proposed"}, {"low", "viewer", false, "refused"},
		{"low", "reviewer", true, "decided"}, {"medium", "reviewer", true, "proposed"}, {"high", "senior_reviewer", true, "proposed"},
	} {
		t2, err := h.store.Tenant(ctx, tenant)
		check(t, err)
		t2.TwoFrom = map[bool]string{true: kyc.MediumRisk}[c.two]
		h.commit(kyc.SaveTenant{Tenant: t2})
		h.app, h.case_ = h.apply("NORA HELMER", "X"+c.risk+c.role+fmt.Sprint(c.two), 0)
		h.rated(c.risk)
		who := h.who(c.role)
		if _, err := h.Claim(ctx, who, h.case_.ID); err != nil && c.want != "refused" {
			t.Fatal(err)
		}
		v := h.view(who)
		made, err := h.Decide(ctx, who, h.case_.ID, review.Choice{Outcome: kyc.Approve, Evidence: v.Digest, Version: v.Application.Version})
		got := "refused"
		switch {
		case err == nil && made.ID == "":
			got = "proposed"
		case err == nil:
			got = "decided"
		case kyc.CodeOf(err) != kyc.Forbidden:
			t.Errorf("%+v: %v", c, err)
		}
		if got != c.want || v.May.Decide != (got != "refused") || v.TakesTwo != (c.risk == "high" || c.risk == "strange" || c.two && c.risk == "medium") {
			t.Errorf("%s risk, %s: %s, want %s; may %+v, takes two %v", c.risk, c.role, got, c.want, v.May, v.TakesTwo)
		}
	}
}

// To ask again takes one person at every risk: it decides nothing yet.
func TestAskAgainTakesOne(t *testing.T) {
	h := newHouse(t, storetest.SQLite(t))
	h.rated(kyc.HighRisk)
	ann := h.who("senior_reviewer")
	made, err := h.Decide(ctx, ann, h.case_.ID, h.shown(ann, kyc.AskAgain, pick("image.blur", "document", "passport")))
	check(t, err)
	if made.Outcome != kyc.AskAgain {
		t.Errorf("decided %+v", made)
	}
}

// The queue knows risks and what waits for a second person.
func TestQueueByRisk(t *testing.T) {
	h := newHouse(t, storetest.SQLite(t))
	ann, bob := h.who("senior_reviewer"), h.who("compliance_officer")
	h.proposed(ann, kyc.Approve)
	_, plain := h.apply("SECOND", "X1234567", 1)
	for name, c := range map[string]struct {
		filter review.Filter
		want   []kyc.CaseID
	}{
		"by due date":     {review.Filter{}, []kyc.CaseID{plain.ID, h.case_.ID}},
		"by risk":         {review.Filter{Sort: "risk"}, []kyc.CaseID{h.case_.ID, plain.ID}},
		"of medium risk":  {review.Filter{Risk: "medium"}, []kyc.CaseID{plain.ID}},
		"of low risk":     {review.Filter{Risk: "low"}, nil},
		"for a second":    {review.Filter{Second: true}, []kyc.CaseID{h.case_.ID}},
		"both, and risky": {review.Filter{Second: true, Risk: "high", Sort: "risk"}, []kyc.CaseID{h.case_.ID}},
	} {
		page, err := h.Queue(ctx, bob, c.filter, "")
		check(t, err)
		var got []kyc.CaseID
		for _, i := range page.Items {
			got = append(got, i.ID)
			if (i.ID == h.case_.ID) != (i.Proposer == "Name of senior_reviewer") {
				t.Errorf("%s: proposed by %q", name, i.Proposer)
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
	for _, bad := range []review.Filter{{Risk: "extreme"}, {Sort: "name"}} {
		_, err := h.Queue(ctx, bob, bad, "")
		wants(t, err, kyc.Invalid, "error.list_filter")
	}
	for _, place := range []string{"1_x", "extreme_1_x", "high_x_x"} {
		_, err := h.Queue(ctx, bob, review.Filter{Sort: "risk"}, place)
		wants(t, err, kyc.Invalid, "error.list_filter")
	}
}
