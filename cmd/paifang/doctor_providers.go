package main

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/plugins/host"
)

// providers starts every version of every provider that serve would start: in
// force, canary, warm, and chosen by tenants; those that came with the gateway and
// those of the store.
func (d *doctor) providers(ctx context.Context) {
	config, err := d.hostConfig(false, slog.New(slog.DiscardHandler))
	if err == nil {
		config.RunDir, err = os.MkdirTemp("", "paifang-doctor-")
		defer os.RemoveAll(config.RunDir)
	}
	if err != nil {
		d.say("providers", err, "")
		return
	}
	config.Plans = runner{}.plans(d.plans)
	h, err := startHost(ctx, config)
	if err != nil {
		d.say("providers", err, "")
		return
	}
	status := h.Status()
	closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	_ = h.Close(closing)
	for _, s := range status {
		d.provider(s)
	}
	d.installed(config.Versions.(versions))
	problems := silent(config, status)
	for _, channel := range []kyc.ContactKind{kyc.Phone, kyc.Email} {
		var err error
		if problem := problems[channel]; problem != "" {
			err = errors.New(problem)
		}
		d.say("messages by "+string(channel), err, "sent by "+strings.Join(config.Messengers[channel], ", then "))
	}
	if !slices.ContainsFunc(status, func(s host.Status) bool { return s.State.Callable() && isMarket(s) }) {
		d.say("markets", errors.New("no market runs: nobody can register"), "")
	}
}

// provider tells how the version in force is, and each that runs beside it.
func (d *doctor) provider(s host.Status) {
	switch {
	case s.State == host.Ready:
		d.say("provider "+s.Name, nil, s.Kind+" "+s.Version+" runs")
	case s.State == host.Stopped: // not every installation uses every provider
		d.say("provider "+s.Name, nil, "not in use: "+s.Reason)
	default:
		d.say("provider "+s.Name, errors.New(ailment(s)), "")
	}
	for _, g := range s.Generations {
		version := g.Version
		if version == "" {
			version = kyc.ShippedVersion
		}
		what := "provider " + s.Name + " " + version + " (" + string(g.Role) + ")"
		switch {
		case g.Role == host.Current:
		case g.State.Callable():
			d.say(what, nil, g.Kind+" "+g.Version+" runs")
		default:
			d.say(what, errors.New(string(g.State)+": "+g.Reason), "")
		}
	}
}

// installed compares everything in the store with what was installed, also what does
// not run: somebody may want to go to it, or back.
func (d *doctor) installed(v versions) {
	list, err := v.store.List()
	if err != nil {
		d.say("installed versions", err, "")
	}
	for _, e := range list {
		err := errors.New(e.Trouble)
		if e.Trouble == "" {
			err = v.store.Verify(e.Name, e.Version)
		}
		d.say("installed "+e.Name+" "+e.Version, err, "as installed, "+by(e.Publisher))
	}
}
