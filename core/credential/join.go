package credential

import (
	"context"

	"github.com/paifang/paifang/core/audit"
	"github.com/paifang/paifang/core/contact"
	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/letter"
)

// linked finds whom a link of a letter is for. Gone ("error.link_gone") for one
// that is none, was used or withdrawn, or is too old, and for people who may not
// use it now: all alike.
func (s *StaffSessions) linked(ctx context.Context, tenant kyc.TenantID, token, purpose, state string) (kyc.Staff, kyc.StaffLink, error) {
	gone := kyc.EKey(kyc.Gone, "error.link_gone", "no link to %s", purpose)
	if !contact.WellFormed(token) {
		return kyc.Staff{}, kyc.StaffLink{}, gone
	}
	link, err := s.House.StaffLink(ctx, tenant, contact.HashToken(token))
	if kyc.CodeOf(err) == kyc.NotFound || err == nil && (link.Purpose != purpose || kyc.At(s.Clock()) >= link.Expires) {
		return kyc.Staff{}, link, gone
	}
	if err != nil {
		return kyc.Staff{}, link, err
	}
	staff, err := s.Store.Staff(ctx, tenant, link.Staff)
	if kyc.CodeOf(err) == kyc.NotFound || err == nil && staff.State != state {
		return kyc.Staff{}, link, gone
	}
	return staff, link, err
}

// Invited tells whom an invitation is for; it changes nothing.
func (s *StaffSessions) Invited(ctx context.Context, tenant kyc.TenantID, token string) (kyc.Staff, error) {
	staff, _, err := s.linked(ctx, tenant, token, letter.ToJoin, kyc.StaffInvited)
	return staff, err
}

// Join takes an invitation up with a password of one's own. The entry's token is
// for enrolling the second factor, as after a first sign-in. Invalid, with the
// problem's key, when the password breaks a rule: the link stays good.
func (s *StaffSessions) Join(ctx context.Context, tenant kyc.TenantID, token, password string, client Client) (Entry, error) {
	staff, link, err := s.linked(ctx, tenant, token, letter.ToJoin, kyc.StaffInvited)
	if err != nil {
		return Entry{}, err
	}
	hash, err := s.newHash(ctx, staff, password)
	if err != nil {
		return Entry{}, err
	}
	staff.State, staff.Hash = kyc.StaffActive, hash
	a := attempt{tenant: tenant, client: client}
	return s.half(ctx, a, staff, s.Clock(), []kyc.Write{kyc.UseStaffLink{Tenant: tenant, Hash: link.Hash},
		kyc.SetStaff{Tenant: tenant, ID: staff.ID, From: kyc.StaffInvited, State: kyc.StaffActive, Hash: hash}, s.line(staff, audit.StaffJoined)})
}

func (s *StaffSessions) newHash(ctx context.Context, staff kyc.Staff, password string) (string, error) {
	if err := s.Rules(password, staff); err != nil {
		return "", err
	}
	return s.Hasher.Hash(ctx, password)
}

// Forgot sends a link to a new password to who has the login, if anybody has it
// and can be written to. Whoever asks learns nothing: neither by the answer nor by
// its time, which is Pace at least, nor where the work takes longer, because it is the same:
// the record of an unknown name has no subject. Limited past the budget of the address.
func (s *StaffSessions) Forgot(ctx context.Context, tenant kyc.TenantID, login string, client Client) error {
	wait := s.steady(ctx)
	err := s.forgot(ctx, tenant, login, client)
	wait()
	return err
}

func (s *StaffSessions) forgot(ctx context.Context, tenant kyc.TenantID, login string, client Client) error {
	if len(login) > contact.MaxEmail {
		login = login[:contact.MaxEmail]
	}
	name := CanonicalLogin(login)
	index, err := s.Index.Index(ctx, tenant, "staff", name)
	if err != nil {
		return err
	}
	from, err := contact.IndexAddress(ctx, s.Index, tenant, client.Address)
	if err != nil {
		return err
	}
	if err := s.Store.Commit(ctx, tenant, s.Limits.ForgottenBudget(tenant, from, s.Clock())); err != nil {
		return err
	}
	staff, err := s.Store.StaffByLogin(ctx, tenant, name)
	if err != nil && kyc.CodeOf(err) != kyc.NotFound {
		return err
	}
	if err != nil || staff.State != kyc.StaffActive {
		staff = kyc.Staff{Tenant: tenant}
	}
	change, err := s.toReset(ctx, staff)
	if err != nil {
		return err
	}
	change = append(append(change, s.line(staff, audit.PasswordForgotten)), s.Limits.ForgottenNameBudget(tenant, index, s.Clock())...)
	if err := s.Store.Commit(ctx, tenant, change); kyc.CodeOf(err) != kyc.Limited {
		return err
	}
	return nil // enough letters for a while: nobody's mailbox is filled
}

// nowhere is an address that no letter reaches (RFC 2606).
const nowhere = "nobody@example.invalid"

// toReset is the letter with a link to a new password. For somebody without an address,
// or nobody, it is written and sealed all the same, and then not sent: the work tells
// nothing.
func (s *StaffSessions) toReset(ctx context.Context, staff kyc.Staff) (kyc.Change, error) {
	to, err := s.Letters.Address(ctx, staff)
	if err != nil {
		return nil, err
	}
	if to != "" {
		return s.Letters.Link(ctx, staff, letter.ToReset)
	}
	_, err = s.Letters.Link(ctx, kyc.Staff{Tenant: staff.Tenant, Login: nowhere}, letter.ToReset)
	return nil, err
}

// Resetting tells whether a link to a new password is good; it changes nothing.
func (s *StaffSessions) Resetting(ctx context.Context, tenant kyc.TenantID, token string) (kyc.Staff, error) {
	staff, _, err := s.linked(ctx, tenant, token, letter.ToReset, kyc.StaffActive)
	return staff, err
}

// SetForgotten sets the new password and ends every session. It signs nobody in:
// the second factor is asked for with the next sign-in. Invalid, with the problem's
// key, when the password breaks a rule: the link stays good.
func (s *StaffSessions) SetForgotten(ctx context.Context, tenant kyc.TenantID, token, password string) error {
	staff, link, err := s.linked(ctx, tenant, token, letter.ToReset, kyc.StaffActive)
	if err != nil {
		return err
	}
	hash, err := s.newHash(ctx, staff, password)
	if err != nil {
		return err
	}
	told, err := s.Letters.Tell(ctx, staff, letter.Password)
	if err != nil {
		return err
	}
	return s.Store.Commit(ctx, tenant, append(kyc.Change{kyc.UseStaffLink{Tenant: tenant, Hash: link.Hash},
		kyc.SetStaff{Tenant: tenant, ID: staff.ID, From: kyc.StaffActive, Hash: hash},
		kyc.DropSessions{Tenant: tenant, Kinds: StaffKinds(), Subject: string(staff.ID)}, s.line(staff, audit.StaffPassword)}, told...))
}
