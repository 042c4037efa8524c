package main

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/offer"
	"github.com/paifang/paifang/plugins/host"
)

// trialTime bounds how long somebody waits for a version that does not run yet.
const trialTime = 15 * time.Second

// platform is what the installation offers to its tenants. A version that a tenant
// looks at and that does not run here is started apart, one at a time, and what it
// said of itself is remembered: a version never changes.
type platform struct {
	host   *host.Host
	prover prover
	shelf  shelf

	trials sync.Mutex
	mu     sync.Mutex
	known  map[string]offer.About
}

func (p *platform) Markets() []kyc.MarketID { return p.host.Markets() }

// Versions lists what is installed and can run, then what came with the gateway.
func (p *platform) Versions(market kyc.MarketID) []offer.Eligible { return p.shelf.versions(market) }

func (s shelf) versions(market kyc.MarketID) []offer.Eligible {
	var out []offer.Eligible
	list, err := s.store.List()
	for _, e := range list {
		if err == nil && e.Name == string(market) && e.Trouble == "" {
			out = append(out, offer.Eligible{Version: e.Version, Describes: e.Version})
		}
	}
	if s.Shipped(string(market)) {
		out = append(out, offer.Eligible{Version: kyc.ShippedVersion})
	}
	return out
}

// About tells of the version that a choice leads to, if it runs or was tried.
func (p *platform) About(_ context.Context, market kyc.MarketID, pinned string) (offer.About, error) {
	if !slices.Contains(p.host.Markets(), market) {
		return offer.About{}, kyc.EKey(kyc.Unavailable, "error.market_down", "market %s does not run", market)
	}
	way := pinned
	if way == "" {
		way = host.Stable
	}
	version, err := p.host.Choose(market, "", way)
	if err != nil {
		p.mu.Lock()
		defer p.mu.Unlock()
		if a, ok := p.known[string(market)+" "+pinned]; ok && slices.ContainsFunc(p.Versions(market), func(e offer.Eligible) bool { return e.Version == pinned }) {
			a.State = "starting"
			return a, nil
		}
		return offer.About{}, err
	}
	about, err := p.host.About(string(market), version)
	if err != nil {
		return offer.About{}, err
	}
	a := aboutOf(about)
	for _, s := range p.host.Status() {
		if s.Name == string(market) {
			a.State = string(s.State)
		}
	}
	return a, nil
}

func aboutOf(about host.About) offer.About {
	a := offer.About{Version: about.Version, Schema: about.TenantSchema}
	if about.Flow != nil {
		a.Title, a.Summary = about.Flow.Title, about.Flow.Summary
	}
	return a
}

// Learn is About, and starts a version apart that does not run.
func (p *platform) Learn(ctx context.Context, market kyc.MarketID, pinned string) (offer.About, error) {
	a, err := p.About(ctx, market, pinned)
	if err == nil || !slices.Contains(p.host.Markets(), market) {
		return a, err
	}
	err = p.try(ctx, market, pinned, func(_ context.Context, t *host.Trial) error {
		a = aboutOf(t.About())
		return nil
	})
	if err != nil {
		return offer.About{}, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.known) >= 100 || p.known == nil {
		p.known = map[string]offer.About{}
	}
	p.known[string(market)+" "+pinned] = a
	return a, nil
}

// try starts a version apart and asks it something, one at a time.
func (p *platform) try(ctx context.Context, market kyc.MarketID, version string, ask func(context.Context, *host.Trial) error) error {
	ctx, cancel := context.WithTimeout(ctx, trialTime) // for its turn, too
	defer cancel()
	p.trials.Lock()
	defer p.trials.Unlock()
	return p.prover.ask(ctx, market, version, ask)
}

// ask starts a version apart and asks it something. Unavailable when it does not start.
func (p prover) ask(ctx context.Context, market kyc.MarketID, version string, ask func(context.Context, *host.Trial) error) error {
	ctx, cancel := context.WithTimeout(ctx, trialTime)
	defer cancel()
	t, err := p.try(ctx, string(market), version)
	if err != nil {
		return &kyc.Error{Code: kyc.Unavailable, Key: "error.market_pinned", Detail: "version " + version + " cannot be tried", Err: err}
	}
	defer t.Close()
	return ask(ctx, t)
}

// Validate asks the version in force and the canary, where applications can get
// either, or the one version that was chosen.
func (p *platform) Validate(ctx context.Context, market kyc.MarketID, pinned string, settings []byte) ([]offer.Diagnostic, error) {
	var versions []string
	switch pinned {
	case "", host.Early, host.Stable:
		for _, channel := range []string{host.Stable, host.Early} {
			version, err := p.host.Choose(market, "", channel)
			if err != nil || version == "" {
				return nil, kyc.EKey(kyc.Unavailable, "error.market_down", "market %s does not run", market)
			}
			if channel == host.Stable || pinned != host.Stable {
				versions = append(versions, version)
			}
		}
	default:
		version, err := p.host.Choose(market, "", pinned)
		if err != nil { // it does not run yet
			var list []host.Diagnostic
			err = p.try(ctx, market, pinned, func(ctx context.Context, t *host.Trial) (err error) {
				list, err = t.ValidateTenant(ctx, settings)
				return err
			})
			return diagnostics(nil, list), err
		}
		versions = append(versions, version)
	}
	var out []offer.Diagnostic
	for _, version := range slices.Compact(versions) {
		list, err := p.host.ValidateTenant(ctx, market, version, settings)
		if err != nil {
			return nil, err
		}
		out = diagnostics(out, list)
	}
	return out, nil
}

func diagnostics(out []offer.Diagnostic, list []host.Diagnostic) []offer.Diagnostic {
	for _, x := range list {
		d := offer.Diagnostic(x)
		if !slices.ContainsFunc(out, func(o offer.Diagnostic) bool { return o.Code == d.Code && o.Path == d.Path }) {
			out = append(out, d)
		}
	}
	return out
}
