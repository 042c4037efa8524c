package outbox

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/store"
)

const (
	// settleEvery is how long the end of a job waits for others, to be written
	// down together. A process that dies meanwhile works them once more.
	settleEvery = 100 * time.Millisecond
	// settleAgain is how long it waits after the database did not take it.
	settleAgain = time.Second
	// stopGrace is how long cancelled jobs have to end.
	stopGrace = 5 * time.Second
)

// settler writes down what became of jobs; *store.Store is one.
type settler interface {
	SettleJobs(ctx context.Context, done []int64, failed []store.FailedJob, doubtful []int64) error
}

// direct makes the first attempt at the jobs that this process's own changes
// order, as soon as these are committed. Their rows say from the beginning that
// this node works them: nobody has to look for them, which costs more than the
// jobs do, and whoever takes over a dead node's jobs finds these, too. What
// fails comes again through the queue.
type direct struct {
	store   settler
	hands   *hands
	workers map[string]*worker
	backoff func(attempt int) time.Duration
	room    int             // jobs at a time
	queued  func([]kyc.Job) // told of jobs that have to be looked for
	log     *slog.Logger

	mu     sync.Mutex
	busy   int // jobs reserved and running
	closed bool
	ended  ended
	idle   chan struct{} // closed once closed and no longer busy

	kick    chan struct{} // something has ended
	stop    chan struct{}
	settled chan struct{} // closed when nobody settles any more
	ctx     context.Context
	cancel  context.CancelFunc
}

// ended is what is still to be written down.
type ended struct {
	done, doubtful []int64
	failed         []store.FailedJob
}

func (e ended) empty() bool { return len(e.done)+len(e.doubtful)+len(e.failed) == 0 }

func (d *direct) start(ctx context.Context) {
	d.ctx, d.cancel = context.WithCancel(context.WithoutCancel(ctx))
	d.idle, d.stop, d.settled, d.kick = make(chan struct{}), make(chan struct{}), make(chan struct{}), make(chan struct{}, 1)
	go d.settle()
}

// Reserve implements store.DirectWorker.
func (d *direct) Reserve(jobs []kyc.Job) bool {
	for _, job := range jobs {
		if d.workers[job.Kind] == nil {
			return false
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed || d.busy+len(jobs) > d.room {
		return false
	}
	d.busy += len(jobs)
	return true
}

// Take implements store.DirectWorker.
func (d *direct) Take(jobs []store.DirectJob) {
	for _, job := range jobs {
		d.hands.take(job.Row)
		go d.work(job)
	}
}

// Free implements store.DirectWorker.
func (d *direct) Free(n int, doubtful []int64) {
	d.end(n, ended{doubtful: doubtful})
}

// Queued implements store.DirectWorker.
func (d *direct) Queued(jobs []kyc.Job) { d.queued(jobs) }

func (d *direct) work(job store.DirectJob) {
	w := d.workers[job.Kind]
	ctx, cancel := context.WithTimeout(d.ctx, w.timeout)
	defer cancel()
	job.At = kyc.At(time.Now())
	code, again := w.attempt(ctx, job.Job, job.Cause, 1)
	if code == "" {
		d.end(1, ended{done: []int64{job.Row}})
		return
	}
	failed := store.FailedJob{Row: job.Row, At: time.Now(), Error: string(code)}
	if again {
		failed.Again = failed.At.Add(d.backoff(1))
	}
	d.end(1, ended{failed: []store.FailedJob{failed}})
}

// end gives the room of n jobs back and has it written down what became of them.
func (d *direct) end(n int, e ended) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.add(e)
	d.busy -= n
	if n > 0 && d.closed && d.busy == 0 {
		close(d.idle)
	}
	select {
	case d.kick <- struct{}{}:
	default:
	}
}

func (d *direct) add(e ended) {
	d.ended.done = append(d.ended.done, e.done...)
	d.ended.failed = append(d.ended.failed, e.failed...)
	d.ended.doubtful = append(d.ended.doubtful, e.doubtful...)
}

// settle writes down what has ended until the queue stops.
func (d *direct) settle() {
	defer close(d.settled)
	wait := settleEvery
	for {
		select {
		case <-d.stop:
			return
		case <-d.kick:
		}
		select {
		case <-d.stop:
			return
		case <-time.After(wait):
		}
		wait = settleEvery
		if err := d.flush(context.WithoutCancel(d.ctx)); err != nil {
			d.log.Warn("the end of jobs is not written down yet", "code", kyc.CodeOf(err))
			wait = settleAgain
			d.end(0, ended{}) // so that it is tried again
		}
	}
}

func (d *direct) flush(ctx context.Context) error {
	d.mu.Lock()
	e := d.ended
	d.ended = ended{}
	d.mu.Unlock()
	if e.empty() {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, defaultTimeout)
	defer cancel()
	err := d.store.SettleJobs(ctx, e.done, e.failed, e.doubtful)
	if err != nil {
		d.mu.Lock()
		d.add(e)
		d.mu.Unlock()
		return err
	}
	d.hands.drop(e.done...)
	for _, f := range e.failed {
		d.hands.drop(f.Row)
	}
	return nil
}

// close takes no more jobs and waits for those that run, which are cancelled when
// ctx ends.
func (d *direct) close(ctx context.Context) error {
	d.mu.Lock()
	again := d.closed
	d.closed = true
	if !again && d.busy == 0 {
		close(d.idle)
	}
	d.mu.Unlock()
	if again {
		return nil
	}
	late := false
	select {
	case <-d.idle:
	case <-ctx.Done():
		d.cancel()
		select {
		case <-d.idle:
		case <-time.After(stopGrace):
			late = true
		}
	}
	d.cancel()
	close(d.stop)
	<-d.settled
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), leaveTime)
	defer cancel()
	if err := d.flush(last); err != nil || !late {
		return err
	}
	return kyc.E(kyc.Internal, "jobs do not end though they are cancelled")
}
