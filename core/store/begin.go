package store

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// begin begins the transaction of a tenant's change. Every transaction that writes
// rows of tenants begins here. Call release in any case.
//
// On PostgreSQL BEGIN is the first statement of the batch that commit sends: a
// journey to the server for it alone would cost as much as a statement.
func (s *Store) begin(ctx context.Context, as scope) (*tx, error) {
	t := &tx{ctx: s.uninterrupted(ctx), store: s}
	var err error
	if s.dialect == sqliteDialect {
		t.sql, err = s.writer.BeginTxx(t.ctx, nil)
		return t, err
	}
	// The connection counts among those of database/sql, which are bounded, but
	// the batch goes past it.
	if t.conn, err = s.writer.Connx(ctx); err != nil {
		return t, err
	}
	t.batch = &pgx.Batch{}
	t.batch.BeginTx(pgx.TxOptions{})
	t.outcomes = append(t.outcomes, func(sent pgx.BatchResults) error { _, err := sent.Exec(); return err })
	return t, t.exec(plainly, setTenant, as.setting)
}

// unhurried lets the commit not wait until it is on the disk. On SQLite none does
// by itself: see walSync.
func (t *tx) unhurried() {
	if t.batch != nil {
		_ = t.exec(plainly, "SET LOCAL synchronous_commit = off")
	}
}

// release rolls back what was not committed and gives the connection back.
func (t *tx) release() {
	switch {
	case t.sql != nil:
		_ = t.sql.Rollback() // nothing after Commit
	case t.conn != nil:
		_ = t.conn.Close()
	}
}

// commit sends what waits, asks what each statement came to, in order, and
// commits. committing says from then on that whether it is committed may not be known.
func (t *tx) commit(committing *bool) error {
	if t.batch == nil {
		*committing = true
		return t.sql.Commit()
	}
	return t.conn.Raw(func(driverConn any) error {
		sent := driverConn.(*stdlib.Conn).Conn().SendBatch(t.ctx, t.batch)
		var err error
		for _, then := range t.outcomes {
			if err = then(sent); err != nil {
				break
			}
		}
		if closed := sent.Close(); err == nil { // else it says again what failed
			err = closed
		}
		begun := sent.Tx()
		if err != nil {
			// A connection that cannot roll back is not used again.
			_ = begun.Rollback(t.ctx)
			return err
		}
		*committing = true
		return begun.Commit(t.ctx)
	})
}
