package conformance

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/paifang/paifang/plugins/sdk"
)

func vectors(t *testing.T, name, text string) ([]Vector, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return ReadVectors(path)
}

func TestFormsOfVectors(t *testing.T) {
	for name, text := range map[string]string{
		"v.yaml": `
- case: a digit
  step: profile
  now: 2026-11-22
  config: {min_age: 20}
  values: {number: 0123, name: Ana}
  answers: {account: {phone: "+55"}}
  facts: {contact.phone: BR}
  problems: [number field.number_check_digit, name  field.name]
  tier: basic
  derived: {day: 2001-02-03}
`,
		"v.toml": `
[[case]]
name = "a digit"
step = "profile"
now = 2026-11-22T00:00:00Z
config = '{"min_age":20}'
values = {number = "0123", name = "Ana"}
answers = {account = {phone = "+55"}}
facts = {"contact.phone" = "BR"}
problems = ["number field.number_check_digit", "name  field.name"]
tier = "basic"
derived = {day = "2001-02-03"}
`,
		"v.csv": "\xef\xbb\xbf" + `case;step;now;config;number;name;answer:account.phone;fact:contact.phone;problems;tier;derived:day;#why
a digit;profile;2026-11-22;"{""min_age"":20}";0123;Ana;+55;BR;number field.number_check_digit, name  field.name;basic;2001-02-03;we say so
;;;;;;;;;;;
`,
	} {
		t.Run(name, func(t *testing.T) {
			list, err := vectors(t, name, text)
			if err != nil || len(list) != 1 {
				t.Fatalf("%d, %v", len(list), err)
			}
			v, q := list[0], list[0].Question()
			if q.Step != "profile" || q.Now.Format("2006-01-02") != "2026-11-22" || string(q.Config) != `{"min_age":20}` ||
				q.Value("number") != "0123" || q.Answer("account", "phone") != "+55" || q.Fact("contact.phone") != "BR" {
				t.Errorf("question: %+v", q)
			}
			f := &sdk.Finding{Tier: "basic"}
			f.Problem("name", "field.name")
			f.Problem("number", "field.number_check_digit")
			f.Derive("day", "2001-02-03")
			if d := v.Differences(f); len(d) != 0 {
				t.Errorf("differences: %q", d)
			}
			f.Tier = "gold"
			f.Problem("", "field.required")
			f.Derived["day"] = ""
			if d := v.Differences(f); len(d) != 3 {
				t.Errorf("differences: %q", d)
			}
		})
	}
}

func TestASheetComparesOnlyItsColumns(t *testing.T) {
	list, err := vectors(t, "v.csv", "case,step,number,problems,normalized:number\none,profile,1,,\ntwo,profile,2,,3\n")
	if err != nil {
		t.Fatal(err)
	}
	f := &sdk.Finding{Tier: "gold", Normalized: map[string]string{"number": "3", "name": "Ana"}}
	for _, v := range list {
		if d := v.Differences(f); len(d) != 0 {
			t.Errorf("%s: %q", v.Name, d)
		}
	}
	f.Problem("number", "field.number_check_digit")
	f.Normalized["number"] = "4"
	if a, b := list[0].Differences(f), list[1].Differences(f); len(a) != 1 || len(b) != 2 {
		t.Errorf("%q, %q", a, b)
	}
}

func TestBrokenVectorsAreRefused(t *testing.T) {
	for name, x := range map[string][2]string{
		"unknown key":   {"v.yaml", "- {case: a, step: b, problem: [x]}"},
		"unknown table": {"v.toml", "[[case]]\nname='a'\nstep='b'\nwhy='c'"},
		"no step":       {"v.yaml", "- {case: a}"},
		"twice":         {"v.yaml", "- {case: a, step: b}\n- {case: a, step: b}"},
		"none":          {"v.yaml", ""},
		"bad day":       {"v.csv", "case,step,now\na,b,yesterday"},
		"no columns":    {"v.csv", "a,b,12345678"},
		"no case":       {"v.csv", "name,step\na,b"},
		"ragged":        {"v.csv", "case,step\na,b,c"},
		"not YAML":      {"v.yaml", "- [}"},
	} {
		if _, err := vectors(t, x[0], x[1]); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
	if _, err := ReadVectors(t.TempDir()); err == nil {
		t.Error("an empty folder is accepted")
	}
}

// TestGoldenVectorsAreCompared proves over the wire that a wrong vector fails.
func TestGoldenVectorsAreCompared(t *testing.T) {
	t.Parallel()
	program := filepath.Join(rogue(t), "good")
	dir := t.TempDir()
	for tier, want := range map[string][]string{"basic": nil, "gold": {"vectors.golden"}} {
		text := "case,step,number,tier,identities\nright,profile,12345678909," + tier + ",rogue 12345678909\n"
		if err := os.WriteFile(filepath.Join(dir, "v.csv"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		r := Run(t.Context(), Options{Program: program, Vectors: dir, Only: "vectors.", Patience: 5})
		if !slices.Equal(r.Failed(), want) || r.Results[len(r.Results)-1].Count != 1 {
			t.Errorf("%s: failed %v", tier, r.Failed())
		}
	}
}

// TestWhatVectorsAreAnsweredIsLookedAt: the number of a vector may be the only one that
// comes to a rule, and what that finds must be declared like everything else.
func TestWhatVectorsAreAnsweredIsLookedAt(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	program := filepath.Join(dir, "undeclared-code")
	if err := os.Link(filepath.Join(rogue(t), "good"), program); err != nil {
		t.Fatal(err)
	}
	sheet := filepath.Join(dir, "v.csv")
	if err := os.WriteFile(sheet, []byte("case,step,number,problems\nnew,profile,12345678909,name x.rogue.new\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	r := Run(t.Context(), Options{Program: program, Vectors: sheet, Only: "vectors.,answer.codes", Patience: 5})
	if got := r.Failed(); !slices.Equal(got, []string{"answer.codes"}) {
		t.Errorf("failed: %v", got)
	}
}

// FuzzVectors: whatever a file of golden vectors holds, it is read or refused, and
// what was read can be asked and compared.
func FuzzVectors(f *testing.F) {
	f.Add(".csv", []byte("name,step,now,value:number,problems\ncase,profile,2026-01-02,123,number:field.required\n"))
	f.Add(".yaml", []byte("- name: case\n  step: profile\n  values: {number: '1'}\n"))
	f.Add(".toml", []byte("[[case]]\nname = \"case\"\nstep = \"profile\"\n"))
	f.Add(".csv", []byte("\xef\xbb\xbfname;step\n"))
	f.Fuzz(func(_ *testing.T, form string, raw []byte) {
		list, err := parseVectors(form, raw)
		if err != nil {
			return
		}
		for _, v := range list {
			_ = v.Question()
			_ = v.Differences(&sdk.Finding{})
		}
	})
}
