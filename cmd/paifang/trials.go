package main

import (
	"context"
	"slices"
	"strings"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/offer"
	"github.com/paifang/paifang/core/rollout"
	"github.com/paifang/paifang/plugins/host"
)

// trials is what the installation offers to its tenants, to a command: no provider
// runs here, so that whoever is asked is started apart. The zero value asks nobody.
// It is for one command and not for several goroutines.
type trials struct {
	prover prover
	shelf  shelf
	desk   *rollout.Desk
	known  map[string]offer.About
}

// Markets lists what may be a market; About tells.
func (p *trials) Markets() []kyc.MarketID {
	names := slices.Clone(p.shelf.shipped)
	if p.desk != nil {
		list, err := p.shelf.store.List()
		for _, e := range list {
			if err == nil && slices.Contains(e.Kinds, "market") {
				names = append(names, e.Name)
			}
		}
	}
	slices.Sort(names)
	var out []kyc.MarketID
	for _, name := range slices.Compact(names) {
		if !strings.HasPrefix(name, sandbox) {
			out = append(out, kyc.MarketID(name))
		}
	}
	return out
}

// Versions lists what can be chosen.
func (p *trials) Versions(market kyc.MarketID) []offer.Eligible {
	if p.desk == nil {
		return nil
	}
	return p.shelf.versions(market)
}

// versions are those that a choice leads to: one, or with the canary two.
func (p *trials) versions(ctx context.Context, market kyc.MarketID, pinned string) ([]string, error) {
	if p.desk == nil {
		return nil, kyc.EKey(kyc.Unavailable, "error.market_down", "nobody is asked")
	}
	now, err := p.desk.Now(ctx, string(market))
	if err != nil {
		return nil, err
	}
	if now.Off || now.Version == "" {
		return nil, kyc.EKey(kyc.Unavailable, "error.market_down", "market %s does not run: paifang provider enable %s", market, market)
	}
	switch {
	case pinned != "" && pinned != host.Stable && pinned != host.Early:
		return []string{pinned}, nil
	case pinned == host.Stable || now.Canary == "":
		return []string{now.Version}, nil
	case pinned == host.Early:
		return []string{now.Canary, now.Version}, nil
	}
	return []string{now.Version, now.Canary}, nil
}

// About starts the version that a choice leads to and asks it who it is.
func (p *trials) About(ctx context.Context, market kyc.MarketID, pinned string) (offer.About, error) {
	versions, err := p.versions(ctx, market, pinned)
	if err != nil {
		return offer.About{}, err
	}
	key := string(market) + " " + versions[0]
	if a, ok := p.known[key]; ok {
		return a, nil
	}
	var a offer.About
	err = p.prover.ask(ctx, market, versions[0], func(_ context.Context, t *host.Trial) error {
		about := t.About()
		if about.Flow == nil {
			return kyc.EKey(kyc.NotFound, "error.market_unknown", "provider %s is no market", market)
		}
		a = aboutOf(about)
		return nil
	})
	if err == nil {
		if p.known == nil {
			p.known = map[string]offer.About{}
		}
		p.known[key] = a
	}
	return a, err
}

// Learn is About.
func (p *trials) Learn(ctx context.Context, market kyc.MarketID, pinned string) (offer.About, error) {
	return p.About(ctx, market, pinned)
}

// Validate asks all versions that a choice leads to.
func (p *trials) Validate(ctx context.Context, market kyc.MarketID, pinned string, settings []byte) ([]offer.Diagnostic, error) {
	versions, err := p.versions(ctx, market, pinned)
	if err != nil {
		return nil, err
	}
	var out []offer.Diagnostic
	for _, version := range versions {
		err := p.prover.ask(ctx, market, version, func(ctx context.Context, t *host.Trial) error {
			list, err := t.ValidateTenant(ctx, settings)
			out = diagnostics(out, list)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}
