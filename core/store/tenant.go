package store

import (
	"context"
	"strconv"

	"github.com/paifang/paifang/core/kyc"
)

var (
	tenants       = newTable[kyc.Tenant]("tenants", "tenant_id")
	tenantKeys    = newTable[kyc.TenantKeys]("tenant_keys", "tenant_id")
	tenantMarkets = newTable[kyc.TenantMarket]("tenant_markets", "tenant_id market")
	sendingRules  = newTable[kyc.SendingRules]("sending_rules", "tenant_id")
	legal         = newTable[kyc.LegalDocument]("legal_documents", "tenant_id document version locale")
	apiKeys       = newTable[kyc.APIKey]("api_keys", "tenant_id key_id")
	assertionKeys = newTable[kyc.AssertionKey]("assertion_keys", "tenant_id kid")
)

func (t *tx) saveTenant(w kyc.SaveTenant) error { return t.settings(t.put(tenants, w.Tenant, plainly)) }
func (t *tx) saveTenantKeys(w kyc.SaveTenantKeys) error {
	w.LookupFirst, w.LookupSecond = filled(w.LookupFirst), filled(w.LookupSecond)
	return t.put(tenantKeys, w.TenantKeys, plainly)
}
func (t *tx) saveTenantMarket(w kyc.SaveTenantMarket) error {
	return t.settings(t.put(tenantMarkets, w.TenantMarket, plainly))
}
func (t *tx) saveAPIKey(w kyc.SaveAPIKey) error { return t.settings(t.put(apiKeys, w.APIKey, plainly)) }
func (t *tx) saveAssertionKey(w kyc.SaveAssertionKey) error {
	return t.put(assertionKeys, w.AssertionKey, plainly)
}

// saveLegal keeps a version as it was first published: people agreed to it.
func (t *tx) saveLegal(w kyc.SaveLegal) error {
	return t.settings(t.once(legal, w.LegalDocument))
}

func (t *tx) saveSendingRules(w kyc.SaveSendingRules) error {
	return t.settings(t.put(sendingRules, w.SendingRules, plainly))
}

// SendingRules are what a tenant's messages may cost and whom they may reach;
// NotFound when it has none of its own, which is remembered too.
func (s *Store) SendingRules(ctx context.Context, tenant kyc.TenantID) (kyc.SendingRules, error) {
	rules, err := recall(s, place{"sending", string(tenant)}, func() (kyc.SendingRules, error) {
		own, err := one[kyc.SendingRules](ctx, s.of(tenant), "sending rules", sendingRules.selects("WHERE tenant_id = ?"), tenant)
		if kyc.CodeOf(err) == kyc.NotFound {
			return kyc.SendingRules{}, nil
		}
		return own, err
	})
	if err == nil && rules.Tenant == "" {
		err = kyc.E(kyc.NotFound, "sending rules: no such row")
	}
	return rules, err
}

// Tenant reads one tenant.
func (s *Store) Tenant(ctx context.Context, tenant kyc.TenantID) (kyc.Tenant, error) {
	return recall(s, place{"tenant", string(tenant)}, func() (kyc.Tenant, error) {
		return one[kyc.Tenant](ctx, s.of(tenant), "tenant", tenants.selects("WHERE tenant_id = ?"), tenant)
	})
}

// Tenants lists a page of all tenants after the given one, by id, for the
// operator. At most 500, which is also what limit 0 means.
func (s *Store) Tenants(ctx context.Context, after kyc.TenantID, limit int) ([]kyc.Tenant, error) {
	return many[kyc.Tenant](ctx, s.across(operating), "tenants",
		tenants.selects("WHERE tenant_id > ? ORDER BY tenant_id LIMIT ?"), after, page(limit))
}

// TenantKeys are a tenant's keys, wrapped by the master key.
func (s *Store) TenantKeys(ctx context.Context, tenant kyc.TenantID) (kyc.TenantKeys, error) {
	return one[kyc.TenantKeys](ctx, s.of(tenant), "keys of tenant", tenantKeys.selects("WHERE tenant_id = ?"), tenant)
}

