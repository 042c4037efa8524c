-- Erasure of persons, how long applications are kept, and whether a tenant's
-- applicants' keys have leaves in the key store.

-- +goose Up
ALTER TABLE tenant_keys ADD COLUMN tree BOOLEAN NOT NULL DEFAULT FALSE;

CREATE TABLE erasures (
    tenant_id    TEXT NOT NULL,
    applicant_id TEXT NOT NULL,
    state        TEXT NOT NULL,
    reason       TEXT NOT NULL,
    actor_kind   TEXT NOT NULL,
    actor_id     TEXT NOT NULL,
    asked_at     BIGINT NOT NULL,
    erased_at    BIGINT NOT NULL,
    destroyed_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, applicant_id),
    FOREIGN KEY (tenant_id, applicant_id) REFERENCES applicants (tenant_id, applicant_id) DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX erasures_asked ON erasures (tenant_id, asked_at, applicant_id) WHERE state = 'asked';

CREATE TABLE retentions (
    tenant_id TEXT NOT NULL,
    state     TEXT NOT NULL,
    days      BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, state),
    FOREIGN KEY (tenant_id) REFERENCES tenants (tenant_id) DEFERRABLE INITIALLY DEFERRED
);

-- What came to nothing, for the retention.
CREATE INDEX applications_ended ON applications (tenant_id, state, updated_at)
    WHERE state IN ('rejected', 'withdrawn', 'expired');

-- As in 0004: what is asked in an order is found in that order.
DROP INDEX applications_applicant;
CREATE INDEX applications_applicant ON applications (tenant_id, applicant_id, application_id);
DROP INDEX accounts_applicant;
CREATE INDEX accounts_applicant ON accounts (tenant_id, applicant_id, account_id);
