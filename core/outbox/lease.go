package outbox

import (
	"context"
	"log/slog"
	"time"

	"github.com/paifang/paifang/core/store"
)

const (
	// beatEvery is how often a node says that it lives.
	beatEvery = 2 * time.Second
	// leaseTime is how long a node may be silent. It is longer than any pause of
	// a process that is well: a job of a node that only seemed dead is worked twice.
	leaseTime = 12 * time.Second
)

// leaseStore is where nodes see each other; *store.Store is.
type leaseStore interface {
	Beat(ctx context.Context, node string) ([]store.Node, error)
	ForgetNode(ctx context.Context, node string) error
	ReviveJobs(ctx context.Context, node string, rows ...int64) (int64, error)
}

// lease says that a node lives, and takes over the jobs of those that died. The
// queue's own rescue knows only the age of a job, and so has to wait for longer
// than any job may take.
type lease struct {
	store leaseStore
	node  string
	log   *slog.Logger
	seen  map[string]sighting
}

// sighting is the last time that a node's beats grew, by our own clock.
type sighting struct {
	beats int64
	at    time.Time
}

func newLease(s leaseStore, node string, log *slog.Logger) *lease {
	return &lease{store: s, node: node, log: log, seen: map[string]sighting{}}
}

// begin takes the node's name. Jobs that run under it are those of a
// predecessor that died.
func (l *lease) begin(ctx context.Context) error {
	if _, err := l.store.Beat(ctx, l.node); err != nil {
		return err
	}
	return l.revive(ctx, l.node)
}

// keep beats until ctx ends. While the database does not answer nobody is
// watched: afterwards every node has the whole time again to show itself.
func (l *lease) keep(ctx context.Context) {
	ticks := time.NewTicker(beatEvery)
	defer ticks.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticks.C:
		}
		if err := l.watch(ctx, time.Now()); err != nil && ctx.Err() == nil {
			l.log.WarnContext(ctx, "node is not seen by the others", "error", err)
			clear(l.seen)
		}
	}
}

// watch beats once and looks after the others.
func (l *lease) watch(ctx context.Context, now time.Time) error {
	ctx, cancel := context.WithTimeout(ctx, leaseTime/2)
	defer cancel()
	nodes, err := l.store.Beat(ctx, l.node)
	if err != nil {
		return err
	}
	for _, n := range nodes {
		last, known := l.seen[n.ID]
		switch {
		case n.ID == l.node:
		case !known || last.beats != n.Beats:
			l.seen[n.ID] = sighting{n.Beats, now}
		case now.Sub(last.at) >= leaseTime:
			if err := l.bury(ctx, n.ID); err != nil {
				return err
			}
		}
	}
	return nil
}

// bury takes over the jobs first: were it the other way round, nobody would if
// this node died in between.
func (l *lease) bury(ctx context.Context, node string) error {
	l.log.WarnContext(ctx, "a node is silent, its jobs are taken over", "node", node)
	if err := l.revive(ctx, node); err != nil {
		return err
	}
	delete(l.seen, node)
	return l.store.ForgetNode(ctx, node)
}

func (l *lease) revive(ctx context.Context, node string) error {
	n, err := l.store.ReviveJobs(ctx, node)
	if n > 0 {
		l.log.InfoContext(ctx, "jobs taken over", "node", node, "jobs", n)
	}
	return err
}

// end leaves; nothing of this node runs any more. What the database still says
// that it works are jobs that it never got.
func (l *lease) end(ctx context.Context) error {
	if err := l.revive(ctx, l.node); err != nil {
		return err
	}
	return l.store.ForgetNode(ctx, l.node)
}
