package store

import (
	"context"

	"github.com/paifang/paifang/core/kyc"
)

var recoveries = newTable[kyc.Recovery]("recoveries", "tenant_id application_id", "account_id")

func (t *tx) saveRecovery(w kyc.SaveRecovery) error { return t.put(recoveries, w.Recovery, plainly) }

// Recovery reads what stands beside a recovery request.
func (s *Store) Recovery(ctx context.Context, tenant kyc.TenantID, id kyc.ApplicationID) (kyc.Recovery, error) {
	return one[kyc.Recovery](ctx, s.of(tenant), "recovery", recoveries.selects("WHERE tenant_id = ? AND application_id = ?"), tenant, id)
}

// Recoveries lists the requests about an account since a time, newest first. At
// most 500, which is also what limit 0 means.
func (s *Store) Recoveries(ctx context.Context, tenant kyc.TenantID, account kyc.AccountID, since kyc.Millis, limit int) ([]kyc.Recovery, error) {
	return many[kyc.Recovery](ctx, s.of(tenant), "recoveries", recoveries.selects(`WHERE tenant_id = ? AND account_id = ? AND found_at >= ?
		ORDER BY found_at DESC, application_id DESC LIMIT ?`), tenant, account, since, page(limit))
}
