package risk_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/paifang/paifang/core/contact"
	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/risk"
)

var update = flag.Bool("update", false, "write testdata/rate.golden anew")

// cases is testdata/cases.json: what is known of an application, in few words.
type cases []struct {
	Name      string
	Market    kyc.MarketID
	NoRules   bool     `json:"no_rules"`
	Checks    []string // "name result reason reason": what ran
	Expected  []string // what the market ordered; nil: what ran
	Reasons   []string // of steps: "code", "code/disposition" of a market that is stricter, "own=code" of its own
	Documents []string
	Company   bool
	Owners    int
	Tier      string
	Signals   []string
}

func reason(said string) kyc.Reason {
	code, stricter, _ := strings.Cut(said, "/")
	code, parent, _ := strings.Cut(code, "=")
	r := kyc.NewReason(code, kyc.Subject{}, kyc.Source{}, nil)
	r.Parent = parent
	if stricter != "" {
		r.Disposition = kyc.Disposition(stricter)
	}
	return r
}

func (c cases) facts(i int) risk.Facts {
	x := c[i]
	f := risk.Facts{Market: x.Market, Documents: x.Documents, Company: x.Company, Owners: x.Owners, Tier: x.Tier, Signals: x.Signals,
		Flow: &kyc.Flow{Checks: x.Expected, Tiers: []kyc.Tier{{ID: "wallet", Denies: []string{"much"}},
			{ID: "bounded", Limits: []kyc.Limit{{Operation: "pay", Currency: "CNY", Minor: 1, Period: "year"}}}, {ID: "open"}}}}
	for _, said := range x.Checks {
		words := strings.Fields(said)
		check := kyc.Check{Name: words[0], Result: kyc.CheckResult(words[1])}
		for _, r := range words[2:] {
			check.Reasons = append(check.Reasons, reason(r))
		}
		f.Checks = append(f.Checks, check)
		if x.Expected == nil {
			f.Flow.Checks = append(f.Flow.Checks, check.Name)
		}
	}
	for _, said := range x.Reasons {
		f.Reasons = append(f.Reasons, reason(said))
	}
	if x.NoRules {
		f.Flow = nil
	}
	return f
}

// TestRate is the table of docs/decisions/0025: each case with its risk and why.
func TestRate(t *testing.T) {
	raw, err := os.ReadFile("testdata/cases.json")
	if err != nil {
		t.Fatal(err)
	}
	var all cases
	if err := json.Unmarshal(raw, &all); err != nil {
		t.Fatal(err)
	}
	var got strings.Builder
	for i, c := range all {
		r := risk.Rate(all.facts(i))
		fmt.Fprintf(&got, "%-6s  %s\n", r.Level, c.Name)
		for _, w := range r.Whys {
			fmt.Fprintf(&got, "          %-6s %s\n", w.Level, strings.TrimSpace(w.Code+" "+w.About))
		}
	}
	if *update {
		if err := os.WriteFile("testdata/rate.golden", []byte(got.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("testdata/rate.golden")
	if err != nil || string(want) != got.String() {
		t.Errorf("the ratings are not those of testdata/rate.golden, %v:\n%s", err, got.String())
	}
}

// TestCodes holds the levels of all reason codes against a list that people have
// gone through: a new code has to be thought about.
func TestCodes(t *testing.T) {
	byLevel := map[string][]string{}
	for _, code := range kyc.ReasonCodes() {
		r := risk.Rate(risk.Facts{Flow: &kyc.Flow{}, Reasons: []kyc.Reason{kyc.NewReason(code, kyc.Subject{}, kyc.Source{}, nil)}})
		byLevel[r.Level] = append(byLevel[r.Level], code)
	}
	var got strings.Builder
	for _, level := range kyc.Risks() {
		slices.Sort(byLevel[level])
		fmt.Fprintf(&got, "%s\n  %s\n", level, strings.Join(byLevel[level], "\n  "))
	}
	if *update {
		if err := os.WriteFile("testdata/codes.golden", []byte(got.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("testdata/codes.golden")
	if err != nil || string(want) != got.String() {
		t.Errorf("the levels are not those of testdata/codes.golden, %v:\n%s", err, got.String())
	}
}

// TestNothingLowers: whatever is known besides never makes a risk lower, and what
// nobody has heard of is of high risk.
func TestNothingLowers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := risk.Facts{Flow: &kyc.Flow{}}
		before := kyc.LowRisk
		for range rapid.IntRange(1, 6).Draw(t, "facts") {
			switch rapid.IntRange(0, 4).Draw(t, "kind") {
			case 0:
				result := rapid.SampledFrom([]kyc.CheckResult{kyc.Pass, kyc.Fail, kyc.Refer, kyc.Inconclusive, "maybe"}).Draw(t, "result")
				f.Checks = append(f.Checks, kyc.Check{Name: "x", Result: result})
				if result == "maybe" {
					before = kyc.HighRisk
				}
			case 1:
				code := rapid.SampledFrom(append(kyc.ReasonCodes(), "unheard.of")).Draw(t, "code")
				f.Reasons = append(f.Reasons, kyc.NewReason(code, kyc.Subject{}, kyc.Source{}, nil))
				if code == "unheard.of" {
					before = kyc.HighRisk
				}
			case 2:
				f.Signals = append(f.Signals, rapid.SampledFrom(contact.Signals()).Draw(t, "signal"))
			case 3:
				f.Documents = append(f.Documents, rapid.SampledFrom([]string{"passport", "visa", "amulet", "business_licence"}).Draw(t, "document"))
			case 4:
				f.Owners++
			}
			r := risk.Rate(f)
			if kyc.RiskAbove(before, r.Level) {
				t.Fatalf("it was %s and is %s with %+v", before, r.Level, f)
			}
			if (r.Level == kyc.LowRisk) != !slices.ContainsFunc(r.Whys, func(w kyc.RiskWhy) bool { return w.Level != kyc.LowRisk }) {
				t.Fatalf("%s for %+v", r.Level, r.Whys)
			}
			before = r.Level
		}
	})
}
