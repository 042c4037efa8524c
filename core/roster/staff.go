package roster

import (
	"context"
	"slices"

	"github.com/paifang/paifang/core/audit"
	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/letter"
	"github.com/paifang/paifang/policies"
)

// States of a member of the staff.
const (
	Active   = "active"
	Disabled = "disabled"
)

// Member is a member of the staff as colleagues see them: no hash.
type Member struct {
	kyc.Staff
	RoleName string // of a role of the tenant's own; "" for a shipped one
	Self     bool   // who asks
}

// Profile is a member with what they may do and what can be done about them.
type Profile struct {
	Member
	Rules   []policies.Rule // what their role gives, while they are active
	Roles   []Choice        // that who asks may give them; empty when none
	Disable bool            // who asks may shut them out
	Enable  bool            // who asks may let them in again
	Reset   bool            // who asks may remove their second factors
	Invited *Invited        // who has not come yet, and whom who asks may invite again
}

// Choice is a role to choose.
type Choice struct{ ID, Name string } // Name is "" for a shipped one

// Members lists the staff by login. At most 500.
func (r *Roster) Members(ctx context.Context, w Who) ([]Member, error) {
	if err := r.may(w, policies.StaffRead); err != nil {
		return nil, err
	}
	found, err := r.Store.StaffList(ctx, w.Tenant)
	if err != nil {
		return nil, err
	}
	own, err := r.Store.Roles(ctx, w.Tenant)
	if err != nil {
		return nil, err
	}
	out := make([]Member, len(found))
	for i, s := range found {
		out[i] = member(w, s, own)
	}
	return out, nil
}

func member(w Who, s kyc.Staff, own []kyc.Role) Member {
	s.Hash = ""
	return Member{Staff: s, RoleName: nameOf(s.Role, own), Self: s.ID == w.Staff.ID && s.Tenant == w.Staff.Tenant}
}

func nameOf(role string, own []kyc.Role) string {
	if i := slices.IndexFunc(own, func(x kyc.Role) bool { return x.ID == role }); i >= 0 {
		return own[i].Name
	}
	return ""
}

// Member shows one member of the staff. NotFound when there is none.
func (r *Roster) Member(ctx context.Context, w Who, id kyc.StaffID) (*Profile, error) {
	if err := r.may(w, policies.StaffRead); err != nil {
		return nil, err
	}
	s, err := r.Store.Staff(ctx, w.Tenant, id)
	if err != nil {
		return nil, err
	}
	own, err := r.Store.Roles(ctx, w.Tenant)
	if err != nil {
		return nil, err
	}
	p := &Profile{Member: member(w, s, own), Rules: r.Authorizer.Rules(s.Role, w.Tenant)}
	if r.governs(w, s) != nil {
		return p, nil
	}
	p.Disable, p.Enable, p.Reset = s.State == Active, s.State == Disabled && s.Hash != "", s.State == Active
	if s.State == kyc.StaffInvited {
		all, err := r.Invitations(ctx, w)
		if err != nil {
			return nil, err
		}
		if i := slices.IndexFunc(all, func(x Invited) bool { return x.ID == id }); i >= 0 {
			p.Invited = &all[i]
		}
	}
	p.Roles = r.choices(w, own)
	return p, nil
}

// choices are the roles that somebody may give.
func (r *Roster) choices(w Who, own []kyc.Role) []Choice {
	var out []Choice
	for _, role := range policies.Roles() {
		if r.grants(w, role) == nil {
			out = append(out, Choice{ID: role})
		}
	}
	for _, role := range own {
		if role.State == kyc.RoleActive && r.grants(w, role.ID) == nil {
			out = append(out, Choice{ID: role.ID, Name: role.Name})
		}
	}
	return out
}

// Givable lists the roles that somebody may give.
func (r *Roster) Givable(ctx context.Context, w Who) ([]Choice, error) {
	if err := r.may(w, policies.StaffAppoint); err != nil {
		return nil, err
	}
	own, err := r.Store.Roles(ctx, w.Tenant)
	return r.choices(w, own), err
}

