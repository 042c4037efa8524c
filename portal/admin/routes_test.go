package admin_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v2"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/policies"
)

// path fills a route's pattern with what exists.
func (h *house) path(pattern string) string {
	return strings.NewReplacer(":tenant", string(tenant), ":case", string(h.case_.ID), ":file", string(h.file.ID), ":staff", "colleague", ":role", own).Replace(pattern)
}

// refused tells whether an answer gives nothing away.
func refused(res *http.Response) bool {
	toSignIn := res.StatusCode == fiber.StatusSeeOther && strings.Contains(res.Header.Get("Location"), "/sign-in")
	return toSignIn || res.StatusCode == fiber.StatusForbidden || res.StatusCode == fiber.StatusUnauthorized
}

// The whole table, as nobody, as somebody with a made-up token, as another
// tenant's staff of every role, as disabled staff and as every role that lacks
// the permission: nothing but refusals, and nothing is written.
func TestEveryRouteRefuses(t *testing.T) {
	h := newHouse(t)
	may, err := policies.New()
	h.ok(err)
	for _, role := range policies.Roles() {
		h.ok(h.store.Commit(ctx, tenant, kyc.Change{kyc.SaveStaff{Staff: kyc.Staff{Tenant: tenant, ID: kyc.StaffID("gone_" + role),
			Login: "gone_" + role, Role: role, Hash: "x", State: "disabled"}}}))
	}
	strangers := map[string]string{"nobody": "", "a made-up token": "dt.demo.nobody", "no tenant": "dt..reviewer", "rubbish": "a.b"}
	for _, role := range policies.Roles() {
		strangers["another tenant's "+role] = "dt.other." + role
		strangers["disabled "+role] = "dt.demo.gone_" + role
	}
	for _, route := range h.door.Routes() {
		if route.Needs == policies.Public {
			continue
		}
		for name, token := range strangers {
			h.expectRefusal(route.Method, route.Path, name, token)
		}
		for _, role := range policies.Roles() {
			staff := kyc.Staff{Tenant: tenant, Role: role, State: "active"}
			if !may.May(staff, tenant, route.Needs) {
				h.expectRefusal(route.Method, route.Path, role, "dt.demo."+role)
			}
		}
	}
	c, err := h.store.Case(ctx, tenant, h.case_.ID)
	h.ok(err)
	lines, err := h.store.AuditLines(ctx, tenant, kyc.AuditFilter{ObjectKind: "case"}, "", 10)
	h.ok(err)
	if c.Version != 1 || len(lines) != 0 {
		t.Errorf("something was written: case version %d, lines %+v", c.Version, lines)
	}
}

func (h *house) expectRefusal(method, pattern, name, token string) {
	h.t.Helper()
	v := h.as("")
	_, page := v.get("/admin/demo/sign-in") // a valid forgery token: it must not be what refuses
	v.cookies["pf_staff"] = token
	var form url.Values
	if method != fiber.MethodGet {
		form = url.Values{"_csrf": {csrf(page)}, "outcome": {"approve"}, "what": {"everything"}, "why": {"complaint"}}
	}
	res, body := v.do(method, h.path(pattern), form)
	if !refused(res) || strings.Contains(body, "data-viewer") {
		h.t.Errorf("%s %s as %s: %d", method, pattern, name, res.StatusCode)
	}
}

func csrf(page string) string {
	if m := token.FindStringSubmatch(page); m != nil {
		return m[1]
	}
	return ""
}

// Those who may, can: the table does not refuse everybody.
func TestEveryRouteServes(t *testing.T) {
	h := newHouse(t)
	h.seal()
	v := h.as("compliance_officer")
	v.post(v.case1(), v.case1()+"/reveal", url.Values{"what": {"documents"}, "why": {"complaint"}}) // files are seen for a reason
	may, err := policies.New()
	h.ok(err)
	for _, route := range h.door.Routes() {
		if route.Method != fiber.MethodGet || strings.Contains(route.Path, "/sign-in/") { // of a sign-in that is not complete
			continue
		}
		v := h.as("compliance_officer")
		if !may.May(kyc.Staff{Tenant: tenant, Role: "compliance_officer", State: "active"}, tenant, route.Needs) {
			v = h.as("tenant_admin")
		}
		if route.Needs == policies.TenantList {
			continue // of the platform only: TestTenants
		}
		res, _ := v.get(h.path(route.Path))
		if res.StatusCode != fiber.StatusOK && res.Header.Get("Location") != "/admin/demo/cases" {
			t.Errorf("%s: %d", route.Path, res.StatusCode)
		}
	}
}

// An action without the page's token, or from another site, does nothing.
func TestForgery(t *testing.T) {
	h := newHouse(t)
	for _, route := range h.door.Routes() {
		if route.Method == fiber.MethodGet {
			continue
		}
		res, _ := h.as("compliance_officer").do(route.Method, h.path(route.Path), url.Values{"_csrf": {"forged"}})
		if res.StatusCode != fiber.StatusForbidden {
			t.Errorf("%s: %d", route.Path, res.StatusCode)
		}
	}
}

// A permission that the policies do not know would lock everybody out.
func TestPermissionsAreKnown(t *testing.T) {
	h := newHouse(t)
	known := append(policies.StaffPermissions(), policies.Public)
	for _, route := range h.door.Routes() {
		found := false
		for _, p := range known {
			found = found || p == route.Needs
		}
		if !found {
			t.Errorf("%s needs %q, which nobody can have", route.Path, route.Needs)
		}
	}
}
