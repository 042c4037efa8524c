package roster_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/paifang/paifang/core/audit"
	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/letter"
	"github.com/paifang/paifang/core/roster"
	"github.com/paifang/paifang/core/store"
	"github.com/paifang/paifang/core/store/storetest"
	"github.com/paifang/paifang/policies"
)

var ctx = context.Background()

const demo kyc.TenantID = "demo"

// house is a roster of a tenant with a member of the staff for each role, who is
// named for it.
type house struct {
	*roster.Roster
	t     *testing.T
	store *store.Store
	may   *policies.Authorizer
}

func newHouse(t *testing.T, s *store.Store) *house {
	t.Helper()
	h := &house{t: t, store: s}
	var err error
	h.may, err = policies.NewFor(s, time.Now, slog.New(slog.DiscardHandler))
	h.ok(err)
	h.Roster = roster.New(roster.Config{Store: s, Authorizer: h.may, Letters: &letter.Writer{Vault: plainly{}, Clock: time.Now, IDs: storetest.ID, Random: rand.Reader}, Locales: []kyc.Locale{"en", "ar"}, Clock: time.Now, IDs: storetest.ID})
	for _, id := range []kyc.TenantID{demo, policies.OperatorTenant} {
		change := kyc.Change{kyc.SaveTenant{Tenant: kyc.Tenant{ID: id, Name: "Tenant", Locales: kyc.LocaleList{"en"}}},
			kyc.SaveTenantMarket{TenantMarket: kyc.TenantMarket{Tenant: id, Market: "mainland", Enabled: true}}}
		for _, role := range policies.Roles() {
			change = append(change, kyc.SaveStaff{Staff: kyc.Staff{Tenant: id, ID: kyc.StaffID(role), Login: role, Name: "Name of " + role, Role: role, Hash: "x", Locale: "en", State: "active"}})
		}
		h.ok(s.Commit(ctx, id, change))
	}
	return h
}

func (h *house) ok(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

// as is somebody at work in their own tenant, as they are now.
func (h *house) as(id string) roster.Who {
	h.t.Helper()
	s, err := h.store.Staff(ctx, demo, kyc.StaffID(id))
	h.ok(err)
	return roster.Who{Staff: s, Tenant: demo}
}

func (h *house) refused(err error, key string) {
	h.t.Helper()
	var e *kyc.Error
	if !errors.As(err, &e) || e.Key != "error."+key {
		h.t.Errorf("error is %v, want %s", err, key)
	}
}

var all = []string{kyc.AnyValue}

func reads(markets ...string) policies.Rule {
	return policies.Rule{Permission: policies.CaseRead, Markets: markets, Risks: all}
}

func TestRolesAreMadeAndGiven(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		h := newHouse(t, s)
		admin := h.as("tenant_admin")
		id, err := h.CreateRole(ctx, admin, roster.Draft{Name: " Night shift ", Rules: []policies.Rule{reads("mainland")}})
		h.ok(err)
		h.ok(h.GiveRole(ctx, admin, "viewer", id))
		may := func(market kyc.MarketID) bool {
			return h.may.May(h.as("viewer").Staff, demo, policies.CaseRead, policies.Market(market), policies.Risk("high"))
		}
		if !may("mainland") || may("overseas") || !h.may.May(h.as("viewer").Staff, demo, policies.StaffSelf) {
			t.Error("the role does not give what it says")
		}
		h.refused(h.RetireRole(ctx, admin, id, 1), "role_in_use")
		h.refused(h.ChangeRole(ctx, admin, id, 7, roster.Draft{Name: "x", Rules: []policies.Rule{reads("mainland")}}), "role_changed")
		h.ok(h.ChangeRole(ctx, admin, id, 1, roster.Draft{Name: "Night shift", Rules: []policies.Rule{{Permission: policies.ProviderRead}}}))
		if may("mainland") {
			t.Error("the change does not hold at once")
		}
		h.ok(h.GiveRole(ctx, admin, "viewer", "reviewer"))
		h.ok(h.RetireRole(ctx, admin, id, 2))
		h.refused(h.GiveRole(ctx, admin, "viewer", id), "role_unknown")
		v, err := h.Role(ctx, admin, id)
		h.ok(err)
		if v.State != kyc.RoleRetired || len(v.History) != 3 || v.History[2].Name != "Night shift" || v.History[0].By != "Name of tenant_admin" ||
			v.Change || len(v.History[2].Gave) != 2 || !slices.Equal(v.History[2].Gave[0].Markets, []string{"mainland"}) {
			t.Errorf("%+v", v)
		}
		h.record(id)
	})
}

