package policies

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/paifang/paifang/core/kyc"
)

// shelf is a source of rules.
type shelf struct {
	mu       sync.Mutex
	rules    map[kyc.TenantID][]kyc.RoleRule
	versions map[kyc.TenantID]int64
	loads    int
	err      error
}

func (s *shelf) PolicyVersion(_ context.Context, tenant kyc.TenantID) (int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.versions[tenant], s.err
}

func (s *shelf) RoleRules(_ context.Context, tenant kyc.TenantID) ([]kyc.RoleRule, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.loads++
	return slices.Clone(s.rules[tenant]), s.err
}

func (s *shelf) put(tenant kyc.TenantID, rules ...kyc.RoleRule) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rules[tenant] = rules
	s.versions[tenant]++
}

func rule(tenant kyc.TenantID, role string, p Permission, markets, classes, risks []string) kyc.RoleRule {
	return kyc.RoleRule{Tenant: tenant, Role: role, Version: 1, Permission: string(p), Markets: markets, Classes: classes, Risks: risks}
}

var every = []string{kyc.AnyValue}

// hours is a clock that a test moves.
type hours struct {
	mu  sync.Mutex
	now time.Time
}

func (h *hours) clock() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.now
}

func (h *hours) pass(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.now = h.now.Add(d)
}

func withOwn(t testing.TB) (*Authorizer, *shelf, *hours) {
	t.Helper()
	s := &shelf{rules: map[kyc.TenantID][]kyc.RoleRule{}, versions: map[kyc.TenantID]int64{}}
	h := &hours{now: time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC)}
	a, err := NewFor(s, h.clock, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return a, s, h
}

const night = kyc.OwnRole + "night"

func TestOwnRoles(t *testing.T) {
	a, s, _ := withOwn(t)
	s.put("demo", rule("demo", night, CaseRead, []string{"mainland"}, every, []string{"low", "medium"}),
		rule("demo", night, DocumentView, []string{"mainland"}, []string{"identity", "address"}, every),
		rule("demo", night, AuditRead, nil, every, every),
		rule("demo", "viewer", AuditRead, every, every, every),       // not a role of its own
		rule("other", night, CaseDecide, every, every, every),        // of another tenant
		rule("demo", night, "staff.everything", every, every, every)) // no permission
	who := staff("demo", night)
	for _, c := range []struct {
		want  bool
		need  Permission
		about []Attribute
	}{
		{true, CaseRead, nil},
		{true, CaseRead, []Attribute{Market("mainland"), Risk("medium")}},
		{false, CaseRead, []Attribute{Market("overseas"), Risk("medium")}},
		{false, CaseRead, []Attribute{Market("mainland"), Risk("high")}},
		{false, CaseRead, []Attribute{Market("mainland"), Risk("strange")}},
		{true, DocumentView, []Attribute{Market("mainland"), Class(kyc.IdentityDocument)}},
		{false, DocumentView, []Attribute{Market("mainland"), Class(kyc.BusinessDocument)}},
		{false, DocumentView, []Attribute{Market("mainland"), EveryClass()}},
		{true, CaseRead, []Attribute{EveryClass()}},
		{false, AuditRead, nil}, // for no market at all
		{false, CaseDecide, nil},
		{false, "staff.everything", nil},
	} {
		if got := a.May(who, "demo", c.need, c.about...); got != c.want {
			t.Errorf("%s %v: %v", c.need, c.about, got)
		}
	}
	if a.May(staff("demo", "viewer"), "demo", AuditRead) {
		t.Error("a tenant gave a shipped role more")
	}
	if a.May(staff("other", night), "other", CaseRead) || a.May(staff("demo", night), "other", CaseRead) || a.May(staff(OperatorTenant, night), "demo", CaseRead) {
		t.Error("the role works in another tenant")
	}
	if authorizer(t).May(who, "demo", CaseRead) {
		t.Error("an authorizer without a source knows the role")
	}
}

// A change holds within Fresh, at once in the process that made it; and what
// cannot be read is refused.
func TestChangesArrive(t *testing.T) {
	a, s, h := withOwn(t)
	s.put("demo", rule("demo", night, CaseRead, every, every, every))
	who := staff("demo", night)
	may := func(want bool, when string) {
		t.Helper()
		if got := a.May(who, "demo", CaseRead); got != want {
			t.Errorf("%s: %v", when, got)
		}
	}
	may(true, "at first")
	s.put("demo")
	h.pass(Fresh - 1)
	may(true, "before it is looked up again")
	h.pass(1)
	may(false, "after")
	s.put("demo", rule("demo", night, CaseRead, every, every, every))
	a.Forget("demo")
	may(true, "after forgetting")
	loads := s.loads
	h.pass(Fresh)
	may(true, "nothing has changed")
	if s.loads != loads {
		t.Error("rules were loaded though nothing had changed")
	}
	h.pass(Fresh)
	s.err = errors.New("no database")
	may(false, "nobody can tell")
	s.err = nil
	may(true, "somebody can")
	h.pass(-time.Hour)
	s.put("demo")
	may(false, "the clock went back")
}

func TestTenantsAtHandAreBounded(t *testing.T) {
	a, s, _ := withOwn(t)
	for i := range rolesKept + 10 {
		id := kyc.TenantID(fmt.Sprint("t", i))
		s.put(id, rule(id, night, CaseRead, every, every, every))
		if !a.May(staff(id, night), id, CaseRead) || !a.May(staff("t0", night), "t0", CaseRead) {
			t.Fatal("refused")
		}
	}
	if n := a.own.recent.Len(); n != rolesKept || len(a.own.places) != n {
		t.Errorf("%d tenants are at hand", n)
	}
	if s.loads != rolesKept+10 {
		t.Errorf("rules were loaded %d times: the tenant that is asked about most was forgotten", s.loads)
	}
}

