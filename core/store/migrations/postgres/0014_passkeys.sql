-- Questions to passkeys that wait for their one answer.

-- +goose Up
CREATE TABLE ceremonies (
    tenant_id      TEXT NOT NULL,
    challenge_hash BYTEA NOT NULL,
    subject_kind   TEXT NOT NULL,
    subject_id     TEXT NOT NULL,
    purpose        TEXT NOT NULL,
    expires_at     BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, challenge_hash),
    FOREIGN KEY (tenant_id) REFERENCES tenants (tenant_id) DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX ceremonies_expiring ON ceremonies (expires_at);
