package credential

import (
	"context"
	"encoding/json"

	"github.com/paifang/paifang/core/account"
	"github.com/paifang/paifang/core/audit"
	"github.com/paifang/paifang/core/contact"
	"github.com/paifang/paifang/core/factor"
	"github.com/paifang/paifang/core/kyc"
)

// Passkeys tells whether a page at a host can offer passkeys.
func (s *AccountSessions) Passkeys(host string) bool { return s.Factors.Site.Serves(host) }

// AskAnyone asks whoever is there for a passkey of one of the tenant's accounts:
// JSON for the browser's navigator.credentials.get. No name is needed, so that none
// is told. Limited past the budget of the address.
func (s *AccountSessions) AskAnyone(ctx context.Context, tenant kyc.TenantID, client Client) (json.RawMessage, error) {
	from, err := contact.IndexAddress(ctx, s.Index, tenant, client.Address)
	if err != nil {
		return nil, err
	}
	if err := s.Store.Commit(ctx, tenant, s.Limits.PasskeyBudget(tenant, from, s.Clock())); err != nil {
		return nil, err
	}
	return s.Factors.AskPasskey(ctx, factor.Subject{Tenant: tenant, Of: KindAccount}, factor.PasskeyAlone)
}

// SignInPasskey signs in with a passkey alone, which has made sure who holds it. No
// budget of any name is asked: a passkey cannot be guessed, so that its owner gets in
// whatever strangers do. Unauthorized ("error.sign_in") for one that fits no account,
// Gone ("error.passkey_late") for an answer that comes late or twice.
func (s *AccountSessions) SignInPasskey(ctx context.Context, tenant kyc.TenantID, answer []byte, client Client) (Signed, error) {
	now := s.Clock()
	var holder kyc.Account
	_, used, ok, err := s.Factors.WhosePasskey(ctx, tenant, KindAccount, answer, func(ctx context.Context, id string) (factor.Subject, error) {
		var err error
		holder, err = s.Store.Account(ctx, tenant, kyc.AccountID(id))
		return factor.Account(holder), err
	})
	if err != nil {
		return Signed{}, err
	}
	a := attempt{tenant: tenant, kind: KindAccount, client: client, methods: MethodPasskey}
	if !ok {
		if err := s.missed(ctx, a); err != nil {
			return Signed{}, err
		}
		return Signed{}, s.fail(ctx, a, string(holder.ID), now)
	}
	name, err := s.nameOf(ctx, holder, client)
	if err != nil {
		return Signed{}, err
	}
	return s.begin(ctx, a, holder, name, now, used.Change...)
}

// nameOf is the index of the login name by which a device is known, or else of any
// of the account's.
func (s *AccountSessions) nameOf(ctx context.Context, holder kyc.Account, client Client) ([]byte, error) {
	ids, err := s.House.AccountIdentifiers(ctx, holder.Tenant, holder.ID)
	if err != nil {
		return nil, err
	}
	var name []byte
	for _, id := range ids {
		if !id.Login {
			continue
		}
		device, err := s.knows(ctx, holder.Tenant, id.Index, client.Known, s.Clock())
		if err != nil || device != nil {
			return id.Index, err
		}
		name = id.Index
	}
	return name, nil
}

// AskPasskey begins to add a passkey: JSON for the browser's
// navigator.credentials.create. Forbidden as with ChangePassword.
func (s *AccountSessions) AskPasskey(ctx context.Context, tenant kyc.TenantID, token, site string) (json.RawMessage, error) {
	holder, _, _, err := s.changing(ctx, tenant, token)
	if err != nil {
		return nil, err
	}
	names, err := s.contacts(ctx, holder)
	if err != nil {
		return nil, err
	}
	login := site
	if len(names) > 0 {
		login = names[0] // the person's own device shows it
	}
	return s.Factors.AskNewPasskey(ctx, factor.Account(holder), site, login)
}

// AddPasskey adds the passkey that a device has made and tells the contacts.
// Invalid ("error.passkey") or Gone ("error.passkey_late") when the answer does not
// count; Forbidden as with ChangePassword.
func (s *AccountSessions) AddPasskey(ctx context.Context, tenant kyc.TenantID, token string, answer []byte, name string, client Client) error {
	holder, _, change, err := s.changing(ctx, tenant, token)
	if err != nil {
		return err
	}
	added, err := s.Factors.AddPasskey(ctx, factor.Account(holder), answer, name)
	if err != nil {
		return err
	}
	return s.told(ctx, holder, account.PasskeyAdded, client, append(append(change, added...), s.line(holder, audit.FactorAdded, "kind", kyc.FactorPasskey)))
}

// RemovePasskey removes a passkey, ends the other sessions, which may have been begun
// with it, and tells the contacts. NotFound when it is not theirs.
func (s *AccountSessions) RemovePasskey(ctx context.Context, tenant kyc.TenantID, token, id string, client Client) error {
	holder, session, change, err := s.changing(ctx, tenant, token)
	if err != nil {
		return err
	}
	// There is always another way in: a code to a contact.
	removed, err := s.Factors.Remove(ctx, factor.Account(holder), id, false)
	if err != nil {
		return err
	}
	return s.told(ctx, holder, account.PasskeyRemoved, client, append(append(change, removed...), s.others(holder, session),
		s.line(holder, audit.FactorRemoved, "kind", kyc.FactorPasskey)))
}
