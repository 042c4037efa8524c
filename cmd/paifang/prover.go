package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/pipeline"
	"github.com/paifang/paifang/core/rollout"
	"github.com/paifang/paifang/core/trace"
	"github.com/paifang/paifang/plugins/catalogue"
	"github.com/paifang/paifang/plugins/host"
	"github.com/paifang/paifang/plugins/sdk/conformance"
)

// prover tries versions of providers apart, in processes of its own.
type prover struct {
	house    *house
	store    *catalogue.Store
	dir      string // of the programs that came with the gateway
	runDir   string
	settings map[string]json.RawMessage
	log      *slog.Logger
}

// Prove starts the version apart and compares it with what is in force.
func (p prover) Prove(ctx context.Context, provider, from, to string, w rollout.Wanted) (rollout.Proof, error) {
	var proof rollout.Proof
	next, err := p.try(ctx, provider, to)
	if err != nil {
		return proof, err
	}
	defer next.Close()
	about := next.About()
	proof.To = about.Version
	if w.Shipped {
		proof.Shipped = p.shipped(ctx, provider)
	}
	if err := p.vectors(ctx, provider, to, &proof); err != nil || from == "" {
		return proof, err
	}
	now, err := p.try(ctx, provider, from)
	if err != nil {
		return proof, kyc.Wrap(kyc.CodeOf(err), err, "the version in force")
	}
	defer now.Close()
	was := now.About()
	proof.From = was.Version
	if missing := lost(was.Kinds, about.Kinds); missing != "" {
		proof.Changes = append(proof.Changes, rollout.Change{Kind: "kind.removed", Path: missing, Breaking: true})
	}
	if missing := lost(was.Capabilities, about.Capabilities); missing != "" {
		proof.Changes = append(proof.Changes, rollout.Change{Kind: "capability.removed", Path: missing, Breaking: true})
	}
	for _, c := range host.Diff(was.Flow, about.Flow) {
		proof.Changes = append(proof.Changes, rollout.Change{Kind: c.Kind, Path: c.Path, From: c.From, To: c.To, Breaking: c.Breaking})
	}
	if was.Flow == nil || about.Flow == nil {
		return proof, nil
	}
	proof.Rehearsal, err = rollout.Rehearse(ctx, p.recordings(was.Flow), was.Flow.Market, asked{now}, asked{next}, w.Applications, w.Progress)
	return proof, err
}

// shipped is how the program that came with the gateway describes itself; "" when it
// does not start: then nobody goes on by it either.
func (p prover) shipped(ctx context.Context, provider string) string {
	t, err := p.try(ctx, provider, kyc.ShippedVersion)
	if err != nil {
		return ""
	}
	defer t.Close()
	return t.About().Version
}

// lost names what is in the first list only.
func lost(was, is []string) string {
	gone := slices.DeleteFunc(slices.Clone(was), func(s string) bool { return slices.Contains(is, s) })
	return strings.Join(gone, ",")
}

// try starts a version apart. Whoever asks closes it.
func (p prover) try(ctx context.Context, provider, version string) (*host.Trial, error) {
	c := host.TrialConfig{Name: provider, Config: p.settings[provider], RunDir: p.runDir, Clock: time.Now, IDs: newID, Log: p.log}
	c.Program = func() (*os.File, []byte, error) { return shippedProgram(p.dir, provider) }
	if version != kyc.ShippedVersion {
		c.Version = version
		c.Program = func() (*os.File, []byte, error) { return p.store.Program(provider, version) }
	}
	return host.Try(ctx, c)
}

// shippedProgram opens a program that came with the gateway.
func shippedProgram(dir, name string) (*os.File, []byte, error) {
	sums, err := os.ReadFile(filepath.Join(dir, "SHA256SUMS"))
	if err != nil {
		return nil, nil, kyc.Wrap(kyc.Invalid, err, "provider catalogue")
	}
	for lines := bufio.NewScanner(bytes.NewReader(sums)); lines.Scan(); {
		if sum, of, ok := strings.Cut(lines.Text(), "  "); ok && strings.TrimPrefix(of, "./") == name {
			digest, err := hex.DecodeString(sum)
			if err != nil {
				return nil, nil, kyc.Wrap(kyc.Invalid, err, "provider catalogue")
			}
			f, err := os.Open(filepath.Join(dir, name)) //nolint:gosec // G304: the operator names the folder, its list the program
			return f, digest, kyc.Wrap(kyc.Invalid, err, "provider catalogue")
		}
	}
	return nil, nil, kyc.E(kyc.NotFound, "no program %s came with the gateway", name)
}

