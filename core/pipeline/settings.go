package pipeline

import (
	"context"
	"strings"

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
// the application began with it, and it is another that answers. It stands before
// judgement and after it, and not before looking, reminding or giving up.
func (u *run) promised(ctx context.Context, answers string) error {
	if answers == u.app.Provider || !u.app.State.Fillable() && u.app.State != kyc.Submitted && u.app.State != kyc.Verifying {
		return nil
	}
	m, err := u.p.tenantMarket(ctx, u.app.Tenant, u.app.Market)
	if kyc.CodeOf(err) == kyc.NotFound {
		return nil
	}
	if err == nil && u.chosen(m) {
		err = kyc.EKey(kyc.Unavailable, "error.market_pinned", "market %s: version %s, which the tenant chose, does not run", u.app.Market, m.Pinned)
	}
	return err
}

// chosen tells whether the application began with the version that its tenant has
// chosen. What the gateway came with says itself which it is; while it does not run
// nobody can tell, and then it counts as that one.
func (u *run) chosen(m kyc.TenantMarket) bool {
	switch m.Pinned {
	case "", kyc.StableChannel, kyc.CanaryChannel:
		return false
	case kyc.ShippedVersion:
		version, err := u.p.Markets.Choose(m.Market, string(u.app.ID), m.Pinned)
		return err != nil || version == "" || version == u.app.Provider
	}
	// A program does not know of its build, which is cut off here as well.
	version, _, _ := strings.Cut(m.Pinned, "+")
	return version == u.app.Provider
}
