-- Blind indexes of look-ups have a key of their own, in one of two slots, so that
-- one follows the other while both are written and read.

-- +goose Up
ALTER TABLE tenant_keys ADD COLUMN lookup_first BYTEA NOT NULL DEFAULT '';
ALTER TABLE tenant_keys ADD COLUMN lookup_second BYTEA NOT NULL DEFAULT '';
ALTER TABLE tenant_keys ADD COLUMN lookup_newest BIGINT NOT NULL DEFAULT 1;

ALTER TABLE identifiers ADD COLUMN second_index BYTEA;
CREATE UNIQUE INDEX identifiers_taken_second ON identifiers (tenant_id, kind, second_index)
    WHERE second_index IS NOT NULL AND state IN ('reserved', 'bound') AND kind IN ('phone', 'email') AND login;
CREATE INDEX identifiers_second ON identifiers (tenant_id, kind, second_index, identifier_id) WHERE second_index IS NOT NULL;
