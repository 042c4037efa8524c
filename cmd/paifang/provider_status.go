package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/rollout"
	"github.com/paifang/paifang/plugins/catalogue"
)

type providerStatus struct {
	providerPlace
	Name    string `arg:"" optional:"" help:"Provider. Default: all."`
	History bool   `help:"Also who changed what, when and why."`
}

// Run tells what shall run, and what the servers of this database say that runs.
func (c *providerStatus) Run(ctx context.Context, t terminal) error {
	return c.about(ctx, func(h *house, d *rollout.Desk, _ *catalogue.Store) error {
		nodes, err := rollout.Nodes(ctx, h.store, time.Now)
		if err != nil {
			return err
		}
		all, err := d.All(ctx)
		if err != nil {
			return err
		}
		var names []string
		for _, r := range all {
			names = append(names, r.Provider)
		}
		for _, n := range nodes {
			for _, p := range n.Providers {
				names = append(names, p.Name)
			}
		}
		names = slices.Compact(slices.Sorted(slices.Values(names)))
		if c.Name != "" {
			names = []string{c.Name}
		}
		if len(nodes) == 0 {
			fmt.Fprintln(t.talk, "No server runs on this database, or it has not said anything yet.")
		}
		for _, name := range names {
			if err := c.one(ctx, t, d, name, nodes); err != nil {
				return err
			}
		}
		return nil
	})
}

func (c *providerStatus) about(ctx context.Context, do func(h *house, d *rollout.Desk, s *catalogue.Store) error) error {
	if c.Name != "" {
		return c.withProvider(ctx, c.Name, do)
	}
	if err := c.founded(); err != nil {
		return err
	}
	return c.withDesk(ctx, do)
}

func (c *providerStatus) one(ctx context.Context, t terminal, d *rollout.Desk, name string, nodes []rollout.NodeState) error {
	now, err := d.Now(ctx, name)
	if err != nil {
		return plain(err)
	}
	fmt.Fprintln(t.out, describe(now)+".")
	table := tabwriter.NewWriter(t.out, 0, 8, 2, ' ', 0)
	for _, n := range nodes {
		for _, p := range n.Providers {
			if p.Name == name {
				told(table, n, p)
			}
		}
	}
	if err := table.Flush(); err != nil {
		return err
	}
	if c.History {
		history, err := d.History(ctx, name)
		if err != nil {
			return err
		}
		for _, r := range history { // a table of its own: its columns are others
			fmt.Fprintf(table, "  %d\t%s\t%s\t%s\t%s:%s\t%s\n", r.Number, moment(r.At), r.Action, describe(r), r.ByKind, r.ByID, r.Why)
		}
	}
	return table.Flush()
}

func told(table *tabwriter.Writer, n rollout.NodeState, p rollout.Provider) {
	node := n.Node[:min(len(n.Node), 12)]
	if n.Silent {
		fmt.Fprintf(table, "  %s\tsilent since %s\n", node, moment(n.At))
		return
	}
	for _, g := range p.Generations {
		fmt.Fprintf(table, "  %s\t%s\t%s\t%s\tsince %s\t%d calls, %d faults, %d restarts\t%s\n",
			node, g.Role, g.Version, g.State, moment(g.Since), g.Calls, g.Faults, g.Restarts, g.Reason)
	}
	if len(p.Generations) == 0 {
		fmt.Fprintf(table, "  %s\t%s\t%s\n", node, p.State, p.Reason)
	}
	if p.Trouble != "" {
		fmt.Fprintf(table, "  %s\tTROUBLE\t%s\n", node, p.Trouble)
	}
}

func moment(at kyc.Millis) string {
	return time.UnixMilli(int64(at)).UTC().Format("2006-01-02 15:04:05Z")
}

type providerLogs struct {
	providerPlace
	Name  string `arg:"" help:"Provider."`
	Lines int    `help:"At most so many, the newest." default:"100"`
}

// Run prints the last lines that a provider wrote, on all servers: when, where,
// which version, level, the request that it was about, and the text.
func (c *providerLogs) Run(ctx context.Context, t terminal) error {
	return c.withProvider(ctx, c.Name, func(h *house, _ *rollout.Desk, _ *catalogue.Store) error {
		lines, err := rollout.Lines(ctx, h.store, c.Name)
		if err != nil {
			return err
		}
		if len(lines) == 0 {
			fmt.Fprintln(t.talk, c.Name+" has written nothing")
		}
		for _, l := range lines[max(0, len(lines)-max(c.Lines, 0)):] {
			fmt.Fprintln(t.out, written(l))
		}
		return nil
	})
}

func written(l rollout.NodeLine) string {
	return strings.Join([]string{moment(l.At), l.Node[:min(len(l.Node), 12)], l.Version, l.Level, cmp.Or(l.Request, "-"), l.Text}, "\t")
}
