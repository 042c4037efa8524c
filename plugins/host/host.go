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
	Described  func() // called, from any goroutine, when a provider with a new version is in force; may be nil
}

// Host runs providers. It is safe for concurrent use.
type Host struct {
	config    Config
	timing    Timing
	sockets   *sockets
	providers map[string]*supervisor
	names     []string
	end       context.CancelFunc
	running   sync.WaitGroup
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
	h := &Host{config: c, timing: c.Timing.filled(), sockets: sockets, names: names, end: end,
		providers: map[string]*supervisor{}}
	for _, name := range names {
		h.providers[name] = newSupervisor(launcher{
			name: name, config: c.Settings[name], catalogue: catalogue, sockets: sockets,
			timing: h.timing, log: c.Log.With("provider", name),
		}, c.Clock, c.Described)
	}
	for _, s := range h.providers {
		h.running.Go(func() { s.run(life) })
	}
	for _, s := range h.providers {
		select {
		case <-s.settled:
		case <-ctx.Done():
			closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
			defer cancel()
			return nil, kyc.Wrap(kyc.Unavailable, errors.Join(ctx.Err(), h.Close(closing)), "providers were not ready in time")
		}
	}
	return h, nil
}

// check wants every name that the configuration mentions to exist.
func (c Config) check(catalogue *catalogue, names []string) error {
	for _, name := range names {
		if catalogue.sums[name] == nil {
			return kyc.E(kyc.Invalid, "provider %q is not in the catalogue", name)
		}
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

// Markets lists the markets that have described themselves, in order.
func (h *Host) Markets() []kyc.MarketID {
	var list []kyc.MarketID
	for _, name := range h.names {
		if _, _, about := h.providers[name].look(); about != nil && about.flow != nil {
			list = append(list, about.flow.Market)
		}
	}
	return list
}

// Catalogues gives the messages of all providers that have described
// themselves. For own codes "x.<provider>.<code>" they are also there as
// "problem.x.<provider>.<code>", and so for reasons.
func (h *Host) Catalogues() Messages {
	all := Messages{}
	for _, name := range h.names {
		_, _, about := h.providers[name].look()
		if about == nil {
			continue
		}
		for locale, keys := range about.withAliases() {
			if all[locale] == nil {
				all[locale] = map[string]map[string]string{}
			}
			maps.Copy(all[locale], keys)
		}
	}
	return all
}

// Status tells how every provider is, in the order of their names.
func (h *Host) Status() []Status {
	list := make([]Status, 0, len(h.names))
	for _, name := range h.names {
		status, _, _ := h.providers[name].look()
		list = append(list, status)
	}
	return list
}

// Restart starts a provider that is quarantined or in backoff at once, with
// its failures forgotten. It is NotFound for a name that is not enabled.
func (h *Host) Restart(name string) error {
	s, ok := h.providers[name]
	if !ok {
		return kyc.E(kyc.NotFound, "no provider of that name")
	}
	if status, _, _ := s.look(); status.State == Quarantined || status.State == Backoff {
		s.release()
	}
	return nil
}

// Close lets the calls under way end and stops all processes. When ctx ends
// first, what is left is killed at once.
func (h *Host) Close(ctx context.Context) error {
	h.end()
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
	for _, s := range h.providers {
		s.kill()
	}
}
