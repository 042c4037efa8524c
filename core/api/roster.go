package api

import (
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/roster"
	"github.com/paifang/paifang/policies"
)

// rosterTable is the routes of who administers a tenant, and of who runs the
// platform.
func (d *Door) rosterTable(r func(method, path string, needs policies.Permission, id, summary string, h handler) route) []route {
	const at = base + "/tenants/:tenant"
	const one, role = at + "/staff/:staff", at + "/roles/:role"
	return []route{
		r("GET", base+"/tenants", policies.TenantList, "listTenants", "The tenants of the platform, by id; for its operators", call(d, 200, d.tenants)).with(textParam("after", "Place of the page, as the page before named it")),
		r("GET", at+"/staff", policies.StaffRead, "listStaff", "Who works for the tenant, by login", call(d, 200, d.members)),
		r("GET", one, policies.StaffRead, "readColleague", "A member of the staff: what they may do, and what you may do about them", call(d, 200, d.member)),
		r("PUT", one+"/role", policies.StaffAppoint, "giveRole", "Give a member of the staff another role; it holds from their next request on. Nobody gives more than they have, or changes their own role", call(d, 200, d.giveRole)).fresh(),
		r("POST", one+"/disable", policies.StaffAppoint, "disableStaff", "Shut a member of the staff out, at once", call(d, 200, d.disableStaff)).fresh(),
		r("POST", one+"/enable", policies.StaffAppoint, "enableStaff", "Let a member of the staff in again", call(d, 200, d.enableStaff)).fresh(),
		r("GET", at+"/roles", policies.StaffRead, "listRoles", "Roles: those of every tenant, then the tenant's own", call(d, 200, d.roles)),
		r("POST", at+"/roles", policies.RoleManage, "createRole", "Make a role of the tenant's own", call(d, 201, d.createRole)).fresh(),
		r("GET", role, policies.StaffRead, "readRole", "A role with all its versions", call(d, 200, d.role)),
		r("PUT", role, policies.RoleManage, "changeRole", "Make the next version of a role; it holds within 2 seconds for everybody who has it", call(d, 200, d.changeRole)).fresh(),
		r("POST", role+"/retire", policies.RoleManage, "retireRole", "End a role that nobody has any more", call(d, 200, d.retireRole)).fresh(),
	}
}

// roleName names a shipped role; "" for others.
func (d *Door) roleName(who caller, role string) string {
	if strings.HasPrefix(role, kyc.OwnRole) {
		return ""
	}
	return d.Printer(who.locale).T("admin.role." + role)
}

func (d *Door) tenants(c *fiber.Ctx, who caller, _ none) (TenantPage, error) {
	page, err := d.Roster.Tenants(c.UserContext(), roster.Who(who.desk), kyc.TenantID(c.Query("after")))
	if err != nil {
		return TenantPage{}, err
	}
	out := TenantPage{Tenants: []TenantItem{}, After: string(page.After)}
	for _, t := range page.Tenants {
		x := TenantItem{ID: string(t.ID), Name: t.Name, TestMode: t.TestMode, Created: stamp(t.Created), Locales: []string{}}
		for _, l := range t.Locales {
			x.Locales = append(x.Locales, string(l))
		}
		out.Tenants = append(out.Tenants, x)
	}
	return out, nil
}

func (d *Door) colleague(who caller, m roster.Member) Colleague {
	out := Colleague{ID: string(m.ID), Login: m.Login, Name: m.Name, Role: m.Role, RoleName: m.RoleName, State: m.State, Self: m.Self, Since: stamp(m.Created)}
	if out.RoleName == "" {
		out.RoleName = d.roleName(who, m.Role)
	}
	return out
}

func (d *Door) members(c *fiber.Ctx, who caller, _ none) (ColleagueList, error) {
	found, err := d.Roster.Members(c.UserContext(), roster.Who(who.desk))
	if err != nil {
		return ColleagueList{}, err
	}
	out := ColleagueList{Staff: []Colleague{}}
	for _, m := range found {
		out.Staff = append(out.Staff, d.colleague(who, m))
	}
	return out, nil
}

func (d *Door) member(c *fiber.Ctx, who caller, _ none) (ColleagueProfile, error) {
	return d.profile(c, who, nil)
}