// TenantMarkets lists the markets that a tenant has configured, disabled ones too.
func (s *Store) TenantMarkets(ctx context.Context, tenant kyc.TenantID) ([]kyc.TenantMarket, error) {
	return many[kyc.TenantMarket](ctx, s.of(tenant), "markets of tenant",
		tenantMarkets.selects("WHERE tenant_id = ? ORDER BY market"), tenant)
}

// TenantMarket reads the configuration of one market, enabled or not.
func (s *Store) TenantMarket(ctx context.Context, tenant kyc.TenantID, market kyc.MarketID) (kyc.TenantMarket, error) {
	return recall(s, place{"market", string(tenant), string(market)}, func() (kyc.TenantMarket, error) {
		return one[kyc.TenantMarket](ctx, s.of(tenant), "market of tenant",
			tenantMarkets.selects("WHERE tenant_id = ? AND market = ?"), tenant, market)
	})
}

// Legal finds the version of a document ("terms", "privacy") that is in force at
// a time: the newest in the given language, else in English, else in any.
func (s *Store) Legal(ctx context.Context, tenant kyc.TenantID, document string, locale kyc.Locale, at kyc.Millis) (kyc.LegalDocument, error) {
	const second = 1000 // what is in force is told to the second
	at -= at % second
	return recall(s, place{"legal", string(tenant), document, string(locale), strconv.FormatInt(int64(at), 10)}, func() (kyc.LegalDocument, error) {
		return one[kyc.LegalDocument](ctx, s.of(tenant), "legal document",
			legal.selects(`WHERE tenant_id = ? AND document = ? AND valid_from <= ?
			ORDER BY CASE locale WHEN ? THEN 0 WHEN 'en' THEN 1 ELSE 2 END,
			valid_from DESC, version DESC, locale LIMIT 1`), tenant, document, at, locale)
	})
}

// LegalDocuments lists all versions of all documents of a tenant, newest first
// within a document and language.
func (s *Store) LegalDocuments(ctx context.Context, tenant kyc.TenantID) ([]kyc.LegalDocument, error) {
	return many[kyc.LegalDocument](ctx, s.of(tenant), "legal documents",
		legal.selects("WHERE tenant_id = ? ORDER BY document, locale, valid_from DESC, version DESC"), tenant)
}

// APIKeyByHash finds an API key, revoked ones too, and with it the tenant. It
// is the only read that does not know the tenant beforehand.
func (s *Store) APIKeyByHash(ctx context.Context, hash []byte) (kyc.APIKey, error) {
	return recall(s, place{"key", string(hash)}, func() (kyc.APIKey, error) {
		return one[kyc.APIKey](ctx, s.across(byKey), "API key", apiKeys.selects("WHERE key_hash = ?"), hash)
	})
}

// APIKeys lists a tenant's API keys, revoked ones too, the oldest first.
func (s *Store) APIKeys(ctx context.Context, tenant kyc.TenantID) ([]kyc.APIKey, error) {
	return many[kyc.APIKey](ctx, s.of(tenant), "API keys", apiKeys.selects("WHERE tenant_id = ? ORDER BY key_id"), tenant)
}

// AssertionKeys lists the keys that marketplaces vouch under, revoked ones too.
func (s *Store) AssertionKeys(ctx context.Context, tenant kyc.TenantID) ([]kyc.AssertionKey, error) {
	return many[kyc.AssertionKey](ctx, s.of(tenant), "assertion keys", assertionKeys.selects("WHERE tenant_id = ? ORDER BY kid"), tenant)
}

// AssertionKey finds a marketplace's public key by its key id.
func (s *Store) AssertionKey(ctx context.Context, tenant kyc.TenantID, kid string) (kyc.AssertionKey, error) {
	return one[kyc.AssertionKey](ctx, s.of(tenant), "assertion key",
		assertionKeys.selects("WHERE tenant_id = ? AND kid = ?"), tenant, kid)
}
