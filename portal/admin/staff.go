package admin

import (
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/review/words"
	"github.com/paifang/paifang/core/roster"
	"github.com/paifang/paifang/locales"
	"github.com/paifang/paifang/policies"
	"github.com/paifang/paifang/portal/web"
)

// rosterRoutes is the part of the table for who administers a tenant, and for who
// runs the platform.
func (d *Door) rosterRoutes(base string) []policies.Route[fiber.Handler] {
	staff, role := base+"/staff/:staff", base+"/roles/:role"
	return []policies.Route[fiber.Handler]{
		{Method: fiber.MethodGet, Path: base + "/staff", Needs: policies.StaffRead, Handle: d.staffPage},
		{Method: fiber.MethodGet, Path: staff, Needs: policies.StaffRead, Handle: d.memberPage},
		{Method: fiber.MethodPost, Path: staff + "/role", Needs: policies.StaffAppoint, Handle: d.giveRole, Fresh: true},
		{Method: fiber.MethodPost, Path: staff + "/disable", Needs: policies.StaffAppoint, Handle: d.disableStaff, Fresh: true},
		{Method: fiber.MethodPost, Path: staff + "/enable", Needs: policies.StaffAppoint, Handle: d.enableStaff, Fresh: true},
		{Method: fiber.MethodGet, Path: base + "/roles", Needs: policies.StaffRead, Handle: d.rolesPage},
		{Method: fiber.MethodPost, Path: base + "/roles", Needs: policies.RoleManage, Handle: d.createRole, Fresh: true},
		{Method: fiber.MethodGet, Path: base + "/new-role", Needs: policies.RoleManage, Handle: d.newRolePage},
		{Method: fiber.MethodGet, Path: role, Needs: policies.StaffRead, Handle: d.rolePage},
		{Method: fiber.MethodPost, Path: role, Needs: policies.RoleManage, Handle: d.changeRole, Fresh: true},
		{Method: fiber.MethodPost, Path: role + "/retire", Needs: policies.RoleManage, Handle: d.retireRole, Fresh: true},
		{Method: fiber.MethodGet, Path: base + "/tenants", Needs: policies.TenantList, Handle: d.tenantsPage},
	}
}

func rosterWho(c *fiber.Ctx) roster.Who {
	w, _ := whoOf(c)
	return roster.Who(w)
}

// roleKey is the last part of the message key that names a role.
func roleKey(role string) string {
	if strings.HasPrefix(role, kyc.OwnRole) {
		return "own"
	}
	return role
}

// roleName names a role: a shipped one in words, another one as its tenant does.
func roleName(p *locales.Printer, role, name string) string {
	if name != "" {
		return name
	}
	return words.Label(p, "admin.role."+roleKey(role), role)
}

type staffData struct {
	Bar    bar
	Invite bool // who looks may invite people
	People []personRow
}

type personRow struct {
	ID, Name, Login, Role, State string
	Self                         bool
	Since                        moment
}

func (d *Door) person(c *fiber.Ctx, m roster.Member) personRow {
	p := web.VisitOf(c).Printer
	return personRow{ID: string(m.ID), Name: m.Name, Login: m.Login, Role: roleName(p, m.Role, m.RoleName), State: m.State, Self: m.Self,
		Since: clockwork{d.Renderer.Clock(), p}.at(m.Created)}
}

func (d *Door) staffPage(c *fiber.Ctx) error {
	found, err := d.Roster.Members(c.UserContext(), rosterWho(c))
	if err != nil {
		return err
	}
	w := rosterWho(c)
	data := staffData{Bar: d.bar(c, "staff"), Invite: w.Staff.Tenant == w.Tenant && d.Desk.Authorizer.May(w.Staff, w.Tenant, policies.StaffAppoint)}
	for _, m := range found {
		data.People = append(data.People, d.person(c, m))
	}
	return d.Renderer.Page(c, fiber.StatusOK, "admin/staff", data)
}

// memberData is the page of one member of the staff.
type memberData struct {
	Bar bar
	personRow
	RoleID  string
	Rules   []ruleRow
	Roles   []roleOption
	Disable bool
	Enable  bool
	Reset   bool
	Invited *invitedRow
	Problem string // message key
}