// record wants the lines that TestRolesAreMadeAndGiven leaves.
func (h *house) record(role string) {
	h.t.Helper()
	lines, err := h.store.AuditLines(ctx, demo, kyc.AuditFilter{}, "", 20)
	h.ok(err)
	var told []string
	for _, l := range slices.Backward(lines) {
		if err := audit.Check(l); err != nil || l.Actor != audit.Staff("tenant_admin") {
			h.t.Errorf("%+v: %v", l, err)
		}
		told = append(told, l.Action+" "+l.Detail["version"]+l.Detail["role"])
	}
	want := "role.changed 1, staff.role " + role + ", role.changed 2, staff.role reviewer, role.retired 3"
	if got := strings.Join(told, ", "); got != want {
		h.t.Errorf("the record is %s, want %s", got, want)
	}
}

func TestDraftsThatMakeNoSense(t *testing.T) {
	h := newHouse(t, storetest.SQLite(t))
	admin := h.as("tenant_admin")
	_, err := h.CreateRole(ctx, admin, roster.Draft{Name: "Taken", Rules: []policies.Rule{reads("*")}})
	h.ok(err)
	for name, c := range map[string]struct {
		key   string
		draft roster.Draft
	}{
		"no name":              {"role_name", roster.Draft{Name: "  ", Rules: []policies.Rule{reads("*")}}},
		"a long name":          {"role_name", roster.Draft{Name: strings.Repeat("é", 81), Rules: []policies.Rule{reads("*")}}},
		"not text":             {"role_name", roster.Draft{Name: "\xff", Rules: []policies.Rule{reads("*")}}},
		"a name twice":         {"role_name_taken", roster.Draft{Name: "TAKEN", Rules: []policies.Rule{reads("*")}}},
		"nothing":              {"role_empty", roster.Draft{Name: "x"}},
		"for no market":        {"role_rule", roster.Draft{Name: "x", Rules: []policies.Rule{reads()}}},
		"for an unknown one":   {"role_rule", roster.Draft{Name: "x", Rules: []policies.Rule{reads("atlantis")}}},
		"twice":                {"role_rule", roster.Draft{Name: "x", Rules: []policies.Rule{reads("*"), reads("mainland")}}},
		"unknown":              {"role_rule", roster.Draft{Name: "x", Rules: []policies.Rule{{Permission: "case.burn"}}}},
		"of the administrator": {"role_rule", roster.Draft{Name: "x", Rules: []policies.Rule{{Permission: policies.RoleGrant}}}},
		"of the platform":      {"role_rule", roster.Draft{Name: "x", Rules: []policies.Rule{{Permission: policies.TenantList}}}},
		"unknown class":        {"role_rule", roster.Draft{Name: "x", Rules: []policies.Rule{reads("*"), {Permission: policies.DocumentView, Markets: all, Classes: []string{"secret"}, Risks: all}}}},
		"blind":                {"role_reads", roster.Draft{Name: "x", Rules: []policies.Rule{{Permission: policies.CaseDecide, Markets: all, Risks: all}}}},
	} {
		_, err := h.CreateRole(ctx, admin, c.draft)
		if kyc.CodeOf(err) != kyc.Invalid {
			t.Errorf("%s: %v", name, err)
		}
		h.refused(err, c.key)
	}
	for range roster.MaxRoles - 1 {
		_, err := h.CreateRole(ctx, admin, roster.Draft{Name: storetest.ID(), Rules: []policies.Rule{reads("*")}})
		h.ok(err)
	}
	_, err = h.CreateRole(ctx, admin, roster.Draft{Name: "one more", Rules: []policies.Rule{reads("*")}})
	h.refused(err, "role_count")
}

