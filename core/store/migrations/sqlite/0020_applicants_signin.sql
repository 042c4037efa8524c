-- Codes to sign in with, asked for names that are somebody's and for others alike;
-- what somebody showed to begin a session, and from where.

-- +goose Up
ALTER TABLE sessions ADD COLUMN methods TEXT NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN place_sealed BLOB;
ALTER TABLE sessions ADD COLUMN device BLOB;

CREATE TABLE signin_codes (
    tenant_id  TEXT NOT NULL,
    code_id    TEXT NOT NULL,
    token_hash BLOB NOT NULL,
    channel    TEXT NOT NULL,
    name_index BLOB NOT NULL,
    locale     TEXT NOT NULL,
    account_id TEXT,
    code_hash  BLOB NOT NULL,
    tries      BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, code_id),
    FOREIGN KEY (tenant_id) REFERENCES tenants (tenant_id) DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (tenant_id, account_id) REFERENCES accounts (tenant_id, account_id) DEFERRABLE INITIALLY DEFERRED
);
CREATE UNIQUE INDEX signin_codes_token ON signin_codes (tenant_id, token_hash);
CREATE INDEX signin_codes_expires ON signin_codes (expires_at);
