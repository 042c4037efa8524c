-- The names of staff are sealed: login holds a keyed hash, name nothing, names_sealed
-- both. Rows of before are sealed when a program with the keys starts. An index over
-- those that are not lets it see at once that there are none.

-- +goose Up
ALTER TABLE staff ADD COLUMN names_sealed BLOB;
CREATE INDEX staff_clear ON staff (tenant_id, staff_id) WHERE names_sealed IS NULL;
