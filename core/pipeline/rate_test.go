package pipeline_test

import (
	"context"
	"slices"
	"testing"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/pipeline"
	"github.com/paifang/paifang/core/store/storetest"
)

// pictured takes somebody with a picture to the end of the form.
func (h *house) pictured() *person {
	p := h.start()
	p.account(phone)
	p.prove()
	p.submit("profile", kyc.Values{"name": "Anna", "kind": "pictured"})
	p.upload("passport", "data_page")
	p.submit("passport", nil)
	p.submit("secrets", kyc.Values{"login_password": password})
	return p
}

func (h *house) caseOf(id kyc.ApplicationID) kyc.Case {
	h.t.Helper()
	c, err := h.store.CaseOfApplication(context.Background(), tenant, id)
	h.must(err)
	return c
}

func because(c kyc.Case, code, about string) bool {
	return slices.ContainsFunc(c.Whys, func(w kyc.RiskWhy) bool { return w.Code == code && w.About == about })
}

// TestRatedAnew: what is mended is rated anew; who gives up takes what was proposed
// about them with them.
func TestRatedAnew(t *testing.T) {
	h := newHouse(t, storetest.SQLite(t))
	ctx := context.Background()
	h.market.flow.Review = "always"
	p := h.pictured()
	p.verify()
	c := h.caseOf(p.ref.Application)
	if c.Risk != kyc.MediumRisk || !because(c, "tier.unlimited", "high") {
		t.Fatalf("the case is %+v", c)
	}
	app, err := h.store.Application(ctx, tenant, p.ref.Application)
	h.must(err)
	blur := kyc.NewReason("image.blur", kyc.Subject{Kind: "document", Ref: "passport"}, kyc.Source{Kind: "reviewer"}, nil)
	change, err := h.AskAgain(ctx, tenant, app, kyc.Decision{Staff: "s"}, map[string][]kyc.Reason{"passport": {blur}}, "")
	h.must(err)
	h.must(h.store.Commit(ctx, tenant, change))
	h.market.set(func(m *market) { m.result = kyc.Fail })
	p.upload("passport", "data_page")
	p.submit("passport", nil)
	p.verify()
	c = h.caseOf(p.ref.Application)
	if c.Risk != kyc.HighRisk || !because(c, "check.failed", "plain") || because(c, "finding", "image.blur") {
		t.Fatalf("rated anew the case is %+v", c)
	}

	staff := kyc.Staff{Tenant: tenant, ID: "ann", Login: "ann", Role: "senior_reviewer", State: kyc.StaffActive}
	expect := c.Version
	c.ProposedBy = staff.ID
	h.must(h.store.Commit(ctx, tenant, kyc.Change{kyc.SaveStaff{Staff: staff}, kyc.UpdateCase{Case: c, Expect: expect},
		kyc.SaveProposal{Proposal: kyc.Proposal{Tenant: tenant, ID: "p", Case: c.ID, Application: app.ID, Staff: staff.ID, Outcome: kyc.Approve, State: kyc.ProposalWaits}}}))
	_, err = h.Withdraw(ctx, p.ref)
	h.must(err)
	proposed, err := h.store.Proposals(ctx, tenant, c.ID)
	h.must(err)
	if c = h.caseOf(p.ref.Application); c.ProposedBy != "" || c.State != kyc.CaseDecided || len(proposed) != 1 || proposed[0].State != kyc.ProposalVoid || proposed[0].Ended == 0 {
		t.Errorf("given up: %+v, %+v", c, proposed)
	}
}

// TestNoMachineApprovesHighRisk: all checks pass, and still a person decides about
// what is of high risk.
func TestNoMachineApprovesHighRisk(t *testing.T) {
	h := newHouse(t, storetest.SQLite(t))
	h.market.set(func(m *market) {
		m.finding = func(kyc.Question) kyc.Finding {
			return kyc.Finding{Tier: "golden", Provider: kyc.Source{Kind: "provider", Name: "made-up", Version: "1.0.0"}}
		}
	})
	p := h.start()
	p.account(phone)
	p.prove()
	p.submit("profile", kyc.Values{"name": "Anna", "kind": "plain"})
	p.submit("secrets", kyc.Values{"login_password": password})
	v := p.verify()
	if c := h.caseOf(p.ref.Application); v.State != kyc.InReview || v.Next.Kind != pipeline.NextWait || c.Risk != kyc.HighRisk || !because(c, "tier.unknown", "golden") {
		t.Errorf("state %s, case %+v", v.State, c)
	}
}

// TestMixedScriptsAreReferred: a name that looks like another one is no reason to
// refuse anybody, and none to open an account alone.
func TestMixedScriptsAreReferred(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		p := h.start()
		p.account(phone)
		p.prove()
		p.submit("profile", kyc.Values{"name": "А\u200bnna", "kind": "plain"}) // the first letter is Cyrillic
		p.submit("secrets", kyc.Values{"login_password": password})
		v := p.verify()
		if c := h.caseOf(p.ref.Application); v.State != kyc.InReview || c.Risk != kyc.MediumRisk || !because(c, "finding", "data.mixed_scripts") {
			t.Errorf("the application is %s, the case %+v", v.State, c)
		}
	})
}
