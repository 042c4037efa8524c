-- Keys that all nodes share, wrapped by the master key, and the nodes that are
-- at work. Neither belongs to a tenant.

-- +goose Up
CREATE TABLE installation_keys (
    name    TEXT NOT NULL PRIMARY KEY,
    wrapped BLOB NOT NULL
);

CREATE TABLE nodes (
    node_id TEXT NOT NULL PRIMARY KEY,
    beats   INTEGER NOT NULL
);
