package outbox_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/outbox"
	"github.com/paifang/paifang/core/store"
	"github.com/paifang/paifang/core/store/storetest"
)

const kind = "message.send"

// run starts a queue that is stopped when the test ends.
func run(t *testing.T, s *store.Store, c outbox.Config) outbox.Queue {
	t.Helper()
	q, err := outbox.NewQueue(s, c)
	if err != nil {
		t.Fatal(err)
	}
	if err := q.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := q.Stop(ctx); err != nil {
			t.Error(err)
		}
	})
	return q
}

func works(h outbox.Handler) map[string]outbox.Work {
	return map[string]outbox.Work{kind: {Handle: h}}
}

func enqueue(t *testing.T, s *store.Store, ref string, at kyc.Millis) {
	t.Helper()
	storetest.Commit(t, s, "demo", kyc.Enqueue{Job: kyc.Job{Tenant: "demo", Kind: kind, Ref: ref, At: at}})
}

// receive waits for a value, but not for ever.
func receive[T any](t *testing.T, from <-chan T) T {
	t.Helper()
	select {
	case v := <-from:
		return v
	case <-time.After(time.Minute):
		t.Fatal("nothing came")
		panic("unreachable")
	}
}

// each runs a test on both databases and sees that nothing is left running.
func each(t *testing.T, test func(t *testing.T, s *store.Store)) {
	for name, open := range map[string]func(*testing.T) *store.Store{
		"sqlite": storetest.SQLite, "postgres": storetest.Postgres,
	} {
		t.Run(name, func(t *testing.T) {
			others := goleak.IgnoreCurrent()
			server := goleak.IgnoreAnyFunction("github.com/paifang/paifang/core/store/storetest.reap") // serves all tests
			t.Cleanup(func() { nothingRuns(t, others, server) })                                       // runs last
			test(t, open(t))
		})
	}
}

// nothingRuns wants all goroutines to end, and is patient: connections are closed in the background.
func nothingRuns(t *testing.T, but ...goleak.Option) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); ; {
		err := goleak.Find(but...)
		if err == nil {
			return
		}
		if time.Now().After(end) {
			t.Error(err)
			return
		}
	}
}

func TestQueueWakesAtOnce(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		storetest.Seed(t, s)
		started := make(chan time.Time, 100)
		var got kyc.Job
		run(t, s, outbox.Config{Workers: works(func(_ context.Context, job kyc.Job, attempt int) error {
			got = job
			started <- time.Now()
			return nil
		})})
		enqueue(t, s, "first", 0)
		receive(t, started)
		var delays []time.Duration
		for range 30 {
			time.Sleep(20 * time.Millisecond) // jobs that come one by one
			enqueue(t, s, "one", 0)
			committed := time.Now()
			delays = append(delays, receive(t, started).Sub(committed))
		}
		slices.Sort(delays)
		t.Logf("from commit to handler: median %v, 90th percentile %v, worst %v", delays[15], delays[27], delays[29])
		if delays[15] > 50*time.Millisecond {
			t.Error("the queue sleeps too deeply")
		}
		if got.Tenant != "demo" || got.Kind != kind || got.Ref != "one" {
			t.Errorf("job arrived as %+v", got)
		}
	})
}

func TestQueueTriesAgain(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		storetest.Seed(t, s)
		attempts := make(chan int, 10)
		run(t, s, outbox.Config{
			Backoff: func(int) time.Duration { return time.Millisecond },
			Workers: works(func(_ context.Context, _ kyc.Job, attempt int) error {
				attempts <- attempt
				if attempt < 3 {
					return errors.New("not yet")
				}
				return nil
			}),
		})
		enqueue(t, s, "x", 0)
		for want := 1; want <= 3; want++ {
			if got := receive(t, attempts); got != want {
				t.Fatalf("attempt %d, want %d", got, want)
			}
		}
		select {
		case n := <-attempts:
			t.Errorf("worked again (attempt %d) after it succeeded", n)
		case <-time.After(1500 * time.Millisecond):
		}
	})
}

// syncBuffer is a log that can be read while it is written.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

func TestQueueGivesUpAndSaysNothingPersonal(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		storetest.Seed(t, s)
		var log syncBuffer
		tries := make(chan int, 10)
		run(t, s, outbox.Config{
			Log:     slog.New(slog.NewTextHandler(&log, nil)),
			Backoff: func(int) time.Duration { return time.Millisecond },
			Workers: map[string]outbox.Work{kind: {Attempts: 2, Handle: func(_ context.Context, _ kyc.Job, attempt int) error {
				tries <- attempt
				if attempt == 1 {
					panic("+8613800138000")
				}
				return kyc.Wrap(kyc.Unavailable, errors.New("refused +8613800138000"), "send")
			}}},
		})
		enqueue(t, s, "ref-1", 0)
		receive(t, tries)
		receive(t, tries)
		for end := time.Now().Add(time.Minute); !strings.Contains(log.String(), "job given up"); time.Sleep(10 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatal("giving up left no line in the log")
			}
		}
		said := log.String()
		if strings.Contains(said, "13800138000") {
			t.Error("the log quotes the error of a provider")
		}
		if !strings.Contains(said, "ref-1") || !strings.Contains(said, kind) {
			t.Error("the log does not name the job")
		}
	})
}

