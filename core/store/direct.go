package store

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/paifang/paifang/core/kyc"
)

// DirectJob is a job and its row in the queue's table.
type DirectJob struct {
	kyc.Job
	Row   int64
	Cause string // as in JobArgs
}

// DirectWorker works the jobs of this process's own changes as soon as these are
// committed, so that nobody has to look for them. All methods return at once.
type DirectWorker interface {
	// Reserve keeps room for jobs that are due. Without room, or for kinds it does
	// not know, it answers false, and the jobs are for whoever looks for them.
	Reserve(jobs []kyc.Job) bool
	// Take gets what it has reserved room for. The rows are committed and durable,
	// and say that this node works them for the first time.
	Take(jobs []DirectJob)
	// Free gives the room for n jobs back, whose change was not committed, or was
	// for all that is known: then their rows are doubtful.
	Free(n int, doubtful []int64)
	// Queued is told of committed jobs that are due and that it had no room for.
	Queued(jobs []kyc.Job)
}

// directly is who works jobs directly, and the node's name.
type directly struct {
	mu     sync.RWMutex
	node   string
	worker DirectWorker
}

// WorkDirectly lets a worker have the jobs of the changes that this process
// commits from now on, until end is called or another takes its place. The rows
// say that the node took them, so that others find them should it die (ReviveJobs).
func (s *Store) WorkDirectly(node string, w DirectWorker) (end func()) {
	s.direct.mu.Lock()
	defer s.direct.mu.Unlock()
	s.direct.node, s.direct.worker = node, w
	return func() {
		s.direct.mu.Lock()
		defer s.direct.mu.Unlock()
		if s.direct.worker == w {
			s.direct.worker = nil
		}
	}
}

// orders are the jobs of one attempt to commit a change.
type orders struct {
	node       string
	worker     DirectWorker
	jobs       []kyc.Job // all
	direct     []DirectJob
	queued     []kyc.Job // due, and for whoever looks for them
	reserved   int
	committing bool // whether they are committed may not be known
	uncertain  bool // a failed COMMIT may have been carried out
}

func (s *Store) orders() *orders {
	s.direct.mu.RLock()
	defer s.direct.mu.RUnlock()
	// What SQLite refuses to commit is rolled back, and its numbers are used again.
	return &orders{node: s.direct.node, worker: s.direct.worker, uncertain: s.dialect == postgresDialect}
}

func (o *orders) reserve(due []kyc.Job) bool {
	if o.worker == nil || len(due) == 0 || !o.worker.Reserve(due) {
		return false
	}
	o.reserved = len(due)
	return true
}

// hand gives the jobs to those who work them.
func (o *orders) hand() {
	if o.worker == nil {
		return
	}
	if len(o.direct) > 0 {
		o.worker.Take(o.direct)
	}
	if len(o.queued) > 0 {
		o.worker.Queued(o.queued)
	}
}

// free takes the reservation back.
func (o *orders) free() {
	if o.reserved == 0 {
		return
	}
	var doubtful []int64
	if o.committing && o.uncertain {
		for _, job := range o.direct {
			doubtful = append(doubtful, job.Row)
		}
	}
	o.worker.Free(o.reserved, doubtful)
}

// FailedJob is a job that could not be done in its first attempt.
type FailedJob struct {
	Row   int64
	At    time.Time
	Error string    // a code; nothing personal
	Again time.Time // when it comes again; zero: it is given up
}

// retrySoon is up to when River looks for a job by its time alone; those that
// come later are put aside, and its scheduler brings them back.
const retrySoon = 5 * time.Second

// SettleJobs writes down what became of jobs that were worked directly, in one
// transaction: those done are deleted, those that failed come again or are given
// up, and those of which it was not known whether they were committed are made
// available if they were.
func (s *Store) SettleJobs(ctx context.Context, done []int64, failed []FailedJob, doubtful []int64) error {
	t, err := s.begin(ctx, s.of(""))
	if err != nil {
		return coded(err, "settle jobs")
	}
	defer t.release()
	t.unhurried()
	exec := func(query string, args ...any) {
		if err == nil {
			err = t.exec(plainly, query, args...)
		}
	}
	listed := s.listed()
	if len(done) > 0 {
		exec("DELETE FROM river_job WHERE state = 'running'"+listed, s.rows(done))
	}
	for _, f := range failed {
		s.settleFailed(exec, f)
	}
	if len(doubtful) > 0 {
		exec("UPDATE river_job SET state = 'available' WHERE state = 'running'"+listed, s.rows(doubtful))
		if s.dialect == postgresDialect {
			exec(notifyQueue)
		}
	}
	if err == nil {
		err = t.commit(new(bool))
	}
	return coded(err, "settle jobs")
}

func (s *Store) settleFailed(exec func(query string, args ...any), f FailedJob) {
	state, at, final := "retryable", f.Again, any(nil)
	switch {
	case f.Again.IsZero():
		state, at, final = "cancelled", f.At, s.jobTime(f.At)
	case f.Again.Sub(f.At) <= retrySoon:
		state = "available"
	}
	said, err := json.Marshal(map[string]any{"at": f.At.UTC(), "attempt": 1, "error": f.Error, "trace": ""})
	if err != nil {
		said = []byte("{}")
	}
	errs := "jsonb('[' || ? || ']')"
	if s.dialect == postgresDialect {
		errs = "ARRAY[?::text::jsonb]"
	}
	exec("UPDATE river_job SET state = ?, scheduled_at = ?, finalized_at = ?, errors = "+errs+" WHERE state = 'running' AND id = ?",
		state, s.jobTime(at), final, string(said), f.Row)
}

// listed wants a row to be among those of a parameter (rows).
func (s *Store) listed() string {
	if s.dialect == postgresDialect {
		return " AND id = ANY (?::bigint[])"
	}
	return " AND id IN (SELECT value FROM json_each(?))"
}

// rows is a list of numbers as a parameter.
func (s *Store) rows(list []int64) any {
	if s.dialect == postgresDialect {
		return list
	}
	texts := make([]string, len(list))
	for i, n := range list {
		texts[i] = strconv.FormatInt(n, 10)
	}
	return "[" + strings.Join(texts, ",") + "]"
}

func (s *Store) jobTime(t time.Time) any {
	if s.dialect == postgresDialect {
		return t
	}
	return sqliteTime(t)
}
