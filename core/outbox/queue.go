// Package outbox is what happens after a change was committed: the job queue, and
// the messages on their way out.
package outbox

import (
	"cmp"
	"context"
	"crypto/rand"
	"log/slog"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/riverdriver/riversqlite"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/store"
	"github.com/paifang/paifang/core/trace"
)

// Queue works the jobs that changes enqueue (kyc.Enqueue). It is started once
// and stopped once.
type Queue interface {
	// Start begins to work jobs and returns. Cancelling ctx later does not stop
	// the queue; Stop does.
	Start(ctx context.Context) error
	// Stop takes no more jobs and waits for those that run. When ctx ends they
	// are cancelled; they will be tried again after the next start.
	Stop(ctx context.Context) error
}

// Handler works one job. The same job may come more than once (a process can
// die between the work and its acknowledgement), so that a handler must be
// idempotent by tenant, kind and ref. attempt counts from 1. An error means
// "could not do it now": the job comes again later.
type Handler func(ctx context.Context, job kyc.Job, attempt int) error

// Work says how jobs of one kind are worked. Handle is required.
type Work struct {
	Handle   Handler
	Attempts int           // tries before the job is given up; 0: 12, about an hour
	Timeout  time.Duration // of one try; 0: 30 s
}

// Periodic is a job that comes round by itself, once for all nodes, with
// neither tenant nor ref.
type Periodic struct {
	kind     string
	interval time.Duration
}

// Every makes a job of the kind come at each start and then after each interval.
func Every(interval time.Duration, kind string) Periodic {
	return Periodic{kind: kind, interval: interval}
}

// Config says what a queue does. Only Workers is required.
type Config struct {
	Workers  map[string]Work // by kind of job; jobs of other kinds are left alone
	Periodic []Periodic
	Parallel int                             // jobs at a time, of this process's own changes and again of others; 0: 8 for each core
	Backoff  func(attempt int) time.Duration // pause after that attempt failed; nil: Backoff
	Log      *slog.Logger                    // nil: none
	Traces   *trace.Source                   // nil: none
	// Node names the process among those that work on one database. A name that
	// outlives the process, and that no other has at the same time, lets the next
	// start go on at once with the jobs of one that died. "": a new one.
	Node string
}

const (
	defaultAttempts = 12
	defaultTimeout  = 30 * time.Second
	// rescueAfter is when a job is taken over whatever its node says; a node that
	// died is noticed long before (leaseTime).
	rescueAfter = 2 * time.Minute
	// fetchCooldown bounds how often jobs are fetched under load; a job that is
	// alone is fetched at once.
	fetchCooldown = 10 * time.Millisecond
	// fetchPoll finds jobs whose time has come and, should a signal be lost,
	// those that nobody told about.
	fetchPoll = time.Second
	// leaveTime bounds the last word of a node that stops.
	leaveTime = 2 * time.Second
)

