-- PostgreSQL's alone: see there. A file of SQLite has no users that rows could be
-- kept from.

-- +goose Up
SELECT 1;
