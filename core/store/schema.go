package store

import (
	"context"

	"github.com/paifang/paifang/core/kyc"
)

// Schema tells how far a database is migrated.
type Schema struct {
	Tables int64 // version of our tables, 0: none yet
	Queue  int64 // migrations of the job queue's tables
	Needed int64 // version of our tables that this program needs
}

// Schema reads how far the database is migrated; it changes nothing.
func (s *Store) Schema(ctx context.Context) (Schema, error) {
	found := Schema{Needed: schemaVersion}
	for _, read := range []struct {
		table, query string
		into         *int64
	}{
		{migrationsTable, "SELECT COALESCE(MAX(version_id), 0) FROM " + migrationsTable, &found.Tables},
		{"river_migration", "SELECT COUNT(*) FROM river_migration", &found.Queue},
	} {
		there := "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = ?"
		if s.dialect == postgresDialect {
			there = "SELECT COUNT(*) FROM pg_class WHERE oid = to_regclass($1)"
		}
		var n int
		if err := s.reader.GetContext(ctx, &n, there, read.table); err != nil {
			return Schema{}, kyc.Wrap(kyc.Unavailable, err, "read how far the database is migrated")
		}
		if n == 0 {
			continue
		}
		if err := s.reader.GetContext(ctx, read.into, read.query); err != nil {
			return Schema{}, kyc.Wrap(kyc.Unavailable, err, "read how far the database is migrated")
		}
	}
	return found, nil
}
