package host

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/paifang/paifang/core/kyc"
)

// Config is what a host is started with. Dir, RunDir, Clock, IDs and Log are
// required.
type Config struct {
	Dir        string                       // the catalogue: programs and SHA256SUMS
	RunDir     string                       // for sockets; if its path is long, the system's temporary directory is used
	Enabled    []string                     // names of providers to run; nil: all of the catalogue
	Settings   map[string]json.RawMessage   // the operator's configuration by provider
	Messengers map[kyc.ContactKind][]string // which providers send what; the next where one cannot
	Verifiers  map[string]string            // which provider answers for a capability; without an entry, the only one that has it
	Clock      kyc.Clock
	IDs        kyc.IDs // for request ids
	Log        *slog.Logger
	Timing     Timing
	Memory     int64           // bytes that the process of a provider may have; 0: 256 MiB
	Versions   Versions        // programs beside those of Dir; nil: there are none
	Plans      map[string]Plan // what runs from the start, as for Host.Apply
	Described  func()          // called, from any goroutine, when a provider with a new version is in force; may be nil
	// Faulty is told, from any goroutine, of a canary or a version lately put in
	// force that failed. New calls go to the version before it already, and do so
	// until Apply no longer asks for the failed one. It may be nil.
	Faulty func(name, version, reason string)
}

// Host runs providers. It is safe for concurrent use.
type Host struct {
	config    Config
	timing    Timing
	catalogue *catalogue
	sockets   *sockets
	shipped   []string // enabled providers of Config.Dir
	life      context.Context
	end       context.CancelFunc
	running   sync.WaitGroup

	mu        sync.Mutex
	providers map[string]*provider
}

// Start reads the catalogue and starts all enabled providers. It returns when
// each is ready or has failed once: a provider that fails is retried behind
// the scenes and is no error. An unreadable catalogue, and a name that is not
// in it, are (kyc.Invalid).
func Start(ctx context.Context, c Config) (*Host, error) {
	catalogue, err := readCatalogue(c.Dir)
	if err != nil {
		return nil, err
	}
	names := c.Enabled
	if names == nil {
		names = slices.Collect(maps.Keys(catalogue.sums))
	}
	names = slices.Compact(slices.Sorted(slices.Values(names)))
	if err := c.check(catalogue, names); err != nil {
		return nil, err
	}
	sockets, err := openSockets(c.RunDir)
	if err != nil {
		return nil, err
	}
	life, end := context.WithCancel(context.WithoutCancel(ctx))
	h := &Host{config: c, timing: c.Timing.filled(), catalogue: catalogue, sockets: sockets, shipped: names,
		life: life, end: end, providers: map[string]*provider{}}
	for _, name := range names {
		h.add(name, c.Plans[name])
	}
	h.Apply(c.Plans)
	for _, p := range h.sorted() {
		for _, s := range p.all() { // also what applications are bound to
			select {
			case <-s.settled:
				continue
			case <-ctx.Done():
			}
			closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
			defer cancel()
			return nil, kyc.Wrap(kyc.Unavailable, errors.Join(ctx.Err(), h.Close(closing)), "providers were not ready in time")
		}
	}
	return h, nil
}

// add begins to run a provider.
func (h *Host) add(name string, plan Plan) {
	p := newProvider(h, name, plan)
	h.providers[name] = p
	p.reconcile(h.life)
	h.running.Go(func() { p.follow(h.life) })
}

// check wants every name that the configuration mentions to exist. With versions
// of their own, providers can come later.
func (c Config) check(catalogue *catalogue, names []string) error {
	for _, name := range names {
		if catalogue.sums[name] == nil {
			return kyc.E(kyc.Invalid, "provider %q is not in the catalogue", name)
		}
	}
	if c.Versions != nil {
		return nil
	}
	chosen := slices.Collect(maps.Keys(c.Settings))
	for _, messengers := range c.Messengers {
		chosen = append(chosen, messengers...)
	}
	chosen = slices.AppendSeq(chosen, maps.Values(c.Verifiers))
	for _, name := range chosen {
		if !slices.Contains(names, name) {
			return kyc.E(kyc.Invalid, "provider %q is configured but not enabled", name)
		}
	}
	return nil
}

// Markets lists the markets that have described themselves and are not switched
// off, in order.
func (h *Host) Markets() []kyc.MarketID {
	var list []kyc.MarketID
	for _, p := range h.sorted() {
		if s := p.routes.Load().current; s != nil {
			if about := s.describes(); about != nil && about.flow != nil {
				list = append(list, about.flow.Market)
			}
		}
	}
	return list
}

// Catalogues gives the messages of all providers that have described
// themselves. For own codes "x.<provider>.<code>" they are also there as
// "problem.x.<provider>.<code>", and so for reasons. Of several versions the one
// in force has the last word.
func (h *Host) Catalogues() Messages {
	all := Messages{}
	for _, p := range h.sorted() {
		r := p.routes.Load()
		for _, s := range slices.Concat(r.others, []*supervisor{r.canary, r.current}) {
			if s != nil {
				all.take(s.describes())
			}
		}
		if r.current == nil {
			all.take(r.last)
		}
	}
	return all
}

func (m Messages) take(about *about) {
	if about == nil {
		return
	}
	for locale, keys := range about.withAliases() {
		if m[locale] == nil {
			m[locale] = map[string]map[string]string{}
		}
		maps.Copy(m[locale], keys)
	}
}

// Restart starts a provider that is quarantined or in backoff at once, with
// its failures forgotten, also those for which a version was taken back. It is
// NotFound for a name that is not enabled.
func (h *Host) Restart(name string) error {
	p := h.provider(name)
	if p == nil {
		return kyc.E(kyc.NotFound, "no provider of that name")
	}
	p.restart()
	return nil
}

// Close lets the calls under way end and stops all processes. When ctx ends
// first, what is left is killed at once.
func (h *Host) Close(ctx context.Context) error {
	h.mu.Lock() // nothing is added from here on
	h.end()
	h.mu.Unlock()
	done := make(chan struct{})
	go func() { h.running.Wait(); close(done) }()
	var err error
	select {
	case <-done:
	case <-ctx.Done():
		err = kyc.Wrap(kyc.Unavailable, ctx.Err(), "providers were killed before they had drained")
		h.kill()
		<-done
	}
	h.sockets.close()
	return err
}

func (h *Host) kill() {
	for _, p := range h.sorted() {
		for _, s := range p.all() {
			s.kill()
		}
	}
}
