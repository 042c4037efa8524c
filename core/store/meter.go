package store

import (
	"context"
	"database/sql/driver"
	"sync/atomic"

	"github.com/jackc/pgx/v5"
	"github.com/mattn/go-sqlite3"
)

// Meter counts what a database is asked to do, the job queue's share included.
// It is for measuring: a store without one counts nothing.
type Meter struct {
	Statements atomic.Int64 // without BEGIN, COMMIT and what belongs to them
	Commits    atomic.Int64 // of transactions that wrote; a statement alone is one

	Seen func(query string) // told each statement to SQLite; may be nil
}

func (m *Meter) count(query string) {
	m.Statements.Add(1)
	if m.Seen != nil {
		m.Seen(query)
	}
}

// meteredConn is a connection to SQLite that counts. All else is the driver's own.
type meteredConn struct {
	*sqlite3.SQLiteConn
	meter *Meter
}

func (c *meteredConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	c.meter.count(query)
	return c.SQLiteConn.ExecContext(ctx, query, args)
}

func (c *meteredConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	c.meter.count(query)
	return c.SQLiteConn.QueryContext(ctx, query, args)
}

// meteredPostgres implements pgx.QueryTracer and pgx.BatchTracer.
type meteredPostgres struct{ *Meter }

type traced struct{}

func (m meteredPostgres) TraceQueryStart(ctx context.Context, _ *pgx.Conn, d pgx.TraceQueryStartData) context.Context {
	return context.WithValue(ctx, traced{}, d.SQL)
}

func (m meteredPostgres) TraceQueryEnd(ctx context.Context, conn *pgx.Conn, d pgx.TraceQueryEndData) {
	switch sql, _ := ctx.Value(traced{}).(string); sql {
	case "commit":
		m.Commits.Add(1)
		return
	case "begin", "rollback":
		return
	}
	m.Statements.Add(1)
	const alone = 'I' // PostgreSQL's word for "no transaction"
	if tag := d.CommandTag; conn.PgConn().TxStatus() == alone && tag.RowsAffected() > 0 && (tag.Insert() || tag.Update() || tag.Delete()) {
		m.Commits.Add(1)
	}
}

func (m meteredPostgres) TraceBatchStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceBatchStartData) context.Context {
	return ctx
}

func (m meteredPostgres) TraceBatchQuery(_ context.Context, _ *pgx.Conn, d pgx.TraceBatchQueryData) {
	if d.SQL != "begin" && d.SQL != setTenant {
		m.Statements.Add(1)
	}
}

func (m meteredPostgres) TraceBatchEnd(context.Context, *pgx.Conn, pgx.TraceBatchEndData) {}
