package store

import (
	"context"
	"database/sql"
	"embed"
	"io/fs"
	"log/slog"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
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
	schemaVersion   = 30 // the newest file in migrations
	// migrationLock keeps two nodes that start together from migrating at once.
	migrationLock = 0x7061_6966_616e_67 // "paifang"
)

// Migrate brings the database to the version this program needs: our tables
// and the job queue's. It is safe to call from several nodes at once.
func (s *Store) Migrate(ctx context.Context) error {
	if s.dialect == postgresDialect {
		return s.migratePostgres(ctx)
	}
	if err := s.migrateTables(ctx, s.writer.DB); err != nil {
		return kyc.Wrap(kyc.Internal, err, "migrate tables")
	}
	migrator, err := rivermigrate.New(riversqlite.New(s.writer.DB), quietly())
	if err == nil {
		_, err = migrator.Migrate(ctx, rivermigrate.DirectionUp, nil)
	}
	return kyc.Wrap(kyc.Internal, err, "migrate job queue")
}

// migratePostgres works with connections that have all rights of the user who is
// named in the URL, who owns the tables, and gives them back before it returns.
func (s *Store) migratePostgres(ctx context.Context) error {
	owner, err := pgxpool.NewWithConfig(ctx, s.migrating)
	if err != nil {
		return kyc.Wrap(kyc.Unavailable, err, "migrate")
	}
	defer owner.Close()
	conn, err := owner.Acquire(ctx)
	if err != nil {
		return kyc.Wrap(kyc.Unavailable, err, "migrate")
	}
	defer conn.Release()
	if _, err := conn.Exec(ctx, "SELECT pg_advisory_lock($1)", int64(migrationLock)); err != nil {
		return kyc.Wrap(kyc.Unavailable, err, "wait for the other node's migration")
	}
	db := stdlib.OpenDBFromPool(owner)
	defer func() { _ = db.Close() }()
	if err := s.migrateTables(ctx, db); err != nil {
		return kyc.Wrap(kyc.Internal, err, "migrate tables")
	}
	migrator, err := rivermigrate.New(riverpgxv5.New(owner), quietly())
	if err == nil {
		_, err = migrator.Migrate(ctx, rivermigrate.DirectionUp, nil)
	}
	if err != nil {
		return kyc.Wrap(kyc.Internal, err, "migrate job queue")
	}
	if _, err := conn.Exec(ctx, "SELECT paifang_walls()"); err != nil {
		return kyc.Wrap(kyc.Internal, err, "wall the tables of tenants")
	}
	s.pool.Reset() // who was connected before there was a role has all rights still
	return nil
}

func quietly() *rivermigrate.Config {
	return &rivermigrate.Config{Logger: slog.New(slog.DiscardHandler)}
}

func (s *Store) migrateTables(ctx context.Context, db *sql.DB) error {
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
	provider, err := goose.NewProvider("", db, files,
		goose.WithStore(versions), goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return err
	}
	_, err = provider.Up(ctx)
	return err
}
