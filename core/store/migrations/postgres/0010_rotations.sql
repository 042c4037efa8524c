-- How far the keys of each level have been rotated in each tenant.

-- +goose Up
CREATE TABLE rotations (
    tenant_id  TEXT NOT NULL,
    level      TEXT NOT NULL,
    cursor_id  TEXT NOT NULL,
    done       BIGINT NOT NULL,
    started_at BIGINT NOT NULL,
    ended_at   BIGINT NOT NULL,
    retired_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, level),
    FOREIGN KEY (tenant_id) REFERENCES tenants (tenant_id) DEFERRABLE INITIALLY DEFERRED
);
