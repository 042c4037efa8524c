package rollout_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/paifang/paifang/core/audit"
	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/rollout"
	"github.com/paifang/paifang/core/store"
	"github.com/paifang/paifang/core/store/storetest"
)

// shelf has versions 1.0.0 to 3.0.0 of everything; chile came with the gateway.
type shelf struct{}

func (shelf) Shipped(p string) bool { return p == "chile" }
func (shelf) Has(p, v string) error {
	if slices.Contains([]string{"1.0.0", "2.0.0", "3.0.0"}, v) || p == "chile" && v == kyc.ShippedVersion {
		return nil
	}
	return kyc.E(kyc.NotFound, "%s %s is not installed here", p, v)
}

var clock = func() time.Time { return time.UnixMilli(int64(storetest.Now)) }

// prover finds fault with the versions that it is told.
type prover map[string]rollout.Proof

func (p prover) Prove(_ context.Context, _, from, to string, _ rollout.Wanted) (rollout.Proof, error) {
	proof := p[to]
	proof.From, proof.To = from, to
	return proof, nil
}

type testDesk struct{ *rollout.Desk }

func (d testDesk) up(ctx context.Context, provider, version string, share int) (kyc.Rollout, error) {
	r, _, err := d.Upgrade(ctx, act(""), rollout.Upgrade{Provider: provider, Version: version, Share: share})
	return r, err
}

func desk(t *testing.T) (testDesk, *store.Store) {
	s := storetest.SQLite(t)
	storetest.SeedTenant(t, s, "platform")
	return testDesk{rollout.NewDesk(rollout.Config{Store: s, Shelf: shelf{}, Prover: prover{}, Platform: "platform", Clock: clock, IDs: storetest.ID})}, s
}

func act(why string) rollout.Act { return rollout.Act{By: audit.Staff("olga"), Why: why} }

// told is a rollout in short.
func told(r kyc.Rollout) string {
	s := r.Version
	if r.Canary != "" {
		s += " canary " + r.Canary
	}
	if r.Warm != "" {
		s += " warm " + r.Warm
	}
	if r.Off {
		s += " off"
	}
	return s
}