// profile answers a member as they are now, after whatever was done about them.
func (d *Door) profile(c *fiber.Ctx, who caller, err error) (ColleagueProfile, error) {
	if err != nil {
		return ColleagueProfile{}, err
	}
	p, err := d.Roster.Member(c.UserContext(), roster.Who(who.desk), kyc.StaffID(c.Params("staff")))
	if err != nil {
		return ColleagueProfile{}, err
	}
	out := ColleagueProfile{Colleague: d.colleague(who, p.Member), Rules: rules(p.Rules), Actions: []CaseAction{}, Roles: []Option{}}
	here := desk(who.desk.Tenant) + "/staff/" + out.ID
	for _, x := range []struct {
		may                bool
		name, method, path string
	}{{len(p.Roles) > 0, "give_role", "PUT", "/role"}, {p.Disable, "disable", "POST", "/disable"}, {p.Enable, "enable", "POST", "/enable"}} {
		if x.may {
			out.Actions = append(out.Actions, CaseAction{Name: x.name, Method: x.method, Href: here + x.path})
		}
	}
	for _, role := range p.Roles {
		name := role.Name
		if name == "" {
			name = d.roleName(who, role.ID)
		}
		out.Roles = append(out.Roles, Option{Value: role.ID, Label: name})
	}
	return out, nil
}

func staffID(c *fiber.Ctx) kyc.StaffID { return kyc.StaffID(c.Params("staff")) }

func (d *Door) giveRole(c *fiber.Ctx, who caller, in GiveRoleRequest) (ColleagueProfile, error) {
	return d.profile(c, who, d.Roster.GiveRole(c.UserContext(), roster.Who(who.desk), staffID(c), in.Role))
}

func (d *Door) disableStaff(c *fiber.Ctx, who caller, _ none) (ColleagueProfile, error) {
	return d.profile(c, who, d.Roster.Disable(c.UserContext(), roster.Who(who.desk), staffID(c)))
}

func (d *Door) enableStaff(c *fiber.Ctx, who caller, _ none) (ColleagueProfile, error) {
	return d.profile(c, who, d.Roster.Enable(c.UserContext(), roster.Who(who.desk), staffID(c)))
}

func rules(list []policies.Rule) []Rule {
	out := []Rule{}
	for _, r := range list {
		out = append(out, Rule{Permission: string(r.Permission), Markets: r.Markets, Classes: r.Classes, Risks: r.Risks})
	}
	return out
}

func (d *Door) roleItem(who caller, r roster.Role) Role {
	out := Role{ID: r.ID, Name: r.Name, Shipped: r.Shipped, Version: r.Version, State: r.State, People: r.People, Rules: rules(r.Rules)}
	if r.Shipped {
		out.Name = d.roleName(who, r.ID)
	}
	return out
}

func (d *Door) roles(c *fiber.Ctx, who caller, _ none) (RoleList, error) {
	found, err := d.Roster.Roles(c.UserContext(), roster.Who(who.desk))
	if err != nil {
		return RoleList{}, err
	}
	out := RoleList{Roles: []Role{}}
	for _, r := range found {
		out.Roles = append(out.Roles, d.roleItem(who, r))
	}
	return out, nil
}

func (d *Door) role(c *fiber.Ctx, who caller, _ none) (RoleHistory, error) {
	return d.roleView(c, who, c.Params("role"), nil)
}

// roleView answers a role as it is now, after whatever was done with it.
func (d *Door) roleView(c *fiber.Ctx, who caller, id string, err error) (RoleHistory, error) {
	if err != nil {
		return RoleHistory{}, err
	}
	v, err := d.Roster.Role(c.UserContext(), roster.Who(who.desk), id)
	if err != nil {
		return RoleHistory{}, err
	}
	out := RoleHistory{Role: d.roleItem(who, v.Role), History: []RoleVersion{}, Changeable: v.Change}
	for _, x := range v.History {
		out.History = append(out.History, RoleVersion{Version: x.Version, Name: x.Name, State: x.State, By: x.By, At: stamp(x.At), Rules: rules(x.Gave)})
	}
	return out, nil
}

// draft is the roster's form of what a role is to be.
func (in RoleRequest) draft() roster.Draft {
	out := roster.Draft{Name: in.Name}
	for _, r := range in.Rules {
		out.Rules = append(out.Rules, policies.Rule{Permission: policies.Permission(r.Permission), Markets: r.Markets, Classes: r.Classes, Risks: r.Risks})
	}
	return out
}

func (d *Door) createRole(c *fiber.Ctx, who caller, in RoleRequest) (RoleHistory, error) {
	id, err := d.Roster.CreateRole(c.UserContext(), roster.Who(who.desk), in.draft())
	if err == nil {
		c.Set(fiber.HeaderLocation, desk(who.desk.Tenant)+"/roles/"+id)
	}
	return d.roleView(c, who, id, err)
}

func (d *Door) changeRole(c *fiber.Ctx, who caller, in ChangeRoleRequest) (RoleHistory, error) {
	id := c.Params("role")
	return d.roleView(c, who, id, d.Roster.ChangeRole(c.UserContext(), roster.Who(who.desk), id, in.Version, in.draft()))
}

func (d *Door) retireRole(c *fiber.Ctx, who caller, in RetireRoleRequest) (RoleHistory, error) {
	id := c.Params("role")
	return d.roleView(c, who, id, d.Roster.RetireRole(c.UserContext(), roster.Who(who.desk), id, in.Version))
}
