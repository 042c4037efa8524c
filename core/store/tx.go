package store

import (
	"context"
	"strings"

	"github.com/jmoiron/sqlx"

	"github.com/paifang/paifang/core/kyc"
)

// tx is the transaction of one change. Jobs and audit lines are collected and
// inserted last, all in one statement each.
type tx struct {
	ctx    context.Context
	store  *Store
	sql    *sqlx.Tx
	tenant kyc.TenantID
	jobs   []kyc.Job
	lines  []auditRow
	setUp  bool // something that is remembered is written
}

// settings notes that what is remembered changes.
func (t *tx) settings(err error) error {
	t.setUp = true
	return err
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

// insertAll inserts many rows with one statement.
func insertAll[R any](t *tx, into *table, rows []R) error {
	if len(rows) == 0 {
		return nil
	}
	var args []any
	for _, row := range rows {
		args = append(args, into.values(row)...)
	}
	_, err := t.exec(into.insert+strings.Repeat(", "+into.marks, len(rows)-1), args...)
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
