-- What people show who they are with beside a password; sessions that can be
-- listed, revoked and freshened; invitations of staff. Staff who are signed in
-- by password alone sign in again.

-- +goose Up
ALTER TABLE tenants ADD COLUMN staff_idle_minutes BIGINT NOT NULL DEFAULT 0;
ALTER TABLE staff ADD COLUMN email_sealed BLOB;

DELETE FROM sessions;
ALTER TABLE sessions ADD COLUMN session_id TEXT NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN agent TEXT NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN idle_ms BIGINT NOT NULL DEFAULT 0;
ALTER TABLE sessions ADD COLUMN proved_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE sessions ADD COLUMN freshened_at BIGINT NOT NULL DEFAULT 0;
CREATE INDEX sessions_subject ON sessions (tenant_id, kind, subject_id);

CREATE TABLE factors (
    tenant_id     TEXT NOT NULL,
    factor_id     TEXT NOT NULL,
    subject_kind  TEXT NOT NULL,
    subject_id    TEXT NOT NULL,
    kind          TEXT NOT NULL,
    lookup        BLOB,
    secret_sealed BLOB,
    counter       BIGINT NOT NULL,
    created_at    BIGINT NOT NULL,
    used_at       BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, factor_id),
    FOREIGN KEY (tenant_id) REFERENCES tenants (tenant_id) DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX factors_subject ON factors (tenant_id, subject_kind, subject_id);
CREATE UNIQUE INDEX factors_lookup ON factors (tenant_id, kind, lookup) WHERE lookup IS NOT NULL;

CREATE TABLE staff_links (
    tenant_id  TEXT NOT NULL,
    token_hash BLOB NOT NULL,
    staff_id   TEXT NOT NULL,
    purpose    TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, token_hash),
    FOREIGN KEY (tenant_id, staff_id) REFERENCES staff (tenant_id, staff_id) DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX staff_links_staff ON staff_links (tenant_id, staff_id, purpose);
CREATE INDEX staff_links_expiring ON staff_links (expires_at);
