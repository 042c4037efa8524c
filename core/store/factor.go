package store

import (
	"context"

	"github.com/paifang/paifang/core/kyc"
)

var (
	factors    = newTable[kyc.Factor]("factors", "tenant_id factor_id")
	ceremonies = newTable[kyc.Ceremony]("ceremonies", "tenant_id challenge_hash")
	staffLinks = newTable[kyc.StaffLink]("staff_links", "tenant_id token_hash")
)

func (t *tx) saveFactor(w kyc.SaveFactor) error {
	return t.insert(factors, w.Factor, takes("error.factor_taken", "another factor of the tenant has this lookup"))
}

// spent is the outcome of using or deleting a factor that somebody else used first.
func spent(rows int64, err error) error {
	if err == nil && rows == 0 {
		return kyc.EKey(kyc.Conflict, "error.code_used", "the factor was used or removed meanwhile")
	}
	return err
}

func (t *tx) useFactor(w kyc.UseFactor) error {
	return t.exec(spent, `UPDATE factors SET counter = ?, used_at = ?, secret_sealed = COALESCE(?, secret_sealed)
		WHERE tenant_id = ? AND factor_id = ? AND counter = ?`, w.Counter, w.At, bytesOrNull(w.Sealed), w.Tenant, w.ID, w.Was)
}

// bytesOrNull keeps what is not to change: NULL for no bytes.
func bytesOrNull(b []byte) any {
	if b == nil {
		return nil
	}
	return b
}

func (t *tx) dropFactor(w kyc.DropFactor) error {
	if !w.Keep {
		return t.exec(spent, `DELETE FROM factors WHERE tenant_id = ? AND factor_id = ?`, w.Tenant, w.ID)
	}
	last := func(rows int64, err error) error {
		if err == nil && rows == 0 {
			return kyc.EKey(kyc.Conflict, "error.last_factor", "the factor is the last one, or gone")
		}
		return err
	}
	return t.exec(last, `DELETE FROM factors WHERE tenant_id = ? AND factor_id = ? AND EXISTS (SELECT 1 FROM factors o
		WHERE o.tenant_id = factors.tenant_id AND o.subject_kind = factors.subject_kind AND o.subject_id = factors.subject_id
		AND o.factor_id <> factors.factor_id AND o.kind IN ('totp', 'passkey'))`, w.Tenant, w.ID)
}

func (t *tx) dropFactors(w kyc.DropFactors) error {
	return t.exec(plainly, `DELETE FROM factors WHERE tenant_id = ? AND subject_kind = ? AND subject_id = ? AND ? IN ('', kind)`,
		w.Tenant, w.Of, w.Subject, w.Kind)
}

func (t *tx) saveCeremony(w kyc.SaveCeremony) error { return t.insert(ceremonies, w.Ceremony, plainly) }

func (t *tx) useCeremony(w kyc.UseCeremony) error {
	late := func(rows int64, err error) error {
		if err == nil && rows == 0 {
			return kyc.EKey(kyc.Gone, "error.passkey_late", "nothing that waits for an answer was asked so")
		}
		return err
	}
	return t.exec(late, `DELETE FROM ceremonies WHERE tenant_id = ? AND challenge_hash = ? AND subject_kind = ? AND subject_id = ? AND purpose = ? AND expires_at > ?`,
		w.Tenant, w.Hash, w.Of, w.Subject, w.Purpose, w.At)
}

func (t *tx) saveStaffLink(w kyc.SaveStaffLink) error {
	return t.insert(staffLinks, w.StaffLink, plainly)
}

func (t *tx) dropStaffLinks(w kyc.DropStaffLinks) error {
	return t.exec(plainly, `DELETE FROM staff_links WHERE tenant_id = ? AND staff_id = ? AND purpose = ?`, w.Tenant, w.Staff, w.Purpose)
}

func (t *tx) useStaffLink(w kyc.UseStaffLink) error {
	gone := func(rows int64, err error) error {
		if err == nil && rows == 0 {
			return kyc.EKey(kyc.Gone, "error.link_gone", "the link was used or withdrawn")
		}
		return err
	}
	return t.exec(gone, `DELETE FROM staff_links WHERE tenant_id = ? AND token_hash = ?`, w.Tenant, w.Hash)
}

// Factors lists what a subject ("account", "staff") shows who they are with, oldest first.
func (s *Store) Factors(ctx context.Context, tenant kyc.TenantID, of, subject string) ([]kyc.Factor, error) {
	return many[kyc.Factor](ctx, s.of(tenant), "factors",
		factors.selects("WHERE tenant_id = ? AND subject_kind = ? AND subject_id = ? ORDER BY created_at, factor_id LIMIT 100"), tenant, of, subject)
}

// FactorByLookup finds a passkey or a recovery code by its keyed index.
func (s *Store) FactorByLookup(ctx context.Context, tenant kyc.TenantID, kind string, lookup []byte) (kyc.Factor, error) {
	return one[kyc.Factor](ctx, s.of(tenant), "factor", factors.selects("WHERE tenant_id = ? AND kind = ? AND lookup = ?"), tenant, kind, lookup)
}

// StaffLink finds a link by the hash of its token; whether it has expired is for
// the caller to see.
func (s *Store) StaffLink(ctx context.Context, tenant kyc.TenantID, hash []byte) (kyc.StaffLink, error) {
	return one[kyc.StaffLink](ctx, s.of(tenant), "link", staffLinks.selects("WHERE tenant_id = ? AND token_hash = ?"), tenant, hash)
}

// StaffLinks lists when the invitations of a tenant were made and end.
func (s *Store) StaffLinks(ctx context.Context, tenant kyc.TenantID, purpose string) ([]kyc.StaffLink, error) {
	return many[kyc.StaffLink](ctx, s.of(tenant), "links", staffLinks.selects("WHERE tenant_id = ? AND purpose = ? LIMIT 500"), tenant, purpose)
}
