package store

import (
	"context"
	"database/sql"
	"reflect"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/jmoiron/sqlx"
)

// setTenant says on whose behalf the statements of a transaction are asked.
const setTenant = "SELECT set_config('paifang.tenant', $1, true)"

// read is one of several that are asked together.
type read struct {
	query string
	args  []any
	one   func(ctx context.Context, conn *sqlx.Conn, query string) error // SQLite
	found func(rows pgx.Rows) error                                      // PostgreSQL
}

// listed reads rows into a list.
func listed[R any](into *[]R, query string, args ...any) read {
	return read{query: query, args: args,
		one: func(ctx context.Context, conn *sqlx.Conn, query string) error {
			return conn.SelectContext(ctx, into, query, args...)
		},
		found: func(found pgx.Rows) (err error) {
			*into, err = pgx.CollectRows(found, rowTo[R]())
			return err
		}}
}

// required is listed of what must be there, else sql.ErrNoRows.
func required[R any](into *[]R, query string, args ...any) read {
	r := listed(into, query, args...)
	one, found := r.one, r.found
	there := func(err error) error {
		if err == nil && len(*into) == 0 {
			return sql.ErrNoRows
		}
		return err
	}
	r.one = func(ctx context.Context, conn *sqlx.Conn, query string) error { return there(one(ctx, conn, query)) }
	r.found = func(rows pgx.Rows) error { return there(found(rows)) }
	return r
}

// together asks several things, over one connection. On PostgreSQL they go there with
// the setting, in the one transaction that a batch is, and come back together:
// each of them alone would cost a journey and a transaction of its own.
func (from scope) together(ctx context.Context, reads ...read) error {
	// The connection counts among those of database/sql, which are bounded.
	conn, err := from.reader.Connx(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	if from.dialect == sqliteDialect {
		for _, r := range reads {
			if err := r.one(from.uninterrupted(ctx), conn, from.sql(r.query)); err != nil {
				return err
			}
		}
		return nil
	}
	return conn.Raw(func(driverConn any) error {
		batch := &pgx.Batch{}
		batch.Queue(setTenant, from.setting)
		for _, r := range reads {
			batch.Queue(from.sql(r.query), r.args...)
		}
		sent := driverConn.(*stdlib.Conn).Conn().SendBatch(ctx, batch)
		defer func() { _ = sent.Close() }() // says again what failed
		if _, err := sent.Exec(); err != nil {
			return err
		}
		for _, r := range reads {
			found, err := sent.Query()
			if err != nil {
				return err
			}
			if err := r.found(found); err != nil {
				return err
			}
		}
		return nil
	})
}

// asked reads rows from PostgreSQL.
func asked[R any](ctx context.Context, s scope, query string, args []any) (rows []R, err error) {
	err = s.together(ctx, listed(&rows, query, args...))
	if len(rows) == 0 {
		rows = nil
	}
	return rows, err
}

// rowTo reads a row into a record, by the db tags of its fields, or its only
// column into a plain value.
func rowTo[R any]() pgx.RowToFunc[R] {
	if reflect.TypeFor[R]().Kind() == reflect.Struct {
		return pgx.RowToStructByNameLax[R]
	}
	return pgx.RowTo[R]
}
