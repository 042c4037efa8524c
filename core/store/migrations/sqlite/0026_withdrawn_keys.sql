-- A marketplace's key that is withdrawn stays, so that its id is never another key's.
-- A tenant may tell whether a contact is taken only to who has shown that it is theirs.

-- +goose Up
ALTER TABLE assertion_keys ADD COLUMN revoked_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE tenants ADD COLUMN tell_after_proof BOOLEAN NOT NULL DEFAULT FALSE;