// NewQueue makes a queue on the database of the store.
func NewQueue(s *store.Store, c Config) (Queue, error) {
	if len(c.Workers) == 0 {
		return nil, kyc.E(kyc.Invalid, "a queue needs at least one kind of job")
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Backoff == nil {
		c.Backoff = Backoff
	}
	if c.Node == "" {
		c.Node = rand.Text()
	}
	quiet := &atomic.Bool{}
	if c.Parallel <= 0 {
		c.Parallel = 8 * runtime.GOMAXPROCS(0)
	}
	own := newHands()
	settings, err := c.river(quiet, own)
	if err != nil {
		return nil, err
	}
	q := &queue{store: s, lease: newLease(s, c.Node, c.Log), quiet: quiet, direct: c.direct(s, own),
		lost: &lost{store: s, node: c.Node, hands: own, log: c.Log}}
	if db := s.Databases(); db.Postgres != nil {
		// Only who owns a table may rebuild its indexes, and the program does not.
		settings.ReindexerIndexNames = []string{}
		q.client, err = river.NewClient(riverpgxv5.New(db.Postgres), settings)
	} else {
		signal := newSignal()
		q.direct.queued = signal.committed
		q.client, err = river.NewClient(signalled{riversqlite.New(db.SQLite), signal}, settings)
	}
	if err != nil {
		return nil, kyc.Wrap(kyc.Internal, err, "make job queue")
	}
	return q, nil
}

// river translates the configuration.
func (c Config) river(quiet *atomic.Bool, own *hands) (*river.Config, error) {
	workers := river.NewWorkers()
	longest := defaultTimeout
	for kind, work := range c.Workers {
		if work.Handle == nil {
			return nil, kyc.E(kyc.Invalid, "jobs of kind %s have no handler", kind)
		}
		w := newWorker(kind, work, c)
		longest = max(longest, w.timeout)
		river.AddWorkerArgs(workers, store.JobArgs{JobKind: kind}, &rowWorker{worker: w, hands: own})
	}
	var periodic []*river.PeriodicJob
	for _, p := range c.Periodic {
		if _, ok := c.Workers[p.kind]; !ok || p.interval <= 0 {
			return nil, kyc.E(kyc.Invalid, "the periodic job %s has no handler or no interval", p.kind)
		}
		args := store.JobArgs{JobKind: p.kind}
		periodic = append(periodic, river.NewPeriodicJob(river.PeriodicInterval(p.interval),
			func() (river.JobArgs, *river.InsertOpts) { return args, nil },
			&river.PeriodicJobOpts{RunOnStart: true}))
	}
	return &river.Config{
		ID:                   c.Node,
		Queues:               map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: c.Parallel}},
		Workers:              workers,
		PeriodicJobs:         periodic,
		FetchCooldown:        fetchCooldown,
		FetchPollInterval:    fetchPoll,
		FetchOnlyKnownKinds:  true,
		JobTimeout:           longest,
		RescueStuckJobsAfter: max(rescueAfter, 2*longest),
		MaxAttempts:          store.MaxAttempts,
		RetryPolicy:          retries{c.Backoff},
		Logger:               slog.New(errorsOnly{c.Log.Handler(), quiet}),
	}, nil
}

// direct is who makes the first attempt at the jobs of this process's own changes.
func (c Config) direct(s settler, own *hands) *direct {
	d := &direct{store: s, hands: own, workers: map[string]*worker{}, backoff: c.Backoff, room: c.Parallel, queued: func([]kyc.Job) {}, log: c.Log}
	for kind, work := range c.Workers {
		d.workers[kind] = newWorker(kind, work, c)
	}
	return d
}

// client is what we use of a River client, whose type differs by database.
type client interface {
	Start(ctx context.Context) error
	Stop(ctx context.Context) error
	StopAndCancel(ctx context.Context) error
}

type queue struct {
	store  *store.Store
	client client
	direct *direct
	lease  *lease
	lost   *lost
	quiet  *atomic.Bool // River is being stopped and complains of being interrupted
	unhook func()       // lets the store's jobs go their usual way again
	leave  func()       // ends the lease's goroutine and waits for it
}

func (q *queue) Start(ctx context.Context) error {
	if err := q.lease.begin(ctx); err != nil {
		return err
	}
	if err := q.client.Start(context.WithoutCancel(ctx)); err != nil {
		return kyc.Wrap(kyc.Unavailable, err, "start job queue")
	}
	q.direct.start(ctx)
	q.unhook = q.store.WorkDirectly(q.lease.node, q.direct)
	watching, stop := context.WithCancel(context.WithoutCancel(ctx))
	var watch sync.WaitGroup
	watch.Go(func() { q.lease.keep(watching) })
	watch.Go(func() { q.lost.keep(watching) })
	q.leave = func() { stop(); watch.Wait() }
	return nil
}

func (q *queue) Stop(ctx context.Context) error {
	q.quiet.Store(true)
	if q.leave == nil { // never started
		return q.stopClient(ctx)
	}
	q.unhook()
	var both sync.WaitGroup
	var ended error
	both.Go(func() { ended = q.direct.close(ctx) })
	err := q.stopClient(ctx)
	both.Wait()
	q.leave()
	if err = cmp.Or(err, ended); err != nil {
		return err // what may still run is for another node to take over
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), leaveTime)
	defer cancel()
	return q.lease.end(last)
}

func (q *queue) stopClient(ctx context.Context) error {
	err := q.client.Stop(ctx)
	if ctx.Err() == nil {
		return kyc.Wrap(kyc.Internal, err, "stop job queue")
	}
	const grace = 5 * time.Second
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	return kyc.Wrap(kyc.Internal, q.client.StopAndCancel(last), "cancel running jobs")
}
