package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jmoiron/sqlx"

	"github.com/paifang/paifang/core/kyc"
)

// Config says which database to use. The zero value is an error: an embedded
// database needs at least a file name.
type Config struct {
	DatabaseURL string    // postgres://…; "" for SQLite
	Path        string    // file of the SQLite database, used when DatabaseURL is ""
	Clock       kyc.Clock // says how long a used-up budget lasts; nil: time.Now
	Meter       *Meter    // counts statements and commits; nil: nobody does
}

// Store is an open database. It is safe for concurrent use.
type Store struct {
	clock      kyc.Clock
	meter      *Meter
	writer     *sqlx.DB // SQLite: exactly one connection
	reader     *sqlx.DB // PostgreSQL: the same as writer
	pool       *pgxpool.Pool
	migrating  *pgxpool.Config // PostgreSQL: how to connect as the owner
	direct     directly
	statements statements
	wake       wakers
	known      remembered
	sync       *walSync // SQLite
	dialect    dialect
}

type dialect string

const (
	sqliteDialect   dialect = "sqlite3"
	postgresDialect dialect = "postgres"
)

// Open connects to the database. It does not migrate: see Migrate.
func Open(ctx context.Context, c Config) (*Store, error) {
	s := &Store{clock: c.Clock, meter: c.Meter}
	if s.clock == nil {
		s.clock = time.Now
	}
	var err error
	switch {
	case c.DatabaseURL != "":
		err = s.openPostgres(ctx, c.DatabaseURL)
	case c.Path != "":
		err = s.openSQLite(ctx, c.Path)
	default:
		err = kyc.E(kyc.Invalid, "neither a database URL nor a file is given")
	}
	if err != nil {
		_ = s.Close()
		return nil, err
	}
	return s, nil
}

// Close closes all connections. Queues must have been stopped before.
func (s *Store) Close() error {
	var first error
	for _, db := range []*sqlx.DB{s.reader, s.writer} {
		if db == nil {
			continue
		}
		if err := db.Close(); err != nil && first == nil {
			first = err
		}
	}
	if s.pool != nil {
		s.pool.Close()
	}
	s.sync.close()
	return kyc.Wrap(kyc.Internal, first, "close database")
}

// Ping asks the database for a sign of life.
func (s *Store) Ping(ctx context.Context) error {
	return kyc.Wrap(kyc.Unavailable, s.reader.PingContext(ctx), "database does not answer")
}

// Durable returns once all that was committed before, by whomever, survives a
// power cut: on SQLite others see a commit a moment before that. Who answers from
// another request's row that the work is done asks first.
func (s *Store) Durable(context.Context) error {
	if s.sync == nil {
		return nil
	}
	return s.sync.wait()
}

// Ready tells whether the database answers, can keep what it is given and is
// migrated as far as this program needs. It is asked often and costs one small read.
func (s *Store) Ready(ctx context.Context) error {
	if err := s.sync.broken(); err != nil {
		return err
	}
	var version int64
	err := s.reader.GetContext(ctx, &version, "SELECT MAX(version_id) FROM "+migrationsTable)
	if err != nil {
		return kyc.Wrap(kyc.Unavailable, err, "database does not answer or has never been migrated")
	}
	if version < schemaVersion {
		return kyc.E(kyc.Unavailable, "database is at version %d, %d is needed: run migrate", version, schemaVersion)
	}
	return nil
}
