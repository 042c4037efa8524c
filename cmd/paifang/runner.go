package main

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/rollout"
	"github.com/paifang/paifang/plugins/catalogue"
	"github.com/paifang/paifang/plugins/host"
	"github.com/paifang/paifang/policies"
)

// versions are the installed programs as the host wants them. It tells
// kyc.NotFound apart: a version may still be installed on this node.
type versions struct{ store *catalogue.Store }

func (v versions) Program(name, version string) (*os.File, []byte, error) {
	return v.store.Program(name, version)
}

// runner is the host as package rollout sees it.
type runner struct {
	host        *host.Host
	development bool
	bench       *workbench // nil but for a provider's author
}

// plans turns what is decided into what the host carries out. What stands in
// for an outside party runs in development mode only, whoever decided otherwise.
func (r runner) plans(plans map[string]rollout.Plan) map[string]host.Plan {
	out := map[string]host.Plan{}
	for name, p := range plans {
		if strings.HasPrefix(name, sandbox) && !r.development {
			continue
		}
		out[name] = host.Plan{Version: p.Version, Canary: p.Canary, Share: p.Share, Warm: p.Warm, Pinned: p.Pinned, Keep: p.Keep, Off: p.Off}
	}
	if r.bench != nil {
		r.bench.plan(out)
	}
	return out
}

func (r runner) Apply(plans map[string]rollout.Plan) { r.host.Apply(r.plans(plans)) }

// Providers tells how the providers of this node are.
func (r runner) Providers() []rollout.Provider {
	var list []rollout.Provider
	for _, s := range r.host.Status() {
		p := rollout.Provider{Name: s.Name, Kind: s.Kind, Version: s.Version, State: string(s.State), Since: kyc.At(s.Since),
			Reason: s.Reason, Trouble: s.Trouble, Restarts: s.Restarts}
		for _, g := range s.Generations {
			p.Generations = append(p.Generations, rollout.Generation{Version: g.Version, Role: string(g.Role), State: string(g.State),
				Since: kyc.At(g.Since), Reason: g.Reason, Restarts: g.Restarts, Calls: g.Calls, Faults: g.Faults, Memory: g.Memory})
		}
		list = append(list, p)
	}
	return list
}

// Lines are the last lines of a provider of this node.
func (r runner) Lines(provider string) []rollout.Line {
	var list []rollout.Line
	for _, l := range r.host.Logs(provider) {
		list = append(list, rollout.Line{At: kyc.At(l.Time), Version: l.Version, Level: l.Level.String(), Request: l.Request, Text: l.Text})
	}
	return list
}

// faulty writes back that a version failed, so that every node takes it back. It
// returns at once: the host tells it from the midst of its work.
func (g *gateway) faulty(ctx context.Context) func(name, version, reason string) {
	return func(name, version, reason string) {
		if version == "" {
			version = kyc.ShippedVersion
		}
		g.log.Error("a version of a provider failed and is taken back", "provider", name, "version", version, "reason", reason)
		g.follows.Go(func() {
			ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 20*time.Second)
			defer cancel()
			if err := g.desk.Faulty(ctx, name, version, reason); err != nil {
				g.log.Error("that a version failed could not be written down: other nodes find out for themselves", "provider", name, "version", version, "error", err)
			}
		})
	}
}

// followRollouts carries out what is decided and says how it goes, until the
// gateway closes.
func (g *gateway) followRollouts(ctx context.Context) {
	n := &rollout.Node{Name: g.node.name, Plans: g.desk.Plans, Runner: g.runner, Reports: g.store, Clock: time.Now, Log: g.log}
	ctx, g.unfollow = context.WithCancel(context.WithoutCancel(ctx))
	g.follows.Go(func() { n.Run(ctx) })
}

// endRollouts stops following, and says that this node is gone.
func (g *gateway) endRollouts(ctx context.Context) error {
	if g.unfollow == nil {
		return nil
	}
	g.unfollow()
	g.follows.Wait()
	return g.store.ForgetReports(ctx, g.node.name)
}

// warnUnsigned says loudly what development mode allows.
func (c Installed) warnUnsigned(log *slog.Logger) {
	if c.AllowUnsigned {
		log.Warn("providers that nobody has signed are run: for development only, take --allow-unsigned (PAIFANG_ALLOW_UNSIGNED) away where real people register")
	}
}

// stock is the store of programs of this node.
type stock struct {
	*catalogue.Store
	data     string                     // folder in which versions are tried
	settings map[string]json.RawMessage // the operator's, by provider
	log      *slog.Logger
}

// Announced believes trusted publishers alone, whatever --allow-unsigned says: who can
// use the command line can run programs anyway, who has a session cannot.
func (s stock) Announced(signed string) (rollout.Announced, error) {
	trusted, err := s.Trust()
	if err != nil {
		return rollout.Announced{}, err
	}
	said, publisher, err := trusted.Open(signed)
	if err != nil {
		return rollout.Announced{}, keyed(err, "error.package_signature")
	}
	a := rollout.Announced{Provider: said.Name, Version: said.Version, Publisher: publisher, Digest: said.SHA256, Size: said.Size}
	for _, v := range said.Vectors {
		a.Vectors = append(a.Vectors, v.Name)
	}
	return a, nil
}

// Install runs what every version must pass and lays the version into the store.
func (s stock) Install(ctx context.Context, d rollout.Delivery) error {
	trusted, err := s.Trust()
	if err != nil {
		return err
	}
	p := catalogue.Package{Signed: d.Signed, Program: d.Program, Vectors: d.Vectors}
	if p.Statement, _, err = trusted.Open(d.Signed); err == nil {
		_, err = s.Check(p)
	}
	if err == nil {
		var report bytes.Buffer
		if _, err = (admission{data: s.data, config: s.settings[d.Provider], patience: 2, report: &report}).take(ctx, s.Store, p); report.Len() > 0 {
			s.log.Warn("a version is not taken", "provider", d.Provider, "version", d.Version, "report", report.String())
		}
	}
	switch kyc.CodeOf(err) {
	case kyc.Conflict:
		return keyed(err, "error.package_there")
	case kyc.Forbidden:
		return keyed(err, "error.package_mismatch")
	}
	return err
}

// keyed is an error with words for people.
func keyed(err error, key string) error { return kyc.EKey(kyc.CodeOf(err), key, "%s", plain(err)) }

func (s stock) Stored() (map[string][]rollout.Installed, error) {
	list, err := s.List()
	found := map[string][]rollout.Installed{}
	for _, e := range list {
		found[e.Name] = append(found[e.Name], rollout.Installed{Version: e.Version, Publisher: e.Publisher, At: kyc.At(e.Installed), Trouble: e.Trouble})
	}
	return found, err
}

// board is what the operator of the platform sees and does about providers.
func (g *gateway) board(o options) (*rollout.Board, error) {
	settings, err := o.configuration()
	if err != nil {
		return nil, err
	}
	return &rollout.Board{Desk: g.desk, Reports: g.store, Stock: stock{g.desk.Shelf.(shelf).store, o.Data, settings, g.log}, Named: func(ctx context.Context, id kyc.StaffID) string {
		s, err := g.store.Staff(ctx, policies.OperatorTenant, id)
		if err != nil {
			return string(id)
		}
		return s.Name
	}}, nil
}
