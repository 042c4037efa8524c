package store

import (
	"context"

	"github.com/paifang/paifang/core/kyc"
)

func (t *tx) createApplicant(w kyc.CreateApplicant) error {
	return t.exec(plainly, `INSERT INTO applicants (tenant_id, applicant_id, key_wrapped, created_at) VALUES (?, ?, ?, ?)`,
		w.Tenant, w.ID, w.Wrapped, w.At)
}

// ApplicantKey is an applicant's data key, wrapped by the tenant's key.
func (s *Store) ApplicantKey(ctx context.Context, tenant kyc.TenantID, id kyc.ApplicantID) ([]byte, error) {
	return one[[]byte](ctx, s.of(tenant), "key of applicant",
		`SELECT key_wrapped FROM applicants WHERE tenant_id = ? AND applicant_id = ?`, tenant, id)
}
