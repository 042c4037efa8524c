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

// errRetired says that a version takes no more calls: another one does.
var errRetired = errors.New("this version is retired")

// supervisor keeps one version of a provider running: one generation after the
// other.
type supervisor struct {
	launcher
	described func() // after a new description is in force
	changed   func() // after the state is another; called without the lock
	count     counter

	settled  chan struct{} // closed when the first generation is ready or has failed
	once     sync.Once
	kick     chan struct{} // look at the health now
	released chan struct{} // leave quarantine or backoff
	ended    chan struct{} // closed when run has returned
	cancel   context.CancelFunc

	mu      sync.Mutex
	status  Generation
	retired bool
	falls   int           // generations that were ready and failed
	current *generation   // callable
	live    *generation   // the latest that was callable
	last    *about        // of the latest generation that got as far
	back    chan struct{} // closed when the next generation is callable; nil while one is
	prompt  bool          // the next generation is started without a pause
}

func newSupervisor(l launcher, described, changed func()) *supervisor {
	return &supervisor{
		launcher: l, described: described, changed: changed,
		settled: make(chan struct{}), kick: make(chan struct{}, 1), released: make(chan struct{}, 1),
		ended: make(chan struct{}), cancel: func() {},
		status: Generation{Version: l.version, State: Registered, Since: l.clock()},
	}
}

// run supervises until ctx is done.
func (s *supervisor) run(ctx context.Context) {
	defer close(s.ended)
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
		s.mu.Lock()
		s.prompt = delay == 0
		s.mu.Unlock()
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
	reason, err := g.healthy(ctx)
	if err != nil {
		g.stop()
		return 0, kyc.E(kyc.Unavailable, "health: %s", faultOf(err))
	}
	s.enter(g, reason)
	began := s.clock()
	err = s.watch(ctx, g)
	if err == nil {
		s.set(Draining, g.pid(), "")
		s.leave()
		s.idle(g)
		g.drain()
	}
	s.leave()
	g.stop()
	return s.clock().Sub(began), err
}

// enter lets calls in. reason is why the provider says that it cannot work; it
// may still be asked.
func (s *supervisor) enter(g *generation, reason string) {
	s.mu.Lock()
	g.number = s.status.Restarts + 1
	changed := s.last == nil || s.last.version != g.about.version
	s.current, s.live, s.last = g, g, g.about
	if s.back != nil {
		close(s.back)
		s.back = nil
	}
	s.status.Kind, s.status.Version = g.about.kind, g.about.version
	s.mu.Unlock()
	if changed && s.described != nil {
		s.described()
	}
	s.set(readiness(reason), g.pid(), reason)
	s.settle()
}

func readiness(reason string) State {
	if reason != "" {
		return Degraded
	}
	return Ready
}

func (s *supervisor) leave() {
	s.mu.Lock()
	s.current = nil
	if s.back == nil {
		s.back = make(chan struct{})
	}
	s.mu.Unlock()
}

// await waits for the next generation when it is on its way without a pause.
func (s *supervisor) await(ctx context.Context, limit time.Duration) {
	s.mu.Lock()
	back := s.back
	coming := back != nil && !s.retired && (s.prompt || s.status.State.Callable()) &&
		s.status.State != Quarantined && s.status.State != Stopped && s.status.State != Draining
	s.mu.Unlock()
	if !coming {
		return
	}
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-back:
	case <-timer.C:
	case <-ctx.Done():
	}
}

// idle waits until the calls under way have ended. Each has a deadline.
func (s *supervisor) idle(g *generation) {
	none := make(chan struct{})
	go func() { g.calls.Wait(); close(none) }()
	select {
	case <-none:
	case <-g.runner.process.Load().exited:
	}
}

// watch looks after a generation. It returns nil when ctx is done and else why
// the generation must be replaced.
func (s *supervisor) watch(ctx context.Context, g *generation) error {
	process := g.runner.process.Load()
	misses := 0
	timer := time.NewTimer(s.timing.HealthEvery)
	defer timer.Stop()
	weigh := time.NewTicker(s.timing.Weigh)
	defer weigh.Stop()
	for {
		select {
		case <-weigh.C:
			if m := weight(process.pid); m > s.memory {
				return kyc.E(kyc.Unavailable, "it took %d MiB of memory and may have %d", m>>20, s.memory>>20)
			}
			continue
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
		default:
			misses = 0
			s.set(readiness(reason), process.pid, reason)
		}
		timer.Reset(next)
	}
}

// set moves to a state and logs the move.
func (s *supervisor) set(state State, pid int, reason string) {
	s.mu.Lock()
	same := s.status.State == state && s.status.Reason == reason
	if !same && s.status.State.Callable() && (state == Backoff || state == Quarantined) {
		s.falls++
	}
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
	s.changed()
}

func (s *supervisor) settle() { s.once.Do(func() { close(s.settled) }) }

// retire takes no more calls and ends the process when those under way are done.
func (s *supervisor) retire() {
	s.mu.Lock()
	s.retired = true
	s.mu.Unlock()
	s.cancel()
}

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

// release ends a quarantine or a pause, if there is one.
func (s *supervisor) release() {
	if state := s.look().State; state != Quarantined && state != Backoff {
		return
	}
	select {
	case s.released <- struct{}{}:
	default:
	}
}

func (s *supervisor) look() Generation {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.status
}

// describes is what the version says of itself; nil before it ever was ready.
func (s *supervisor) describes() *about {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.last
}

// ready tells whether calls will be answered. A nil supervisor is not ready.
func (s *supervisor) ready() bool { return s.callable() && s.look().State == Ready }

// callable tells whether calls can be made. To a nil supervisor they can't.
func (s *supervisor) callable() bool {
	if s == nil {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.current != nil && !s.retired
}

// gone tells whether the version will not answer again by itself soon.
func (s *supervisor) gone() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.last == nil || s.retired || s.status.State == Quarantined || s.status.State == Stopped
}

// take holds the generation that runs until its calls are told to be done.
func (s *supervisor) take() (*generation, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.retired {
		return nil, errRetired
	}
	if s.current == nil {
		return nil, unavailable(s.name, "it is "+string(s.status.State))
	}
	s.current.calls.Add(1)
	return s.current, nil
}
