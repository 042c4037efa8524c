package store

import (
	"context"

	"github.com/paifang/paifang/core/kyc"
)

var (
	holders  = newTable[kyc.Holder]("holders", "tenant_id token_hash")
	consents = newTable[kyc.Consent]("consents", "tenant_id application_id document version")
)

func (t *tx) saveHolder(w kyc.SaveHolder) error { return t.insert(holders, w.Holder, plainly) }

func (t *tx) moveHolder(w kyc.MoveHolder) error {
	return t.exec(plainly, `UPDATE holders SET application_id = ? WHERE tenant_id = ? AND token_hash = ? AND application_id = ?`,
		w.To, w.Tenant, w.Hash, w.From)
}

func (t *tx) saveConsent(w kyc.SaveConsent) error {
	return t.once(consents, w.Consent)
}

// Holder finds a holder token by its hash. Whether it has expired is for the
// caller to see.
func (s *Store) Holder(ctx context.Context, tenant kyc.TenantID, hash []byte) (kyc.Holder, error) {
	return one[kyc.Holder](ctx, s.of(tenant), "holder",
		holders.selects("WHERE tenant_id = ? AND token_hash = ?"), tenant, hash)
}

// Consents lists what was agreed to in an application, in the order of agreement.
func (s *Store) Consents(ctx context.Context, tenant kyc.TenantID, id kyc.ApplicationID) ([]kyc.Consent, error) {
	return many[kyc.Consent](ctx, s.of(tenant), "consents",
		consents.selects("WHERE tenant_id = ? AND application_id = ? ORDER BY agreed_at, document, version"), tenant, id)
}

func (t *tx) endHolders(w kyc.EndHolders) error {
	return t.exec(plainly, `DELETE FROM holders WHERE tenant_id = ? AND application_id = ?`, w.Tenant, w.Application)
}
