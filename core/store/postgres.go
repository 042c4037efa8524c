package store

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/jmoiron/sqlx"

	"github.com/paifang/paifang/core/kyc"
)

// minConnections is the least size of the pool, queueConnections how many of
// them are left to the job queue, which listens on one of them for ever.
const (
	minConnections   = 16
	queueConnections = 4
)

// openPostgres opens one pool for everything. A larger pool can be asked for
// in the URL (pool_max_conns). database/sql keeps no idle connection of its
// own: what it gives back, the pool keeps open, with its prepared statements,
// for whoever comes next; were it to keep them the queue would starve.
func (s *Store) openPostgres(ctx context.Context, databaseURL string) error {
	s.dialect = postgresDialect
	config, err := pgxpool.ParseConfig(databaseURL)
	if err != nil {
		// The parser's own message may quote the password.
		return kyc.E(kyc.Invalid, "database URL cannot be read")
	}
	config.MaxConns = max(config.MaxConns, minConnections)
	if s.meter != nil {
		config.ConnConfig.Tracer = meteredPostgres{s.meter}
	}
	s.migrating = config.Copy() // as the owner
	config.AfterConnect = s.lower
	s.pool, err = pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return kyc.Wrap(kyc.Unavailable, err, "open database")
	}
	s.writer = sqlx.NewDb(stdlib.OpenDBFromPool(s.pool), "pgx")
	s.writer.SetMaxOpenConns(int(config.MaxConns) - queueConnections)
	s.reader = s.writer
	if err := s.writer.PingContext(ctx); err != nil {
		return kyc.Wrap(kyc.Unavailable, err, "database does not answer")
	}
	return nil
}

// lower takes the owner's rights from a connection: it works as a role that owns
// nothing. Where there is none yet, or the owner may not make one, it stays what
// it is, and the walls hold against the owner; Walls tells which.
func (s *Store) lower(ctx context.Context, conn *pgx.Conn) error {
	_, err := conn.Exec(ctx, "SELECT set_config('role', paifang_role(), false) WHERE paifang_role() IS NOT NULL")
	if state := sqlState(err); state == pgNoFunction || state == pgNotAllowed {
		return nil
	}
	return err
}

// Walls is what keeps tenants apart on PostgreSQL beside the statements.
type Walls struct {
	Role    string   // that the program works under
	Owner   bool     // it owns the tables, and FORCE holds the walls against it
	Past    bool     // the walls do not hold against it: it is a superuser, or may pass them
	Missing []string // tables with rows of tenants that have none
}

// Walls tells how tenants are kept apart; nothing on SQLite, which has no users to
// keep rows from.
func (s *Store) Walls(ctx context.Context) (w Walls, err error) {
	if s.dialect != postgresDialect {
		return w, nil
	}
	err = s.reader.QueryRowContext(ctx, `SELECT current_user, relowner = r.oid, r.rolsuper OR r.rolbypassrls
		FROM pg_class JOIN pg_roles r ON r.rolname = current_user WHERE pg_class.oid = to_regclass('tenants')`).Scan(&w.Role, &w.Owner, &w.Past)
	if err != nil {
		return w, coded(err, "walls between tenants")
	}
	w.Missing, err = many[string](ctx, s.of(""), "tables without walls", `SELECT c.relname::text FROM pg_class c
		JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped
		WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p')
		AND NOT (c.relrowsecurity AND c.relforcerowsecurity AND EXISTS (SELECT FROM pg_policy WHERE polrelid = c.oid)) ORDER BY 1`)
	return w, err
}
