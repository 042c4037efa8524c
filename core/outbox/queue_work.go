package outbox

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"runtime/debug"
	"sync/atomic"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/store"
	"github.com/paifang/paifang/core/trace"
)

// Backoff is how long a job rests after its n-th attempt failed: about 1 s,
// then twice as long each time up to 10 minutes, a quarter more or less by
// chance, so that jobs that failed together do not come back together.
func Backoff(attempt int) time.Duration {
	const first, longest = time.Second, 10 * time.Minute
	pause := longest
	if attempt = max(attempt, 1); attempt <= 10 {
		pause = min(longest, first<<(attempt-1))
	}
	return pause*3/4 + rand.N(pause/2) //nolint:gosec // G404: spreads tries, guards nothing
}

// retries tells River when to try again.
type retries struct {
	pause func(attempt int) time.Duration
}

func (r retries) NextRetry(job *rivertype.JobRow) time.Time {
	return time.Now().Add(r.pause(job.Attempt))
}

// worker works the jobs of one kind.
type worker struct {
	handle   Handler
	attempts int
	timeout  time.Duration
	log      *slog.Logger
	traces   *trace.Source
	span     string // name of the span of an attempt
}

func newWorker(kind string, work Work, c Config) *worker {
	w := &worker{handle: work.Handle, attempts: work.Attempts, timeout: work.Timeout, log: c.Log, traces: c.Traces, span: "job " + kind}
	if w.attempts <= 0 {
		w.attempts = defaultAttempts
	}
	if w.timeout <= 0 {
		w.timeout = defaultTimeout
	}
	return w
}

// rowWorker is a worker of the jobs that River finds.
type rowWorker struct {
	river.WorkerDefaults[store.JobArgs]
	*worker
	hands *hands
}

// Timeout implements river.Worker.
func (w *rowWorker) Timeout(*river.Job[store.JobArgs]) time.Duration { return w.timeout }

// Work implements river.Worker. What it returns is kept in the queue's table,
// so it names the code of an error and nothing else of it.
func (w *rowWorker) Work(ctx context.Context, row *river.Job[store.JobArgs]) error {
	w.hands.take(row.ID)
	defer w.hands.drop(row.ID)
	job := kyc.Job{Tenant: row.Args.Tenant, Kind: row.Args.JobKind, Ref: row.Args.Ref, At: kyc.At(row.ScheduledAt)}
	code, again := w.attempt(ctx, job, row.Args.Cause, row.Attempt)
	switch {
	case code == "":
		return nil
	case again:
		return errors.New(string(code))
	}
	return river.JobCancel(errors.New(string(code)))
}

// attempt works a job that the span cause has ordered. code is that of its error, ""
// if it is done; again tells whether it is to be tried once more.
func (w *worker) attempt(ctx context.Context, job kyc.Job, cause string, n int) (code kyc.Code, again bool) {
	ctx, span := w.traces.Job(ctx, cause, trace.JobKind(job.Kind), trace.Tenant(job.Tenant), trace.JobRef(job.Ref), trace.Attempt(n))
	span.Name(w.span)
	err := w.safely(ctx, job, n)
	span.End(err)
	if err == nil {
		return "", false
	}
	code = kyc.CodeOf(err)
	attributes := []any{"kind", job.Kind, "tenant", job.Tenant, "ref", job.Ref, "attempt", n, "code", code}
	var known *kyc.Error
	if errors.As(err, &known) {
		attributes = append(attributes, "detail", known.Detail)
	}
	if n >= w.attempts {
		w.log.ErrorContext(ctx, "job given up", attributes...)
		return code, false
	}
	w.log.WarnContext(ctx, "job failed, will be tried again", attributes...)
	return code, true
}

// safely turns a panic into an error. The value of the panic may hold anything,
// so the place is logged and the value is not.
func (w *worker) safely(ctx context.Context, job kyc.Job, attempt int) (err error) {
	defer func() {
		if recover() != nil {
			w.log.ErrorContext(ctx, "job panicked", "kind", job.Kind, "ref", job.Ref, "stack", string(debug.Stack()))
			err = kyc.E(kyc.Internal, "handler panicked")
		}
	}()
	return w.handle(ctx, job, attempt)
}

// errorsOnly lets River say what is wrong with it and no more. Failed
// jobs are logged by us, with what River does not know. While it is being
// stopped it takes being interrupted for an error, and is not listened to: what
// Stop returns says whether something is wrong.
type errorsOnly struct {
	slog.Handler
	quiet *atomic.Bool
}

func (h errorsOnly) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelError && !h.quiet.Load() && h.Handler.Enabled(ctx, level)
}

func (h errorsOnly) WithAttrs(attributes []slog.Attr) slog.Handler {
	return errorsOnly{h.Handler.WithAttrs(attributes), h.quiet}
}

func (h errorsOnly) WithGroup(name string) slog.Handler {
	return errorsOnly{h.Handler.WithGroup(name), h.quiet}
}
