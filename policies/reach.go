package policies

import (
	"slices"
	"strings"

	"github.com/paifang/paifang/core/kyc"
)

// Rule is a permission and for which objects it holds. A list with kyc.AnyValue
// has everything in it.
type Rule struct {
	Permission Permission
	Markets    []string
	Classes    []string // of documents
	Risks      []string
	anywhere   bool // not in the own tenant only
}

// Rules lists what a role of the tenant may do, what it builds on included, in
// the order of StaffPermissions. It is empty for a role that nobody knows.
func (a *Authorizer) Rules(role string, tenant kyc.TenantID) []Rule {
	e, ok := a.enforcer(role, tenant)
	if !ok {
		return nil
	}
	policy, err := e.GetPolicy()
	if err != nil {
		return nil
	}
	var out []Rule
	for _, p := range policy { // role, act, scope, market, class, risk
		builds, err := e.GetRoleManager().HasLink(role, p[0], kyc.AnyValue)
		if err != nil || p[0] != role && !builds {
			continue
		}
		out = append(out, Rule{Permission: Permission(p[1]), anywhere: p[2] == "any",
			Markets: values(p[3]), Classes: values(p[4]), Risks: values(p[5])})
	}
	inOrder(out)
	return out
}

func values(list string) []string {
	if list == "" {
		return nil
	}
	return strings.Split(list, "|")
}

// RulesOf turns the rules of a version of a tenant's own role, whether it holds or
// not, in the order of StaffPermissions.
func RulesOf(stored []kyc.RoleRule) []Rule {
	var out []Rule
	for _, r := range stored {
		out = append(out, Rule{Permission: Permission(r.Permission), Markets: r.Markets, Classes: r.Classes, Risks: r.Risks})
	}
	inOrder(out)
	return out
}

func inOrder(rules []Rule) {
	order := StaffPermissions()
	slices.SortStableFunc(rules, func(x, y Rule) int { return slices.Index(order, x.Permission) - slices.Index(order, y.Permission) })
}

// holds tells whether a rule holds for who works for home, in the tenant.
func (r Rule) holds(home, tenant kyc.TenantID) bool {
	if r.anywhere {
		return home == OperatorTenant
	}
	return home == tenant
}

// Reach tells for which cases staff has the permission in the tenant; empty for
// none. It says the same as May does for each market and risk.
func (a *Authorizer) Reach(staff kyc.Staff, tenant kyc.TenantID, need Permission) []kyc.CaseScope {
	if !a.May(staff, tenant, need) {
		return nil
	}
	var out []kyc.CaseScope
	for _, r := range a.Rules(staff.Role, staff.Tenant) {
		if r.Permission == need && r.holds(staff.Tenant, tenant) {
			out = append(out, kyc.CaseScope{Markets: r.Markets, Risks: r.Risks})
		}
	}
	return out
}

// Grants tells whether staff may give somebody of their tenant these rules:
// nobody gives more than they have, except who holds RoleGrant, and nobody gives
// what reaches other tenants.
func (a *Authorizer) Grants(staff kyc.Staff, given []Rule) bool {
	if staff.State != "active" {
		return false
	}
	all := a.May(staff, staff.Tenant, RoleGrant)
	own := a.Rules(staff.Role, staff.Tenant)
	for _, g := range given {
		switch {
		case g.anywhere:
			return false
		case all:
		case g.Permission == StaffSelf:
		case !slices.ContainsFunc(own, func(o Rule) bool { return o.covers(g) }):
			return false
		}
	}
	return len(given) > 0
}

// covers tells whether everything that g gives is in r.
func (r Rule) covers(g Rule) bool {
	return r.Permission == g.Permission && !g.anywhere && all(r.Markets, g.Markets) && all(r.Classes, g.Classes) && all(r.Risks, g.Risks)
}

func all(list, of []string) bool {
	if slices.Contains(list, kyc.AnyValue) {
		return true
	}
	for _, v := range of {
		if !slices.Contains(list, v) { // AnyValue, too
			return false
		}
	}
	return true
}
