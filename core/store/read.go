package store

import (
	"context"
	"database/sql"
	"errors"

	"github.com/paifang/paifang/core/kyc"
)

// one reads one row; none is NotFound.
func one[R any](ctx context.Context, s scope, what, query string, args ...any) (R, error) {
	var row R
	if s.dialect == postgresDialect {
		rows, err := asked[R](ctx, s, query, args)
		if err == nil && len(rows) == 0 {
			err = sql.ErrNoRows
		}
		if err != nil {
			return row, coded(err, what)
		}
		return rows[0], nil
	}
	err := s.reader.GetContext(s.uninterrupted(ctx), &row, s.sql(query), args...)
	if err != nil {
		var none R
		return none, coded(err, what)
	}
	return row, nil
}

// many reads rows; none is an empty list.
func many[R any](ctx context.Context, s scope, what, query string, args ...any) ([]R, error) {
	if s.dialect == postgresDialect {
		rows, err := asked[R](ctx, s, query, args)
		return rows, coded(err, what)
	}
	var rows []R
	err := s.reader.SelectContext(s.uninterrupted(ctx), &rows, s.sql(query), args...)
	err = coded(err, what)
	if errors.Is(err, kyc.E(kyc.NotFound, "")) {
		return nil, nil
	}
	return rows, err
}

// page bounds how many rows one read returns.
func page(limit int) int {
	const most = 500
	if limit <= 0 || limit > most {
		return most
	}
	return limit
}
