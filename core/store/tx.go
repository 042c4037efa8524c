package store

import (
	"context"

	"github.com/jmoiron/sqlx"

	"github.com/paifang/paifang/core/kyc"
)

// tx is the transaction of one change. Jobs are collected and inserted last.
type tx struct {
	ctx    context.Context
	store  *Store
	sql    *sqlx.Tx
	tenant kyc.TenantID
	jobs   []kyc.Job
}

// exec runs a statement written with ? and tells how many rows it touched.
func (t *tx) exec(query string, args ...any) (int64, error) {
	result, err := t.sql.ExecContext(t.ctx, t.sql.Rebind(query), args...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

func (t *tx) insert(into *table, row any) error {
	_, err := t.exec(into.insert, into.values(row)...)
	return err
}

// put inserts or replaces.
func (t *tx) put(into *table, row any) error {
	_, err := t.exec(into.upsert, into.values(row)...)
	return err
}

// once inserts unless the row is there already, and tells whether it did.
func (t *tx) once(into *table, row any) (bool, error) {
	n, err := t.exec(into.ignore, into.values(row)...)
	return n > 0, err
}

// replace replaces the row where the condition holds, and tells whether it did.
func (t *tx) replace(in *table, row any, condition string, args ...any) (bool, error) {
	n, err := t.exec(in.update(condition), append(in.updateValues(row), args...)...)
	return n > 0, err
}
