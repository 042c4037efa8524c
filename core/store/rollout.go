package store

import (
	"context"
	"strconv"

	"github.com/paifang/paifang/core/kyc"
)

var (
	rollouts       = newTable[kyc.Rollout]("rollouts", "tenant_id provider number")
	marketVersions = newTable[kyc.MarketVersion]("market_versions", "tenant_id market number")
	nodeReports    = newTable[kyc.NodeReport]("node_reports", "node_id")
	nodeLines      = newTable[kyc.NodeLines]("node_lines", "node_id provider")
)

// follows fails the change with a Conflict unless the newest row of a history
// has the number before.
func (t *tx) follows(key, table, of string, tenant kyc.TenantID, what any, number int64) error {
	return t.exec(func(rows int64, err error) error {
		if err == nil && rows == 0 {
			return kyc.EKey(kyc.Conflict, key, "it has changed meanwhile")
		}
		return err
	}, "UPDATE tenants SET name = name WHERE tenant_id = ? AND (SELECT COALESCE(MAX(number), 0) FROM "+table+" WHERE tenant_id = ? AND "+of+" = ?) = ?",
		tenant, tenant, what, number-1)
}

func (t *tx) saveRollout(w kyc.SaveRollout) error {
	const changed = "error.rollout_changed"
	if err := t.follows(changed, "rollouts", "provider", w.Tenant, w.Provider, w.Number); err != nil {
		return err
	}
	return t.insert(rollouts, w.Rollout, takes(changed, "what runs of the provider has changed meanwhile"))
}

func (t *tx) saveMarketVersion(w kyc.SaveMarketVersion) error {
	const changed = "error.market_changed"
	if err := t.follows(changed, "market_versions", "market", w.Tenant, w.Market, w.Number); err != nil {
		return err
	}
	if err := t.insert(marketVersions, w.MarketVersion, takes(changed, "the market has changed meanwhile")); err != nil {
		return err
	}
	return t.saveTenantMarket(kyc.SaveTenantMarket{TenantMarket: w.TenantMarket})
}

// Rollouts lists what runs of each provider, by name: the newest change of each.
// Those that nobody ever changed are not among them.
func (s *Store) Rollouts(ctx context.Context, tenant kyc.TenantID) ([]kyc.Rollout, error) {
	return many[kyc.Rollout](ctx, s.of(tenant), "rollouts", rollouts.selects(`WHERE tenant_id = ? AND number = (SELECT MAX(number) FROM rollouts AS last
		WHERE last.tenant_id = rollouts.tenant_id AND last.provider = rollouts.provider) ORDER BY provider`), tenant)
}

// RolloutHistory lists the changes of one provider, the newest first. At most
// 500, which is also what limit 0 means.
func (s *Store) RolloutHistory(ctx context.Context, tenant kyc.TenantID, provider string, limit int) ([]kyc.Rollout, error) {
	return many[kyc.Rollout](ctx, s.of(tenant), "rollouts",
		rollouts.selects("WHERE tenant_id = ? AND provider = ? ORDER BY number DESC LIMIT ?"), tenant, provider, page(limit))
}

// MarketVersions lists how a tenant has offered a market, the newest first. At
// most 500, which is also what limit 0 means.
func (s *Store) MarketVersions(ctx context.Context, tenant kyc.TenantID, market kyc.MarketID, limit int) ([]kyc.MarketVersion, error) {
	return many[kyc.MarketVersion](ctx, s.of(tenant), "versions of a market",
		marketVersions.selects("WHERE tenant_id = ? AND market = ? ORDER BY number DESC LIMIT ?"), tenant, market, page(limit))
}

// MarketVersion is one version of how a tenant has offered a market. It never
// changes. NotFound when there is none of that number.
func (s *Store) MarketVersion(ctx context.Context, tenant kyc.TenantID, market kyc.MarketID, number int64) (kyc.MarketVersion, error) {
	return recall(s, place{"offer", string(tenant), string(market), strconv.FormatInt(number, 10)}, func() (kyc.MarketVersion, error) {
		return one[kyc.MarketVersion](ctx, s.of(tenant), "version of a market",
			marketVersions.selects("WHERE tenant_id = ? AND market = ? AND number = ?"), tenant, market, number)
	})
}

