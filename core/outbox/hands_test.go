package outbox

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"testing"
)

// ledger is what the database says of a node's jobs.
type ledger struct {
	taken, revived []int64
	down           bool
}

func (l *ledger) TakenJobs(context.Context, string) ([]int64, error) {
	if l.down {
		return nil, errors.New("down")
	}
	return l.taken, nil
}

func (l *ledger) ReviveJobs(_ context.Context, _ string, rows ...int64) (int64, error) {
	l.revived = append(l.revived, rows...)
	l.taken = slices.DeleteFunc(l.taken, func(row int64) bool { return slices.Contains(rows, row) })
	return int64(len(rows)), nil
}

// TestJobsThatNeverArrived: the answer to a fetch was lost with the connection.
func TestJobsThatNeverArrived(t *testing.T) {
	db := &ledger{taken: []int64{1, 2, 3}}
	own := newHands()
	own.take(1)
	l := &lost{store: db, node: "me", hands: own, log: slog.New(slog.DiscardHandler)}
	look := func() {
		t.Helper()
		if err := l.look(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	look()
	if len(db.revived) > 0 {
		t.Fatalf("%v may be on their way", db.revived)
	}
	own.take(2) // was on its way
	look()
	if !slices.Equal(db.revived, []int64{3}) {
		t.Fatalf("%v come again, want 3 alone", db.revived)
	}
	own.drop(2) // ended; the end is not written down yet
	look()
	db.taken = []int64{1} // now it is
	look()
	if len(db.revived) != 1 {
		t.Errorf("%v come again, that were worked", db.revived)
	}
	db.down = true
	if err := l.look(t.Context()); err == nil {
		t.Error("a database that does not answer says nothing of jobs")
	}
}

func TestHands(t *testing.T) {
	own := newHands()
	own.take(1, 2)
	own.take(1) // revived and worked again beside itself
	own.drop(1, 2, 3)
	if got := own.without([]int64{1, 2, 3}); got[1] || !got[2] || !got[3] {
		t.Errorf("not in the hands: %v", got)
	}
	own.drop(1)
	if len(own.rows) > 0 {
		t.Errorf("%v are held for ever", own.rows)
	}
}
