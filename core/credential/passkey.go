package credential

import (
	"context"
	"encoding/json"

	"github.com/paifang/paifang/core/audit"
	"github.com/paifang/paifang/core/contact"
	"github.com/paifang/paifang/core/factor"
	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/letter"
)

// Passkeys tells whether a page at a host can offer passkeys.
func (s *StaffSessions) Passkeys(host string) bool { return s.Factors.Site.Serves(host) }

// Pending tells what the holder of the token of an incomplete sign-in can show as
// second factor.
func (s *StaffSessions) Pending(ctx context.Context, token string) (factor.Holds, error) {
	staff, _, err := s.pending(ctx, token, KindSecond)
	if err != nil {
		return factor.Holds{}, err
	}
	return s.Factors.Of(ctx, factor.Staff(staff))
}

// AskAnyone asks whoever is there for a passkey of a tenant's staff: JSON for the
// browser's navigator.credentials.get. Limited past the budget of the address.
func (s *StaffSessions) AskAnyone(ctx context.Context, tenant kyc.TenantID, client Client) (json.RawMessage, error) {
	from, err := contact.IndexAddress(ctx, s.Index, tenant, client.Address)
	if err != nil {
		return nil, err
	}
	if err := s.Store.Commit(ctx, tenant, s.Limits.PasskeyBudget(tenant, from, s.Clock())); err != nil {
		return nil, err
	}
	return s.Factors.AskPasskey(ctx, factor.Subject{Tenant: tenant, Of: "staff"}, factor.PasskeyAlone)
}

// SignInPasskey signs in with a passkey alone, which has made sure who holds it.
// Unauthorized ("error.sign_in") for one that fits nobody who may work here, Gone
// ("error.passkey_late") for an answer that comes late or twice.
func (s *StaffSessions) SignInPasskey(ctx context.Context, tenant kyc.TenantID, answer []byte, client Client) (Entry, error) {
	var staff kyc.Staff
	_, used, ok, err := s.Factors.WhosePasskey(ctx, tenant, "staff", answer, func(ctx context.Context, id string) (factor.Subject, error) {
		found, err := s.Store.Staff(ctx, tenant, kyc.StaffID(id))
		if err == nil && found.State != kyc.StaffActive {
			err = kyc.E(kyc.NotFound, "not at work")
		}
		staff = found
		return factor.Staff(found), err
	})
	if err != nil {
		return Entry{}, err
	}
	a := attempt{tenant: tenant, kind: KindStaff, client: client}
	if !ok {
		if err := s.missed(ctx, a); err != nil {
			return Entry{}, err
		}
		return Entry{}, s.fail(ctx, a, string(staff.ID), s.Clock())
	}
	if a.idle, err = s.idle(ctx, tenant); err != nil {
		return Entry{}, err
	}
	return s.begin(ctx, a, staff, used.Change, -1)
}

// AskSecond asks for a passkey as second factor of an incomplete sign-in; Second
// takes the answer.
func (s *StaffSessions) AskSecond(ctx context.Context, token string) (json.RawMessage, error) {
	staff, _, err := s.pending(ctx, token, KindSecond)
	if err != nil {
		return nil, err
	}
	return s.Factors.AskPasskey(ctx, factor.Staff(staff), factor.PasskeySecond)
}

// AskConfirm asks the holder of a token for a passkey to show anew who they are;
// Confirm takes the answer.
func (s *StaffSessions) AskConfirm(ctx context.Context, token string) (json.RawMessage, error) {
	staff, _, err := s.mine(ctx, token)
	if err != nil {
		return nil, err
	}
	return s.Factors.AskPasskey(ctx, factor.Staff(staff), factor.PasskeyConfirm)
}

// AskEnrol begins to add a passkey as first factor: JSON for the browser's
// navigator.credentials.create.
func (s *StaffSessions) AskEnrol(ctx context.Context, token string) (json.RawMessage, error) {
	staff, _, err := s.pending(ctx, token, KindEnrol)
	if err != nil {
		return nil, err
	}
	return s.askNew(ctx, staff)
}

// AskAnother begins to add one more passkey; see AskEnrol.
func (s *StaffSessions) AskAnother(ctx context.Context, token string) (json.RawMessage, error) {
	staff, _, err := s.mine(ctx, token)
	if err != nil {
		return nil, err
	}
	return s.askNew(ctx, staff)
}

func (s *StaffSessions) askNew(ctx context.Context, staff kyc.Staff) (json.RawMessage, error) {
	t, err := s.House.Tenant(ctx, staff.Tenant)
	if err != nil {
		return nil, err
	}
	return s.Factors.AskNewPasskey(ctx, factor.Staff(staff), t.Name, staff.Login)
}

// EnrolPasskey adds the first factor, a passkey, gives out recovery codes and
// completes the sign-in. Invalid ("error.passkey") or Gone ("error.passkey_late")
// when the answer does not count, Conflict ("error.enrolled") when a factor was
// added meanwhile.
func (s *StaffSessions) EnrolPasskey(ctx context.Context, token string, answer []byte, name string, client Client) (Enrolled, error) {
	staff, session, err := s.pending(ctx, token, KindEnrol)
	if err != nil {
		return Enrolled{}, err
	}
	if err := s.countProof(ctx, staff, "enrol", client, s.Clock()); err != nil {
		return Enrolled{}, err
	}
	change, err := s.Factors.AddPasskey(ctx, factor.Staff(staff), answer, name)
	if err != nil {
		return Enrolled{}, err
	}
	return s.enrolled(ctx, staff, session, change, kyc.FactorPasskey, client)
}

// AddPasskey adds one more passkey; see EnrolPasskey.
func (s *StaffSessions) AddPasskey(ctx context.Context, token string, answer []byte, name string, client Client) error {
	staff, _, err := s.mine(ctx, token)
	if err != nil {
		return err
	}
	if err := s.countProof(ctx, staff, "enrol", client, s.Clock()); err != nil {
		return err
	}
	change, err := s.Factors.AddPasskey(ctx, factor.Staff(staff), answer, name)
	if err != nil {
		return err
	}
	return s.commit(ctx, staff, letter.FactorAdded, append(change, s.line(staff, audit.FactorAdded, "kind", kyc.FactorPasskey)))
}
