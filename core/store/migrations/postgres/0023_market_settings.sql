-- What is secret in a tenant's settings of a market stands apart, sealed; an
-- application names the version of the settings that it began with. The index is
-- for how many are under way.

-- +goose Up
ALTER TABLE tenant_markets ADD COLUMN number BIGINT NOT NULL DEFAULT 0;
ALTER TABLE tenant_markets ADD COLUMN secrets_sealed BYTEA;
ALTER TABLE market_versions ADD COLUMN secrets_sealed BYTEA;
ALTER TABLE applications ADD COLUMN market_number BIGINT NOT NULL DEFAULT 0;
CREATE INDEX applications_under_way ON applications (tenant_id, market)
    WHERE state NOT IN ('activated', 'rejected', 'withdrawn', 'expired');
