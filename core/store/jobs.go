package store

import (
	"database/sql"
	"encoding/json"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/trace"
)

// JobArgs is a job as the queue keeps it: ids only, no personal data.
type JobArgs struct {
	JobKind string       `json:"kind"`
	Tenant  kyc.TenantID `json:"tenant"`
	Ref     string       `json:"ref"`
	Cause   string       `json:"cause,omitempty"` // span that ordered it (trace.CauseOf)
}

// Kind implements river.JobArgs.
func (a JobArgs) Kind() string { return a.JobKind }

// MaxAttempts is what a job is inserted with. How often a kind is really tried
// is the worker's configuration, so that it holds for jobs already queued.
const MaxAttempts = 10_000

// Jobs are rows of River's table, written by ourselves within the transaction of
// their change: with one statement each, whose number is the row's, and on
// PostgreSQL in the change's batch. River takes rows from whoever inserts them.
const (
	insertSQLiteJob = `INSERT INTO river_job (kind, args, max_attempts, created_at, scheduled_at, state, attempt, attempted_at, attempted_by)
		VALUES (?, jsonb(?), ?, ?, ?, ?, ?, ?, jsonb(?))`
	insertPostgresJob = `INSERT INTO river_job (kind, args, max_attempts, created_at, scheduled_at, state, attempt, attempted_at, attempted_by)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id`
)

// order inserts the jobs of the change. Those that are due belong to this
// process at once when it has room for them.
func (t *tx) order(o *orders) error {
	now := time.Now()
	var due []kyc.Job
	for _, job := range t.jobs {
		if job.At <= kyc.At(now) {
			due = append(due, job)
		}
	}
	direct := o.reserve(due)
	o.direct = make([]DirectJob, 0, len(due)) // rows are filled in: it must not move
	for _, job := range t.jobs {
		var err error
		switch isDue := job.At <= kyc.At(now); {
		case isDue && direct:
			o.direct = append(o.direct, DirectJob{Job: job, Cause: trace.CauseOf(t.ctx)})
			err = t.insertJob(job, now, "running", o.node, &o.direct[len(o.direct)-1].Row)
		case isDue:
			o.queued = append(o.queued, job)
			err = t.insertJob(job, now, "available", "", new(int64))
		default:
			err = t.insertJob(job, now, "scheduled", "", new(int64))
		}
		if err != nil {
			return err
		}
	}
	if t.batch != nil && len(o.queued) > 0 {
		return t.exec(plainly, notifyQueue)
	}
	return nil
}

// insertJob inserts one job, as taken for the first time by the node if there is one.
func (t *tx) insertJob(job kyc.Job, now time.Time, state, node string, row *int64) error {
	args, err := json.Marshal(JobArgs{JobKind: job.Kind, Tenant: job.Tenant, Ref: job.Ref, Cause: trace.CauseOf(t.ctx)})
	if err != nil {
		return err
	}
	at := now
	if job.At > 0 {
		at = job.At.Time()
	}
	attempt, since, by := 0, any(nil), any(nil)
	if t.batch == nil {
		if node != "" {
			name, err := json.Marshal([]string{node})
			if err != nil {
				return err
			}
			attempt, since, by = 1, sqliteTime(now), string(name)
		}
		return t.insertRow(row, insertSQLiteJob, job.Kind, string(args), MaxAttempts, sqliteTime(now), sqliteTime(at), state, attempt, since, by)
	}
	if node != "" {
		attempt, since, by = 1, now, []string{node}
	}
	return t.insertRow(row, insertPostgresJob, job.Kind, string(args), MaxAttempts, now, at, state, attempt, since, by)
}

// sqliteTime is how River writes times there; others do not compare with them.
func sqliteTime(t time.Time) string {
	return t.UTC().Round(time.Millisecond).Format("2006-01-02 15:04:05.000")
}

// notifyQueue wakes the queue of every node on PostgreSQL.
const notifyQueue = `SELECT pg_notify(current_schema() || '.river_insert', '{"queue": "default"}')`

// wakers are told about jobs that were committed.
type wakers struct {
	mu     sync.RWMutex
	funcs  []func(jobs []kyc.Job)
	record []func() // told about audit lines
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
