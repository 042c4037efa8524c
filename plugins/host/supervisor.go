package host

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"syscall"
	"time"

	"github.com/paifang/paifang/core/kyc"
)

// missesAllowed is how many health checks in a row a generation may miss.
const missesAllowed = 2

// supervisor keeps one provider running: one generation after the other.
type supervisor struct {
	launcher
	clock     kyc.Clock
	described func() // after a new description is in force

	settled  chan struct{} // closed when the first generation is ready or has failed
	once     sync.Once
	kick     chan struct{} // look at the health now
	released chan struct{} // leave quarantine or backoff

	mu      sync.Mutex
	status  Status
	current *generation // callable
	live    *generation // the latest that was callable
	last    *about      // of the latest generation that got as far
}

func newSupervisor(l launcher, clock kyc.Clock, described func()) *supervisor {
	return &supervisor{
		launcher: l, clock: clock, described: described,
		settled: make(chan struct{}), kick: make(chan struct{}, 1), released: make(chan struct{}, 1),
		status: Status{Name: l.name, State: Registered, Since: clock()},
	}
}

// run supervises until ctx is done.
func (s *supervisor) run(ctx context.Context) {
	f := failures{min: s.timing.BackoffMin, max: s.timing.BackoffMax}
	for ctx.Err() == nil {
		lived, err := s.generation(ctx)
		if ctx.Err() != nil {
			break
		}
		delay, often := f.add(s.clock(), lived)
		var hopeless *refusal
		state, reason := Backoff, err.Error()
		switch {
		case errors.Is(err, errUnconfigured):
			state, delay = Stopped, -1
		case errors.As(err, &hopeless):
			state, delay = Quarantined, -1
		case often:
			state, delay = Quarantined, s.timing.Quarantine
			reason += "; next try at " + s.clock().Add(delay).UTC().Format("15:04:05") + " UTC"
		}
		s.set(state, 0, reason)
		s.settle()
		switch {
		case s.rest(ctx, delay):
			f.forget()
		case state == Quarantined:
			f.once()
		}
		s.mu.Lock()
		s.status.Restarts++
		s.mu.Unlock()
	}
	s.settle()
	s.set(Stopped, 0, "")
}

// rest waits for the delay, for ever if it is negative, or until released.
func (s *supervisor) rest(ctx context.Context, delay time.Duration) (released bool) {
	var after <-chan time.Time
	if delay >= 0 {
		timer := time.NewTimer(delay)
		defer timer.Stop()
		after = timer.C
	}
	select {
	case <-ctx.Done():
	case <-after:
	case <-s.released:
		return true
	}
	return false
}

// generation runs one process to its end and tells how long it was ready.
func (s *supervisor) generation(ctx context.Context) (time.Duration, error) {
	g, err := s.launch(ctx, func(state State, pid int) { s.set(state, pid, "") })
	if err != nil {
		return 0, err
	}
	s.enter(g)
	began := s.clock()
	err = s.watch(ctx, g)
	if err == nil {
		s.set(Draining, g.pid(), "")
		s.leave()
		g.drain()
	}
	s.leave()
	g.stop()
	return s.clock().Sub(began), err
}

func (s *supervisor) enter(g *generation) {
	s.mu.Lock()
	changed := s.last == nil || s.last.version != g.about.version
	s.current, s.live, s.last = g, g, g.about
	s.status.Kind, s.status.Version = g.about.kind, g.about.version
	s.mu.Unlock()
	s.set(Ready, g.pid(), "")
	s.settle()
	if changed && s.described != nil {
		s.described()
	}
}

func (s *supervisor) leave() {
	s.mu.Lock()
	s.current = nil
	s.mu.Unlock()
}

// watch looks after a generation. It returns nil when ctx is done and else why
// the generation must be replaced.
func (s *supervisor) watch(ctx context.Context, g *generation) error {
	process := g.runner.process.Load()
	misses := 0
	timer := time.NewTimer(s.timing.HealthEvery)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-process.exited:
			return kyc.E(kyc.Unavailable, "the process ended: %s", process.status)
		case <-s.kick:
		case <-timer.C:
		}
		reason, err := g.healthy(ctx)
		next := s.timing.HealthEvery
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil && misses+1 >= missesAllowed:
			return kyc.E(kyc.Unavailable, "health checks are not answered")
		case err != nil:
			misses++
			s.set(Degraded, process.pid, "a health check was not answered")
			next = s.timing.HealthEvery / 10
		case reason != "":
			misses = 0
			s.set(Degraded, process.pid, reason)
		default:
			misses = 0
			s.set(Ready, process.pid, "")
		}
		timer.Reset(next)
	}
}

// set moves to a state and logs the move.
func (s *supervisor) set(state State, pid int, reason string) {
	s.mu.Lock()
	same := s.status.State == state && s.status.Reason == reason
	s.status.State, s.status.PID, s.status.Reason = state, pid, reason
	if !same {
		s.status.Since = s.clock()
	}
	s.mu.Unlock()
	if same {
		return
	}
	level := slog.LevelDebug
	switch state {
	case Ready, Stopped:
		level = slog.LevelInfo
	case Degraded, Backoff:
		level = slog.LevelWarn
	case Quarantined:
		level = slog.LevelError
	}
	s.log.Log(context.Background(), level, "provider", "state", string(state), "pid", pid, "reason", reason)
}

func (s *supervisor) settle() { s.once.Do(func() { close(s.settled) }) }

// kill ends the process at once.
func (s *supervisor) kill() {
	s.mu.Lock()
	g := s.live
	s.mu.Unlock()
	if g != nil {
		g.runner.process.Load().signal(syscall.SIGKILL)
	}
}

// nudge asks for a health check now.
func (s *supervisor) nudge() {
	select {
	case s.kick <- struct{}{}:
	default:
	}
}

// release ends a quarantine or a pause.
func (s *supervisor) release() {
	select {
	case s.released <- struct{}{}:
	default:
	}
}

func (s *supervisor) look() (Status, *generation, *about) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.status, s.current, s.last
}

// call makes one call with a deadline. Any fault comes back as Unavailable.
func (s *supervisor) call(ctx context.Context, limit time.Duration, f func(context.Context, *generation) error) error {
	status, g, _ := s.look()
	if g == nil {
		return unavailable(s.name, "it is "+string(status.State))
	}
	if after, ok := g.breaker.allow(s.clock()); !ok {
		e := unavailable(s.name, "too many faults in a row")
		e.RetryAfter = after
		return e
	}
	limited, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	err := f(limited, g)
	var known *kyc.Error
	switch {
	case err == nil || errors.As(err, &known): // an outcome
		g.breaker.done(s.clock(), false)
		return err
	case ctx.Err() != nil: // whoever asked gave up
		g.breaker.undecided()
	default:
		g.breaker.done(s.clock(), true)
		if timedOut(err) {
			s.nudge()
		}
		s.log.Warn("provider fault", "fault", faultOf(err))
	}
	return unavailable(s.name, faultOf(err))
}