func TestChanges(t *testing.T) {
	d, s := desk(t)
	ctx := t.Context()
	for _, step := range []struct {
		name string
		do   func() (kyc.Rollout, error)
		want string // or the key of the refusal
	}{
		{"nothing to enable", func() (kyc.Rollout, error) { return d.Enable(ctx, act(""), "brazil", "") }, "error.rollout_none"},
		{"upgrade what is off", func() (kyc.Rollout, error) { return d.up(ctx, "brazil", "1.0.0", 0) }, "error.rollout_off"},
		{"enable", func() (kyc.Rollout, error) { return d.Enable(ctx, act("new market"), "brazil", "1.0.0") }, "1.0.0"},
		{"enable again", func() (kyc.Rollout, error) { return d.Enable(ctx, act(""), "brazil", "1.0.0") }, "error.rollout_on"},
		{"no way back", func() (kyc.Rollout, error) { return d.Rollback(ctx, act(""), "brazil") }, "error.rollout_first"},
		{"not there", func() (kyc.Rollout, error) { return d.up(ctx, "brazil", "9.0.0", 0) }, "not_found"},
		{"the same", func() (kyc.Rollout, error) { return d.up(ctx, "brazil", "1.0.0", 0) }, "error.rollout_in_force"},
		{"too much", func() (kyc.Rollout, error) { return d.up(ctx, "brazil", "2.0.0", 100) }, "error.rollout_share"},
		{"canary", func() (kyc.Rollout, error) { return d.up(ctx, "brazil", "2.0.0", 20) }, "1.0.0 canary 2.0.0"},
		{"more of it", func() (kyc.Rollout, error) { return d.up(ctx, "brazil", "2.0.0", 60) }, "1.0.0 canary 2.0.0"},
		{"swap", func() (kyc.Rollout, error) { return d.up(ctx, "brazil", "2.0.0", 0) }, "2.0.0 warm 1.0.0"},
		{"canary of a third", func() (kyc.Rollout, error) { return d.up(ctx, "brazil", "3.0.0", 1) }, "2.0.0 canary 3.0.0 warm 1.0.0"},
		{"canary back", func() (kyc.Rollout, error) { return d.Rollback(ctx, act(""), "brazil") }, "2.0.0 warm 1.0.0"},
		{"back", func() (kyc.Rollout, error) { return d.Rollback(ctx, act("too strict"), "brazil") }, "1.0.0 warm 2.0.0"},
		{"forth", func() (kyc.Rollout, error) { return d.Rollback(ctx, act(""), "brazil") }, "2.0.0 warm 1.0.0"},
		{"the warm one as canary", func() (kyc.Rollout, error) { return d.up(ctx, "brazil", "1.0.0", 5) }, "2.0.0 canary 1.0.0"},
		{"off", func() (kyc.Rollout, error) { return d.Disable(ctx, act(""), "brazil") }, "2.0.0 off"},
		{"off again", func() (kyc.Rollout, error) { return d.Disable(ctx, act(""), "brazil") }, "error.rollout_off"},
		{"back when off", func() (kyc.Rollout, error) { return d.Rollback(ctx, act(""), "brazil") }, "error.rollout_off"},
		{"on again", func() (kyc.Rollout, error) { return d.Enable(ctx, act(""), "brazil", "") }, "2.0.0"},
		{"a long reason", func() (kyc.Rollout, error) { return d.Disable(ctx, act(strings.Repeat("a", 301)), "brazil") }, "error.rollout_why"},
		{"two lines", func() (kyc.Rollout, error) { return d.Disable(ctx, act("a\nb"), "brazil") }, "error.rollout_why"},
		{"a strange name", func() (kyc.Rollout, error) { return d.Disable(ctx, act(""), "../x") }, "invalid"},
		{"a shipped one", func() (kyc.Rollout, error) { return d.up(ctx, "chile", "1.0.0", 0) }, "1.0.0 warm shipped"},
		{"and back", func() (kyc.Rollout, error) { return d.Rollback(ctx, act(""), "chile") }, "shipped warm 1.0.0"},
	} {
		r, err := step.do()
		got := told(r)
		var e *kyc.Error
		if errors.As(err, &e) {
			if got = e.Key; got == "" {
				got = string(e.Code)
			}
		}
		if got != step.want {
			t.Errorf("%s: %q %v, want %q", step.name, got, err, step.want)
		}
	}
	history, err := d.History(ctx, "brazil")
	if err != nil || len(history) != 11 || history[10].Action != rollout.Enabled || history[10].Why != "new market" || history[10].ByID != "olga" {
		t.Errorf("%d %+v %v", len(history), history, err)
	}
	lines, err := s.AuditLines(ctx, "platform", kyc.AuditFilter{ObjectKind: "provider", ObjectID: "brazil"}, "", 0)
	if err != nil || len(lines) != len(history) {
		t.Errorf("%d lines of the record, want %d, %v", len(lines), len(history), err)
	}
	for _, l := range lines {
		if l.Action != audit.ProviderChanged || l.Detail["what"] == audit.Withheld || l.Detail["version"] == audit.Withheld {
			t.Errorf("%+v", l)
		}
	}
}

