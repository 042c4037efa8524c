-- A market that was offered before its settings had versions gets the version that it
-- always had as its first, so that its history has a beginning, and the applications
-- under way keep it when there is a second.

-- +goose Up
SELECT set_config('paifang.tenant', '*', true); -- the walls hold the owner back, too
INSERT INTO market_versions (tenant_id, market, number, enabled, config, secrets_sealed, pinned, back, actor_kind, actor_id, changed_at)
    SELECT m.tenant_id, m.market, 1, m.enabled, m.config, m.secrets_sealed, m.pinned, 0, 'system', 'office', t.created_at
    FROM tenant_markets AS m JOIN tenants AS t ON t.tenant_id = m.tenant_id
    WHERE NOT EXISTS (SELECT 1 FROM market_versions AS v WHERE v.tenant_id = m.tenant_id AND v.market = m.market);
UPDATE applications SET market_number = 1
    WHERE market_number = 0 AND state NOT IN ('activated', 'rejected', 'withdrawn', 'expired') AND EXISTS (SELECT 1 FROM tenant_markets AS m
        WHERE m.tenant_id = applications.tenant_id AND m.market = applications.market AND m.number = 0
        AND 1 = (SELECT MAX(v.number) FROM market_versions AS v WHERE v.tenant_id = m.tenant_id AND v.market = m.market));
UPDATE tenant_markets SET number = (SELECT MAX(v.number) FROM market_versions AS v WHERE v.tenant_id = tenant_markets.tenant_id AND v.market = tenant_markets.market)
    WHERE number = 0;