// Wrong makes the title begin with "Error:".
func (m memberData) Wrong() bool { return m.Problem != "" }

type roleOption struct{ ID, Name string }

// ruleRow is a rule in words.
type ruleRow struct{ May, Markets, Classes, Risks string }

func ruleRows(p *locales.Printer, rules []policies.Rule) []ruleRow {
	var out []ruleRow
	for _, r := range rules {
		row := ruleRow{May: p.T("admin.may." + string(r.Permission))}
		market, class, risk := r.Permission.Narrowed()
		if market {
			row.Markets = listed(p, r.Markets, func(m string) string { return words.Market(p, kyc.MarketID(m)) })
		}
		if class {
			row.Classes = listed(p, r.Classes, func(c string) string { return p.T("admin.class." + c) })
		}
		if risk {
			row.Risks = listed(p, r.Risks, func(r string) string { return p.T("admin.risk." + words.Risk(r)) })
		}
		out = append(out, row)
	}
	return out
}

func listed(p *locales.Printer, list []string, name func(string) string) string {
	var out []string
	for _, v := range list {
		if v == kyc.AnyValue {
			return p.T("admin.roles.all")
		}
		out = append(out, name(v))
	}
	return strings.Join(out, " · ")
}

func (d *Door) memberPage(c *fiber.Ctx) error { return d.memberAs(c, fiber.StatusOK, "") }

func (d *Door) memberAs(c *fiber.Ctx, status int, problem string) error {
	m, err := d.Roster.Member(c.UserContext(), rosterWho(c), kyc.StaffID(c.Params("staff")))
	if err != nil {
		return err
	}
	p := web.VisitOf(c).Printer
	data := memberData{Bar: d.bar(c, "staff"), personRow: d.person(c, m.Member), RoleID: m.Role, Rules: ruleRows(p, m.Rules),
		Disable: m.Disable, Enable: m.Enable, Reset: m.Reset, Problem: problem}
	if m.Invited != nil {
		row := d.invitedRow(c, *m.Invited)
		data.Invited = &row
	}
	for _, r := range m.Roles {
		data.Roles = append(data.Roles, roleOption{r.ID, roleName(p, r.ID, r.Name)})
	}
	return d.Renderer.Page(c, status, "admin/member", data)
}

// aboutMember leads back to the member's page, or shows it with what was wrong.
func (d *Door) aboutMember(c *fiber.Ctx, err error) error {
	if err == nil {
		return seeOther(c, "/staff/"+c.Params("staff"))
	}
	key, status, ok := mendable(err)
	if !ok {
		return err
	}
	return d.memberAs(c, status, key)
}

func (d *Door) giveRole(c *fiber.Ctx) error {
	return d.aboutMember(c, d.Roster.GiveRole(c.UserContext(), rosterWho(c), kyc.StaffID(c.Params("staff")), c.FormValue("role")))
}

func (d *Door) disableStaff(c *fiber.Ctx) error {
	return d.aboutMember(c, d.Roster.Disable(c.UserContext(), rosterWho(c), kyc.StaffID(c.Params("staff"))))
}

func (d *Door) enableStaff(c *fiber.Ctx) error {
	return d.aboutMember(c, d.Roster.Enable(c.UserContext(), rosterWho(c), kyc.StaffID(c.Params("staff"))))
}

type tenantsData struct {
	Bar  bar
	Rows []tenantRow
	More string
}

type tenantRow struct {
	ID, Name string
	Test     bool
	Created  moment
}

func (d *Door) tenantsPage(c *fiber.Ctx) error {
	page, err := d.Roster.Tenants(c.UserContext(), rosterWho(c), kyc.TenantID(c.Query("after")))
	if err != nil {
		return err
	}
	k := clockwork{d.Renderer.Clock(), web.VisitOf(c).Printer}
	data := tenantsData{Bar: d.bar(c, "tenants")}
	for _, t := range page.Tenants {
		data.Rows = append(data.Rows, tenantRow{ID: string(t.ID), Name: t.Name, Test: t.TestMode, Created: k.at(t.Created)})
	}
	if page.After != "" {
		data.More = "?" + query("after", string(page.After))
	}
	return d.Renderer.Page(c, fiber.StatusOK, "admin/tenants", data)
}
