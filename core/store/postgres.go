package store

import (
	"context"

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