func TestQueueWaitsForTheTime(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		storetest.Seed(t, s)
		started := make(chan time.Time, 10)
		run(t, s, outbox.Config{Workers: works(func(context.Context, kyc.Job, int) error {
			started <- time.Now()
			return nil
		})})
		due := time.Now().Add(1500 * time.Millisecond)
		enqueue(t, s, "later", kyc.At(due))
		early := due.Sub(receive(t, started))
		t.Logf("started %v after it was due", -early)
		if early > 5*time.Millisecond {
			t.Errorf("started %v before it was due", early)
		}
	})
}

func TestQueueComesRoundByItself(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		came := make(chan struct{}, 10)
		run(t, s, outbox.Config{
			Periodic: []outbox.Periodic{outbox.Every(time.Second, "sweep")},
			Workers: map[string]outbox.Work{"sweep": {Handle: func(context.Context, kyc.Job, int) error {
				came <- struct{}{}
				return nil
			}}},
		})
		receive(t, came)
		receive(t, came)
	})
}

func TestQueueStopsGracefully(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		storetest.Seed(t, s)
		started, finished := make(chan struct{}, 1), make(chan struct{}, 1)
		q := run(t, s, outbox.Config{Workers: works(func(context.Context, kyc.Job, int) error {
			started <- struct{}{}
			time.Sleep(300 * time.Millisecond)
			finished <- struct{}{}
			return nil
		})})
		enqueue(t, s, "slow", 0)
		receive(t, started)
		if err := q.Stop(context.Background()); err != nil {
			t.Fatal(err)
		}
		select {
		case <-finished:
		default:
			t.Error("stopped before a running job had finished")
		}
	})
}

func TestQueueGoesOnAfterAHardStop(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		storetest.Seed(t, s)
		started := make(chan struct{}, 1)
		q := run(t, s, outbox.Config{
			Backoff: func(int) time.Duration { return time.Millisecond },
			Workers: works(func(ctx context.Context, _ kyc.Job, _ int) error {
				started <- struct{}{}
				<-ctx.Done()
				return ctx.Err()
			}),
		})
		enqueue(t, s, "stuck", 0)
		receive(t, started)
		ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
		defer cancel()
		if err := q.Stop(ctx); err != nil {
			t.Fatal(err)
		}
		again := make(chan string, 1)
		run(t, s, outbox.Config{Workers: works(func(_ context.Context, job kyc.Job, _ int) error {
			again <- job.Ref
			return nil
		})})
		if ref := receive(t, again); ref != "stuck" {
			t.Errorf("got job %q", ref)
		}
	})
}

func TestBackoffGrowsToABound(t *testing.T) {
	for attempt, want := range map[int]time.Duration{0: time.Second, 1: time.Second, 2: 2 * time.Second,
		5: 16 * time.Second, 10: 512 * time.Second, 11: 10 * time.Minute, 10_000: 10 * time.Minute} {
		for range 100 {
			if got := outbox.Backoff(attempt); got < want*3/4 || got > want*5/4 {
				t.Fatalf("after attempt %d: %v, want about %v", attempt, got, want)
			}
		}
	}
}

func TestQueueWorksEveryJobOnce(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		storetest.Seed(t, s)
		const clients, jobs = 16, 15
		refs := make(chan string, 2*clients*jobs)
		run(t, s, outbox.Config{Workers: works(func(_ context.Context, job kyc.Job, _ int) error {
			refs <- job.Ref
			return nil
		})})
		var all sync.WaitGroup
		for range clients { // while the queue works through the same connection
			all.Go(func() {
				for range jobs {
					job := kyc.Job{Tenant: "demo", Kind: kind, Ref: storetest.ID()}
					if err := s.Commit(context.Background(), "demo", kyc.Change{kyc.Enqueue{Job: job}}); err != nil {
						t.Error(err)
					}
				}
			})
		}
		all.Wait()
		seen := map[string]bool{}
		for range clients * jobs {
			seen[receive(t, refs)] = true
		}
		if len(seen) != clients*jobs || len(refs) != 0 {
			t.Errorf("%d different jobs of %d, %d more", len(seen), clients*jobs, len(refs))
		}
	})
}

// TestQueueBeyondItsRoom: jobs that find the process busy are fetched when it is not.
func TestQueueBeyondItsRoom(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		storetest.Seed(t, s)
		refs, release := make(chan string, 10), make(chan struct{})
		run(t, s, outbox.Config{Parallel: 1, Workers: works(func(_ context.Context, job kyc.Job, _ int) error {
			<-release
			refs <- job.Ref
			return nil
		})})
		want := []string{"a", "b", "c", "d"}
		for _, ref := range want {
			enqueue(t, s, ref, 0)
		}
		close(release)
		var got []string
		for range want {
			got = append(got, receive(t, refs))
		}
		if slices.Sort(got); !slices.Equal(got, want) || len(refs) > 0 {
			t.Errorf("worked %v and %d more, want %v", got, len(refs), want)
		}
	})
}
