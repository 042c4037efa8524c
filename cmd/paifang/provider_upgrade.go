package main

import (
	"context"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/paifang/paifang/core/rollout"
	"github.com/paifang/paifang/plugins/catalogue"
)

type providerUpgrade struct {
	providerPlace
	Name         string `arg:"" help:"Provider."`
	Version      string `arg:"" help:"An installed version, or shipped for the program that came with the gateway."`
	Canary       int    `help:"Let it run beside the version in force, for so many percent of the new applications." placeholder:"PERCENT"`
	Applications int    `help:"Ask both versions about so many recorded applications, the newest, and tell where they differ." default:"100" placeholder:"N"`
	Force        bool   `help:"Although it removes something, or asks for something more, that integrations and applications under way know."`
	Try          bool   `help:"Only tell what would change, and change nothing."`
	Why          string `help:"The reason, for the history." placeholder:"TEXT"`
}

// Run tries a version beside the one in force and then puts it in force. When it
// is refused nothing has changed.
func (c *providerUpgrade) Run(ctx context.Context, t terminal) error {
	return c.withProvider(ctx, c.Name, func(_ *house, d *rollout.Desk, _ *catalogue.Store) error {
		wanted := rollout.Wanted{Applications: c.Applications, Share: c.Canary, Progress: func(done, of int) {
			if done%100 == 0 || done == of {
				fmt.Fprintf(t.talk, "%d of %d applications asked about\n", done, of)
			}
		}}
		if c.Try {
			proof, err := d.Prove(ctx, c.Name, c.Version, wanted)
			report(t.out, proof)
			if err != nil {
				return plain(err)
			}
			return plain(proof.Refused(c.Force))
		}
		r, proof, err := d.Upgrade(ctx, office(c.Why), rollout.Upgrade{Provider: c.Name, Version: c.Version, Share: c.Canary, Force: c.Force, Wanted: wanted})
		report(t.out, proof)
		if err != nil {
			return fmt.Errorf("nothing has changed: %w", plain(err))
		}
		return done(t, r, nil)
	})
}

// report prints what was found about a version: codes and places, nothing that a
// person has answered.
func report(out io.Writer, p rollout.Proof) {
	if p.To == "" {
		return
	}
	fmt.Fprintf(out, "%s starts beside %s.\n", p.To, p.From)
	table := tabwriter.NewWriter(out, 0, 8, 2, ' ', 0)
	defer func() { _ = table.Flush() }()
	for _, c := range p.Changes {
		breaking := ""
		if c.Breaking {
			breaking = "BREAKING"
		}
		fmt.Fprintf(table, "  %s\t%s\t%s\t%s\t%s\n", c.Kind, c.Path, c.From, c.To, breaking)
	}
	if len(p.Changes) == 0 {
		fmt.Fprintln(table, "  It asks for the same.")
	}
	fmt.Fprintf(table, "%d golden vectors, %d of them answered otherwise.\n", p.Vectors, len(p.Failed))
	for _, f := range p.Failed {
		fmt.Fprintf(table, "  %s\n", f)
	}
	if p.Moved > 0 {
		fmt.Fprintf(table, "%d applications under way go on by the version in force: theirs does not run any more afterwards.\n", p.Moved)
	}
	r := p.Rehearsal
	if r.Applications+r.Unreadable == 0 {
		return
	}
	fmt.Fprintf(table, "%d recorded applications, %d steps: %d decisions and %d findings differ; %d could not be read.\n",
		r.Applications, r.Steps, len(r.Decisions), len(r.Findings)+r.More, r.Unreadable)
	for _, d := range r.Differences() {
		fmt.Fprintf(table, "  %s\t%s\t%s\t%s\t%s\t%s\t-> %s\n", d.Tenant, d.Application, d.Step, d.Path, d.What, d.From, d.To)
	}
	if r.More > 0 {
		fmt.Fprintf(table, "  and %d more findings\n", r.More)
	}
}
