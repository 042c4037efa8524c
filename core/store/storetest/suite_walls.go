package storetest

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/paifang/paifang/core/store"
)

// walled are the tables of a database in which something belongs to a tenant, as
// the database's own catalogue has them: a new one is among them by itself.
const walled = `SELECT c.relname::text FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id'
	WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p') ORDER BY 1`

// WallsHold wants the database alone to keep two tenants apart, on PostgreSQL: the
// statements here name no tenant, as if every clause of the store had been
// forgotten.
func WallsHold(t *testing.T, s *store.Store) {
	t.Helper()
	for _, id := range []tid{"demo", "other"} {
		Commit(t, s, id, newWorld(id).make()...)
	}
	pool := s.Databases().Postgres
	rows, err := pool.Query(t.Context(), walled)
	if err != nil {
		t.Fatal(err)
	}
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil || len(tables) < 35 {
		t.Fatalf("%d tables, %v", len(tables), err)
	}
	for _, table := range tables {
		w := wall{t: t, s: s, table: table}
		both := w.sees("*")
		if both["demo"] == 0 || both["other"] == 0 {
			t.Errorf("%s: a world leaves it empty (%v), so that nothing is tried", table, both)
		}
		for _, as := range []string{"demo", "other", "", "nobody"} {
			w.holds(as, both[as])
		}
	}
}

// wall is a table of rows of tenants.
type wall struct {
	t     *testing.T
	s     *store.Store
	table string
}

// under does something in a transaction under a setting, and takes it back.
func (w wall) under(setting string, do func(ctx context.Context, tx pgx.Tx) error) error {
	w.t.Helper()
	ctx := w.t.Context()
	tx, err := w.s.Databases().Postgres.Begin(ctx)
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() { _ = tx.Rollback(ctx) }()
	if setting != "" { // nobody has set it
		if _, err := tx.Exec(ctx, "SELECT set_config('paifang.tenant', $1, true)", setting); err != nil {
			w.t.Fatal(err)
		}
	}
	return do(ctx, tx)
}

// sees counts the rows by tenant.
func (w wall) sees(setting string) map[string]int64 {
	w.t.Helper()
	found := map[string]int64{}
	err := w.under(setting, func(ctx context.Context, tx pgx.Tx) error {
		rows, err := tx.Query(ctx, "SELECT tenant_id, COUNT(*) FROM "+w.table+" GROUP BY tenant_id")
		if err != nil {
			return err
		}
		var tenant string
		var n int64
		_, err = pgx.ForEachRow(rows, []any{&tenant, &n}, func() error { found[tenant] = n; return nil })
		return err
	})
	if err != nil {
		w.t.Errorf("%s as %q: %v", w.table, setting, err)
	}
	return found
}

// holds wants a tenant to see, change and delete its own rows, and to give none to
// another.
func (w wall) holds(as string, own int64) {
	w.t.Helper()
	want := map[string]int64{}
	if own > 0 {
		want[as] = own
	}
	if found := w.sees(as); fmt.Sprint(found) != fmt.Sprint(want) {
		w.t.Errorf("%s as %q: sees %v, want %v", w.table, as, found, want)
	}
	for _, statement := range []string{"UPDATE " + w.table + " SET tenant_id = tenant_id", "DELETE FROM " + w.table} {
		err := w.under(as, func(ctx context.Context, tx pgx.Tx) error {
			done, err := tx.Exec(ctx, statement)
			if own > 0 && appendOnly(err) { // which is told of rows that are seen
				return nil
			}
			if done.RowsAffected() != own {
				w.t.Errorf("%s as %q: %d rows, want %d", statement, as, done.RowsAffected(), own)
			}
			return err
		})
		if err != nil {
			w.t.Errorf("%s as %q: %v", statement, as, err)
		}
	}
	if own == 0 {
		return
	}
	err := w.under(as, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, "UPDATE "+w.table+" SET tenant_id = 'nobody'")
		return err
	})
	if err == nil || !strings.Contains(err.Error(), "row-level security") && !appendOnly(err) {
		w.t.Errorf("%s as %q: its rows can be given away: %v", w.table, as, err)
	}
}

// appendOnly tells whether the table is of those in which nothing is changed.
func appendOnly(err error) bool { return err != nil && strings.Contains(err.Error(), "append-only") }
