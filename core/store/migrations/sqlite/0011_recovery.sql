-- What stands beside the request of somebody who cannot get into their account:
-- which account it is about, who proposed to grant it, when the link is sent.

-- +goose Up
CREATE TABLE recoveries (
    tenant_id       TEXT NOT NULL,
    application_id  TEXT NOT NULL,
    account_id      TEXT,
    number          TEXT NOT NULL,
    found_at        BIGINT NOT NULL,
    proposed_by     TEXT,
    proposed_digest BLOB,
    proposed_at     BIGINT NOT NULL,
    opens_at        BIGINT NOT NULL,
    stopped_at      BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, application_id),
    FOREIGN KEY (tenant_id, application_id) REFERENCES applications (tenant_id, application_id) DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (tenant_id, account_id) REFERENCES accounts (tenant_id, account_id) DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (tenant_id, proposed_by) REFERENCES staff (tenant_id, staff_id) DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX recoveries_account ON recoveries (tenant_id, account_id, found_at);
CREATE INDEX sessions_by_subject ON sessions (tenant_id, kind, subject_id);