// TestWhoIsMoved: people whose version is not kept running are counted before the
// change, those who are over or whose tenant chose the version are not.
func TestWhoIsMoved(t *testing.T) {
	d, s := desk(t)
	d.Prover = prover{"1.0.0": {}, "2.0.0": {Shipped: "0.9.0"}, "3.0.0": {Shipped: "0.9.0"}}
	ctx := t.Context()
	storetest.SeedTenant(t, s, "shop")
	begin := func(version string, state kyc.State) {
		app := storetest.Application("shop")
		app.Market, app.Provider, app.State = "chile", version, state
		storetest.Commit(t, s, "shop", kyc.CreateApplicant{Tenant: "shop", ID: app.Applicant, Wrapped: []byte("x"), At: storetest.Now}, kyc.CreateApplication{Application: app})
	}
	moved := func(version string, share int, want int64) {
		t.Helper()
		tried, err := d.Prove(ctx, "chile", version, rollout.Wanted{Share: share})
		if err != nil || tried.Moved != want {
			t.Errorf("trying %s says that %d are moved, %v", version, tried.Moved, err)
		}
		_, proof, err := d.Upgrade(ctx, act(""), rollout.Upgrade{Provider: "chile", Version: version, Share: share})
		if err != nil || proof.Moved != want {
			t.Errorf("%s: %d are moved, want %d, %v", version, proof.Moved, want, err)
		}
	}
	begin("0.9.0", kyc.Open)
	begin("0.9.0", kyc.InReview)
	begin("0.9.0", kyc.Withdrawn)
	moved("1.0.0", 0, 0) // the shipped one stays warm
	begin("1.0.0", kyc.Open)
	moved("2.0.0", 0, 2) // now it does not
	begin("2.0.0", kyc.Open)
	moved("3.0.0", 5, 0)
	begin("3.0.0", kyc.Open)
	moved("1.0.0", 5, 1) // another canary in its place
	storetest.Commit(t, s, "shop", kyc.SaveTenantMarket{TenantMarket: kyc.TenantMarket{Tenant: "shop", Market: "chile", Enabled: true, Pinned: "1.0.0"}})
	moved("3.0.0", 0, 0) // the tenant has chosen the one that would go
}