// vectors asks the version the golden vectors that came with it.
func (p prover) vectors(ctx context.Context, provider, version string, proof *rollout.Proof) error {
	if version == kyc.ShippedVersion {
		return nil
	}
	files, err := p.store.Vectors(provider, version)
	if err != nil || len(files) == 0 {
		return err
	}
	dir, err := os.MkdirTemp("", "paifang-vectors-")
	if err != nil {
		return kyc.Wrap(kyc.Unavailable, err, "golden vectors")
	}
	defer os.RemoveAll(dir)
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			return kyc.Wrap(kyc.Unavailable, err, "golden vectors")
		}
	}
	ctx, span := trace.Start(ctx, "golden vectors", trace.Provider(provider), trace.Version(version))
	report := conformance.Run(ctx, conformance.Options{Program: filepath.Join(p.store.Dir, provider, version, "program"), Vectors: dir,
		Config: p.settings[provider], Only: "vectors.", Patience: 5})
	for _, r := range report.Results {
		proof.Vectors += r.Count
		if r.Status == conformance.Failed {
			proof.Failed = append(proof.Failed, r.Seen...)
		}
	}
	err = kyc.Wrap(kyc.Unavailable, ctx.Err(), "golden vectors")
	span.Say(trace.Count("paifang.vectors.asked", proof.Vectors), trace.Count("paifang.vectors.failed", len(proof.Failed)))
	span.End(err)
	return err
}

// asked is a trial as the rehearsal asks it.
type asked struct{ *host.Trial }

func (a asked) Flow() *kyc.Flow { return a.About().Flow }

// recordings reads recorded applications by the flow that is in force.
func (p prover) recordings(flow *kyc.Flow) recordings {
	return recordings{p.house, pipeline.New(pipeline.Config{Store: p.house.store, Vault: p.house.vault, Markets: oneFlow{flow}, Clock: time.Now, IDs: newID, Log: p.log})}
}

type recordings struct {
	*house
	flow *pipeline.Pipeline
}

func (r recordings) Recent(ctx context.Context, market kyc.MarketID, limit int) ([]kyc.ApplicationRef, error) {
	return r.store.RecentApplications(ctx, market, limit)
}

func (r recordings) Questions(ctx context.Context, tenant kyc.TenantID, id kyc.ApplicationID) ([]kyc.Question, error) {
	return r.flow.Recorded(ctx, tenant, id)
}

func (r recordings) Checks(ctx context.Context, tenant kyc.TenantID, id kyc.ApplicationID) ([]kyc.Check, error) {
	return r.store.Checks(ctx, tenant, id)
}

// oneFlow is the only market of a rehearsal. It is read and never asked.
type oneFlow struct{ flow *kyc.Flow }

func (f oneFlow) Flow(context.Context, kyc.MarketID, string) (*kyc.Flow, error) { return f.flow, nil }
func (f oneFlow) Choose(kyc.MarketID, string, string) (string, error)           { return "", nil }
func (f oneFlow) Evaluate(context.Context, kyc.Question) (kyc.Finding, error) {
	return kyc.Finding{}, kyc.E(kyc.Internal, "a rehearsal asks the versions themselves")
}

// newProver makes one from what a command or a server was told.
func (h *house) newProver(s Serving, store *catalogue.Store, log *slog.Logger) (prover, error) {
	dir, _, err := s.catalogue()
	if err != nil {
		return prover{}, err
	}
	settings, err := s.configuration()
	if err != nil {
		return prover{}, err
	}
	run := s.path("run")
	if err := os.MkdirAll(run, 0o700); err != nil {
		return prover{}, fmt.Errorf("the folder of sockets: %w", err)
	}
	return prover{house: h, store: store, dir: dir, runDir: run, settings: settings, log: log}, nil
}
