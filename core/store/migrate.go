package store

import (
	"context"
	"embed"
	"io/fs"
	"log/slog"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/database"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"

	"github.com/paifang/paifang/core/kyc"
)

//go:embed migrations
var migrations embed.FS

const (
	migrationsTable = "schema_migrations"
	schemaVersion   = 20 // the newest file in migrations
	// migrationLock keeps two nodes that start together from migrating at once.
	migrationLock = 0x7061_6966_616e_67 // "paifang"
)

// Migrate brings the database to the version this program needs: our tables
// and the job queue's. It is safe to call from several nodes at once.
func (s *Store) Migrate(ctx context.Context) error {
	if s.dialect == postgresDialect {
		conn, err := s.pool.Acquire(ctx)
		if err != nil {
			return kyc.Wrap(kyc.Unavailable, err, "migrate")
		}
		defer conn.Release()
		if _, err := conn.Exec(ctx, "SELECT pg_advisory_lock($1)", int64(migrationLock)); err != nil {
			return kyc.Wrap(kyc.Unavailable, err, "wait for the other node's migration")
		}
		defer func() {
			_, _ = conn.Exec(context.WithoutCancel(ctx), "SELECT pg_advisory_unlock($1)", int64(migrationLock))
		}()
	}
	if err := s.migrateTables(ctx); err != nil {
		return kyc.Wrap(kyc.Internal, err, "migrate tables")
	}
	return kyc.Wrap(kyc.Internal, s.migrateQueue(ctx), "migrate job queue")
}

func (s *Store) migrateTables(ctx context.Context) error {
	folder := "migrations/sqlite"
	if s.dialect == postgresDialect {
		folder = "migrations/postgres"
	}
	files, err := fs.Sub(migrations, folder)
	if err != nil {
		return err
	}
	versions, err := database.NewStore(goose.Dialect(s.dialect), migrationsTable)
	if err != nil {
		return err
	}
	provider, err := goose.NewProvider("", s.writer.DB, files,
		goose.WithStore(versions), goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return err
	}
	_, err = provider.Up(ctx)
	return err
}

func (s *Store) migrateQueue(ctx context.Context) error {
	quiet := &rivermigrate.Config{Logger: slog.New(slog.DiscardHandler)}
	if s.dialect == postgresDialect {
		migrator, err := rivermigrate.New(riverpgxv5.New(s.pool), quiet)
		if err != nil {
			return err
		}
		_, err = migrator.Migrate(ctx, rivermigrate.DirectionUp, nil)
		return err
	}
	migrator, err := rivermigrate.New(riversqlite.New(s.writer.DB), quiet)
	if err != nil {
		return err
	}
	_, err = migrator.Migrate(ctx, rivermigrate.DirectionUp, nil)
	return err
}
