package roster

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/paifang/paifang/core/audit"
	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/policies"
)

// MaxRoles bounds the roles of a tenant's own that are not retired: a decision
// goes through the rules of all of them.
const MaxRoles = 20

// MaxName bounds the name of a role, in characters.
const MaxName = 80

// Role is a role as who administers the tenant sees it.
type Role struct {
	ID      string
	Name    string // "" for a shipped one
	Shipped bool
	Version int64  // 0 for a shipped one
	State   string // kyc.RoleActive, kyc.RoleRetired
	Rules   []policies.Rule
	People  int // active members of the staff who have it
}

// Version is one version of a role of the tenant's own.
type Version struct {
	kyc.Role
	By   string          // name of who made it
	Gave []policies.Rule // what it gave
}

// RoleView is a role with its history.
type RoleView struct {
	Role
	History []Version // the newest first; empty for a shipped one
	Change  bool      // who asks may change and retire it
	Markets []kyc.MarketID
}

// Draft is what a role is to be.
type Draft struct {
	Name  string
	Rules []policies.Rule
}

// Roles lists the shipped roles of a tenant, then its own, retired ones last.
func (r *Roster) Roles(ctx context.Context, w Who) ([]Role, error) {
	if err := r.may(w, policies.StaffRead); err != nil {
		return nil, err
	}
	own, err := r.Store.Roles(ctx, w.Tenant)
	if err != nil {
		return nil, err
	}
	staff, err := r.Store.StaffList(ctx, w.Tenant)
	if err != nil {
		return nil, err
	}
	var out []Role
	for _, id := range policies.TenantRoles() {
		out = append(out, r.shipped(w, id, staff))
	}
	slices.SortStableFunc(own, func(a, b kyc.Role) int { return strings.Compare(a.State, b.State) })
	for _, o := range own {
		out = append(out, ownRole(o, staff))
	}
	return out, nil
}

func (r *Roster) shipped(w Who, id string, staff []kyc.Staff) Role {
	return Role{ID: id, Shipped: true, State: kyc.RoleActive, Rules: r.Authorizer.Rules(id, w.Tenant), People: people(id, staff)}
}

func ownRole(o kyc.Role, staff []kyc.Staff) Role {
	return Role{ID: o.ID, Name: o.Name, Version: o.Version, State: o.State, Rules: policies.RulesOf(o.Rules), People: people(o.ID, staff)}
}

func people(role string, staff []kyc.Staff) (n int) {
	for _, s := range staff {
		if s.Role == role && s.State == Active {
			n++
		}
	}
	return n
}

// Role shows one role with its history. NotFound when there is none.
func (r *Roster) Role(ctx context.Context, w Who, id string) (*RoleView, error) {
	if err := r.may(w, policies.StaffRead); err != nil {
		return nil, err
	}
	markets, err := r.markets(ctx, w)
	if err != nil {
		return nil, err
	}
	staff, err := r.Store.StaffList(ctx, w.Tenant)
	if err != nil {
		return nil, err
	}
	if slices.Contains(policies.TenantRoles(), id) {
		return &RoleView{Role: r.shipped(w, id, staff), Markets: markets}, nil
	}
	versions, err := r.Store.RoleVersions(ctx, w.Tenant, id)
	if err != nil {
		return nil, err
	}
	v := &RoleView{Role: ownRole(versions[0], staff), Markets: markets}
	v.Change = v.State == kyc.RoleActive && r.changes(w, v.Role) == nil
	for _, x := range versions {
		by := string(x.By)
		if s, err := r.Store.Staff(ctx, w.Tenant, x.By); err == nil {
			by = s.Name
		}
		v.History = append(v.History, Version{Role: x, By: by, Gave: policies.RulesOf(x.Rules)})
	}
	return v, nil
}

// Markets lists the markets that rules can name.
func (r *Roster) Markets(ctx context.Context, w Who) ([]kyc.MarketID, error) {
	if err := r.may(w, policies.StaffRead); err != nil {
		return nil, err
	}
	return r.markets(ctx, w)
}

