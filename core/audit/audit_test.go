package audit_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/paifang/paifang/core/audit"
	"github.com/paifang/paifang/core/kyc"
)

var now = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func clock() time.Time { return now }
func id() string       { return "01935b6e-7c00-7000-8000-123456789012" }

func line(detail ...string) kyc.AuditLine {
	return audit.Line(clock, id, "demo", audit.Staff("s1"), audit.CaseClaimed, "case", "c1", detail...).AuditLine
}

func TestLine(t *testing.T) {
	got := line("outcome", "approve", "none", "", "to", "ann@example.com", "odd")
	want := kyc.AuditLine{
		Tenant: "demo", ID: kyc.AuditID(id()), At: kyc.At(now), Actor: kyc.Actor{Kind: "staff", ID: "s1"},
		Action: "case.claimed", ObjectKind: "case", ObjectID: "c1",
		Detail: map[string]string{"outcome": "approve", "to": audit.Withheld, "odd": audit.Withheld},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if line().Detail != nil {
		t.Error("no detail is no map")
	}
}

func TestPersonal(t *testing.T) {
	for _, ok := range []string{
		"", "approve", "image.blur,document.expired", "mainland 1.0.0", "image.blur@side:passport/front document.expired@document:passport", strings.Repeat("0", 64), "v2.15.0-rc.1+build5",
		"01935b6e-7c00-7000-8000-123456789012", "018f0000-1111-7222-8333-000000000000,018f0000-1111-7222-8333-000000000001",
		"2026-11-22T20:00:00Z", "2026-11-01", "id:resident_id", "passport/data_page", "phone", "sha256:" + strings.Repeat("0", 64),
	} {
		if audit.Personal(ok) {
			t.Errorf("%q is no personal data", ok)
		}
	}
	for _, bad := range []string{
		"ann@example.com", "13800138000", "+86 138 0013 8000", "138-0013-8000", "11010519491231002X", "L898902C3123456",
		"张三", "آنا", "Anna O'Neill", "Erikßon", "740812 name", strings.Repeat("a", 1001),
		"x01935b6e-7c00-7000-8000-1234567890123", "a\nb", "ann@contact", "x.y@field:13800138000",
	} {
		if !audit.Personal(bad) {
			t.Errorf("%q looks like personal data", bad)
		}
	}
}

func TestTicket(t *testing.T) {
	for text, want := range map[string]bool{"T-7": true, "INC0012345": true, "OPS/2026-1": true, "T-1234567": true, "12345": true,
		"13800138000": false, "L898902C3123456": false, "": false, "Anna Eriksson": false, "ann@example.com": false, "-1": false} {
		if audit.Ticket(text) != want {
			t.Errorf("%q is a ticket: %v", text, !want)
		}
	}
}

func TestCheck(t *testing.T) {
	if err := audit.Check(line("codes", "image.blur")); err != nil {
		t.Error(err)
	}
	for name, spoil := range map[string]func(*kyc.AuditLine){
		"tenant": func(l *kyc.AuditLine) { l.Tenant = "" },
		"time":   func(l *kyc.AuditLine) { l.At = 0 },
		"action": func(l *kyc.AuditLine) { l.Action = "case.eaten" },
		"kind":   func(l *kyc.AuditLine) { l.Actor.Kind = "robot" },
		"actor":  func(l *kyc.AuditLine) { l.Actor.ID = "ann@example.com" },
		"object": func(l *kyc.AuditLine) { l.ObjectID = "+8613800138000" },
		"detail": func(l *kyc.AuditLine) { l.Detail = map[string]string{"to": "+8613800138000"} },
	} {
		l := line()
		spoil(&l)
		err := audit.Check(l)
		if kyc.CodeOf(err) != kyc.Invalid {
			t.Errorf("%s: %v", name, err)
		} else if strings.Contains(err.Error(), "138") || strings.Contains(err.Error(), "ann@") {
			t.Errorf("%s: the error quotes the value: %v", name, err)
		}
	}
}

// TestActionsAreComplete compares the constants in the source with the list.
func TestActionsAreComplete(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "action.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var declared []string
	for _, d := range file.Decls {
		g, ok := d.(*ast.GenDecl)
		if !ok || g.Tok != token.CONST {
			continue
		}
		for _, s := range g.Specs {
			value := s.(*ast.ValueSpec).Values[0].(*ast.BasicLit).Value
			declared = append(declared, strings.Trim(value, `"`))
		}
	}
	if d := cmp.Diff(declared, audit.Actions()); d != "" {
		t.Error(d)
	}
	seen := map[string]bool{}
	for _, a := range declared {
		object, what, ok := strings.Cut(a, ".")
		if seen[a] || !ok || object == "" || what == "" || strings.ToLower(a) != a {
			t.Errorf("action %q", a)
		}
		seen[a] = true
	}
}
