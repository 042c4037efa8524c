package store

import (
	"context"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jmoiron/sqlx"

	"github.com/paifang/paifang/core/kyc"
)

// tx is the transaction of one change. Checks, audit lines and jobs are collected
// and inserted last, all checks and all lines in one statement each.
type tx struct {
	ctx    context.Context
	store  *Store
	sql    *sqlx.Tx   // SQLite
	conn   *sqlx.Conn // PostgreSQL
	jobs   []kyc.Job
	lines  []auditRow
	seals  []kyc.SealLines
	checks []kyc.Check
	apart  bool // budgets are taken one by one
	setUp  bool // something that is remembered is written

	batch    *pgx.Batch                     // PostgreSQL: the statements, sent together by commit
	outcomes []func(pgx.BatchResults) error // what each comes to
}

// outcome says what a statement comes to that touched so many rows, or failed.
type outcome func(rows int64, err error) error

// plainly is the outcome of a statement whose rows nobody counts.
func plainly(_ int64, err error) error { return err }

// takes is the outcome of one that may find a unique value taken.
func takes(key, detail string) outcome {
	return func(_ int64, err error) error { return taken(err, key, detail) }
}

// settings notes that what is remembered changes.
func (t *tx) settings(err error) error {
	t.setUp = true
	return err
}

// exec runs a statement written with ?, on PostgreSQL when commit is called: each
// on its own would be a journey to the server and back, with locks held.
func (t *tx) exec(then outcome, query string, args ...any) error {
	query = t.store.sql(query)
	if t.batch != nil {
		t.batch.Queue(query, args...)
		t.outcomes = append(t.outcomes, func(sent pgx.BatchResults) error {
			tag, err := sent.Exec()
			return then(tag.RowsAffected(), err)
		})
		return nil
	}
	result, err := t.sql.ExecContext(t.ctx, query, args...)
	if err != nil {
		return then(0, err)
	}
	return then(result.RowsAffected())
}

// insertRow is exec of an INSERT that tells the number of its one row: on
// PostgreSQL with RETURNING, when commit is called.
func (t *tx) insertRow(row *int64, query string, args ...any) error {
	query = t.store.sql(query)
	if t.batch != nil {
		t.batch.Queue(query, args...)
		t.outcomes = append(t.outcomes, func(sent pgx.BatchResults) error { return sent.QueryRow().Scan(row) })
		return nil
	}
	result, err := t.sql.ExecContext(t.ctx, query, args...)
	if err == nil {
		*row, err = result.LastInsertId()
	}
	return err
}

func (t *tx) insert(into *table, row any, then outcome) error {
	return t.exec(then, into.insert, into.values(row)...)
}

// insertAll inserts many rows with one statement, which ends with rest.
func insertAll[R any](t *tx, into *table, rows []R, rest string) error {
	if len(rows) == 0 {
		return nil
	}
	var args []any
	for _, row := range rows {
		args = append(args, into.values(row)...)
	}
	return t.exec(plainly, into.insert+strings.Repeat(", "+into.marks, len(rows)-1)+rest, args...)
}

// put inserts or replaces.
func (t *tx) put(into *table, row any, then outcome) error {
	return t.exec(then, into.upsert, into.values(row)...)
}

// once inserts unless the row is there already.
func (t *tx) once(into *table, row any) error {
	return t.exec(plainly, into.ignore, into.values(row)...)
}

// replace replaces the row where the condition holds.
func (t *tx) replace(then outcome, in *table, row any, condition string, args ...any) error {
	return t.exec(then, in.update(in.changes, condition), append(in.updateValues(in.changes, row), args...)...)
}

// alter is replace of what differs from the row as it was under the condition.
func (t *tx) alter(then outcome, in *table, row, was any, condition string, args ...any) error {
	changed := in.differing(row, was)
	return t.exec(then, in.update(changed, condition), append(in.updateValues(changed, row), args...)...)
}
