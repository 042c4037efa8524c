package pipeline

import (
	"context"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/offer"
)

// settings are what the tenant has set for the application's market, JSON with
// what is secret: as they were when the application began, as long as it is judged
// by the version that it began with; the newest, when that version is gone.
func (u *run) settings(ctx context.Context) ([]byte, error) {
	m, err := u.p.tenantMarket(ctx, u.app.Tenant, u.app.Market)
	if err != nil {
		return nil, err
	}
	if began := u.app.Offer; began != 0 && began != m.Number && u.flow.Version == u.app.Provider {
		then, err := u.p.Store.MarketVersion(ctx, u.app.Tenant, u.app.Market, began)
		if err != nil {
			return nil, err
		}
		m.Config, m.Secrets = then.Config, then.Secrets
	}
	return offer.Settings(ctx, u.p.Vault, m)
}

// promised fails with Unavailable when the tenant wants one version of the rules,
// the application began with it, and it is another that answers now.
func (u *run) promised(ctx context.Context) error {
	if u.flow.Version == u.app.Provider || !u.app.State.Fillable() && u.app.State != kyc.Submitted && u.app.State != kyc.Verifying {
		return nil
	}
	m, err := u.p.tenantMarket(ctx, u.app.Tenant, u.app.Market)
	if kyc.CodeOf(err) == kyc.NotFound {
		return nil
	}
	if err == nil && m.Pinned == u.app.Provider {
		err = kyc.EKey(kyc.Unavailable, "error.market_pinned", "market %s: version %s, which the tenant chose, does not run", u.app.Market, m.Pinned)
	}
	return err
}
