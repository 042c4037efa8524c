package host

import (
	"context"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// provider is one provider with all of its versions that run. Calls find their
// version through routes, which are replaced as a whole; what runs follows the
// plan in one goroutine.
type provider struct {
	name   string
	host   *Host
	routes atomic.Pointer[routes]
	wake   chan struct{}
	lines  logRing

	mu        sync.Mutex
	plan      Plan
	removed   bool
	running   map[string]*supervisor // by key of the version; not those that are retired
	leaving   []*supervisor          // retired and not ended yet
	previous  *supervisor            // was in force before; may have ended since
	swapped   time.Time              // when the version in force became so
	changed   time.Time              // when it took the place of another; zero: it was the first
	condemned map[string]string      // versions that failed in their place -> why
	base      map[*supervisor]int    // falls that the version had when it took its place
	unheard   sync.Map               // versions of applications that do not run here (string) -> when that was found out (time.Time)
}

// routes tell which version answers. They never change.
type routes struct {
	current *supervisor // nil: switched off
	canary  *supervisor
	share   int
	others  []*supervisor // for the applications that are bound to them
	last    *about        // of the version in force before it was switched off
}

// find finds a version that answers, or soon will; nil when there is none.
func (r *routes) find(version string) *supervisor {
	if version == "" {
		return nil
	}
	if r.current.answers(version) {
		return r.current
	}
	if r.canary.answers(version) {
		return r.canary
	}
	for _, s := range r.others {
		if s.answers(version) {
			return s
		}
	}
	return nil
}

// named finds a version by the name that a plan has for it, where the shipped
// program is Shipped; nil when it does not run.
func (r *routes) named(version string) *supervisor {
	if version != Shipped {
		return r.find(version)
	}
	for _, s := range append([]*supervisor{r.current, r.canary}, r.others...) {
		if s != nil && s.version == "" && !s.gone() {
			return s
		}
	}
	return nil
}

// answers tells whether calls for a version can go here. A nil supervisor
// answers for none.
func (s *supervisor) answers(version string) bool {
	return s != nil && s.is(version) && !s.gone()
}

// is tells whether the version is called so.
func (s *supervisor) is(version string) bool {
	if s.version == version {
		return true
	}
	about := s.describes()
	return about != nil && about.version == version
}

// route finds the version that answers for an application that is bound to one:
// that one, or the one in force when it is gone.
func (p *provider) route(version string) *supervisor {
	r := p.routes.Load()
	if s := r.find(version); s != nil {
		return s
	}
	return r.current
}

// forget is how long a version that applications are bound to is taken to be gone
// before it is waited for again.
const forget = time.Minute

// hear waits for a version that an application is bound to and that does not run here.
// Nodes hear of a new version one after the other, within a second: an application that
// began by it at one of them must not be judged by the older rules at the next. What
// has not come when the time is over is gone.
func (p *provider) hear(ctx context.Context, version string) {
	known := func() bool {
		r := p.routes.Load()
		s := r.find(version)
		return r.current == nil || s != nil && s.describes() != nil // or switched off
	}
	if version == "" || known() {
		return
	}
	clock := p.host.config.Clock
	if at, missed := p.unheard.Load(version); missed && clock().Sub(at.(time.Time)) < forget { //nolint:forcetypeassert // nothing else is stored
		return
	}
	limited, cancel := context.WithTimeout(ctx, p.host.timing.Hear)
	defer cancel()
	for limited.Err() == nil {
		if known() {
			return
		}
		select {
		case <-limited.Done():
		case <-time.After(10 * time.Millisecond):
		}
	}
	if ctx.Err() == nil {
		p.unheard.Store(version, clock())
	}
}

// describes is what the provider says of itself in a version, or in the one in
// force; nil when it never ran.
func (p *provider) describes(version string) *about {
	r := p.routes.Load()
	if s := r.find(version); s != nil {
		return s.describes()
	}
	if r.current != nil {
		if a := r.current.describes(); a != nil {
			return a
		}
	}
	return r.last
}

func newProvider(h *Host, name string, plan Plan) *provider {
	p := &provider{name: name, host: h, wake: make(chan struct{}, 1), plan: plan,
		running: map[string]*supervisor{}, condemned: map[string]string{}, base: map[*supervisor]int{}}
	p.routes.Store(&routes{})
	return p
}

// apply takes a plan. What was condemned stays so until the plan no longer wants
// it. One that is removed is not spoken of any more once it has ended.
func (p *provider) apply(plan Plan, removed bool) {
	p.mu.Lock()
	same := p.plan.equal(plan)
	p.plan, p.removed = plan, removed
	for version := range p.condemned {
		if version != key(plan.Version) && (plan.Canary == "" || version != key(plan.Canary)) {
			delete(p.condemned, version)
		}
	}
	p.mu.Unlock()
	if !same {
		p.nudge()
	}
}

func (p *provider) nudge() {
	select {
	case p.wake <- struct{}{}:
	default:
	}
}

// follow follows the plan until the host is closed.
func (p *provider) follow(ctx context.Context) {
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-p.wake:
		case <-timer.C:
		}
		timer.Reset(p.reconcile(ctx))
	}
}

