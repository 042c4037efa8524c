package store

import (
	"context"
	"reflect"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// setTenant says on whose behalf the statements of a transaction are asked.
const setTenant = "SELECT set_config('paifang.tenant', $1, true)"

// asked reads rows from PostgreSQL. The setting goes there with the statement, in
// the one transaction that a batch is, and ends with it: that costs no journey.
func asked[R any](ctx context.Context, s scope, query string, args []any) (rows []R, err error) {
	// The connection counts among those of database/sql, which are bounded.
	conn, err := s.reader.Connx(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { _ = conn.Close() }()
	err = conn.Raw(func(driverConn any) error {
		batch := &pgx.Batch{}
		batch.Queue(setTenant, s.setting)
		batch.Queue(s.sql(query), args...)
		sent := driverConn.(*stdlib.Conn).Conn().SendBatch(ctx, batch)
		defer func() { _ = sent.Close() }() // says again what failed
		if _, err := sent.Exec(); err != nil {
			return err
		}
		found, err := sent.Query()
		if err != nil {
			return err
		}
		rows, err = pgx.CollectRows(found, rowTo[R]())
		return err
	})
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
