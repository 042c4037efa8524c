package policies

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/paifang/paifang/core/kyc"
)

var update = flag.Bool("update", false, "write testdata/matrix.golden anew")

func authorizer(t testing.TB) *Authorizer {
	t.Helper()
	a, err := New()
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func staff(tenant kyc.TenantID, role string) kyc.Staff {
	return kyc.Staff{Tenant: tenant, ID: "s1", Role: role, State: "active"}
}

func mark(yes bool) string {
	if yes {
		return "yes"
	}
	return "-"
}

// The whole matrix is a file, so that a change of a rule shows what it gives away.
func TestMatrix(t *testing.T) {
	a := authorizer(t)
	var b strings.Builder
	const form = "%-20s %-15s %-5s %-8s %-9s %-7s %-5s %-6s %-5s %s\n"
	fmt.Fprintf(&b, form, "role", "permission", "own", "mainland", "identity", "other", "low", "medium", "high", "other tenant")
	for _, role := range Roles() {
		home := kyc.TenantID("demo")
		if role == "platform_operator" {
			home = OperatorTenant
		}
		who := staff(home, role)
		for _, p := range StaffPermissions() {
			may := func(about ...Attribute) string { return mark(a.May(who, home, p, about...)) }
			fmt.Fprintf(&b, form, role, p, may(), may(Market("mainland")), may(Class(kyc.IdentityDocument)), may(Class(kyc.OtherDocument)),
				may(Risk("low")), may(Risk("medium")), may(Risk("high")), mark(a.May(who, "other", p)))
		}
	}
	const file = "testdata/matrix.golden"
	if *update {
		if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), b.String()); d != "" {
		t.Errorf("the matrix changed; look at it and run with -update:\n%s", d)
	}
}

func TestRefusals(t *testing.T) {
	a := authorizer(t)
	disabled := staff("demo", "compliance_officer")
	disabled.State = "disabled"
	for name, got := range map[string]bool{
		"unknown role":                a.May(staff("demo", "emperor"), "demo", CaseRead),
		"no role":                     a.May(staff("demo", ""), "demo", CaseRead),
		"star as a role":              a.May(staff("demo", "*"), "demo", CaseRead),
		"unknown permission":          a.May(staff("demo", "compliance_officer"), "demo", "case.burn"),
		"an applicant's permission":   a.May(staff("demo", "compliance_officer"), "demo", Holder),
		"public is not staff's":       a.May(staff("demo", "compliance_officer"), "demo", Public),
		"no tenant":                   a.May(staff("demo", "viewer"), "", CaseRead),
		"staff of nowhere":            a.May(staff("", "viewer"), "", CaseRead),
		"disabled":                    a.May(disabled, "demo", CaseRead),
		"self-made operator":          a.May(staff("demo", "platform_operator"), "demo", ProviderRead),
		"self-made operator abroad":   a.May(staff("demo", "platform_operator"), "other", ProviderRead),
		"unknown risk counts as high": a.May(staff("demo", "reviewer"), "demo", CaseDecide, Risk("")),
		"an empty market":             a.May(staff("demo", "reviewer"), "demo", CaseDecide, Market("")),
		"a forged open attribute":     a.May(staff("demo", "reviewer"), "demo", CaseDecide, Attribute{"risk", unasked}),
	} {
		if got {
			t.Errorf("%s: allowed", name)
		}
	}
}

func TestSavePolicyRefused(t *testing.T) {
	if err := authorizer(t).shipped.SavePolicy(); kyc.CodeOf(err) != kyc.Forbidden {
		t.Errorf("SavePolicy: %v", err)
	}
}

func TestConcurrentQuestions(t *testing.T) {
	a := authorizer(t)
	done := make(chan bool)
	for range 8 {
		go func() {
			all := true
			for range 200 {
				all = a.May(staff("demo", "compliance_officer"), "demo", CaseRead) && all
			}
			done <- all
		}()
	}
	for range 8 {
		if !<-done {
			t.Error("refused")
		}
	}
}

func BenchmarkDeny(b *testing.B) {
	a := authorizer(b)
	who := staff("demo", "viewer")
	for b.Loop() {
		if a.May(who, "other", AuditRead) {
			b.Fatal("allowed")
		}
	}
}
