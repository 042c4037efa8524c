package rollout

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"maps"
	"slices"
	"time"

	"github.com/paifang/paifang/core/kyc"
)

const (
	// Every is how often a node looks at what shall run: how late it learns of a change.
	Every = time.Second
	// saysAgain is how often a node says how its providers are when nothing changed.
	saysAgain = 10 * time.Second
	// Silent is after how long without a word a node's report is not to be believed.
	Silent = 3 * saysAgain

	// MaxLines bounds the lines of a provider that a node keeps for others to see.
	MaxLines    = 200
	maxLineText = 500
)

// Provider is how a provider of a node is. It is kept as JSON, so that names are
// not to be changed.
type Provider struct {
	Name        string       `json:"name"`
	Kind        string       `json:"kind,omitempty"`
	Version     string       `json:"version,omitempty"` // in force, as it describes itself
	State       string       `json:"state"`
	Since       kyc.Millis   `json:"since"`
	Reason      string       `json:"reason,omitempty"`
	Trouble     string       `json:"trouble,omitempty"` // why what shall run is not what runs
	Restarts    int          `json:"restarts,omitempty"`
	Generations []Generation `json:"generations,omitempty"`
}

// Generation is one version of a provider that runs, or is wanted to.
type Generation struct {
	Version  string     `json:"version"`
	Role     string     `json:"role"`
	State    string     `json:"state"`
	Since    kyc.Millis `json:"since"`
	Reason   string     `json:"reason,omitempty"`
	Restarts int        `json:"restarts,omitempty"`
	Calls    int64      `json:"calls,omitempty"`
	Faults   int64      `json:"faults,omitempty"`
	Memory   int64      `json:"memory,omitempty"`
}

// Line is a line that a provider wrote, as the host has cleaned it.
type Line struct {
	At      kyc.Millis `json:"at"`
	Version string     `json:"version,omitempty"`
	Level   string     `json:"level,omitempty"`
	Request string     `json:"request,omitempty"`
	Text    string     `json:"text"`
}

// Reports is where nodes say how their providers are.
type Reports interface {
	SaveNodeReport(ctx context.Context, r kyc.NodeReport) error
	SaveNodeLines(ctx context.Context, l kyc.NodeLines) error
	NodeReports(ctx context.Context) ([]kyc.NodeReport, error)
	NodeLines(ctx context.Context, provider string) ([]kyc.NodeLines, error)
}

// Runner runs providers on this node.
type Runner interface {
	Apply(plans map[string]Plan)
	Providers() []Provider
	Lines(provider string) []Line // the newest last
}

// Node carries out on one node what is decided, and says how it went. All fields
// are required.
type Node struct {
	Name    string
	Plans   func(ctx context.Context) (map[string]Plan, error)
	Runner  Runner
	Reports Reports
	Clock   kyc.Clock
	Log     *slog.Logger

	applied map[string]Plan
	said    []byte
	at      time.Time
	lines   map[string][]byte
	lame    bool // the last look failed, and the log says so
}

// Run looks every second until ctx ends.
func (n *Node) Run(ctx context.Context) {
	tick := time.NewTicker(Every)
	defer tick.Stop()
	for {
		n.Look(ctx)
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// Look looks once. What cannot be read or written is tried again the next time;
// until then everything runs as it did.
func (n *Node) Look(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	plans, err := n.Plans(ctx)
	if err == nil && !(n.applied != nil && maps.EqualFunc(plans, n.applied, Plan.Equal)) {
		n.Runner.Apply(plans)
		n.applied = plans
	}
	if err == nil {
		err = n.report(ctx)
	}
	if err != nil && !n.lame && ctx.Err() == nil {
		n.Log.Warn("what shall run of the providers cannot be read, or how they are not be written; it is tried again", "error", err)
	}
	n.lame = err != nil
}

// report says how the providers are when that has changed, and now and then that
// it has not.
func (n *Node) report(ctx context.Context) error {
	providers := n.Runner.Providers()
	said, err := json.Marshal(quiet(providers))
	if err != nil {
		return kyc.Wrap(kyc.Internal, err, "report of a node")
	}
	now := n.Clock()
	if !bytes.Equal(said, n.said) || now.Sub(n.at) >= saysAgain {
		states, err := json.Marshal(providers)
		if err != nil {
			return kyc.Wrap(kyc.Internal, err, "report of a node")
		}
		if err := n.Reports.SaveNodeReport(ctx, kyc.NodeReport{Node: n.Name, At: kyc.At(now), States: states}); err != nil {
			return err
		}
		n.said, n.at = said, now
	}
	for _, p := range providers {
		if err := n.write(ctx, p.Name, now); err != nil {
			return err
		}
	}
	return nil
}

// quiet leaves out what changes with every call: it is said with the rest, now
// and then.
func quiet(providers []Provider) []Provider {
	list := slices.Clone(providers)
	for i, p := range list {
		list[i].Generations = slices.Clone(p.Generations)
		for j := range list[i].Generations {
			g := &list[i].Generations[j]
			g.Calls, g.Memory = 0, 0
		}
	}
	return list
}

// write keeps the last lines of a provider when there are new ones.
func (n *Node) write(ctx context.Context, provider string, now time.Time) error {
	lines := n.Runner.Lines(provider)
	if len(lines) == 0 {
		return nil
	}
	lines = slices.Clone(lines[max(0, len(lines)-MaxLines):])
	for i, l := range lines {
		lines[i].Text = l.Text[:min(len(l.Text), maxLineText)]
	}
	raw, err := json.Marshal(lines)
	if err != nil {
		return kyc.Wrap(kyc.Internal, err, "lines of a provider")
	}
	if bytes.Equal(raw, n.lines[provider]) {
		return nil
	}
	if err := n.Reports.SaveNodeLines(ctx, kyc.NodeLines{Node: n.Name, Provider: provider, At: kyc.At(now), Lines: raw}); err != nil {
		return err
	}
	if n.lines == nil {
		n.lines = map[string][]byte{}
	}
	n.lines[provider] = raw
	return nil
}

// NodeState is how the providers of one node were when it last said so.
type NodeState struct {
	Node      string
	At        kyc.Millis
	Silent    bool // it has not said anything for long
	Providers []Provider
}

// Nodes tells how the providers are on every node, by node.
func Nodes(ctx context.Context, reports Reports, clock kyc.Clock) ([]NodeState, error) {
	found, err := reports.NodeReports(ctx)
	var list []NodeState
	for _, r := range found {
		s := NodeState{Node: r.Node, At: r.At, Silent: kyc.At(clock())-r.At > kyc.Millis(Silent/time.Millisecond)}
		if err := json.Unmarshal(r.States, &s.Providers); err != nil {
			return nil, kyc.Wrap(kyc.Internal, err, "report of a node")
		}
		list = append(list, s)
	}
	return list, err
}

// NodeLine is a line of a provider and the node that it runs on.
type NodeLine struct {
	Node string
	Line
}

// Lines gives the last lines of a provider on all nodes, the oldest first.
func Lines(ctx context.Context, reports Reports, provider string) ([]NodeLine, error) {
	found, err := reports.NodeLines(ctx, provider)
	var list []NodeLine
	for _, n := range found {
		var lines []Line
		if err := json.Unmarshal(n.Lines, &lines); err != nil {
			return nil, kyc.Wrap(kyc.Internal, err, "lines of a provider")
		}
		for _, l := range lines {
			list = append(list, NodeLine{n.Node, l})
		}
	}
	slices.SortStableFunc(list, func(a, b NodeLine) int { return int(a.At - b.At) })
	return list, err
}