// Reach, which lists are filtered by, says the same as May, which guards the one.
func TestReachAgreesWithMay(t *testing.T) {
	a, s, h := withOwn(t)
	rapid.Check(t, func(t *rapid.T) {
		some := func(name string, from ...string) []string {
			return rapid.SliceOfDistinct(rapid.SampledFrom(append(from, kyc.AnyValue)), rapid.ID[string]).Draw(t, name)
		}
		s.put("demo", rule("demo", night, CaseRead, some("markets", "mainland", "overseas"), every, some("risks", "low", "medium", "high")),
			rule("demo", night+"2", CaseRead, every, every, every))
		h.pass(Fresh)
		role := rapid.SampledFrom(append(Roles(), night)).Draw(t, "role")
		home := rapid.SampledFrom([]kyc.TenantID{"demo", OperatorTenant}).Draw(t, "home")
		need := rapid.SampledFrom([]Permission{CaseRead, CaseDecide, DocumentView}).Draw(t, "need")
		who := staff(home, role)
		for _, market := range []string{"mainland", "overseas", "elsewhere"} {
			for _, risk := range []string{"low", "medium", "high"} {
				in := slices.ContainsFunc(a.Reach(who, "demo", need), func(c kyc.CaseScope) bool {
					return all(c.Markets, []string{market}) && all(c.Risks, []string{risk})
				})
				if may := a.May(who, "demo", need, Market(kyc.MarketID(market)), Risk(risk)); may != in {
					t.Fatalf("%s of %s, %s %s %s: may %v, in reach %v", role, home, need, market, risk, may, in)
				}
			}
		}
	})
}

func TestNobodyGivesMoreThanTheyHave(t *testing.T) {
	a, s, _ := withOwn(t)
	deputy, narrow := kyc.OwnRole+"deputy", kyc.OwnRole+"narrow"
	s.put("demo", rule("demo", deputy, StaffAppoint, every, every, every), rule("demo", deputy, CaseRead, []string{"mainland"}, every, []string{"low"}),
		rule("demo", narrow, CaseRead, []string{"mainland"}, []string{"identity"}, []string{"low"}))
	for _, c := range []struct {
		want     bool
		by, role string
	}{
		{true, "tenant_admin", "reviewer"}, {true, "tenant_admin", "tenant_admin"}, {true, "tenant_admin", "compliance_officer"}, {true, "tenant_admin", narrow},
		{false, "tenant_admin", "platform_operator"}, {false, "tenant_admin", "emperor"}, {false, "tenant_admin", kyc.OwnRole + "gone"},
		{true, deputy, narrow}, {true, deputy, deputy}, {false, deputy, "viewer"}, {false, deputy, "tenant_admin"}, {false, narrow, deputy},
	} {
		if got := a.Grants(staff("demo", c.by), a.Rules(c.role, "demo")); got != c.want {
			t.Errorf("%s gives %s: %v", c.by, c.role, got)
		}
	}
	gone := staff("demo", TenantAdmin)
	gone.State = "disabled"
	if a.Grants(gone, a.Rules("viewer", "demo")) {
		t.Error("somebody who is shut out gives roles")
	}
}

func TestRulesAreOnlyRead(t *testing.T) {
	var r rules
	for name, err := range map[string]error{"save": r.SavePolicy(nil), "add": r.AddPolicy("", "", nil), "remove": r.RemovePolicy("", "", nil),
		"remove filtered": r.RemoveFilteredPolicy("", "", 0), "load all": r.LoadPolicy(nil)} {
		if kyc.CodeOf(err) != kyc.Forbidden {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A thousand tenants with 50 staff each, of all roles and ten of their own with
// ten rules each; most of the tenants are not at hand.
func BenchmarkManyTenants(b *testing.B) {
	a, s, h := withOwn(b)
	const tenants, people, own = 1000, 50, 10
	for i := range tenants {
		id := kyc.TenantID(fmt.Sprint("t", i))
		var list []kyc.RoleRule
		for r := range own {
			for _, p := range OwnPermissions() {
				list = append(list, rule(id, fmt.Sprint(kyc.OwnRole, r), p, []string{"mainland", "overseas"}, every, []string{"low", "high"}))
			}
		}
		s.put(id, list...)
	}
	shipped := Roles()[:5]
	ask := func(i int) {
		id := kyc.TenantID(fmt.Sprint("t", i%tenants))
		role := shipped[i%len(shipped)]
		if person := i / tenants % people; person%2 == 0 {
			role = fmt.Sprint(kyc.OwnRole, person%own)
		}
		a.May(staff(id, role), id, DocumentView, Market("overseas"), Class(kyc.IdentityDocument), Risk("high"))
	}
	b.Run("cold", func(b *testing.B) {
		began, i := worked(b), 0
		for ; b.Loop(); i++ {
			h.pass(Fresh)
			ask(i % tenants) // a role of its own, of a tenant that was asked about long ago
		}
		b.ReportMetric(float64((worked(b)-began).Microseconds())/float64(i), "µs-processor/op")
	})
	b.Run("warm", func(b *testing.B) {
		began, i := worked(b), 0
		for ; b.Loop(); i++ {
			ask(i % 2 * tenants) // one tenant: a shipped role and one of its own
		}
		b.ReportMetric(float64((worked(b)-began).Microseconds())/float64(i), "µs-processor/op")
	})
}

// worked is the processor time that this process has used: on a machine with much
// to do it says more than a clock.
func worked(b *testing.B) time.Duration {
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		b.Fatal(err)
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}
