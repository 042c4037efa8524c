package api_test

import (
	"testing"

	"github.com/paifang/paifang/core/api"
	"github.com/paifang/paifang/core/kyc"
)

// TestRightsOfPeople: asked, listed, refused, given out and erased through the API; by
// officers who have just shown who they are, and nobody else.
func TestRightsOfPeople(t *testing.T) {
	h := newHouse(t)
	const at = "/api/v1/tenants/demo"
	one := at + "/people/" + string(h.case_.Applicant)
	var p api.Person
	h.as("compliance_officer", "GET", at+"/people/"+string(h.case_.Application), nil).into(t, 200, &p)
	if p.ID != string(h.case_.Applicant) || len(p.Applications) != 1 || p.State != "" || p.Due != "" {
		t.Errorf("%+v", p)
	}
	h.as("compliance_officer", "GET", at+"/people/nobody", nil).refused(t, 404, "not_found")
	h.as("compliance_officer", "POST", one+"/erasure-refusal", map[string]string{"reason": "retention"}).refused(t, 409, "erase_not_asked")
	h.as("compliance_officer", "POST", one+"/erasure-request", nil).into(t, 200, &p)
	if p.State != "asked" || p.Due == "" {
		t.Errorf("%+v", p)
	}
	var list api.ErasureRequests
	h.as("compliance_officer", "GET", at+"/erasure-requests", nil).into(t, 200, &list)
	if len(list.People) != 1 || list.People[0].ID != p.ID {
		t.Errorf("%+v", list)
	}
	h.as("compliance_officer", "POST", one+"/erasure-refusal", map[string]string{"reason": "legal_hold"}).into(t, 200, &p)
	if p.State != "refused" || p.Reason != "legal_hold" {
		t.Errorf("%+v", p)
	}
	for _, body := range []any{nil, map[string]string{}, map[string]string{"reason": "because"}, map[string]string{"reason": "complaint", "ticket": "Anna Eriksson"}} {
		if r := h.as("compliance_officer", "POST", one+"/export", body); r.status < 400 || r.status >= 500 {
			t.Errorf("given out for %v: %d", body, r.status)
		}
	}
	why := map[string]string{"reason": "complaint", "ticket": "T-7"}
	if r := h.as("compliance_officer", "POST", one+"/export", why); r.status != 200 || r.header.Get("Content-Type") != "application/zip" || len(r.body) == 0 {
		t.Errorf("%d %v", r.status, r.header)
	}
	h.stale = true
	for _, path := range []string{"/export", "/erasure", "/erasure/confirmation", "/erasure/take-back", "/erasure-refusal"} {
		h.as("compliance_officer", "POST", one+path, map[string]string{"reason": "test"}).refused(t, 403, "reauthentication_required")
	}
	h.stale = false
	for _, role := range []string{"senior_reviewer", "tenant_admin"} {
		h.as(role, "POST", one+"/erasure", map[string]string{"reason": "test"}).refused(t, 403, "forbidden")
		h.as(role, "POST", one+"/export", why).refused(t, 403, "forbidden")
		h.as(role, "POST", one+"/erasure/confirmation", nil).refused(t, 403, "forbidden")
		h.as(role, "GET", one, nil).refused(t, 403, "forbidden")
	}
	h.as("compliance_officer", "POST", one+"/erasure-refusal", map[string]string{"reason": "retention", "kept_until": "1999-01-01"}).refused(t, 400, "erase_until")
	h.as("compliance_officer", "POST", one+"/erasure/confirmation", nil).refused(t, 409, "erase_not_proposed")
	h.as("compliance_officer", "POST", one+"/erasure", map[string]string{"reason": "requested"}).refused(t, 409, "erase_not_asked")
	for range 2 { // the answer was lost
		h.as("compliance_officer", "POST", one+"/erasure", map[string]string{"reason": "test"}).into(t, 200, &p)
	}
	if p.State != "proposed" || p.Proposal == nil || p.Proposal.By != "Name of compliance_officer" || !p.Proposal.Mine || p.Proposal.Reason != "test" {
		t.Errorf("%+v %+v", p, p.Proposal)
	}
	h.as("compliance_officer", "POST", one+"/erasure/confirmation", nil).refused(t, 403, "erase_second")
	h.second()
	h.as("second_officer", "POST", one+"/erasure", map[string]string{"reason": "mistake"}).refused(t, 409, "erase_proposed")
	p = api.Person{}
	h.as("second_officer", "POST", one+"/erasure/take-back", nil).into(t, 200, &p)
	if p.State != "undone" || p.Proposal != nil {
		t.Errorf("%+v", p)
	}
	h.as("compliance_officer", "POST", one+"/erasure", map[string]string{"reason": "test"}).into(t, 200, &p)
	h.as("second_officer", "POST", one+"/erasure/confirmation", nil).into(t, 200, &p)
	if p.State != "erased" || p.Reason != "test" {
		t.Errorf("%+v", p)
	}
	h.as("compliance_officer", "POST", one+"/export", why).refused(t, 410, "erased")
}

// second is another compliance officer.
func (h *house) second() {
	h.ok(h.store.Commit(ctx, "demo", kyc.Change{kyc.SaveStaff{Staff: kyc.Staff{Tenant: "demo", ID: "second_officer", Login: "second_officer",
		Name: "Second", Role: "compliance_officer", Hash: "x", Locale: "en", State: "active"}}}))
}
