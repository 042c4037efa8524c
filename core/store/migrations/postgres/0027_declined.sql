-- A contact that the marketplace vouched for may be declined for another one.

-- +goose Up
ALTER TABLE steps ADD COLUMN declined BOOLEAN NOT NULL DEFAULT FALSE;
