-- What a tenant's messages may cost and whom they may reach, as JSON.

-- +goose Up
CREATE TABLE sending_rules (
    tenant_id  TEXT NOT NULL PRIMARY KEY,
    rules      BYTEA NOT NULL,
    updated_at BIGINT NOT NULL,
    FOREIGN KEY (tenant_id) REFERENCES tenants (tenant_id) DEFERRABLE INITIALLY DEFERRED
);
