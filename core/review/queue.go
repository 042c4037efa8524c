package review

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/policies"
)

// PageSize is how many cases a page of the queue has.
const PageSize = 50

// Item is a case in the queue.
type Item struct {
	kyc.Case
	Holder   string // name of who has claimed it; "" when nobody's lease runs
	Mine     bool
	Overdue  bool   // past its service target
	Proposer string // name of who proposed what a second person has to confirm; "" for nobody
}

// Filter narrows the queue; the zero Filter lists what is not decided.
type Filter struct {
	State  kyc.CaseState // "": not decided
	Market kyc.MarketID  // "": all
	Age    string        // one of Ages, "": all
	Mine   bool          // claimed by who asks
	Risk   string        // one of kyc.Risks, "": all
	Second bool          // waits for a second person
	Sort   string        // one of Sorts, "": by due date
}

// Ages lists what the queue can be filtered by: past the service target, and
// soon past it.
func Ages() []string { return []string{"overdue", "soon"} }

// Sorts lists what the queue can be sorted by beside the due date.
func Sorts() []string { return []string{"risk"} }

// soon is how long before its service target a case counts as soon past it.
const soon = 4 * time.Hour

// States lists the states that the queue can be filtered by.
func States() []kyc.CaseState { return []kyc.CaseState{kyc.CaseOpen, kyc.CaseClaimed, kyc.CaseDecided} }

// Page is a page of the queue. After is the place of the next page, "" on the last.
type Page struct {
	Items []Item
	After string
}

// unknownPlace refuses a filter or a place in a list that nobody gave out.
func unknownPlace(what string) error {
	return kyc.EKey(kyc.Invalid, "error.list_filter", "unknown %s of a list", what)
}

// query turns a filter into the store's.
func (d *Desk) query(w Who, f Filter) (kyc.CaseFilter, error) {
	out := kyc.CaseFilter{Market: f.Market, States: []kyc.CaseState{f.State}, Within: d.Authorizer.Reach(w.Staff, w.Tenant, policies.CaseRead)}
	if f.State == "" {
		out.States = []kyc.CaseState{kyc.CaseOpen, kyc.CaseClaimed}
	} else if !slices.Contains(States(), f.State) {
		return out, unknownPlace("state")
	}
	if f.Mine {
		out.ClaimedBy = w.Staff.ID
	}
	if f.Risk != "" && !slices.Contains(kyc.Risks(), f.Risk) {
		return out, unknownPlace("risk")
	}
	if f.Sort != "" && !slices.Contains(Sorts(), f.Sort) {
		return out, unknownPlace("sort")
	}
	out.Risk, out.Proposed, out.ByRisk = f.Risk, f.Second, f.Sort == "risk"
	if len(f.Market) > 40 {
		return out, unknownPlace("market")
	}
	switch f.Age {
	case "":
	case "overdue":
		out.DueBefore = kyc.At(d.Clock())
	case "soon":
		out.DueBefore = kyc.At(d.Clock().Add(soon))
	default:
		return out, unknownPlace("age")
	}
	return out, nil
}

// place reads "<due>_<id>" or, of a queue by risk, "<risk>_<due>_<id>", the place
// after a case.
func place(s string, byRisk bool) (kyc.CaseCursor, error) {
	if s == "" {
		return kyc.CaseCursor{}, nil
	}
	var c kyc.CaseCursor
	if byRisk {
		c.Risk, s, _ = strings.Cut(s, "_")
	}
	due, id, ok := strings.Cut(s, "_")
	n, err := strconv.ParseInt(due, 10, 64)
	if !ok || err != nil || len(id) > 36 || byRisk && !slices.Contains(kyc.Risks(), c.Risk) {
		return kyc.CaseCursor{}, unknownPlace("place")
	}
	c.Due, c.ID = kyc.Millis(n), kyc.CaseID(id)
	return c, nil
}

// placeAfter is the place after a case.
func placeAfter(c kyc.Case, byRisk bool) string {
	s := strconv.FormatInt(int64(c.Due), 10) + "_" + string(c.ID)
	if byRisk {
		return kyc.RiskOf(c.Risk) + "_" + s
	}
	return s
}

// Queue lists cases of the tenant that who may read, by due date unless the filter says else, PageSize at a time, from the
// place that the page before named. Invalid ("error.list_filter") for a filter
// or a place that is not known.
func (d *Desk) Queue(ctx context.Context, w Who, f Filter, after string) (Page, error) {
	if err := d.may(w, policies.CaseRead); err != nil {
		return Page{}, err
	}
	wanted, err := d.query(w, f)
	if err != nil {
		return Page{}, err
	}
	from, err := place(after, wanted.ByRisk)
	if err != nil {
		return Page{}, err
	}
	if len(wanted.Within) == 0 { // which would filter nothing
		return Page{}, kyc.EKey(kyc.Forbidden, "error.forbidden", "role reaches no case")
	}
	found, err := d.Store.Cases(ctx, w.Tenant, wanted, from, PageSize+1)
	if err != nil {
		return Page{}, err
	}
	var page Page
	if len(found) > PageSize {
		found = found[:PageSize]
		page.After = placeAfter(found[PageSize-1], wanted.ByRisk)
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
	if c.State != kyc.CaseDecided {
		i.Proposer = names.staff(ctx, c.ProposedBy)
	}
	i.Overdue = c.State != kyc.CaseDecided && c.Due.Time().Before(d.Clock())
	return i
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
