package admin

import (
	"slices"
	"strconv"

	"github.com/gofiber/fiber/v2"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/review/words"
	"github.com/paifang/paifang/core/roster"
	"github.com/paifang/paifang/locales"
	"github.com/paifang/paifang/policies"
	"github.com/paifang/paifang/portal/web"
)

type rolesData struct {
	Bar  bar
	Rows []roleRow
	May  bool // make a role
}

type roleRow struct {
	ID, Name, State string
	Shipped         bool
	People          string
}

func (d *Door) rolesPage(c *fiber.Ctx) error {
	w := rosterWho(c)
	found, err := d.Roster.Roles(c.UserContext(), w)
	if err != nil {
		return err
	}
	p := web.VisitOf(c).Printer
	data := rolesData{Bar: d.bar(c, "roles"), May: d.Desk.Authorizer.May(w.Staff, w.Tenant, policies.RoleManage)}
	for _, r := range found {
		data.Rows = append(data.Rows, roleRow{ID: r.ID, Name: roleName(p, r.ID, r.Name), State: r.State, Shipped: r.Shipped, People: p.Number(int64(r.People))})
	}
	return d.Renderer.Page(c, fiber.StatusOK, "admin/roles", data)
}

// roleData is the page of one role, or of one that is to be.
type roleData struct {
	Bar      bar
	ID, Name string // "" for one that is to be
	Shipped  bool
	State    string
	People   string
	Rules    []ruleRow
	History  []versionRow
	Change   bool // there is a form
	May      bool // make another role of this one
	Draft    roleForm
	Problem  string // message key
}

// Wrong makes the title begin with "Error:".
func (r roleData) Wrong() bool { return r.Problem != "" }

type versionRow struct {
	Number, Name, State, By string
	At                      moment
	Rules                   []ruleRow
}

// roleForm is the matrix: a row for each permission.
type roleForm struct {
	Action  string
	Name    string
	Version string
	Rows    []matrixRow
}

type matrixRow struct {
	Permission, Label string
	Ticked            bool
	Lists             []matrixList
}

// matrixList is the boxes of one attribute: all of them, or some.
type matrixList struct {
	Name, Label string
	Boxes       []matrixBox
}

type matrixBox struct {
	Value, Label string
	Ticked       bool
}

// drafted is the form filled in with a draft.
func drafted(p *locales.Printer, draft roster.Draft, markets []kyc.MarketID) roleForm {
	f := roleForm{Name: draft.Name}
	for _, need := range policies.OwnPermissions() {
		row := matrixRow{Permission: string(need), Label: p.T("admin.may." + string(need))}
		var rule policies.Rule
		if i := slices.IndexFunc(draft.Rules, func(r policies.Rule) bool { return r.Permission == need }); i >= 0 {
			row.Ticked, rule = true, draft.Rules[i]
		}
		add := func(attribute string, chosen []string, values []string, label func(string) string) {
			list := matrixList{Name: attribute + "." + row.Permission, Label: p.T("admin.roles." + attribute)}
			all := slices.Contains(chosen, kyc.AnyValue) || !row.Ticked
			list.Boxes = append(list.Boxes, matrixBox{kyc.AnyValue, p.T("admin.roles.all"), all})
			for _, v := range values {
				list.Boxes = append(list.Boxes, matrixBox{v, label(v), slices.Contains(chosen, v)})
			}
			row.Lists = append(row.Lists, list)
		}
		market, class, risk := need.Narrowed()
		if market {
			add("markets", rule.Markets, texts(markets), func(m string) string { return words.Market(p, kyc.MarketID(m)) })
		}
		if class {
			add("classes", rule.Classes, texts(kyc.DocumentClasses()), func(v string) string { return p.T("admin.class." + v) })
		}
		if risk {
			add("risks", rule.Risks, []string{"low", "medium", "high"}, func(v string) string { return p.T("admin.risk." + v) })
		}
		f.Rows = append(f.Rows, row)
	}
	return f
}

func texts[V ~string](list []V) []string {
	var out []string
	for _, v := range list {
		out = append(out, string(v))
	}
	return out
}

// readDraft reads the matrix. "All" beside single values means these: it is ticked
// from the beginning, and whoever wants less need not untick it.
func readDraft(c *fiber.Ctx) roster.Draft {
	form := func(name string) (out []string) {
		for _, v := range c.Request().PostArgs().PeekMulti(name) {
			if len(out) < 100 {
				out = append(out, string(v))
			}
		}
		if len(out) > 1 {
			out = slices.DeleteFunc(out, func(v string) bool { return v == kyc.AnyValue })
		}
		return out
	}
	draft := roster.Draft{Name: c.FormValue("name")}
	for _, p := range form("may") {
		draft.Rules = append(draft.Rules, policies.Rule{Permission: policies.Permission(p),
			Markets: form("markets." + p), Classes: form("classes." + p), Risks: form("risks." + p)})
	}
	return draft
}

