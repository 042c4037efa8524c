-- Vendors name a message by their own reference when they report its delivery.

-- +goose Up
CREATE INDEX messages_reference ON messages (tenant_id, messenger, reference) WHERE reference <> '';
