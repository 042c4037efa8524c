-- Which versions of providers run, and how tenants offer markets: a change is a
-- new row, the highest number holds, and none is ever changed or deleted. What
-- nodes report of their providers is the operator's and replaced all the time.

-- +goose Up
CREATE TABLE rollouts (
    tenant_id  TEXT NOT NULL,
    provider   TEXT NOT NULL,
    number     BIGINT NOT NULL,
    version    TEXT NOT NULL,
    canary     TEXT NOT NULL,
    share      BIGINT NOT NULL,
    warm       TEXT NOT NULL,
    off        BOOLEAN NOT NULL,
    action     TEXT NOT NULL,
    why        TEXT NOT NULL,
    actor_kind TEXT NOT NULL,
    actor_id   TEXT NOT NULL,
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, provider, number),
    FOREIGN KEY (tenant_id) REFERENCES tenants (tenant_id) DEFERRABLE INITIALLY DEFERRED
);

ALTER TABLE tenant_markets ADD COLUMN pinned TEXT NOT NULL DEFAULT '';

CREATE TABLE market_versions (
    tenant_id  TEXT NOT NULL,
    market     TEXT NOT NULL,
    number     BIGINT NOT NULL,
    enabled    BOOLEAN NOT NULL,
    config     BYTEA,
    pinned     TEXT NOT NULL,
    back       BIGINT NOT NULL,
    actor_kind TEXT NOT NULL,
    actor_id   TEXT NOT NULL,
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, market, number),
    FOREIGN KEY (tenant_id) REFERENCES tenants (tenant_id) DEFERRABLE INITIALLY DEFERRED
);

CREATE TABLE node_reports (
    node_id     TEXT NOT NULL PRIMARY KEY,
    reported_at BIGINT NOT NULL,
    states      BYTEA NOT NULL
);

CREATE TABLE node_lines (
    node_id     TEXT NOT NULL,
    provider    TEXT NOT NULL,
    reported_at BIGINT NOT NULL,
    lines       BYTEA NOT NULL,
    PRIMARY KEY (node_id, provider)
);
