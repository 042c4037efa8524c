package outbox

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/store"
)

// refusing is a settler that takes nothing the first time.
type refusing struct {
	mu       sync.Mutex
	asked    int
	done     []int64
	doubtful []int64
	failed   []store.FailedJob
}

func (r *refusing) SettleJobs(_ context.Context, done []int64, failed []store.FailedJob, doubtful []int64) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.asked++; r.asked == 1 {
		return errors.New("the disk is full")
	}
	r.done, r.failed, r.doubtful = append(r.done, done...), append(r.failed, failed...), append(r.doubtful, doubtful...)
	return nil
}

// TestTheEndIsWrittenDownLater: what the database did not take is given to it
// again, with what has ended meanwhile, and at the latest when the queue stops.
func TestTheEndIsWrittenDownLater(t *testing.T) {
	r := &refusing{}
	log := slog.New(slog.DiscardHandler)
	c := Config{Parallel: 5, Backoff: func(int) time.Duration { return time.Minute }, Log: log,
		Workers: map[string]Work{"fine": {Handle: func(context.Context, kyc.Job, int) error { return nil }},
			"bad":  {Handle: func(context.Context, kyc.Job, int) error { return errors.New("no") }},
			"once": {Attempts: 1, Handle: func(context.Context, kyc.Job, int) error { return errors.New("no") }}}}
	d := c.direct(r, newHands())
	d.start(t.Context())
	jobs := []store.DirectJob{{Job: kyc.Job{Kind: "fine"}, Row: 1}, {Job: kyc.Job{Kind: "bad"}, Row: 2}, {Job: kyc.Job{Kind: "once"}, Row: 3}}
	if d.Reserve([]kyc.Job{{Kind: "fine"}, {Kind: "unknown"}}) {
		t.Error("a job of a kind that nobody works is taken")
	}
	if !d.Reserve([]kyc.Job{jobs[0].Job, jobs[1].Job, jobs[2].Job}) || !d.Reserve([]kyc.Job{{Kind: "fine"}, {Kind: "fine"}}) || d.Reserve([]kyc.Job{{Kind: "fine"}}) {
		t.Fatal("there is not room for just five")
	}
	d.Take(jobs)
	for asked := 0; asked == 0; time.Sleep(time.Millisecond) {
		r.mu.Lock()
		asked = r.asked
		r.mu.Unlock()
	}
	d.Free(2, []int64{4, 5})
	if err := d.close(t.Context()); err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(r.failed, func(a, b store.FailedJob) int { return int(a.Row - b.Row) })
	if !slices.Equal(r.done, []int64{1}) || !slices.Equal(r.doubtful, []int64{4, 5}) || len(r.failed) != 2 {
		t.Fatalf("done %v, doubtful %v, failed %v", r.done, r.doubtful, r.failed)
	}
	if rest := r.failed[0].Again.Sub(r.failed[0].At); r.failed[0].Row != 2 || rest < 50*time.Second {
		t.Errorf("a job that failed comes again after %v", rest)
	}
	if r.failed[1].Row != 3 || !r.failed[1].Again.IsZero() {
		t.Errorf("a job with one attempt comes again: %+v", r.failed[1])
	}
	if d.Reserve([]kyc.Job{{Kind: "fine"}}) {
		t.Error("a queue that has stopped takes jobs")
	}
}
