package roster

import (
	"context"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/paifang/paifang/core/audit"
	"github.com/paifang/paifang/core/contact"
	"github.com/paifang/paifang/core/credential"
	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/letter"
	"github.com/paifang/paifang/policies"
)

// maxName bounds the name of a colleague, in characters.
const maxName = 80

// Invitation is who is asked to work for the tenant. They sign in with the address.
type Invitation struct {
	Email  string
	Name   string
	Role   string
	Locale kyc.Locale // of the letter and of their portal
}

// Invited is an invitation that has not been taken up.
type Invited struct {
	Member
	Expires kyc.Millis       // 0: it is over
	Letter  kyc.MessageState // where the letter is; "" when there is none
	Failure string           // why it did not go out
}

// Invite asks somebody to work for the tenant: a letter with a link, good for
// letter.JoinLife. Forbidden for a role that one could not give, Invalid when
// something does not fit ("problem.field.email", "error.role_unknown", "error.name"), Conflict
// ("error.login_taken") when the address is somebody's who works here. Who was
// invited before, and did not come, is invited anew.
func (r *Roster) Invite(ctx context.Context, w Who, in Invitation) (kyc.StaffID, error) {
	if err := r.may(w, policies.StaffAppoint); err != nil {
		return "", err
	}
	address, problem, ok := contact.ParseEmail(in.Email)
	if !ok {
		return "", kyc.EKey(kyc.Invalid, "problem."+problem.Code, "not an e-mail address")
	}
	if n := utf8.RuneCountInString(in.Name); strings.TrimSpace(in.Name) == "" || n > maxName || !utf8.ValidString(in.Name) {
		return "", kyc.EKey(kyc.Invalid, "error.staff_name", "a name has 1 to %d characters", maxName)
	}
	if len(r.Authorizer.Rules(in.Role, w.Tenant)) == 0 {
		return "", kyc.EKey(kyc.Invalid, "error.role_unknown", "no such role")
	}
	if err := r.grants(w, in.Role); err != nil {
		return "", err
	}
	if !slices.Contains(r.Locales, in.Locale) {
		in.Locale = w.Staff.Locale
	}
	s := kyc.Staff{Tenant: w.Tenant, ID: kyc.StaffID(r.IDs()), Login: credential.CanonicalLogin(address), Name: strings.TrimSpace(in.Name), Role: in.Role,
		Locale: in.Locale, State: kyc.StaffInvited, Created: kyc.At(r.Clock())}
	there, err := r.Store.StaffByLogin(ctx, w.Tenant, s.Login)
	switch {
	case kyc.CodeOf(err) == kyc.NotFound:
	case err != nil:
		return "", err
	case there.Hash != "":
		return "", kyc.EKey(kyc.Conflict, "error.login_taken", "another member of the staff has this login")
	default:
		if err := r.governs(w, there); err != nil {
			return "", err
		}
		s.ID = there.ID
	}
	if s.Email, err = r.Letters.Seal(ctx, s.Tenant, s.ID, address); err != nil {
		return "", err
	}
	change, err := r.Letters.Link(ctx, s, letter.ToJoin)
	if err != nil {
		return "", err
	}
	var first kyc.Change
	if there.ID != "" { // unless they come in this moment
		first = kyc.Change{kyc.SetStaff{Tenant: s.Tenant, ID: s.ID, From: there.State}}
	}
	return s.ID, r.commit(ctx, w, append(append(first, kyc.SaveStaff{Staff: s}, r.line(w, audit.StaffInvited, "staff", string(s.ID), "role", s.Role)), change...))
}

// Invitations lists who was invited and has not come, by login.
func (r *Roster) Invitations(ctx context.Context, w Who) ([]Invited, error) {
	found, err := r.Members(ctx, w)
	if err != nil {
		return nil, err
	}
	links, err := r.Store.StaffLinks(ctx, w.Tenant, letter.ToJoin)
	if err != nil {
		return nil, err
	}
	letters, err := r.Store.Letters(ctx, w.Tenant, letter.Invited)
	if err != nil {
		return nil, err
	}
	var out []Invited
	for _, m := range found {
		if m.State == kyc.StaffInvited {
			out = append(out, r.invited(m, links, letters))
		}
	}
	return out, nil
}

func (r *Roster) invited(m Member, links []kyc.StaffLink, letters []kyc.Message) Invited {
	x := Invited{Member: m}
	for _, l := range links {
		if l.Staff == m.ID && l.Expires > kyc.At(r.Clock()) {
			x.Expires = l.Expires
		}
	}
	for _, l := range letters { // the newest is first
		if l.Staff == m.ID {
			x.Letter, x.Failure = l.State, l.Failure
			break
		}
	}
	return x
}

// pending is somebody who was invited and whom one governs; Conflict
// ("error.staff_changed") when they came or were uninvited meanwhile.
func (r *Roster) pending(ctx context.Context, w Who, id kyc.StaffID) (kyc.Staff, error) {
	s, err := r.governed(ctx, w, id)
	if err == nil && s.State != kyc.StaffInvited {
		err = kyc.EKey(kyc.Conflict, "error.staff_changed", "the member is not invited")
	}
	return s, err
}

// InviteAgain sends a new link; the earlier one ends.
func (r *Roster) InviteAgain(ctx context.Context, w Who, id kyc.StaffID) error {
	s, err := r.pending(ctx, w, id)
	if err != nil {
		return err
	}
	change, err := r.Letters.Link(ctx, s, letter.ToJoin)
	if err != nil {
		return err
	}
	first := kyc.SetStaff{Tenant: w.Tenant, ID: s.ID, From: kyc.StaffInvited, State: kyc.StaffInvited}
	return r.commit(ctx, w, append(kyc.Change{first, r.line(w, audit.StaffInvited, "staff", string(s.ID), "role", s.Role)}, change...))
}

// Uninvite withdraws an invitation: its link opens nothing any more.
func (r *Roster) Uninvite(ctx context.Context, w Who, id kyc.StaffID) error {
	s, err := r.pending(ctx, w, id)
	if err != nil {
		return err
	}
	return r.commit(ctx, w, kyc.Change{kyc.SetStaff{Tenant: w.Tenant, ID: s.ID, From: kyc.StaffInvited, State: kyc.StaffDisabled},
		kyc.DropStaffLinks{Tenant: w.Tenant, Staff: s.ID, Purpose: letter.ToJoin}, r.line(w, audit.StaffUninvited, "staff", string(s.ID))})
}

// ResetFactors removes the second factors and recovery codes of a member who has
// lost them, and ends their sessions: the next sign-in enrols anew. Whoever does it
// has to know that it is them.
func (r *Roster) ResetFactors(ctx context.Context, w Who, id kyc.StaffID) error {
	s, err := r.governed(ctx, w, id)
	if err != nil {
		return err
	}
	told, err := r.Letters.Tell(ctx, s, letter.Factors)
	if err != nil {
		return err
	}
	return r.commit(ctx, w, append(kyc.Change{kyc.DropFactors{Tenant: w.Tenant, Of: "staff", Subject: string(s.ID)},
		kyc.DropSessions{Tenant: w.Tenant, Kinds: credential.StaffKinds(), Subject: string(s.ID)},
		r.line(w, audit.StaffReset, "staff", string(s.ID))}, told...))
}
