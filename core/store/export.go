package store

import (
	"context"

	"github.com/paifang/paifang/core/kyc"
)

var exports = newTable[kyc.Export]("exports", "tenant_id export_id")

// Export reads a copy that somebody asked for.
func (s *Store) Export(ctx context.Context, tenant kyc.TenantID, id string) (kyc.Export, error) {
	return one[kyc.Export](ctx, s.of(tenant), "export", exports.selects("WHERE tenant_id = ? AND export_id = ?"), tenant, id)
}

// PersonExports lists the copies that a person asked for, the newest first; at most 500.
func (s *Store) PersonExports(ctx context.Context, tenant kyc.TenantID, id kyc.ApplicantID) ([]kyc.Export, error) {
	return many[kyc.Export](ctx, s.of(tenant), "exports of a person", exports.selects(ofPerson+" ORDER BY asked_at DESC, export_id DESC LIMIT ?"), tenant, id, page(0))
}

// PastExports lists copies that are ready and whose time is over; at most 500.
func (s *Store) PastExports(ctx context.Context, tenant kyc.TenantID, now kyc.Millis) ([]kyc.Export, error) {
	return many[kyc.Export](ctx, s.of(tenant), "exports", exports.selects("WHERE tenant_id = ? AND state = 'ready' AND expires_at <= ? ORDER BY expires_at, export_id LIMIT ?"),
		tenant, now, page(0))
}