// governs tells whether somebody may change what a member is: not oneself, and
// nobody who has more than one could give.
func (r *Roster) governs(w Who, s kyc.Staff) error {
	if err := r.may(w, policies.StaffAppoint); err != nil {
		return err
	}
	if s.ID == w.Staff.ID && s.Tenant == w.Staff.Tenant {
		return kyc.EKey(kyc.Forbidden, "error.own_role", "nobody changes their own role or state")
	}
	rules := r.Authorizer.Rules(s.Role, w.Tenant)
	if len(rules) == 0 { // a role that nobody knows gives nothing
		return nil
	}
	if !r.Authorizer.Grants(w.Staff, rules) {
		return beyond()
	}
	return nil
}

// grants tells whether somebody may give a role.
func (r *Roster) grants(w Who, role string) error {
	if w.Staff.Tenant != w.Tenant || !r.Authorizer.Grants(w.Staff, r.Authorizer.Rules(role, w.Tenant)) {
		return beyond()
	}
	return nil
}

// GiveRole gives a member another role; it holds from their next request on.
// Forbidden for oneself, for what one could not give and for whom one does not
// govern; Invalid for a role that there is not; Conflict ("error.last_admin")
// when nobody would be left to administer the tenant.
func (r *Roster) GiveRole(ctx context.Context, w Who, id kyc.StaffID, role string) error {
	s, err := r.governed(ctx, w, id)
	if err != nil || s.Role == role {
		return err
	}
	if len(r.Authorizer.Rules(role, w.Tenant)) == 0 {
		return kyc.EKey(kyc.Invalid, "error.role_unknown", "no such role")
	}
	if err := r.grants(w, role); err != nil {
		return err
	}
	return r.appoint(ctx, w, s, role, s.State, letter.Role, audit.StaffRole, "role", role, "was", s.Role)
}

// Disable shuts a member out; their sessions end with their next request.
func (r *Roster) Disable(ctx context.Context, w Who, id kyc.StaffID) error {
	s, err := r.governed(ctx, w, id)
	if err != nil || s.State == Disabled {
		return err
	}
	if s.State == kyc.StaffInvited {
		return r.Uninvite(ctx, w, id)
	}
	return r.appoint(ctx, w, s, s.Role, Disabled, letter.State, audit.StaffDisabled)
}

// Enable lets a member in again who was shut out; Conflict ("error.not_joined")
// for one who was invited and never came.
func (r *Roster) Enable(ctx context.Context, w Who, id kyc.StaffID) error {
	s, err := r.governed(ctx, w, id)
	if err != nil || s.State != Disabled {
		return err
	}
	if s.Hash == "" {
		return kyc.EKey(kyc.Conflict, "error.not_joined", "the member never came")
	}
	return r.appoint(ctx, w, s, s.Role, Active, letter.State, audit.StaffEnabled)
}

func (r *Roster) governed(ctx context.Context, w Who, id kyc.StaffID) (kyc.Staff, error) {
	if err := r.may(w, policies.StaffAppoint); err != nil {
		return kyc.Staff{}, err
	}
	s, err := r.Store.Staff(ctx, w.Tenant, id)
	if err != nil {
		return s, err
	}
	return s, r.governs(w, s)
}

func (r *Roster) appoint(ctx context.Context, w Who, s kyc.Staff, role, state, template, action string, detail ...string) error {
	a := kyc.Appoint{Tenant: w.Tenant, ID: s.ID, Was: s.Role, WasState: s.State, Role: role, State: state}
	if s.Role == policies.TenantAdmin && s.State == Active {
		a.Keep = policies.TenantAdmin
	}
	var told kyc.Change
	if s.State != kyc.StaffInvited { // who has not come has nothing to be told
		var err error
		if told, err = r.Letters.Tell(ctx, s, template); err != nil {
			return err
		}
	}
	return r.commit(ctx, w, append(kyc.Change{a, r.line(w, action, "staff", string(s.ID), detail...)}, told...))
}
