-- The way into its market that an application took; '' where there is but one.

-- +goose Up
ALTER TABLE applications ADD COLUMN way TEXT NOT NULL DEFAULT '';
