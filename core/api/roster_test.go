package api_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/paifang/paifang/core/api"
	"github.com/paifang/paifang/core/kyc"
)

// Roles by JSON: made, given, changed, and what they narrow.
func TestRolesByJSON(t *testing.T) {
	h := newHouse(t)
	const at = "/api/v1/tenants/demo"
	all := []string{"*"}
	rules := []any{map[string]any{"permission": "case.read", "markets": all, "risks": all}, map[string]any{"permission": "document.view", "markets": all, "classes": []string{"business"}, "risks": all},
		map[string]any{"permission": "data.reveal", "markets": all, "classes": []string{"business"}, "risks": all}}
	var role api.RoleHistory
	h.as("tenant_admin", "POST", at+"/roles", map[string]any{"name": "Companies", "rules": rules}).into(t, 201, &role)
	if !strings.HasPrefix(role.ID, kyc.OwnRole) || role.Version != 1 || !role.Changeable || len(role.History) != 1 || len(role.Rules) != 4 {
		t.Fatalf("the role is %+v", role)
	}
	h.as("tenant_admin", "POST", at+"/roles", map[string]any{"name": "Blind", "rules": rules[1:]}).refused(t, 400, "role_reads")
	h.as("tenant_admin", "POST", at+"/roles", map[string]any{"name": "Odd", "rules": []any{map[string]any{"permission": "case.burn"}}}).refused(t, 422, "validation")
	var who api.ColleagueProfile
	h.as("tenant_admin", "PUT", at+"/staff/of_demo/role", map[string]any{"role": role.ID}).into(t, 200, &who)
	if who.RoleName != "Companies" || len(who.Actions) != 2 || len(who.Roles) < 6 {
		t.Errorf("the colleague is %+v", who)
	}
	var c api.Case
	h.as("of_demo", "GET", at+"/cases/"+string(h.case_.ID), nil).into(t, 200, &c)
	if c.Documents[0].Sides[0].File.Rendition != "" {
		t.Error("a passport is offered to who may open company documents")
	}
	file := at + "/cases/" + string(h.case_.ID) + "/files/" + string(h.file.ID)
	h.as("of_demo", "POST", at+"/cases/"+string(h.case_.ID)+"/reveal", map[string]any{"what": "documents", "why": "complaint"}).into(t, 200, &c)
	if c.Documents[0].Sides[0].File.Rendition != "" {
		t.Error("a reason alone opens a passport to who may open company documents")
	}
	h.as("of_demo", "GET", file, nil).refused(t, 403, "forbidden")
	h.as("tenant_admin", "PUT", at+"/roles/"+role.ID, map[string]any{"name": "Markets", "version": 1,
		"rules": []any{map[string]any{"permission": "case.read", "markets": []string{"atlantis"}, "risks": all}}}).refused(t, 400, "role_rule")
	rules[1].(map[string]any)["classes"] = []string{"business", "identity"}
	h.as("tenant_admin", "PUT", at+"/roles/"+role.ID, map[string]any{"name": "Companies", "version": 1, "rules": rules}).into(t, 200, &role)
	if r := h.as("of_demo", "GET", file, nil); r.status != 200 || role.Version != 2 {
		t.Errorf("now it answers %d", r.status)
	}
	h.as("tenant_admin", "POST", at+"/roles/"+role.ID+"/retire", map[string]any{"version": 2}).refused(t, 409, "role_in_use")
	h.as("tenant_admin", "PUT", at+"/staff/tenant_admin/role", map[string]any{"role": "viewer"}).refused(t, 403, "own_role")
	h.as("tenant_admin", "POST", at+"/staff/of_demo/disable", nil).into(t, 200, &who)
	if who.State != "disabled" {
		t.Errorf("the colleague is %+v", who)
	}
	var list api.RoleList
	h.as("tenant_admin", "GET", at+"/roles", nil).into(t, 200, &list)
	if !slices.ContainsFunc(list.Roles, func(r api.Role) bool { return r.ID == "reviewer" && r.Shipped && r.Name == "Reviewer" }) || len(list.Roles) != 7 {
		t.Errorf("roles are %+v", list)
	}
	var tenants api.TenantPage
	h.with("dt.platform.platform_operator", "GET", "/api/v1/tenants", nil).into(t, 200, &tenants)
	if len(tenants.Tenants) != 3 {
		t.Errorf("tenants are %+v", tenants)
	}
	h.as("tenant_admin", "GET", "/api/v1/tenants", nil).refused(t, 403, "forbidden")
}