func (r *Roster) markets(ctx context.Context, w Who) ([]kyc.MarketID, error) {
	found, err := r.Store.TenantMarkets(ctx, w.Tenant)
	var out []kyc.MarketID
	for _, m := range found {
		out = append(out, m.Market)
	}
	return out, err
}

// changes tells whether somebody may change a role: not their own, and none that
// gives more than they could give.
func (r *Roster) changes(w Who, role Role) error {
	if err := r.may(w, policies.RoleManage); err != nil {
		return err
	}
	if w.Staff.Role == role.ID {
		return kyc.EKey(kyc.Forbidden, "error.own_role", "nobody changes their own role")
	}
	return r.gives(w, role.Rules)
}

func (r *Roster) gives(w Who, rules []policies.Rule) error {
	if w.Staff.Tenant != w.Tenant || !r.Authorizer.Grants(w.Staff, rules) {
		return beyond()
	}
	return nil
}

// CreateRole makes a role of the tenant's own and answers its id. Invalid for a
// draft that makes no sense; Forbidden for what one could not give.
func (r *Roster) CreateRole(ctx context.Context, w Who, d Draft) (string, error) {
	if err := r.may(w, policies.RoleManage); err != nil {
		return "", err
	}
	return r.save(ctx, w, kyc.Role{ID: kyc.OwnRole + r.IDs(), Version: 1}, d)
}

// ChangeRole makes the next version of a role; it holds for everybody who has it,
// on every node within policies.Fresh. Conflict ("error.role_changed") when the
// version is not the newest.
func (r *Roster) ChangeRole(ctx context.Context, w Who, id string, version int64, d Draft) error {
	now, err := r.changeable(ctx, w, id, version)
	if err != nil {
		return err
	}
	_, err = r.save(ctx, w, kyc.Role{ID: now.ID, Version: version + 1}, d)
	return err
}

// changeable finds the newest version of a role, if it is the one that somebody
// looked at and they may change it.
func (r *Roster) changeable(ctx context.Context, w Who, id string, version int64) (kyc.Role, error) {
	if err := r.may(w, policies.RoleManage); err != nil {
		return kyc.Role{}, err
	}
	versions, err := r.Store.RoleVersions(ctx, w.Tenant, id)
	if err != nil {
		return kyc.Role{}, err
	}
	now := versions[0]
	if now.Version != version || now.State != kyc.RoleActive {
		return now, kyc.EKey(kyc.Conflict, "error.role_changed", "role is at version %d", now.Version)
	}
	return now, r.changes(w, ownRole(now, nil))
}

// save writes a version.
func (r *Roster) save(ctx context.Context, w Who, role kyc.Role, d Draft) (string, error) {
	if err := r.check(ctx, w, role.ID, &d); err != nil {
		return "", err
	}
	if err := r.gives(w, d.Rules); err != nil {
		return "", err
	}
	role.Tenant, role.Name, role.State, role.By, role.At = w.Tenant, d.Name, kyc.RoleActive, w.Staff.ID, kyc.At(r.Clock())
	for _, rule := range d.Rules {
		role.Rules = append(role.Rules, kyc.RoleRule{Permission: string(rule.Permission), Markets: rule.Markets, Classes: rule.Classes, Risks: rule.Risks})
	}
	return role.ID, r.commit(ctx, w, kyc.Change{kyc.SaveRole{Role: role},
		r.line(w, audit.RoleChanged, "role", role.ID, "version", strconv.FormatInt(role.Version, 10), "rules", told(d.Rules))})
}

// RetireRole ends a role that nobody has. Conflict ("error.role_in_use") while
// somebody active has it.
func (r *Roster) RetireRole(ctx context.Context, w Who, id string, version int64) error {
	role, err := r.changeable(ctx, w, id, version)
	if err != nil {
		return err
	}
	role.Version, role.State, role.By, role.At = version+1, kyc.RoleRetired, w.Staff.ID, kyc.At(r.Clock())
	return r.commit(ctx, w, kyc.Change{kyc.SaveRole{Role: role},
		r.line(w, audit.RoleRetired, "role", id, "version", strconv.FormatInt(role.Version, 10))})
}

