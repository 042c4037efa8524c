-- The transparency log that audit lines are sealed into. A line has its place in
-- it (seq, from 1) for ever, and is never changed or deleted: triggers refuse it,
-- so that even a mistake of ours cannot.

-- +goose Up
CREATE TABLE audit_logs (
    tenant_id  TEXT NOT NULL PRIMARY KEY,
    origin     TEXT NOT NULL,
    size       INTEGER NOT NULL,
    checkpoint TEXT NOT NULL,
    kept_at    INTEGER NOT NULL,
    key_id     TEXT NOT NULL,
    FOREIGN KEY (tenant_id) REFERENCES tenants (tenant_id) DEFERRABLE INITIALLY DEFERRED
);

CREATE TABLE audit_keys (
    tenant_id      TEXT NOT NULL,
    key_id         TEXT NOT NULL,
    verifier       TEXT NOT NULL,
    private_sealed BLOB NOT NULL,
    created_at     INTEGER NOT NULL,
    retired_at     INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, key_id),
    FOREIGN KEY (tenant_id) REFERENCES tenants (tenant_id) DEFERRABLE INITIALLY DEFERRED
);

CREATE TABLE audit_tiles (
    tenant_id TEXT NOT NULL,
    level     INTEGER NOT NULL,
    n         INTEGER NOT NULL,
    hashes    BLOB NOT NULL,
    PRIMARY KEY (tenant_id, level, n),
    FOREIGN KEY (tenant_id) REFERENCES tenants (tenant_id) DEFERRABLE INITIALLY DEFERRED
);

CREATE TABLE audit_checkpoints (
    tenant_id TEXT NOT NULL,
    size      INTEGER NOT NULL,
    at        INTEGER NOT NULL,
    note      TEXT NOT NULL,
    PRIMARY KEY (tenant_id, size),
    FOREIGN KEY (tenant_id) REFERENCES tenants (tenant_id) DEFERRABLE INITIALLY DEFERRED
);

-- Sealed and unsealed lines are found by an index each: a commit writes one of
-- them, as it wrote one before.
CREATE TABLE audit_lines_new (
    tenant_id   TEXT NOT NULL,
    audit_id    TEXT NOT NULL,
    at          BIGINT NOT NULL,
    actor_kind  TEXT NOT NULL,
    actor_id    TEXT NOT NULL,
    action      TEXT NOT NULL,
    object_kind TEXT NOT NULL,
    object_id   TEXT NOT NULL,
    detail      TEXT NOT NULL,
    seq         BIGINT,
    PRIMARY KEY (tenant_id, audit_id),
    FOREIGN KEY (tenant_id) REFERENCES tenants (tenant_id) DEFERRABLE INITIALLY DEFERRED
);
INSERT INTO audit_lines_new SELECT tenant_id, audit_id, at, actor_kind, actor_id, action, object_kind, object_id, detail, seq FROM audit_lines;
DROP TABLE audit_lines;
ALTER TABLE audit_lines_new RENAME TO audit_lines;
CREATE INDEX audit_lines_object ON audit_lines (tenant_id, object_kind, object_id, audit_id);
CREATE UNIQUE INDEX audit_lines_sealed ON audit_lines (tenant_id, seq) WHERE seq IS NOT NULL;
CREATE INDEX audit_lines_unsealed ON audit_lines (tenant_id, audit_id) WHERE seq IS NULL;
-- What staff did: few lines among those of the people who register.
CREATE INDEX audit_lines_staff ON audit_lines (tenant_id, actor_id, audit_id) WHERE actor_kind = 'staff';

-- +goose StatementBegin
CREATE TRIGGER audit_lines_unchanged BEFORE UPDATE ON audit_lines
WHEN OLD.seq IS NOT NULL OR NEW.seq IS NULL
    OR NEW.tenant_id IS NOT OLD.tenant_id OR NEW.audit_id IS NOT OLD.audit_id OR NEW.at IS NOT OLD.at
    OR NEW.actor_kind IS NOT OLD.actor_kind OR NEW.actor_id IS NOT OLD.actor_id OR NEW.action IS NOT OLD.action
    OR NEW.object_kind IS NOT OLD.object_kind OR NEW.object_id IS NOT OLD.object_id OR NEW.detail IS NOT OLD.detail
BEGIN
    SELECT RAISE(ABORT, 'audit lines are never changed');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_lines_undeleted BEFORE DELETE ON audit_lines
BEGIN
    SELECT RAISE(ABORT, 'audit lines are never deleted');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_checkpoints_unchanged BEFORE UPDATE ON audit_checkpoints
BEGIN
    SELECT RAISE(ABORT, 'checkpoints are never changed');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_checkpoints_undeleted BEFORE DELETE ON audit_checkpoints
BEGIN
    SELECT RAISE(ABORT, 'checkpoints are never deleted');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_logs_forward BEFORE UPDATE ON audit_logs
WHEN NEW.size <= OLD.size OR NEW.origin IS NOT OLD.origin OR NEW.tenant_id IS NOT OLD.tenant_id
BEGIN
    SELECT RAISE(ABORT, 'a log only grows');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_logs_undeleted BEFORE DELETE ON audit_logs
BEGIN
    SELECT RAISE(ABORT, 'a log is never deleted');
END;
-- +goose StatementEnd
