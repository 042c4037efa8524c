package admin_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/store/storetest"
)

// An administrator makes a role with the matrix, gives it, and whoever has it sees
// what it says and nothing else.
func TestRolesInAPage(t *testing.T) {
	h := newHouse(t)
	admin := h.as("tenant_admin")
	_, body := admin.get("/admin/demo/new-role?like=reviewer")
	if !strings.Contains(body, `name="may" value="case.decide" checked`) || !strings.Contains(body, `name="risks.case.decide" value="*" checked`) && !strings.Contains(body, `name="risks.case.decide" value="low" checked`) {
		t.Error("the form is not like the role")
	}
	form := url.Values{"name": {"Passports only"}, "may": {"case.read", "document.view", "data.reveal"}, "markets.case.read": {"*"}, "risks.case.read": {"*"},
		"markets.document.view": {"*"}, "classes.document.view": {"*", "business"}, "risks.document.view": {"*"},
		"markets.data.reveal": {"*"}, "classes.data.reveal": {"business"}, "risks.data.reveal": {"*"}}
	res, body := admin.post("/admin/demo/new-role", "/admin/demo/roles", url.Values{"name": {""}, "may": {"document.view"}, "markets.document.view": {"overseas"}})
	if res.StatusCode != 422 || !strings.Contains(body, `role="alert"`) || !strings.Contains(body, `name="markets.document.view" value="overseas" checked`) {
		t.Errorf("a role without a name: %d", res.StatusCode)
	}
	res, _ = admin.post("/admin/demo/new-role", "/admin/demo/roles", form)
	page := res.Header.Get("Location")
	if res.StatusCode != 303 || !strings.HasPrefix(page, "/admin/demo/roles/own.") {
		t.Fatalf("%d %s", res.StatusCode, page)
	}
	id := strings.TrimPrefix(page, "/admin/demo/roles/")
	if res, _ = admin.post("/admin/demo/staff/colleague", "/admin/demo/staff/colleague/role", url.Values{"role": {id}}); res.StatusCode != 303 {
		t.Fatalf("give: %d", res.StatusCode)
	}
	colleague := h.as("colleague")
	if _, body = colleague.get(colleague.case1()); strings.Contains(body, "/files/") || !strings.Contains(body, "A•• M•• E••") {
		t.Error("who may open company documents only is offered a passport")
	}
	if res, _ = colleague.get(colleague.case1() + "/files/" + string(h.file.ID)); res.StatusCode != 403 {
		t.Errorf("the passport: %d", res.StatusCode)
	}
	colleague.post(colleague.case1(), colleague.case1()+"/reveal", url.Values{"what": {"everything"}, "why": {"complaint"}})
	if _, body = colleague.get(colleague.case1()); strings.Contains(body, "ERIKSSON") {
		t.Error("what is in the passport was revealed")
	}
	form.Set("classes.document.view", "identity")
	form.Set("version", "1")
	if res, _ = admin.post(page, page, form); res.StatusCode != 303 {
		t.Fatalf("change: %d", res.StatusCode)
	}
	if res, _ = colleague.get(colleague.case1() + "/files/" + string(h.file.ID)); res.StatusCode != 200 {
		t.Errorf("the passport, now: %d", res.StatusCode)
	}
	if res, _ = admin.post(page, page, form); res.StatusCode != 409 {
		t.Errorf("change what has changed: %d", res.StatusCode)
	}
	if res, body = admin.post(page, page+"/retire", url.Values{"version": {"2"}}); res.StatusCode != 409 || !strings.Contains(body, "Somebody still has this role") {
		t.Errorf("retire: %d", res.StatusCode)
	}
	if _, body = admin.get(page); strings.Count(body, "Tomas Admin") < 2 || !strings.Contains(body, "Version 2") {
		t.Error("the history does not say who made what")
	}
}

// The queue has what one may read and no more, also before it is cut into pages.
func TestQueueOfANarrowRole(t *testing.T) {
	h := newHouse(t)
	h.ok(h.store.Commit(ctx, tenant, kyc.Change{kyc.Appoint{Tenant: tenant, ID: "colleague", Was: "viewer", WasState: "active", Role: own, State: "active"}}))
	v := h.as("colleague") // mainland, low risk
	if res, body := v.get("/admin/demo/cases"); res.StatusCode != 200 || strings.Contains(body, string(h.case_.ID)) {
		t.Errorf("the queue has a case of another market: %d", res.StatusCode)
	}
	if res, _ := v.get(v.case1()); res.StatusCode != 403 {
		t.Errorf("the case: %d", res.StatusCode)
	}
	c := h.case_
	c.Market, c.Risk = "mainland", "low"
	h.ok(h.store.Commit(ctx, tenant, kyc.Change{kyc.UpdateCase{Case: c, Expect: 1}}))
	if _, body := v.get("/admin/demo/cases"); !strings.Contains(body, string(h.case_.ID)) {
		t.Error("the queue lacks the case")
	}
	if _, body := v.get("/admin/demo"); strings.Contains(body, "admin.role") {
		t.Error("the role has no words")
	}
}

func TestStaffPages(t *testing.T) {
	h := newHouse(t)
	admin := h.as("tenant_admin")
	if _, body := admin.get("/admin/demo/staff"); !strings.Contains(body, "Cora Colleague") || strings.Contains(body, "$argon") {
		t.Error("the list lacks somebody")
	}
	if _, body := admin.get("/admin/demo/staff/tenant_admin"); strings.Contains(body, `/disable"`) || !strings.Contains(body, "Nobody changes their own role") {
		t.Error("one is offered to shut oneself out")
	}
	if res, _ := admin.post("/admin/demo/staff/colleague", "/admin/demo/staff/colleague/disable", nil); res.StatusCode != 303 {
		t.Errorf("disable: %d", res.StatusCode)
	}
	if res, _ := h.as("colleague").get("/admin/demo/cases"); !refused(res) {
		t.Errorf("who is shut out: %d", res.StatusCode)
	}
	if res, _ := admin.post("/admin/demo/staff/colleague", "/admin/demo/staff/colleague/enable", nil); res.StatusCode != 303 {
		t.Errorf("enable: %d", res.StatusCode)
	}
	res, body := admin.post("/admin/demo/staff/colleague", "/admin/demo/staff/colleague/role", url.Values{"role": {"platform_operator"}})
	if res.StatusCode != 403 || !strings.Contains(body, "You can only give") {
		t.Errorf("an operator: %d", res.StatusCode)
	}
	operator := h.as("")
	operator.cookies["pf_staff"] = "dt.platform.platform_operator"
	if res, body = operator.get("/admin/platform/tenants"); res.StatusCode != 200 || !strings.Contains(body, ">other<") {
		t.Errorf("tenants: %d", res.StatusCode)
	}
	for i := range 60 {
		id := kyc.TenantID("x" + storetest.ID()[24:])
		h.ok(h.store.Commit(ctx, id, kyc.Change{kyc.SaveTenant{Tenant: kyc.Tenant{ID: id, Name: strings.Repeat("y", i+1)}}}))
	}
	if _, body = operator.get("/admin/platform/tenants"); !strings.Contains(body, `rel="next"`) {
		t.Error("there is no second page")
	}
}