// reconcile does what the plan asks for and can be done now. It tells when to
// look again if nothing happens before.
func (p *provider) reconcile(ctx context.Context) time.Duration {
	p.mu.Lock()
	before := p.routes.Load()
	next := *before
	var report func()
	if p.plan.Off {
		next = routes{last: p.lastOf(before)}
		p.previous = nil
	} else {
		report = p.judge(&next)
		p.settleCurrent(ctx, &next)
		p.settleOthers(ctx, &next)
	}
	p.routes.Store(&next)
	p.retire(&next)
	wait := p.lingers()
	p.mu.Unlock()
	if report != nil {
		p.host.running.Go(report)
	}
	if told := p.host.config.Described; told != nil && before.current != nil && next.current != before.current {
		told()
	}
	return wait
}

func (p *provider) lastOf(r *routes) *about {
	if r.current != nil && r.current.describes() != nil {
		return r.current.describes()
	}
	return r.last
}

// settleCurrent puts the wanted version in force once it is ready. Where none is
// in force it is put there before, so that it can be told how it is.
func (p *provider) settleCurrent(ctx context.Context, r *routes) {
	if want := key(p.plan.Version); p.condemned[want] == "" {
		s := p.line(ctx, want)
		if r.current == nil || s != r.current && (s.ready() || s.callable() && !r.current.callable()) {
			p.swap(r, s)
		}
	}
	if r.current == nil || !r.current.gone() {
		return
	}
	if back := p.back(); back != nil { // better this than nothing
		p.swap(r, back)
	}
}

func (p *provider) swap(r *routes, s *supervisor) {
	if old := r.current; old != nil {
		p.host.config.Log.Info("provider version", "provider", p.name, "from", old.look().Version, "to", s.look().Version)
		p.changed = p.host.config.Clock()
		if p.previous = old; !old.callable() {
			p.previous = nil
		}
	}
	r.current, p.swapped = s, p.host.config.Clock()
	p.place(s)
}

// place begins to judge a version by what it does in a new place.
func (p *provider) place(s *supervisor) {
	s.count.fresh()
	p.base[s] = s.fallen()
}

// settleOthers keeps the canary and what applications may be bound to.
func (p *provider) settleOthers(ctx context.Context, r *routes) {
	r.canary, r.share, r.others = nil, min(max(p.plan.Share, 0), 100), nil
	if want := p.plan.Canary; want != "" && p.condemned[key(want)] == "" {
		if s := p.line(ctx, key(want)); s != r.current {
			if s != p.routes.Load().canary {
				p.place(s)
			}
			r.canary = s
		}
	}
	for _, version := range append([]string{p.plan.Warm}, p.plan.Pinned...) {
		if version != "" && p.condemned[key(version)] == "" {
			p.other(r, p.line(ctx, key(version)))
		}
	}
	if p.previous != nil && p.running[p.previous.version] == p.previous && p.host.config.Clock().Sub(p.swapped) < p.host.timing.Warm {
		p.other(r, p.previous)
	}
	if s := p.running[key(p.plan.Version)]; s != nil && p.condemned[s.version] == "" {
		p.other(r, s) // on its way
	}
}

func (p *provider) other(r *routes, s *supervisor) {
	if s != r.current && s != r.canary && !slices.Contains(r.others, s) {
		r.others = append(r.others, s)
	}
}

// line is the supervisor of a version, which is started if need be.
func (p *provider) line(ctx context.Context, version string) *supervisor {
	if s := p.running[version]; s != nil {
		return s
	}
	for _, s := range p.running {
		if version != "" && s.is(version) {
			return s
		}
	}
	h := p.host
	s := newSupervisor(h.launcher(p.name, version, &p.lines), h.config.Described, p.nudge)
	ctx, s.cancel = context.WithCancel(ctx)
	p.running[version] = s
	h.running.Go(func() { s.run(ctx); p.nudge() })
	return s
}

// retire ends what no route leads to any more.
func (p *provider) retire(r *routes) {
	for version, s := range p.running {
		if s == r.current || s == r.canary || slices.Contains(r.others, s) {
			continue
		}
		delete(p.running, version)
		delete(p.base, s)
		p.leaving = append(p.leaving, s)
		s.retire()
	}
	p.leaving = slices.DeleteFunc(p.leaving, func(s *supervisor) bool {
		select {
		case <-s.ended:
			return true
		default:
			return false
		}
	})
}

// lingers tells when the version that was in force before need not be kept any more.
func (p *provider) lingers() time.Duration {
	left := p.host.timing.Warm - p.host.config.Clock().Sub(p.swapped)
	if p.previous == nil || left <= 0 {
		return time.Hour
	}
	return left + time.Millisecond
}

// all lists the versions that run, for Status and the end.
func (p *provider) all() []*supervisor {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append(slices.Collect(maps.Values(p.running)), p.leaving...)
}

// restart tries again what failed.
func (p *provider) restart() {
	p.mu.Lock()
	clear(p.condemned)
	p.mu.Unlock()
	for _, s := range p.all() {
		s.release()
	}
	p.nudge()
}
