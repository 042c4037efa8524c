package storetest

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/store"
)

// hand is a store.DirectWorker that works nothing.
type hand struct {
	room   int
	taken  []store.DirectJob
	queued []kyc.Job
	freed  int
}

func (h *hand) Reserve(jobs []kyc.Job) bool {
	fits := len(jobs) <= h.room
	if fits {
		h.room -= len(jobs)
	}
	return fits
}

func (h *hand) Take(jobs []store.DirectJob) { h.taken = append(h.taken, jobs...) }
func (h *hand) Free(n int, _ []int64)       { h.freed += n; h.room += n }
func (h *hand) Queued(jobs []kyc.Job)       { h.queued = append(h.queued, jobs...) }

// jobStates counts the rows of the queue's table by state.
func jobStates(t *testing.T, s *store.Store) string {
	t.Helper()
	const query = "SELECT state FROM river_job ORDER BY state"
	var states []string
	var err error
	if db := s.Databases(); db.Postgres != nil {
		err = db.Postgres.QueryRow(t.Context(), "SELECT COALESCE(array_agg(state::text ORDER BY state::text), '{}') FROM river_job").Scan(&states)
	} else {
		rows, failed := db.SQLite.QueryContext(t.Context(), query)
		if failed != nil {
			t.Fatal(failed)
		}
		defer func() { _ = rows.Close() }()
		for rows.Next() {
			var state string
			err = rows.Scan(&state)
			states = append(states, state)
		}
		if err == nil {
			err = rows.Err()
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(states, " ")
}

// jobsAreWorkedDirectly follows jobs that a worker of this process takes at once.
func jobsAreWorkedDirectly(t *testing.T, s *store.Store) {
	seeded := Seed(t, s)
	h := &hand{room: 6}
	end := s.WorkDirectly("here", h)
	order := func(n int, more ...kyc.Write) {
		t.Helper()
		for i := range n {
			more = append(more, kyc.Enqueue{Job: kyc.Job{Tenant: "demo", Kind: kyc.JobSend, Ref: fmt.Sprint(i)}})
		}
		Commit(t, s, "demo", more...)
	}
	state := func(want string) {
		t.Helper()
		if got := jobStates(t, s); got != want {
			t.Errorf("jobs are %q, want %q", got, want)
		}
	}
	later := kyc.Enqueue{Job: kyc.Job{Tenant: "demo", Kind: kyc.JobVerify, Ref: "later", At: kyc.At(time.Now().Add(time.Hour))}}
	order(5, later)
	state("running running running running running scheduled")
	order(2) // one more than there is room for
	state("available available running running running running running scheduled")
	if len(h.taken) != 5 || len(h.queued) != 2 || h.taken[3].Ref != "3" || h.taken[3].Kind != kyc.JobSend {
		t.Fatalf("taken %v, queued %v", h.taken, h.queued)
	}

	stale := kyc.UpdateApplication{Application: seeded.Application, Expect: 7}
	fails(t, s, "demo", kyc.Conflict, "error.version_stale", kyc.Enqueue{Job: h.taken[0].Job}, stale)
	// SQLite finds the stale version before it asks for room, PostgreSQL after.
	if h.room != 1 || len(h.taken) != 5 {
		t.Errorf("a change that failed keeps room: %d left, %d taken", h.room, len(h.taken))
	}

	var rows []int64
	for _, job := range h.taken {
		if slices.Contains(rows, job.Row) {
			t.Errorf("two jobs in row %d", job.Row)
		}
		rows = append(rows, job.Row)
	}
	now := time.Now()
	failed := []store.FailedJob{{Row: rows[1], At: now, Error: "unavailable", Again: now.Add(time.Second)},
		{Row: rows[2], At: now, Error: "unavailable", Again: now.Add(time.Minute)}, {Row: rows[3], At: now, Error: "internal"}}
	for range 2 { // a second time changes nothing
		if err := s.SettleJobs(t.Context(), rows[:1], failed, nil); err != nil {
			t.Fatal(err)
		}
	}
	state("available available available cancelled retryable running scheduled")
	if n, err := s.ReviveJobs(t.Context(), "here"); n != 1 || err != nil {
		t.Errorf("%d jobs of this node are found, %v", n, err)
	}
	end()
	order(1)
	state("available available available available available cancelled retryable scheduled")

	s.WorkDirectly("here", h)
	order(1)
	if err := s.SettleJobs(t.Context(), nil, nil, []int64{h.taken[5].Row}); err != nil {
		t.Fatal(err)
	}
	state("available available available available available available cancelled retryable scheduled")
}
