-- The transparency log that audit lines are sealed into. A line has its place in
-- it (seq, from 1) for ever, and is never changed or deleted: triggers refuse it,
-- so that even a mistake of ours cannot.

-- +goose Up
CREATE TABLE audit_logs (
    tenant_id  TEXT NOT NULL PRIMARY KEY,
    origin     TEXT NOT NULL,
    size       BIGINT NOT NULL,
    checkpoint TEXT NOT NULL,
    kept_at    BIGINT NOT NULL,
    key_id     TEXT NOT NULL,
    FOREIGN KEY (tenant_id) REFERENCES tenants (tenant_id) DEFERRABLE INITIALLY DEFERRED
);

CREATE TABLE audit_keys (
    tenant_id      TEXT NOT NULL,
    key_id         TEXT NOT NULL,
    verifier       TEXT NOT NULL,
    private_sealed BYTEA NOT NULL,
    created_at     BIGINT NOT NULL,
    retired_at     BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, key_id),
    FOREIGN KEY (tenant_id) REFERENCES tenants (tenant_id) DEFERRABLE INITIALLY DEFERRED
);

CREATE TABLE audit_tiles (
    tenant_id TEXT NOT NULL,
    level     BIGINT NOT NULL,
    n         BIGINT NOT NULL,
    hashes    BYTEA NOT NULL,
    PRIMARY KEY (tenant_id, level, n),
    FOREIGN KEY (tenant_id) REFERENCES tenants (tenant_id) DEFERRABLE INITIALLY DEFERRED
);

CREATE TABLE audit_checkpoints (
    tenant_id TEXT NOT NULL,
    size      BIGINT NOT NULL,
    at        BIGINT NOT NULL,
    note      TEXT NOT NULL,
    PRIMARY KEY (tenant_id, size),
    FOREIGN KEY (tenant_id) REFERENCES tenants (tenant_id) DEFERRABLE INITIALLY DEFERRED
);

-- Sealed and unsealed lines are found by an index each: a commit writes one of
-- them, as it wrote one before.
ALTER TABLE audit_lines DROP CONSTRAINT audit_lines_tenant_id_seq_key;
CREATE UNIQUE INDEX audit_lines_sealed ON audit_lines (tenant_id, seq) WHERE seq IS NOT NULL;
CREATE INDEX audit_lines_unsealed ON audit_lines (tenant_id, audit_id) WHERE seq IS NULL;
-- What staff did: few lines among those of the people who register.
CREATE INDEX audit_lines_staff ON audit_lines (tenant_id, actor_id, audit_id) WHERE actor_kind = 'staff';

-- +goose StatementBegin
CREATE FUNCTION audit_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % is refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'integrity_constraint_violation';
END
$$;
-- +goose StatementEnd
CREATE TRIGGER audit_lines_unchanged BEFORE UPDATE ON audit_lines FOR EACH ROW
WHEN (OLD.seq IS NOT NULL OR NEW.seq IS NULL
    OR NEW.tenant_id IS DISTINCT FROM OLD.tenant_id OR NEW.audit_id IS DISTINCT FROM OLD.audit_id OR NEW.at IS DISTINCT FROM OLD.at
    OR NEW.actor_kind IS DISTINCT FROM OLD.actor_kind OR NEW.actor_id IS DISTINCT FROM OLD.actor_id OR NEW.action IS DISTINCT FROM OLD.action
    OR NEW.object_kind IS DISTINCT FROM OLD.object_kind OR NEW.object_id IS DISTINCT FROM OLD.object_id OR NEW.detail IS DISTINCT FROM OLD.detail)
EXECUTE FUNCTION audit_append_only();
CREATE TRIGGER audit_lines_undeleted BEFORE DELETE ON audit_lines FOR EACH ROW EXECUTE FUNCTION audit_append_only();
CREATE TRIGGER audit_lines_untruncated BEFORE TRUNCATE ON audit_lines FOR EACH STATEMENT EXECUTE FUNCTION audit_append_only();
CREATE TRIGGER audit_checkpoints_unchanged BEFORE UPDATE OR DELETE ON audit_checkpoints FOR EACH ROW EXECUTE FUNCTION audit_append_only();
CREATE TRIGGER audit_checkpoints_untruncated BEFORE TRUNCATE ON audit_checkpoints FOR EACH STATEMENT EXECUTE FUNCTION audit_append_only();
CREATE TRIGGER audit_logs_forward BEFORE UPDATE ON audit_logs FOR EACH ROW
WHEN (NEW.size <= OLD.size OR NEW.origin IS DISTINCT FROM OLD.origin OR NEW.tenant_id IS DISTINCT FROM OLD.tenant_id)
EXECUTE FUNCTION audit_append_only();
CREATE TRIGGER audit_logs_undeleted BEFORE DELETE ON audit_logs FOR EACH ROW EXECUTE FUNCTION audit_append_only();
CREATE TRIGGER audit_logs_untruncated BEFORE TRUNCATE ON audit_logs FOR EACH STATEMENT EXECUTE FUNCTION audit_append_only();
