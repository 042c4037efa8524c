package store

import (
	"context"
	"database/sql"
	"log/slog"
	"sync"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/jmoiron/sqlx"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/riverdriver/riversqlite"

	"github.com/paifang/paifang/core/kyc"
)

// JobArgs is a job as the queue keeps it: ids only, no personal data.
type JobArgs struct {
	JobKind string       `json:"kind"`
	Tenant  kyc.TenantID `json:"tenant"`
	Ref     string       `json:"ref"`
}

// Kind implements river.JobArgs.
func (a JobArgs) Kind() string { return a.JobKind }

// MaxAttempts is what a job is inserted with. How often a kind is really tried
// is the worker's configuration, so that it holds for jobs already queued.
const MaxAttempts = 10_000

// jobInserter inserts jobs into the queue within the transaction.
type jobInserter interface {
	insert(ctx context.Context, conn *sqlx.Conn, begun *sqlx.Tx, jobs []kyc.Job) error
}

// insertOnly is the configuration of a River client that works no jobs.
func insertOnly() *river.Config {
	return &river.Config{Logger: slog.New(slog.DiscardHandler), MaxAttempts: MaxAttempts}
}

func inserts(jobs []kyc.Job) []river.InsertManyParams {
	params := make([]river.InsertManyParams, len(jobs))
	for i, job := range jobs {
		params[i] = river.InsertManyParams{
			Args:       JobArgs{JobKind: job.Kind, Tenant: job.Tenant, Ref: job.Ref},
			InsertOpts: &river.InsertOpts{ScheduledAt: job.At.Time()},
		}
	}
	return params
}

// sqliteJobs tells nobody: whoever wants to know asks OnCommit, as there is
// only one process. Notification rows would be a second write for nothing.
type sqliteJobs struct{ client *river.Client[*sql.Tx] }

type silentSQLite struct{ *riversqlite.Driver }

func (silentSQLite) SupportsListenNotify() bool { return false }

func newSQLiteJobs(driver *riversqlite.Driver) (jobInserter, error) {
	client, err := river.NewClient(silentSQLite{driver}, insertOnly())
	if err != nil {
		return nil, kyc.Wrap(kyc.Internal, err, "open job queue")
	}
	return sqliteJobs{client}, nil
}

func (j sqliteJobs) insert(ctx context.Context, _ *sqlx.Conn, begun *sqlx.Tx, jobs []kyc.Job) error {
	_, err := j.client.InsertManyFastTx(ctx, begun.Tx, inserts(jobs)) // does not read back what it wrote
	return err
}

// postgresJobs notifies all nodes when the transaction commits. River itself
// would leave out notifications that follow each other closely, and with them
// jobs whose transaction commits a little later than the one notified about.
type postgresJobs struct{ client *river.Client[pgx.Tx] }

type silentPostgres struct{ *riverpgxv5.Driver }

func (silentPostgres) SupportsListenNotify() bool { return false }

func newPostgresJobs(driver *riverpgxv5.Driver) (jobInserter, error) {
	client, err := river.NewClient(silentPostgres{driver}, insertOnly())
	if err != nil {
		return nil, kyc.Wrap(kyc.Internal, err, "open job queue")
	}
	return postgresJobs{client}, nil
}

// notifyQueue wakes the queue of every node on PostgreSQL.
const notifyQueue = `SELECT pg_notify(current_schema() || '.river_insert', '{"queue": "default"}')`

func (j postgresJobs) insert(ctx context.Context, conn *sqlx.Conn, begun *sqlx.Tx, jobs []kyc.Job) error {
	err := conn.Raw(func(driverConn any) error {
		shim := borrowedTx{driverConn.(*stdlib.Conn).Conn()}
		_, err := j.client.InsertManyTx(ctx, shim, inserts(jobs))
		return err
	})
	if err != nil {
		return err
	}
	_, err = begun.ExecContext(ctx, notifyQueue)
	return err
}

// wakers are told about jobs that were committed.
type wakers struct {
	mu    sync.RWMutex
	funcs []func(jobs []kyc.Job)
}

func (w *wakers) call(jobs []kyc.Job) {
	if len(jobs) == 0 {
		return
	}
	w.mu.RLock()
	defer w.mu.RUnlock()
	for _, f := range w.funcs {
		f(jobs)
	}
}

// OnCommit asks for f to be called with the jobs of each change after it has
// been committed by this process. f must return at once.
func (s *Store) OnCommit(f func(jobs []kyc.Job)) {
	s.wake.mu.Lock()
	defer s.wake.mu.Unlock()
	s.wake.funcs = append(s.wake.funcs, f)
}

// Databases are the connections that the job queue works on. One is set.
type Databases struct {
	SQLite   *sql.DB // the writer: one connection
	Postgres *pgxpool.Pool
}

// Databases gives the job queue (core/outbox) its connections; nobody else
// should ask for them.
func (s *Store) Databases() Databases {
	if s.dialect == postgresDialect {
		return Databases{Postgres: s.pool}
	}
	return Databases{SQLite: s.writer.DB}
}
