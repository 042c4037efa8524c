-- Roles that tenants make for themselves. A change is a new version: the highest
-- holds, and none is ever changed or deleted. policy_versions counts changes, so
-- that every node notices them.

-- +goose Up
CREATE TABLE roles (
    tenant_id  TEXT NOT NULL,
    role_id    TEXT NOT NULL,
    version    BIGINT NOT NULL,
    name       TEXT NOT NULL,
    state      TEXT NOT NULL,
    changed_by TEXT NOT NULL,
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, role_id, version),
    FOREIGN KEY (tenant_id) REFERENCES tenants (tenant_id) DEFERRABLE INITIALLY DEFERRED
);

CREATE TABLE role_rules (
    tenant_id  TEXT NOT NULL,
    role_id    TEXT NOT NULL,
    version    BIGINT NOT NULL,
    permission TEXT NOT NULL,
    markets    TEXT NOT NULL,
    classes    TEXT NOT NULL,
    risks      TEXT NOT NULL,
    PRIMARY KEY (tenant_id, role_id, version, permission),
    FOREIGN KEY (tenant_id, role_id, version) REFERENCES roles (tenant_id, role_id, version) DEFERRABLE INITIALLY DEFERRED
);

CREATE TABLE policy_versions (
    tenant_id TEXT NOT NULL PRIMARY KEY,
    version   BIGINT NOT NULL,
    FOREIGN KEY (tenant_id) REFERENCES tenants (tenant_id) DEFERRABLE INITIALLY DEFERRED
);
