package outbox

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// lookEvery is how often a node compares what the database says that it works
// with what it has in its hands. It is longer than River takes to write the end of a job down.
const lookEvery = leaseTime

// hands are the rows of the jobs that this process works, and of those whose end
// it has still to write down.
type hands struct {
	mu   sync.Mutex
	rows map[int64]int
}

func newHands() *hands { return &hands{rows: map[int64]int{}} }

func (h *hands) take(rows ...int64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, row := range rows {
		h.rows[row]++
	}
}

func (h *hands) drop(rows ...int64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, row := range rows {
		if h.rows[row]--; h.rows[row] <= 0 {
			delete(h.rows, row)
		}
	}
}

// without lists the rows that are not in these hands.
func (h *hands) without(rows []int64) map[int64]bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	rest := map[int64]bool{}
	for _, row := range rows {
		if h.rows[row] == 0 {
			rest[row] = true
		}
	}
	return rest
}

// ownStore is where a node finds what it is said to work; *store.Store is.
type ownStore interface {
	TakenJobs(ctx context.Context, node string) ([]int64, error)
	ReviveJobs(ctx context.Context, node string, rows ...int64) (int64, error)
}

// lost finds the jobs that the database says this node works and that it never
// got, because the answer that would have brought them was lost with the
// connection. Nobody else may have them: the node lives.
type lost struct {
	store   ownStore
	node    string
	hands   *hands
	log     *slog.Logger
	suspect map[int64]bool // not in its hands at the last look
}

func (l *lost) keep(ctx context.Context) {
	ticks := time.NewTicker(lookEvery)
	defer ticks.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticks.C:
		}
		if err := l.look(ctx); err != nil && ctx.Err() == nil {
			l.log.WarnContext(ctx, "jobs of this node could not be compared", "error", err)
		}
	}
}

// look makes those available again that were missed at two looks. At one a job
// may be on its way into the hands, or just out of them.
func (l *lost) look(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, lookEvery/2)
	defer cancel()
	rows, err := l.store.TakenJobs(ctx, l.node)
	if err != nil {
		return err
	}
	missed := l.hands.without(rows)
	var again []int64
	for row := range missed {
		if l.suspect[row] {
			again = append(again, row)
		}
	}
	l.suspect = missed
	if len(again) == 0 {
		return nil
	}
	n, err := l.store.ReviveJobs(ctx, l.node, again...)
	if n > 0 {
		l.log.WarnContext(ctx, "jobs that this node never got come again", "jobs", n)
	}
	return err
}
