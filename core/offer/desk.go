package offer

import (
	"context"
	"slices"

	"github.com/paifang/paifang/core/audit"
	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/policies"
)

// Store is what a Desk reads and where its changes go.
type Store interface {
	TenantMarkets(ctx context.Context, tenant kyc.TenantID) ([]kyc.TenantMarket, error)
	TenantMarket(ctx context.Context, tenant kyc.TenantID, market kyc.MarketID) (kyc.TenantMarket, error)
	MarketVersion(ctx context.Context, tenant kyc.TenantID, market kyc.MarketID, number int64) (kyc.MarketVersion, error)
	// MarketVersions lists versions, the newest first.
	MarketVersions(ctx context.Context, tenant kyc.TenantID, market kyc.MarketID, limit int) ([]kyc.MarketVersion, error)
	UnderWay(ctx context.Context, tenant kyc.TenantID, market kyc.MarketID, limit int) (int, error)
	Staff(ctx context.Context, tenant kyc.TenantID, id kyc.StaffID) (kyc.Staff, error)
	Commit(ctx context.Context, tenant kyc.TenantID, change kyc.Change) error
}

// Vault seals what is secret.
type Vault interface {
	Opener
	SealTenant(ctx context.Context, tenant kyc.TenantID, column string, plain []byte) ([]byte, error)
}

// About is what a market says of itself, by the version that a choice leads to.
type About struct {
	Version string // as the program describes itself
	Title   string // message key
	Summary string // message key
	Schema  []byte // JSON Schema of a tenant's settings; empty: there are none
	State   string // of the provider: "ready", "backoff", …
}

// Eligible is a version that a tenant can choose.
type Eligible struct {
	Version   string // as in TenantMarket.Pinned
	Describes string // what the program says, when that is known
}

// Platform is what the installation offers to its tenants.
type Platform interface {
	// Markets lists the markets there are, those that do not run now too.
	Markets() []kyc.MarketID
	// About tells of a market by the version that pinned leads to: "", a channel or
	// a version. NotFound when there is no such market, Unavailable when that version
	// cannot be asked now.
	About(ctx context.Context, market kyc.MarketID, pinned string) (About, error)
	// Learn is About, for who wants to choose a version that does not run yet.
	Learn(ctx context.Context, market kyc.MarketID, pinned string) (About, error)
	// Versions lists what can be chosen, the newest first.
	Versions(market kyc.MarketID) []Eligible
	// Validate has all versions that new applications of the choice may be judged by
	// judge settings. Unavailable when one of them cannot be asked now.
	Validate(ctx context.Context, market kyc.MarketID, pinned string, settings []byte) ([]Diagnostic, error)
}

// Diagnostic says what is wrong with settings.
type Diagnostic struct {
	Code   string            // "schema.maximum", or the provider's
	Key    string            // message key of the provider's; ""
	Params map[string]string // of the sentence
	Path   string            // "currencies.0"; "": the whole
}

// Config is everything a Desk needs. All fields but Office are required.
type Config struct {
	Store      Store
	Vault      Vault
	Platform   Platform
	Authorizer *policies.Authorizer
	Clock      kyc.Clock
	IDs        kyc.IDs
	// Office makes it the desk of who runs the installation, at the command line: they
	// may everything in every tenant, the record names the office, and Who.Staff is not
	// looked at. It is never behind a door.
	Office bool
}

// Desk is where tenants decide how they offer markets. It keeps no state and is
// safe for concurrent use.
type Desk struct{ Config }

// New makes a Desk.
func New(c Config) *Desk { return &Desk{c} }

// Who is a member of staff at work in a tenant.
type Who struct {
	Staff  kyc.Staff
	Tenant kyc.TenantID
}

func (d *Desk) may(w Who, need policies.Permission) error {
	if d.Office || d.Authorizer.May(w.Staff, w.Tenant, need) {
		return nil
	}
	return kyc.EKey(kyc.Forbidden, "error.forbidden", "role lacks %s", need)
}

// by is who a change is made by.
func (d *Desk) by(w Who) kyc.Actor {
	if d.Office {
		return audit.System("office")
	}
	return audit.Staff(w.Staff.ID)
}

// Market is a market as a tenant offers it, or could.
type Market struct {
	kyc.TenantMarket // Number and Enabled are zero for one that was never offered; Secrets is empty
	About            About
	Trouble          string // message key: why it cannot be asked now; ""
}

// shownHistory bounds the versions that a View has.
const shownHistory = 50

// MostUnderWay is the most that View.UnderWay counts to.
const MostUnderWay = 1000

// Version is a version of an offer and what changed with it.
type Version struct {
	kyc.MarketVersion        // without settings
	By                string // name, for staff
	Changes           []Change
}

// View is a market as who sets it up sees it.
type View struct {
	Market
	Schema   *Setting       // nil: nothing can be set, or nobody can be asked; then no value is shown
	Settings map[string]any // without what is secret
	Kept     []string       // pointers of what is secret and set
	Choices  []Eligible
	UnderWay int       // applications that are not over, at most MostUnderWay
	History  []Version // the newest first
	Change   bool      // who asks may change it
}