// newRolePage is the form for a role that is to be, filled in like another one
// with ?like=.
func (d *Door) newRolePage(c *fiber.Ctx) error {
	draft := roster.Draft{}
	if like := c.Query("like"); like != "" {
		v, err := d.Roster.Role(c.UserContext(), rosterWho(c), like)
		if err != nil {
			return err
		}
		draft.Rules = merged(v.Rules)
	}
	return d.newRoleAs(c, fiber.StatusOK, draft, "")
}

// merged makes one rule of the several that a shipped role has for a permission
// because of what it builds on: the widest list of each.
func merged(rules []policies.Rule) []policies.Rule {
	var out []policies.Rule
	wider := func(a, b []string) []string {
		if slices.Contains(a, kyc.AnyValue) || len(a) >= len(b) && !slices.Contains(b, kyc.AnyValue) {
			return a
		}
		return b
	}
	for _, r := range rules {
		i := slices.IndexFunc(out, func(x policies.Rule) bool { return x.Permission == r.Permission })
		if i < 0 {
			out = append(out, r)
			continue
		}
		out[i].Markets, out[i].Classes, out[i].Risks = wider(out[i].Markets, r.Markets), wider(out[i].Classes, r.Classes), wider(out[i].Risks, r.Risks)
	}
	return out
}

func (d *Door) newRoleAs(c *fiber.Ctx, status int, draft roster.Draft, problem string) error {
	markets, err := d.Roster.Markets(c.UserContext(), rosterWho(c))
	if err != nil {
		return err
	}
	data := roleData{Bar: d.bar(c, "roles"), State: kyc.RoleActive, Change: true, Draft: drafted(web.VisitOf(c).Printer, draft, markets), Problem: problem}
	data.Draft.Action = base(c) + "/roles"
	return d.Renderer.Page(c, status, "admin/role", data)
}

func (d *Door) createRole(c *fiber.Ctx) error {
	draft := readDraft(c)
	id, err := d.Roster.CreateRole(c.UserContext(), rosterWho(c), draft)
	if err == nil {
		return seeOther(c, "/roles/"+id)
	}
	key, status, ok := mendable(err)
	if !ok {
		return err
	}
	return d.newRoleAs(c, status, draft, key)
}

func (d *Door) rolePage(c *fiber.Ctx) error { return d.roleAs(c, fiber.StatusOK, nil, "") }

// roleAs shows a role with the form as it was filled in; nil is as it holds.
func (d *Door) roleAs(c *fiber.Ctx, status int, draft *roster.Draft, problem string) error {
	w := rosterWho(c)
	v, err := d.Roster.Role(c.UserContext(), w, c.Params("role"))
	if err != nil {
		return err
	}
	p := web.VisitOf(c).Printer
	k := clockwork{d.Renderer.Clock(), p}
	data := roleData{Bar: d.bar(c, "roles"), ID: v.ID, Name: roleName(p, v.ID, v.Name), Shipped: v.Shipped, State: v.State, People: p.Number(int64(v.People)),
		Rules: ruleRows(p, v.Rules), Change: v.Change, May: d.Desk.Authorizer.May(w.Staff, w.Tenant, policies.RoleManage), Problem: problem}
	for _, x := range v.History {
		data.History = append(data.History, versionRow{Number: p.Number(x.Version), Name: x.Name, State: x.State, By: x.By, At: k.at(x.At), Rules: ruleRows(p, x.Gave)})
	}
	if v.Change {
		if draft == nil {
			draft = &roster.Draft{Name: v.Name, Rules: v.Rules}
		}
		data.Draft = drafted(p, *draft, v.Markets)
		data.Draft.Action, data.Draft.Version = base(c)+"/roles/"+v.ID, strconv.FormatInt(v.Version, 10)
	}
	return d.Renderer.Page(c, status, "admin/role", data)
}

// aboutRole leads back to the role's page, or shows it with what was wrong.
func (d *Door) aboutRole(c *fiber.Ctx, draft *roster.Draft, err error) error {
	if err == nil {
		return seeOther(c, "/roles/"+c.Params("role"))
	}
	key, status, ok := mendable(err)
	if !ok {
		return err
	}
	return d.roleAs(c, status, draft, key)
}

// seen is the version that the form was made from; 0 fits none.
func seen(c *fiber.Ctx) int64 {
	n, err := strconv.ParseInt(c.FormValue("version"), 10, 64)
	if err != nil {
		return 0
	}
	return n
}

func (d *Door) changeRole(c *fiber.Ctx) error {
	draft := readDraft(c)
	return d.aboutRole(c, &draft, d.Roster.ChangeRole(c.UserContext(), rosterWho(c), c.Params("role"), seen(c), draft))
}

func (d *Door) retireRole(c *fiber.Ctx) error {
	return d.aboutRole(c, nil, d.Roster.RetireRole(c.UserContext(), rosterWho(c), c.Params("role"), seen(c)))
}