// told is rules for the record: "case.read(mainland;*;low,medium)", as many as fit.
func told(rules []policies.Rule) string {
	var out []string
	for _, r := range rules {
		text := string(r.Permission)
		if market, class, risk := r.Permission.Narrowed(); market || class || risk {
			text += ":" + strings.Join(r.Markets, ",") + ";" + strings.Join(r.Classes, ",") + ";" + strings.Join(r.Risks, ",")
		}
		out = append(out, text)
	}
	return strings.Join(out, " ")
}

// check mends what a draft leaves out and refuses what makes no sense.
func (r *Roster) check(ctx context.Context, w Who, id string, d *Draft) error {
	d.Name = strings.TrimSpace(d.Name)
	if n := utf8.RuneCountInString(d.Name); n == 0 || n > MaxName || !utf8.ValidString(d.Name) || strings.ContainsFunc(d.Name, unicode.IsControl) {
		return kyc.EKey(kyc.Invalid, "error.role_name", "name has not 1 to %d characters", MaxName)
	}
	own, err := r.Store.Roles(ctx, w.Tenant)
	if err != nil {
		return err
	}
	active := 0
	for _, o := range own {
		if o.State != kyc.RoleActive || o.ID == id {
			continue
		}
		active++
		if strings.EqualFold(o.Name, d.Name) {
			return kyc.EKey(kyc.Invalid, "error.role_name_taken", "another role has this name")
		}
	}
	if active >= MaxRoles {
		return kyc.EKey(kyc.Invalid, "error.role_count", "there are %d roles", MaxRoles)
	}
	markets, err := r.markets(ctx, w)
	if err != nil {
		return err
	}
	return checkRules(d, markets)
}

func checkRules(d *Draft, markets []kyc.MarketID) error {
	reads := false
	seen := map[policies.Permission]bool{}
	for i := range d.Rules {
		rule := &d.Rules[i]
		if !slices.Contains(policies.OwnPermissions(), rule.Permission) || seen[rule.Permission] {
			return kyc.EKey(kyc.Invalid, "error.role_rule", "permission is unknown, named twice or not to be given")
		}
		seen[rule.Permission] = true
		market, class, risk := rule.Permission.Narrowed()
		fine := narrow(&rule.Markets, market, markets)
		fine = narrow(&rule.Classes, class, kyc.DocumentClasses()) && fine
		fine = narrow(&rule.Risks, risk, []string{"low", "medium", "high"}) && fine
		if !fine {
			return kyc.EKey(kyc.Invalid, "error.role_rule", "%s is for nothing, or for something that there is not", rule.Permission)
		}
		reads = reads || rule.Permission == policies.CaseRead
	}
	for p := range seen {
		if market, _, _ := p.Narrowed(); market && !reads {
			return kyc.EKey(kyc.Invalid, "error.role_reads", "role may not read the cases that it works on")
		}
	}
	if len(seen) == 0 {
		return kyc.EKey(kyc.Invalid, "error.role_empty", "role gives nothing")
	}
	seen[policies.StaffSelf] = true
	all := []string{kyc.AnyValue}
	d.Rules = append(d.Rules, policies.Rule{Permission: policies.StaffSelf, Markets: all, Classes: all, Risks: all})
	return nil
}

// narrow puts a list in order: everything for a permission that is not narrowed by
// it; false for an empty one and for values that there are not.
func narrow[V ~string](list *[]string, narrowed bool, there []V) bool {
	if !narrowed || slices.Contains(*list, kyc.AnyValue) {
		*list = []string{kyc.AnyValue}
		return true
	}
	for _, v := range *list {
		if !slices.Contains(there, V(v)) {
			return false
		}
	}
	*list = slices.Compact(slices.Sorted(slices.Values(*list)))
	return len(*list) > 0
}