// Markets lists what the platform offers and what the tenant has set up, by id.
func (d *Desk) Markets(ctx context.Context, w Who) ([]Market, error) {
	if err := d.may(w, policies.MarketRead); err != nil {
		return nil, err
	}
	mine, err := d.Store.TenantMarkets(ctx, w.Tenant)
	if err != nil {
		return nil, err
	}
	for _, id := range d.Platform.Markets() {
		if !slices.ContainsFunc(mine, func(m kyc.TenantMarket) bool { return m.Market == id }) {
			mine = append(mine, kyc.TenantMarket{Tenant: w.Tenant, Market: id})
		}
	}
	slices.SortFunc(mine, func(a, b kyc.TenantMarket) int { return cmpText(a.Market, b.Market) })
	var list []Market
	for _, m := range mine {
		one, err := d.market(ctx, m)
		if err != nil {
			return nil, err
		}
		list = append(list, one)
	}
	return list, nil
}

func cmpText(a, b kyc.MarketID) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// market adds what the provider says to what the tenant chose.
func (d *Desk) market(ctx context.Context, m kyc.TenantMarket) (Market, error) {
	m.Config, m.Secrets = nil, nil
	about, err := d.Platform.About(ctx, m.Market, m.Pinned)
	out := Market{TenantMarket: m, About: about}
	if kyc.CodeOf(err) != kyc.Unavailable && kyc.CodeOf(err) != kyc.NotFound {
		return out, err
	}
	out.Trouble = "admin.market.trouble"
	if chosen(m.Pinned) {
		out.Trouble = "admin.market.pinGone"
		if about, err := d.Platform.About(ctx, m.Market, ""); err == nil { // for its name
			out.About.Title, out.About.Summary, out.About.State = about.Title, about.Summary, about.State
		}
	}
	return out, nil
}

// chosen tells whether a tenant wants one version and no other.
func chosen(pinned string) bool {
	return pinned != "" && pinned != kyc.StableChannel && pinned != kyc.CanaryChannel
}

// Market shows how the tenant offers a market. NotFound when nobody has it.
func (d *Desk) Market(ctx context.Context, w Who, id kyc.MarketID) (*View, error) {
	if err := d.may(w, policies.MarketRead); err != nil {
		return nil, err
	}
	m, err := d.now(ctx, w.Tenant, id)
	if err != nil {
		return nil, err
	}
	v := &View{Change: d.may(w, policies.MarketManage) == nil, Choices: d.Platform.Versions(id)}
	if v.Market, err = d.market(ctx, m); err != nil {
		return nil, err
	}
	if v.Schema, err = ReadSchema(v.About.Schema); err != nil {
		return nil, err
	}
	secret := secretAt(v.Schema)
	doc, secrets, err := d.divided(ctx, m, secret)
	if err != nil {
		return nil, err
	}
	if o, ok := doc.(map[string]any); ok {
		v.Settings = o
	}
	if v.Schema == nil { // what is set cannot be told apart; what was sealed is known
		if secrets, err = opened(ctx, d.Vault, m); err != nil {
			return nil, err
		}
	}
	v.Kept = union(secrets, nil)
	if v.UnderWay, err = d.Store.UnderWay(ctx, w.Tenant, id, MostUnderWay); err != nil {
		return nil, err
	}
	v.History, err = d.history(ctx, w.Tenant, id, secret)
	return v, err
}

func (d *Desk) history(ctx context.Context, tenant kyc.TenantID, id kyc.MarketID, secret []string) ([]Version, error) {
	found, err := d.Store.MarketVersions(ctx, tenant, id, shownHistory+1)
	if err != nil {
		return nil, err
	}
	var list []Version
	for i, m := range found[:min(len(found), shownHistory)] {
		v := Version{MarketVersion: m}
		before := kyc.TenantMarket{Tenant: tenant, Market: id}
		if i+1 < len(found) {
			before = found[i+1].TenantMarket
		}
		if v.Changes, err = d.compare(ctx, before, m.TenantMarket, secret); err != nil {
			return nil, err
		}
		if m.ByKind == "staff" {
			v.By = m.ByID
			if s, err := d.Store.Staff(ctx, tenant, kyc.StaffID(m.ByID)); err == nil {
				v.By = s.Name
			}
		}
		v.Config, v.Secrets = nil, nil
		list = append(list, v)
	}
	return list, nil
}

// now is how the tenant offers a market at this moment, whatever this node
// remembers. NotFound when it does not, and neither does the platform.
func (d *Desk) now(ctx context.Context, tenant kyc.TenantID, id kyc.MarketID) (kyc.TenantMarket, error) {
	none := kyc.TenantMarket{Tenant: tenant, Market: id, Config: []byte("{}")}
	if _, err := kyc.ParseMarketID(string(id)); err != nil {
		return none, kyc.EKey(kyc.NotFound, "error.market_unknown", "no such market")
	}
	found, err := d.Store.MarketVersions(ctx, tenant, id, 1)
	if err != nil {
		return none, err
	}
	if len(found) > 0 {
		return found[0].TenantMarket, nil
	}
	m, err := d.Store.TenantMarket(ctx, tenant, id)
	if kyc.CodeOf(err) != kyc.NotFound {
		return m, err
	}
	if !slices.Contains(d.Platform.Markets(), id) {
		return none, kyc.EKey(kyc.NotFound, "error.market_unknown", "no such market")
	}
	return none, nil
}