// UnderWay counts a tenant's applications of a market that are not over, up to a
// limit: whoever gets the limit knows that there are as many or more.
func (s *Store) UnderWay(ctx context.Context, tenant kyc.TenantID, market kyc.MarketID, limit int) (int, error) {
	return one[int](ctx, s.of(tenant), "applications under way", `SELECT COUNT(*) FROM (SELECT 1 AS one FROM applications
		WHERE tenant_id = ? AND market = ? AND state NOT IN ('activated', 'rejected', 'withdrawn', 'expired') LIMIT ?) AS found`, tenant, market, limit)
}

// Pinned lists the versions that tenants have chosen instead of what is in force,
// each once however many they are, for the operator: what they chose has to run.
func (s *Store) Pinned(ctx context.Context) ([]kyc.PinnedVersion, error) {
	return many[kyc.PinnedVersion](ctx, s.across(operating), "pinned versions",
		"SELECT DISTINCT market, pinned FROM tenant_markets WHERE pinned NOT IN ('', ?, ?) ORDER BY market, pinned", kyc.StableChannel, kyc.CanaryChannel)
}

// PinnedBy lists the tenants that have chosen a version of a market, for the
// operator. At most 500.
func (s *Store) PinnedBy(ctx context.Context, market kyc.MarketID, version string) ([]kyc.TenantID, error) {
	return many[kyc.TenantID](ctx, s.across(operating), "tenants that chose a version",
		"SELECT tenant_id FROM tenant_markets WHERE market = ? AND pinned = ? ORDER BY tenant_id LIMIT 500", market, version)
}

// BoundVersions counts the applications of all tenants that are not over, by the
// rules' version that they are bound to, for the operator. It looks at all of them.
func (s *Store) BoundVersions(ctx context.Context) ([]kyc.BoundVersion, error) {
	return many[kyc.BoundVersion](ctx, s.across(operating), "bound versions", `SELECT market, provider_version, COUNT(*) AS bound FROM applications
		WHERE state NOT IN ('activated', 'rejected', 'withdrawn', 'expired') GROUP BY market, provider_version ORDER BY market, provider_version`)
}

// SaveNodeReport replaces what a node says of its providers.
func (s *Store) SaveNodeReport(ctx context.Context, r kyc.NodeReport) error {
	_, err := s.writer.ExecContext(ctx, s.writer.Rebind(nodeReports.upsert), nodeReports.values(r)...)
	return coded(err, "report of a node")
}

// ForgetReports takes away what a node said of its providers: it is gone.
func (s *Store) ForgetReports(ctx context.Context, node string) error {
	for _, table := range []string{"node_reports", "node_lines"} {
		if _, err := s.writer.ExecContext(ctx, s.writer.Rebind("DELETE FROM "+table+" WHERE node_id = ?"), node); err != nil {
			return coded(err, "forget a node's reports")
		}
	}
	return nil
}

// NodeReports lists what nodes say of their providers, by node.
func (s *Store) NodeReports(ctx context.Context) ([]kyc.NodeReport, error) {
	return many[kyc.NodeReport](ctx, s.of(""), "reports of nodes", nodeReports.selects("ORDER BY node_id LIMIT 500"))
}

// SaveNodeLines replaces the last lines that a provider of a node wrote.
func (s *Store) SaveNodeLines(ctx context.Context, l kyc.NodeLines) error {
	_, err := s.writer.ExecContext(ctx, s.writer.Rebind(nodeLines.upsert), nodeLines.values(l)...)
	return coded(err, "lines of a provider")
}

// NodeLines lists the last lines of one provider, by node.
func (s *Store) NodeLines(ctx context.Context, provider string) ([]kyc.NodeLines, error) {
	return many[kyc.NodeLines](ctx, s.of(""), "lines of a provider", nodeLines.selects("WHERE provider = ? ORDER BY node_id LIMIT 500"), provider)
}
