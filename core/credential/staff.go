package credential

import (
	"context"
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/paifang/paifang/core/contact"
	"github.com/paifang/paifang/core/kyc"
)

// StaffSessions signs a tenant's staff in and out.
type StaffSessions struct{ Gate }

// CanonicalLogin is the form in which staff logins are stored: NFC, lower-case,
// without surrounding space.
func CanonicalLogin(login string) string {
	return strings.ToLower(strings.TrimSpace(norm.NFC.String(login)))
}

// SignInStaff answers a session token ("dt.<tenant>.<secret>"). Unauthorized ("error.sign_in") for an
// unknown login, a wrong password and a disabled person alike; Limited past the
// budget.
func (s *StaffSessions) SignInStaff(ctx context.Context, tenant kyc.TenantID, login, password, address string) (string, error) {
	now := s.Clock()
	if len(login) > contact.MaxEmail {
		login = login[:contact.MaxEmail]
	}
	a := attempt{tenant: tenant, kind: KindStaff, class: "staff", name: CanonicalLogin(login), password: password, address: address}
	if err := s.count(ctx, a, now); err != nil {
		return "", err
	}
	staff, err := s.Store.StaffByLogin(ctx, tenant, a.name)
	if err != nil && kyc.CodeOf(err) != kyc.NotFound {
		return "", err
	}
	if err != nil {
		staff = kyc.Staff{}
	}
	ok, rehash, err := s.Hasher.Verify(ctx, staff.Hash, password)
	if err != nil {
		return "", err
	}
	if !ok || staff.State != "active" {
		return "", s.fail(ctx, a, string(staff.ID), now)
	}
	var with []kyc.Write
	if rehash {
		hash, err := s.Hasher.Hash(ctx, password)
		if err != nil {
			return "", err
		}
		with = append(with, kyc.SetStaff{Tenant: tenant, ID: staff.ID, Was: staff.Hash, Hash: hash})
	}
	return s.start(ctx, a, string(staff.ID), now, with...)
}

// StaffOf tells who holds a token; Unauthorized ("error.signed_out") for anything
// else, and for people who were disabled since.
func (s *StaffSessions) StaffOf(ctx context.Context, token string) (kyc.Staff, error) {
	session, err := s.session(ctx, KindStaff, token)
	if err != nil {
		return kyc.Staff{}, err
	}
	staff, err := s.Store.Staff(ctx, session.Tenant, kyc.StaffID(session.Subject))
	if kyc.CodeOf(err) == kyc.NotFound || err == nil && staff.State != "active" {
		return kyc.Staff{}, kyc.EKey(kyc.Unauthorized, "error.signed_out", "staff of the session is not active")
	}
	return staff, err
}

// SignOut ends the session; a token that is unknown is no error.
func (s *StaffSessions) SignOut(ctx context.Context, token string) error {
	return s.end(ctx, KindStaff, token)
}
