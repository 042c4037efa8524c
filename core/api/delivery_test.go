package api_test

import (
	"testing"

	"github.com/paifang/paifang/core/api"
	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/store/storetest"
)

// TestDeliveries: an application is found by its number, its messages are told in
// words, and what matters is sent again by whoever asked.
func TestDeliveries(t *testing.T) {
	h := newHouse(t)
	h.ok(h.store.Commit(ctx, "demo", kyc.Change{kyc.SaveMessage{Message: kyc.Message{Tenant: "demo", ID: kyc.MessageID(storetest.ID()),
		Application: h.case_.Application, Applicant: h.case_.Applicant, Channel: kyc.Phone, Template: "code", Locale: "en", Sealed: []byte{1},
		State: kyc.MessageFailed, Failure: "blocked", Created: storetest.Now, Updated: storetest.Now}}}))
	const at = "/api/v1/tenants/demo/deliveries/"
	token := "dt.demo.reviewer"
	var found api.FoundList
	h.with(token, "POST", at+"search", map[string]string{"what": string(h.case_.Application)}).into(t, 200, &found)
	if len(found.Applications) != 1 || found.Applications[0].StateText != "in review" {
		t.Fatalf("%+v", found)
	}
	h.with(token, "POST", at+"search", map[string]string{"what": "anna@example.com"}).refused(t, 400, "reveal_reason")
	h.with(token, "POST", at+"search", map[string]string{"what": "13800138000", "why": "complaint"}).refused(t, 400, "sought")
	var v api.Deliveries
	h.with(token, "GET", at+string(h.case_.Application), nil).into(t, 200, &v)
	if v.Case != string(h.case_.ID) || !v.MayRepeat || len(v.Messages) != 1 || v.Messages[0].FailureText != "the recipient’s side blocks it" || v.Messages[0].StateText != "failed" {
		t.Errorf("%+v", v)
	}
	h.with(token, "POST", at+string(h.case_.Application)+"/send-again", nil).into(t, 200, &v)
	if len(h.again.to) != 1 || h.again.to[0] != h.case_.Application || h.again.by[0] != "reviewer" {
		t.Errorf("sent again: %+v", h.again)
	}
	h.with("dt.demo.tenant_admin", "POST", at+string(h.case_.Application)+"/send-again", nil).refused(t, 403, "forbidden")
	h.with(token, "GET", at+storetest.ID(), nil).refused(t, 404, "not_found")
}
