package outbox

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/paifang/paifang/core/store"
)

// nodes is a database that nodes see each other in.
type nodes struct {
	beats   map[string]int64
	revived []string
	down    bool
}

func (n *nodes) Beat(_ context.Context, node string) ([]store.Node, error) {
	if n.down {
		return nil, errors.New("down")
	}
	n.beats[node]++
	var list []store.Node
	for _, id := range slices.Sorted(maps.Keys(n.beats)) {
		list = append(list, store.Node{ID: id, Beats: n.beats[id]})
	}
	return list, nil
}

func (n *nodes) ForgetNode(_ context.Context, node string) error {
	delete(n.beats, node)
	return nil
}

func (n *nodes) ReviveJobs(_ context.Context, node string, _ ...int64) (int64, error) {
	n.revived = append(n.revived, node)
	return 1, nil
}

func TestLease(t *testing.T) {
	n := &nodes{beats: map[string]int64{"silent": 7, "alive": 3}}
	l := newLease(n, "me", slog.New(slog.DiscardHandler))
	now := time.Unix(1_700_000_000, 0)
	watch := func(after time.Duration) {
		t.Helper()
		now = now.Add(after)
		n.beats["alive"]++
		if err := l.watch(t.Context(), now); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.begin(t.Context()); err != nil || !slices.Equal(n.revived, []string{"me"}) {
		t.Fatalf("at the start the own jobs are revived, not %v (%v)", n.revived, err)
	}
	watch(0)
	watch(leaseTime - time.Second)
	if len(n.revived) != 1 {
		t.Fatalf("%v are dead too early", n.revived)
	}
	watch(time.Second)
	if !slices.Equal(n.revived, []string{"me", "silent"}) || n.beats["silent"] != 0 || n.beats["alive"] == 0 {
		t.Fatalf("revived %v, nodes %v", n.revived, n.beats)
	}
	watch(time.Hour)
	if len(n.revived) != 2 {
		t.Errorf("%v were revived again", n.revived)
	}
	if err := l.end(t.Context()); err != nil || n.beats["me"] != 0 || n.revived[len(n.revived)-1] != "me" {
		t.Errorf("left behind: %v, revived %v (%v)", n.beats, n.revived, err)
	}
}

// TestLeaseAfterAnOutage: who could not be seen is not dead.
func TestLeaseAfterAnOutage(t *testing.T) {
	n := &nodes{beats: map[string]int64{"other": 7}}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	l := newLease(n, "me", slog.New(slog.NewTextHandler(first{cancel}, nil)))
	now := time.Unix(1_700_000_000, 0)
	if err := l.watch(t.Context(), now); err != nil {
		t.Fatal(err)
	}
	n.down = true
	l.keep(ctx) // until it has noticed and says so
	n.down = false
	if err := l.watch(t.Context(), now.Add(time.Hour)); err != nil || len(n.revived) > 0 {
		t.Errorf("%v are dead, who could not be seen (%v)", n.revived, err)
	}
}

// first calls a function when something is written.
type first struct{ call func() }

func (f first) Write(p []byte) (int, error) { f.call(); return len(p), nil }
