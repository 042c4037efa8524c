package store

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/paifang/paifang/core/kyc"
)

// borrowedTx lets the queue write on a connection on which database/sql has
// begun a transaction. Beginning and ending it stays ours.
type borrowedTx struct{ conn *pgx.Conn }

var _ pgx.Tx = borrowedTx{}

func (b borrowedTx) refuse(what string) error {
	return kyc.E(kyc.Internal, "the job queue may not %s a transaction of the store", what)
}

func (b borrowedTx) Begin(context.Context) (pgx.Tx, error) { return nil, b.refuse("nest") }
func (b borrowedTx) Commit(context.Context) error          { return b.refuse("commit") }
func (b borrowedTx) Rollback(context.Context) error        { return b.refuse("roll back") }
func (b borrowedTx) LargeObjects() pgx.LargeObjects        { return pgx.LargeObjects{} }
func (b borrowedTx) Conn() *pgx.Conn                       { return b.conn }

func (b borrowedTx) CopyFrom(ctx context.Context, table pgx.Identifier, columns []string, rows pgx.CopyFromSource) (int64, error) {
	return b.conn.CopyFrom(ctx, table, columns, rows)
}

func (b borrowedTx) SendBatch(ctx context.Context, batch *pgx.Batch) pgx.BatchResults {
	return b.conn.SendBatch(ctx, batch)
}

func (b borrowedTx) Prepare(ctx context.Context, name, query string) (*pgconn.StatementDescription, error) {
	return b.conn.Prepare(ctx, name, query)
}

func (b borrowedTx) Exec(ctx context.Context, query string, args ...any) (pgconn.CommandTag, error) {
	return b.conn.Exec(ctx, query, args...)
}

func (b borrowedTx) Query(ctx context.Context, query string, args ...any) (pgx.Rows, error) {
	return b.conn.Query(ctx, query, args...)
}

func (b borrowedTx) QueryRow(ctx context.Context, query string, args ...any) pgx.Row {
	return b.conn.QueryRow(ctx, query, args...)
}
