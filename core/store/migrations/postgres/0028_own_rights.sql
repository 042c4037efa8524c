-- What people ask of those who hold their data: copies of all of it, and erasures
-- that another person has to confirm, that wait to be carried out, or that were
-- refused until a day.

-- +goose Up
ALTER TABLE erasures ADD COLUMN proposed_by TEXT NOT NULL DEFAULT '';
ALTER TABLE erasures ADD COLUMN proposed_reason TEXT NOT NULL DEFAULT '';
ALTER TABLE erasures ADD COLUMN proposed_force BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE erasures ADD COLUMN proposed_of TEXT NOT NULL DEFAULT '';
ALTER TABLE erasures ADD COLUMN proposed_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE erasures ADD COLUMN due_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE erasures ADD COLUMN keep_until BIGINT NOT NULL DEFAULT 0;
DROP INDEX erasures_asked;
CREATE INDEX erasures_asked ON erasures (tenant_id, asked_at, applicant_id) WHERE state IN ('asked', 'proposed', 'granted');
CREATE INDEX erasures_kept ON erasures (tenant_id, keep_until) WHERE state = 'refused' AND keep_until > 0;

CREATE TABLE exports (
    tenant_id      TEXT NOT NULL,
    export_id      TEXT NOT NULL,
    applicant_id   TEXT NOT NULL,
    application_id TEXT NOT NULL,
    account_id     TEXT NOT NULL,
    state          TEXT NOT NULL,
    done           BIGINT NOT NULL,
    total          BIGINT NOT NULL,
    size           BIGINT NOT NULL,
    original_ref   TEXT NOT NULL,
    key_sealed     BYTEA,
    asked_at       BIGINT NOT NULL,
    ready_at       BIGINT NOT NULL,
    expires_at     BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, export_id),
    FOREIGN KEY (tenant_id, applicant_id) REFERENCES applicants (tenant_id, applicant_id) DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (tenant_id, application_id) REFERENCES applications (tenant_id, application_id) DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (tenant_id, account_id) REFERENCES accounts (tenant_id, account_id) DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX exports_person ON exports (tenant_id, applicant_id, asked_at, export_id);
CREATE INDEX exports_ready ON exports (tenant_id, expires_at, export_id) WHERE state = 'ready';
