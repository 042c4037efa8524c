package review

import (
	"context"
	"errors"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/policies"
)

// PageSize is how many cases a page of the queue has.
const PageSize = 50

// Item is a case in the queue.
type Item struct {
	kyc.Case
	Holder  string // name of who has claimed it; "" when nobody's lease runs
	Mine    bool
	Overdue bool // past its service target
}

// Page is a page of the queue; More says that After leads to another one.
type Page struct {
	Items []Item
	After kyc.CaseCursor
	More  bool
}

// Queue lists cases of the tenant by due date. With a filter of no states it
// lists what is not decided.
func (d *Desk) Queue(ctx context.Context, w Who, f kyc.CaseFilter, after kyc.CaseCursor) (Page, error) {
	if err := d.may(w, policies.CaseRead); err != nil {
		return Page{}, err
	}
	if len(f.States) == 0 {
		f.States = []kyc.CaseState{kyc.CaseOpen, kyc.CaseClaimed}
	}
	found, err := d.Store.Cases(ctx, w.Tenant, f, after, PageSize+1)
	if err != nil {
		return Page{}, err
	}
	page := Page{More: len(found) > PageSize}
	if page.More {
		found = found[:PageSize]
		last := found[PageSize-1]
		page.After = kyc.CaseCursor{Due: last.Due, ID: last.ID}
	}
	names := d.directory(w.Tenant)
	for _, c := range found {
		page.Items = append(page.Items, d.item(ctx, w, c, names))
	}
	return page, nil
}

func (d *Desk) item(ctx context.Context, w Who, c kyc.Case, names *directory) Item {
	i := Item{Case: c, Mine: c.ClaimedBy == w.Staff.ID && c.State == kyc.CaseClaimed}
	if c.State == kyc.CaseDecided || d.held(c) {
		i.Holder = names.staff(ctx, c.ClaimedBy)
	}
	i.Overdue = c.State != kyc.CaseDecided && c.Due.Time().Before(d.Clock())
	return i
}

// Next claims the case that is due first among those that nobody holds and
// that who may decide. NotFound ("error.queue_empty") when there is none.
func (d *Desk) Next(ctx context.Context, w Who) (kyc.Case, error) {
	if err := d.may(w, policies.CaseClaim); err != nil {
		return kyc.Case{}, err
	}
	filter := kyc.CaseFilter{States: []kyc.CaseState{kyc.CaseOpen, kyc.CaseClaimed}}
	var after kyc.CaseCursor
	for {
		found, err := d.Store.Cases(ctx, w.Tenant, filter, after, PageSize)
		if err != nil {
			return kyc.Case{}, err
		}
		for _, c := range found {
			after = kyc.CaseCursor{Due: c.Due, ID: c.ID}
			if d.held(c) || d.mayCase(w, c, policies.CaseDecide) != nil {
				continue
			}
			claimed, err := d.Claim(ctx, w, c.ID)
			if errors.Is(err, kyc.E(kyc.Conflict, "")) {
				continue // a colleague was quicker: the one after it, then
			}
			return claimed, err
		}
		if len(found) < PageSize {
			return kyc.Case{}, kyc.EKey(kyc.NotFound, "error.queue_empty", "no case is free")
		}
	}
}

// directory tells names of staff, each asked for once.
type directory struct {
	store  Store
	tenant kyc.TenantID
	known  map[kyc.StaffID]string
}

func (d *Desk) directory(tenant kyc.TenantID) *directory {
	return &directory{store: d.Store, tenant: tenant, known: map[kyc.StaffID]string{}}
}

// staff tells a name, or the id of whoever is not there any more.
func (n *directory) staff(ctx context.Context, id kyc.StaffID) string {
	if id == "" {
		return ""
	}
	if name, ok := n.known[id]; ok {
		return name
	}
	name := string(id)
	if s, err := n.store.Staff(ctx, n.tenant, id); err == nil {
		name = s.Name
	}
	n.known[id] = name
	return name
}