func TestFaulty(t *testing.T) {
	d, _ := desk(t)
	ctx := t.Context()
	must := func(r kyc.Rollout, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	holds := func(want string) {
		t.Helper()
		if r, err := d.Now(ctx, "brazil"); told(r) != want || err != nil {
			t.Errorf("%q %v, want %q", told(r), err, want)
		}
	}
	faulty := func(version string) {
		t.Helper()
		if err := d.Faulty(ctx, "brazil", version, "12 of 20 calls failed\n"+strings.Repeat("é", 400)); err != nil {
			t.Error(err)
		}
	}
	must(d.Enable(ctx, act(""), "brazil", "1.0.0"))
	faulty("1.0.0")
	holds("1.0.0") // there is no other
	must(d.up(ctx, "brazil", "2.0.0", 10))
	faulty("3.0.0")
	holds("1.0.0 canary 2.0.0")
	faulty("2.0.0")
	holds("1.0.0")
	must(d.up(ctx, "brazil", "2.0.0", 0))
	faulty("2.0.0")
	holds("1.0.0")
	faulty("2.0.0") // a second node saw it, too
	history, err := d.History(ctx, "brazil")
	if err != nil || len(history) != 5 || history[0].Action != rollout.Failed || history[0].ByID != "host" || !strings.HasPrefix(history[0].Why, "12 of 20 calls failed ") {
		t.Errorf("%d %+v %v", len(history), history[0], err)
	}
}

func TestPlans(t *testing.T) {
	d, s := desk(t)
	ctx := t.Context()
	storetest.SeedTenant(t, s, "shop")
	for market, pinned := range map[kyc.MarketID]string{"brazil": "1.0.0", "chile": "2.0.0", "peru": kyc.CanaryChannel} {
		storetest.Commit(t, s, "shop", kyc.SaveTenantMarket{TenantMarket: kyc.TenantMarket{Tenant: "shop", Market: market, Enabled: true, Pinned: pinned}})
	}
	if _, err := d.Enable(ctx, act(""), "brazil", "3.0.0"); err != nil {
		t.Fatal(err)
	}
	got, err := d.Plans(ctx)
	want := map[string]rollout.Plan{"brazil": {Version: "3.0.0", Pinned: []string{"1.0.0"}}, "chile": {Version: kyc.ShippedVersion, Pinned: []string{"2.0.0"}}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Error(diff, err)
	}
	use, err := d.Used(ctx, "brazil", "1.0.0", "1.0.0")
	if diff := cmp.Diff(rollout.Use{Tenants: []kyc.TenantID{"shop"}}, use); diff != "" || err != nil || !use.Any() {
		t.Error(diff, err)
	}
	if use, err = d.Used(ctx, "brazil", "3.0.0", "3.0.0"); !use.InForce || err != nil {
		t.Error(use, err)
	}
	if use, err = d.Used(ctx, "brazil", "2.0.0", "2.0.0"); use.Any() || err != nil {
		t.Error(use, err)
	}
	app := storetest.Application("shop")
	app.Market, app.Provider = "brazil", "2.0.0"
	storetest.Commit(t, s, "shop", kyc.CreateApplicant{Tenant: "shop", ID: app.Applicant, Wrapped: []byte("x"), At: storetest.Now}, kyc.CreateApplication{Application: app})
	if use, err = d.Used(ctx, "brazil", "2.0.0", "2.0.0"); use.Bound != 1 || err != nil {
		t.Error(use, err)
	}
	if err := d.Drop(ctx, act(""), "brazil", "3.0.0"); err != nil {
		t.Error(err)
	}
	if r, err := d.Now(ctx, "brazil"); told(r) != " off" || err != nil {
		t.Errorf("%+v %v", r, err)
	}
}

// runner is a host that notes what it is told.
type runner struct {
	applied   []map[string]rollout.Plan
	providers []rollout.Provider
	lines     []rollout.Line
}

func (r *runner) Apply(p map[string]rollout.Plan) { r.applied = append(r.applied, p) }
func (r *runner) Providers() []rollout.Provider   { return r.providers }
func (r *runner) Lines(string) []rollout.Line     { return r.lines }

// counting counts what is written.
type counting struct {
	*store.Store
	reports, lines int
}

func (c *counting) SaveNodeReport(ctx context.Context, r kyc.NodeReport) error {
	c.reports++
	return c.Store.SaveNodeReport(ctx, r)
}

func (c *counting) SaveNodeLines(ctx context.Context, l kyc.NodeLines) error {
	c.lines++
	return c.Store.SaveNodeLines(ctx, l)
}

func TestNode(t *testing.T) {
	d, s := desk(t)
	ctx := t.Context()
	now := clock()
	r := &runner{providers: []rollout.Provider{{Name: "brazil", Kind: "market", State: "ready", Generations: []rollout.Generation{{Version: "1.0.0", Role: "current", State: "ready", Calls: 1}}}}}
	c := &counting{Store: s}
	n := &rollout.Node{Name: "n1", Plans: d.Plans, Runner: r, Reports: c, Clock: func() time.Time { return now }, Log: slog.New(slog.DiscardHandler)}
	n.Look(ctx)
	if _, err := d.Enable(ctx, act(""), "brazil", "1.0.0"); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		r.providers[0].Generations[0].Calls++
		n.Look(ctx)
	}
	if len(r.applied) != 2 || len(r.applied[0]) != 0 || r.applied[1]["brazil"].Version != "1.0.0" {
		t.Errorf("applied %+v", r.applied)
	}
	if c.reports != 1 || c.lines != 0 {
		t.Errorf("nothing has changed, but there were %d reports and %d of lines", c.reports, c.lines)
	}
	r.providers[0].Trouble = "version 2.0.0 is not installed on this node"
	for i := range 300 {
		r.lines = append(r.lines, rollout.Line{At: kyc.At(now) + kyc.Millis(i), Text: strings.Repeat("x", 600)})
	}
	n.Look(ctx)
	n.Look(ctx)
	if c.reports != 2 || c.lines != 1 {
		t.Errorf("%d reports and %d of lines", c.reports, c.lines)
	}
	nodes, err := rollout.Nodes(ctx, s, func() time.Time { return now })
	if err != nil || len(nodes) != 1 || nodes[0].Silent || nodes[0].Providers[0].Trouble == "" {
		t.Errorf("%+v %v", nodes, err)
	}
	lines, err := rollout.Lines(ctx, s, "brazil")
	if err != nil || len(lines) != rollout.MaxLines || lines[0].At != kyc.At(now)+100 || len(lines[0].Text) != 500 || lines[0].Node != "n1" {
		t.Errorf("%d lines, %v", len(lines), err)
	}
	now = now.Add(11 * time.Second)
	n.Look(ctx)
	if c.reports != 3 {
		t.Error("it does not say again that it is there")
	}
	if nodes, err = rollout.Nodes(ctx, s, func() time.Time { return now.Add(time.Minute) }); err != nil || !nodes[0].Silent {
		t.Errorf("a node that has not said anything for a minute is believed: %v", err)
	}
}
