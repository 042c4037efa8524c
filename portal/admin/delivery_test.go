package admin_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/store/storetest"
)

// TestFindDeliveries: staff find an application by its number and see what became
// of its messages; a contact needs a reason, and what was typed stays in the form.
func TestFindDeliveries(t *testing.T) {
	h := newHouse(t)
	h.ok(h.store.Commit(ctx, tenant, kyc.Change{kyc.SaveMessage{Message: kyc.Message{Tenant: tenant, ID: kyc.MessageID(storetest.ID()),
		Application: h.case_.Application, Applicant: h.case_.Applicant, Channel: kyc.Email, Template: "link", Locale: "en", Sealed: []byte{1},
		State: kyc.MessageFailed, Failure: "address_refused", Messenger: "smtp", Attempts: 3, Created: storetest.Now, Updated: storetest.Now}}}))
	const path = "/admin/demo/deliveries"
	v := h.as("reviewer")
	if _, page := v.get(path); !strings.Contains(page, `aria-current="true">Find<`) {
		t.Errorf("the page is not in the bar: %.3000s", page)
	}
	res, page := v.post(path, path, url.Values{"what": {"anna@example.com"}})
	if res.StatusCode != 422 || !strings.Contains(page, `value="anna@example.com"`) || !strings.Contains(page, `role="alert"`) {
		t.Errorf("without a reason: %d", res.StatusCode)
	}
	res, page = v.post(path, path, url.Values{"what": {"anna@example.com"}, "why": {"complaint"}})
	if res.StatusCode != 200 || !strings.Contains(page, "Nothing was found") {
		t.Errorf("a contact that nobody has: %d", res.StatusCode)
	}
	one := path + "/" + string(h.case_.Application)
	_, page = v.post(path, path, url.Values{"what": {string(h.case_.Application)}})
	if !strings.Contains(page, `href="`+one+`"`) {
		t.Errorf("it is not found: %.3000s", page)
	}
	_, page = v.get(one)
	for _, want := range []string{"link and code", "failed", "there is no such address or number", "smtp", `action="` + one + `/send-again"`, "/cases/" + string(h.case_.ID)} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if _, page = h.as("tenant_admin").get(one); strings.Contains(page, "send-again") {
		t.Error("who may not send is offered it")
	}
	if res, _ := v.get(path + "/" + storetest.ID()); res.StatusCode != 404 {
		t.Errorf("an application that is not there: %d", res.StatusCode)
	}
}
