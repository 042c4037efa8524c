package rollout

import (
	"context"
	"slices"
	"sync"

	"github.com/paifang/paifang/core/kyc"
)

// Installed is a version that is in the store of this node.
type Installed struct {
	Version   string
	Publisher string // who signed it; "" for nobody
	At        kyc.Millis
	Trouble   string // why it cannot run; "" when it can
}

// Stock is the store of programs of this node.
type Stock interface {
	// Stored lists what is in it, by provider, the newest first.
	Stored() (map[string][]Installed, error)
	// Verify reads all of a version and tells whether it is as it was installed.
	Verify(provider, version string) error
	// Announced tells what a statement is about: see Board.Install for its errors.
	Announced(signed string) (Announced, error)
	// Install takes a version in when it is what was announced and passes what any
	// version must.
	Install(ctx context.Context, d Delivery) error
	// Remove takes a version out.
	Remove(provider, version string) error
}

// Board is what the operator of the platform sees and does about providers: the
// desk, and what nodes and the store say.
type Board struct {
	*Desk
	Reports Reports
	Stock   Stock
	// Named is the name of somebody who works for the platform; "" for nobody.
	Named func(ctx context.Context, id kyc.StaffID) string

	installing sync.Mutex // a program is held in memory: one at a time
}

// View is one provider as its operator sees it.
type View struct {
	Now       kyc.Rollout
	Shipped   bool // a program of it came with the gateway
	Installed []Installed
	Nodes     []NodeView
	History   []ChangeView // the newest first
	Lines     []NodeLine   // the newest first
}

// ChangeView is a change and the name of who made it, "" unless it was staff.
type ChangeView struct {
	kyc.Rollout
	By string
}

// NodeView is how the provider is on one node.
type NodeView struct {
	Node     string
	At       kyc.Millis
	Silent   bool
	Provider Provider
}

// shownLines bounds the lines that a view has.
const shownLines = 100

// View shows one provider. NotFound when nothing is known of that name.
func (b *Board) View(ctx context.Context, provider string) (*View, error) {
	now, err := b.Now(ctx, provider)
	if err != nil {
		return nil, err
	}
	v := &View{Now: now, Shipped: b.Shelf.Shipped(provider)}
	stored, err := b.Stock.Stored()
	if err != nil {
		return nil, err
	}
	for _, i := range stored[provider] {
		if err := b.Stock.Verify(provider, i.Version); err != nil && i.Trouble == "" {
			i.Trouble = err.Error()
		}
		v.Installed = append(v.Installed, i)
	}
	if now.Number == 0 && !v.Shipped && len(v.Installed) == 0 {
		return nil, kyc.E(kyc.NotFound, "no provider of that name")
	}
	nodes, err := Nodes(ctx, b.Reports, b.Clock)
	if err != nil {
		return nil, err
	}
	for _, n := range nodes {
		for _, p := range n.Providers {
			if p.Name == provider {
				v.Nodes = append(v.Nodes, NodeView{Node: n.Node, At: n.At, Silent: n.Silent, Provider: p})
			}
		}
	}
	history, err := b.History(ctx, provider)
	if err != nil {
		return nil, err
	}
	for _, r := range history {
		change := ChangeView{Rollout: r}
		if r.ByKind == "staff" {
			change.By = b.Named(ctx, kyc.StaffID(r.ByID))
		}
		v.History = append(v.History, change)
	}
	lines, err := Lines(ctx, b.Reports, provider)
	for i := len(lines) - 1; i >= 0 && len(v.Lines) < shownLines; i-- {
		v.Lines = append(v.Lines, lines[i])
	}
	return v, err
}

// Remove takes a version out of the store of this node. Conflict while it is in force,
// warm, chosen by a tenant or bound by applications: only who has the machine
// may do it then, by the command line.
func (b *Board) Remove(ctx context.Context, a Act, provider, version string) error {
	stored, err := b.Stock.Stored()
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(stored[provider], func(i Installed) bool { return i.Version == version }) {
		return kyc.E(kyc.NotFound, "this version is not installed here")
	}
	used, err := b.Used(ctx, provider, version, version)
	if err != nil {
		return err
	}
	if used.Any() {
		return kyc.EKey(kyc.Conflict, "error.rollout_used", "the version is in use")
	}
	if err := b.Drop(ctx, a, provider, version); err != nil {
		return err
	}
	return b.Stock.Remove(provider, version)
}

// Resting names the providers that are in the store and of which nobody has said
// that they shall run.
func (b *Board) Resting(ctx context.Context) ([]string, error) {
	stored, err := b.Stock.Stored()
	if err != nil {
		return nil, err
	}
	var list []string
	for name := range stored {
		now, err := b.Now(ctx, name)
		if err != nil {
			return nil, err
		}
		if now.Number == 0 && now.Off {
			list = append(list, name)
		}
	}
	return sorted(list), nil
}