// A deputy has some of the administrator's rights by a role of the tenant's own.
func TestNobodyGivesMoreThanTheyHave(t *testing.T) {
	h := newHouse(t, storetest.SQLite(t))
	admin := h.as("tenant_admin")
	id, err := h.CreateRole(ctx, admin, roster.Draft{Name: "Deputy", Rules: []policies.Rule{reads("mainland"),
		{Permission: policies.StaffRead}, {Permission: policies.StaffAppoint}, {Permission: policies.RoleManage}}})
	h.ok(err)
	h.ok(h.GiveRole(ctx, admin, "viewer", id))
	deputy := h.as("viewer")
	narrow, err := h.CreateRole(ctx, deputy, roster.Draft{Name: "Narrow", Rules: []policies.Rule{reads("mainland")}})
	h.ok(err)
	_, err = h.CreateRole(ctx, deputy, roster.Draft{Name: "Wide", Rules: []policies.Rule{reads("*")}})
	h.refused(err, "beyond_own")
	h.refused(h.ChangeRole(ctx, deputy, narrow, 1, roster.Draft{Name: "Narrow", Rules: []policies.Rule{reads("mainland"), {Permission: policies.AuditRead}}}), "beyond_own")
	h.refused(h.ChangeRole(ctx, deputy, id, 1, roster.Draft{Name: "Deputy", Rules: []policies.Rule{reads("mainland")}}), "own_role")
	for _, role := range []string{"tenant_admin", "reviewer", "viewer"} { // of viewers, too: they see every market
		h.refused(h.GiveRole(ctx, deputy, "compliance_officer", role), "beyond_own")
	}
	h.refused(h.GiveRole(ctx, deputy, "viewer", narrow), "own_role")
	h.refused(h.GiveRole(ctx, admin, "tenant_admin", "viewer"), "own_role")
	h.refused(h.Disable(ctx, admin, "tenant_admin"), "own_role")
	h.refused(h.Disable(ctx, deputy, "tenant_admin"), "beyond_own")
	h.refused(h.GiveRole(ctx, admin, "reviewer", "platform_operator"), "beyond_own")
	h.refused(h.GiveRole(ctx, admin, "reviewer", "emperor"), "role_unknown")
	h.ok(h.GiveRole(ctx, admin, "reviewer", narrow))
	h.ok(h.Disable(ctx, deputy, "reviewer"))
	h.ok(h.Enable(ctx, deputy, "reviewer"))
	p, err := h.Member(ctx, deputy, "reviewer")
	h.ok(err)
	if len(p.Roles) != 2 || !p.Disable || p.Enable || p.Hash != "" { // Deputy and Narrow
		t.Errorf("%+v", p)
	}
	if p, err = h.Member(ctx, deputy, "viewer"); err != nil || !p.Self || len(p.Roles) > 0 || p.Disable {
		t.Errorf("%+v %v", p, err)
	}
	operator, err := h.store.Staff(ctx, policies.OperatorTenant, "platform_operator")
	h.ok(err)
	_, err = h.Members(ctx, roster.Who{Staff: operator, Tenant: demo})
	h.refused(err, "forbidden")
}

func TestOneAdministratorStays(t *testing.T) {
	h := newHouse(t, storetest.SQLite(t))
	admin := h.as("tenant_admin")
	h.ok(h.GiveRole(ctx, admin, "viewer", policies.TenantAdmin))
	second := h.as("viewer")
	h.ok(h.GiveRole(ctx, second, "tenant_admin", "viewer"))
	h.ok(h.GiveRole(ctx, second, "tenant_admin", policies.TenantAdmin))
	// Both look at each other as they were, and each takes the other's role away.
	h.ok(h.Disable(ctx, admin, "viewer"))
	h.refused(h.Disable(ctx, second, "tenant_admin"), "last_admin")
}

func TestTenants(t *testing.T) {
	h := newHouse(t, storetest.SQLite(t))
	for i := range roster.PageSize {
		id := kyc.TenantID(fmt.Sprintf("t%03d", i))
		h.ok(h.store.Commit(ctx, id, kyc.Change{kyc.SaveTenant{Tenant: kyc.Tenant{ID: id, Name: "x"}}}))
	}
	operator, err := h.store.Staff(ctx, policies.OperatorTenant, "platform_operator")
	h.ok(err)
	w := roster.Who{Staff: operator, Tenant: policies.OperatorTenant}
	first, err := h.Tenants(ctx, w, "")
	h.ok(err)
	second, err := h.Tenants(ctx, w, first.After)
	h.ok(err)
	if len(first.Tenants) != roster.PageSize || len(second.Tenants) != 2 || second.After != "" || first.After >= second.Tenants[0].ID {
		t.Errorf("%d, then %d after %q", len(first.Tenants), len(second.Tenants), first.After)
	}
	_, err = h.Tenants(ctx, h.as("tenant_admin"), "")
	h.refused(err, "forbidden")
}

// Two nodes on one PostgreSQL: what one changes the other knows within 2 seconds.
func TestAChangeReachesEveryNode(t *testing.T) {
	url := storetest.PostgresURL(t)
	var nodes []*store.Store
	for range 2 {
		s, err := store.Open(ctx, store.Config{DatabaseURL: url})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
		nodes = append(nodes, s)
	}
	if err := nodes[0].Migrate(ctx); err != nil {
		t.Fatal(err)
	}
	h := newHouse(t, nodes[0])
	far, err := policies.NewFor(nodes[1], time.Now, slog.New(slog.DiscardHandler))
	h.ok(err)
	admin := h.as("tenant_admin")
	id, err := h.CreateRole(ctx, admin, roster.Draft{Name: "Night shift", Rules: []policies.Rule{reads("*")}})
	h.ok(err)
	h.ok(h.GiveRole(ctx, admin, "viewer", id))
	holder := h.as("viewer").Staff
	if !far.May(holder, demo, policies.CaseRead) {
		t.Fatal("the other node does not know the role")
	}
	h.ok(h.ChangeRole(ctx, admin, id, 1, roster.Draft{Name: "Night shift", Rules: []policies.Rule{{Permission: policies.ProviderRead}}}))
	began := time.Now()
	for asked := began; far.May(holder, demo, policies.CaseRead); asked = time.Now() {
		if asked.Sub(began) > 2*time.Second { // however long the answer took
			t.Fatal("after 2 s the other node still goes by the old rules")
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Logf("it took %v", time.Since(began))
}
