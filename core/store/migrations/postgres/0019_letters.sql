-- Letters to staff: messages without an applicant.

-- +goose Up
ALTER TABLE messages ADD COLUMN staff_id TEXT;
CREATE INDEX messages_letters ON messages (tenant_id, template, created_at, message_id) WHERE staff_id IS NOT NULL;
