package storetest

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/paifang/paifang/core/store"
)

// Each runs the test on SQLite and on PostgreSQL.
func Each(t *testing.T, test func(t *testing.T, s *store.Store)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { test(t, SQLite(t)) })
	t.Run("postgres", func(t *testing.T) { test(t, Postgres(t)) })
}

// SQLite opens an empty, migrated database in a file of its own.
func SQLite(t *testing.T) *store.Store {
	t.Helper()
	empty, err := emptySQLite()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "paifang.db")
	if err := os.WriteFile(path, empty, 0o600); err != nil {
		t.Fatal(err)
	}
	return open(t, store.Config{Path: path})
}

// emptySQLite migrates one database for the whole test binary; the tests copy it.
var emptySQLite = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "paifang-sqlite-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	path := filepath.Join(dir, "empty.db")
	if err := migrate(store.Config{Path: path}); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
})

// migrate makes the tables and lets go of the database again.
func migrate(c store.Config) error {
	ctx := context.Background()
	s, err := store.Open(ctx, c)
	if err != nil {
		return err
	}
	if err := s.Migrate(ctx); err != nil {
		_ = s.Close()
		return err
	}
	return s.Close()
}

// open opens a store that is closed when the test ends.
func open(t *testing.T, c store.Config) *store.Store {
	t.Helper()
	s, err := store.Open(context.Background(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}
