package credential

import (
	"context"

	"github.com/paifang/paifang/core/audit"
	"github.com/paifang/paifang/core/factor"
	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/letter"
)

// Security is what somebody sees of their own sign-in.
type Security struct {
	Holds    factor.Holds
	Sessions []SeenSession // living ones, last seen first
}

// SeenSession is a session as its owner sees it.
type SeenSession struct {
	ID      string
	Agent   string // browser and system; "" when unknown
	Created kyc.Millis
	Seen    kyc.Millis
	Current bool // the one that asks

	// Of an account:
	Place   string   // network address that it was begun from; "" when unknown
	Methods []string // shown in it
}

// mine is the session of a token and who holds it.
func (s *StaffSessions) mine(ctx context.Context, token string) (kyc.Staff, kyc.Session, error) {
	session, err := s.session(ctx, KindStaff, token)
	if err != nil {
		return kyc.Staff{}, kyc.Session{}, err
	}
	staff, err := s.holder(ctx, session)
	return staff, session, err
}

// Security lists the factors and sessions of the holder of a token.
func (s *StaffSessions) Security(ctx context.Context, token string) (Security, error) {
	staff, session, err := s.mine(ctx, token)
	if err != nil {
		return Security{}, err
	}
	var out Security
	if out.Holds, err = s.Factors.Of(ctx, factor.Staff(staff)); err != nil {
		return Security{}, err
	}
	all, err := s.House.SessionsOf(ctx, staff.Tenant, KindStaff, string(staff.ID))
	now := s.Clock()
	for _, x := range all {
		if Alive(x, now) {
			out.Sessions = append(out.Sessions, SeenSession{ID: x.ID, Agent: x.Agent, Created: x.Created, Seen: x.Seen, Current: x.ID == session.ID})
		}
	}
	return out, err
}

// Revoke ends another session of the holder of a token; with id "" all others.
// NotFound for one that is not theirs.
func (s *StaffSessions) Revoke(ctx context.Context, token, id string) error {
	staff, session, err := s.mine(ctx, token)
	if err != nil {
		return err
	}
	kinds := []string{KindStaff}
	if id == "" {
		kinds = StaffKinds()
	} else if err := s.known(ctx, staff, id); err != nil {
		return err
	}
	which := id
	if id == "" {
		which = "others"
	}
	return s.Store.Commit(ctx, staff.Tenant, kyc.Change{
		kyc.DropSessions{Tenant: staff.Tenant, Kinds: kinds, Subject: string(staff.ID), ID: id, Except: session.Hash},
		s.line(staff, audit.SessionRevoked, "which", which)})
}

func (s *StaffSessions) known(ctx context.Context, staff kyc.Staff, id string) error {
	all, err := s.House.SessionsOf(ctx, staff.Tenant, KindStaff, string(staff.ID))
	if err != nil {
		return err
	}
	for _, x := range all {
		if x.ID == id {
			return nil
		}
	}
	return kyc.EKey(kyc.NotFound, "error.not_found", "no such session of the holder")
}

// OfferAnother begins to add one more authenticator app; see OfferApp.
func (s *StaffSessions) OfferAnother(ctx context.Context, token, ticket string) (factor.Offer, error) {
	staff, _, err := s.mine(ctx, token)
	if err != nil {
		return factor.Offer{}, err
	}
	return s.offerApp(ctx, staff, ticket)
}

// AddApp adds one more authenticator app with its first code. Invalid
// ("error.code_wrong") when the code is not the app's.
func (s *StaffSessions) AddApp(ctx context.Context, token, ticket, code, name string, client Client) error {
	staff, _, err := s.mine(ctx, token)
	if err != nil {
		return err
	}
	if err := s.countProof(ctx, staff, "enrol", client, s.Clock()); err != nil {
		return err
	}
	change, err := s.Factors.AddTOTP(ctx, factor.Staff(staff), ticket, code, name)
	if err != nil {
		return err
	}
	return s.commit(ctx, staff, letter.FactorAdded, append(change, s.line(staff, audit.FactorAdded, "kind", kyc.FactorTOTP)))
}

// commit writes a change to how somebody signs in, and tells them.
func (s *StaffSessions) commit(ctx context.Context, staff kyc.Staff, template string, change kyc.Change) error {
	told, err := s.Letters.Tell(ctx, staff, template)
	if err != nil {
		return err
	}
	return s.Store.Commit(ctx, staff.Tenant, append(change, told...))
}

// RemoveFactor removes a factor of the holder of a token and ends their other
// sessions, which may have been begun with it. Conflict ("error.last_factor") for the
// last one.
func (s *StaffSessions) RemoveFactor(ctx context.Context, token, id string) error {
	staff, session, err := s.mine(ctx, token)
	if err != nil {
		return err
	}
	change, err := s.Factors.Remove(ctx, factor.Staff(staff), id, true)
	if err != nil {
		return err
	}
	// The row of the member is touched first: of two removals at once the second
	// sees what the first has left.
	first := kyc.Change{kyc.SetStaff{Tenant: staff.Tenant, ID: staff.ID}}
	return s.commit(ctx, staff, letter.FactorRemoved, append(append(first, change...), s.others(staff, session), s.line(staff, audit.FactorRemoved)))
}

// RenewRecovery makes ten new recovery codes; the earlier ones end.
func (s *StaffSessions) RenewRecovery(ctx context.Context, token string) ([]string, error) {
	staff, _, err := s.mine(ctx, token)
	if err != nil {
		return nil, err
	}
	codes, change, err := s.Factors.NewCodes(ctx, factor.Staff(staff))
	if err != nil {
		return nil, err
	}
	return codes, s.commit(ctx, staff, letter.RecoveryRenewed, append(change, s.line(staff, audit.RecoveryRenewed)))
}

// ChangePassword gives the holder of a token a new password and ends their other
// sessions. Invalid, with the problem's key, when the password breaks a rule.
func (s *StaffSessions) ChangePassword(ctx context.Context, token, password string) error {
	staff, session, err := s.mine(ctx, token)
	if err != nil {
		return err
	}
	hash, err := s.newHash(ctx, staff, password)
	if err != nil {
		return err
	}
	return s.commit(ctx, staff, letter.Password, kyc.Change{kyc.SetStaff{Tenant: staff.Tenant, ID: staff.ID, Hash: hash},
		s.others(staff, session), s.line(staff, audit.StaffPassword)})
}

// others ends every session of somebody but one.
func (s *StaffSessions) others(staff kyc.Staff, session kyc.Session) kyc.DropSessions {
	return kyc.DropSessions{Tenant: staff.Tenant, Kinds: StaffKinds(), Subject: string(staff.ID), Except: session.Hash}
}
