package plugintest

import (
	"context"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/BurntSushi/toml"

	"github.com/paifang/paifang/plugins/sdk"
)

// goldenCase is one [[case]] of a table of golden cases:
//
//	[[case]]
//	name = "one wrong digit"
//	step = "profile"
//	now = 2026-11-22T00:00:00Z       # optional; 2026-06-01 otherwise
//	config = '{"min_age": 20}'       # optional
//	values = {id_number = "110105194912310021"}
//	answers = {account = {phone = "+8613800000000"}}
//	facts = {"claim.membership" = "gold"}
//	problems = ["id_number number.check_digit"]
//
// What is expected is compared whole: problems and reasons as "path code",
// sorted, identities as "class value"; what is not named must be empty.
type goldenCase struct {
	Name    string
	Step    string
	Now     time.Time
	Config  string
	Values  map[string]string
	Answers map[string]map[string]string
	Facts   map[string]string

	Problems   []string
	Reasons    []string
	Identities []string
	Requested  []string
	Normalized map[string]string
	Derived    map[string]string
	Tier       string
}

// Golden asks every case of a table in the TOML file and compares the finding.
// Ask is a Client's Ask, or the Evaluate of an implementation for a run
// without transport. It returns how many cases there were.
func Golden(t *testing.T, file string, ask func(context.Context, *sdk.Question) (*sdk.Finding, error)) int {
	t.Helper()
	var table struct{ Case []goldenCase }
	meta, err := toml.DecodeFile(file, &table)
	if err != nil {
		t.Fatal(err)
	}
	if extra := meta.Undecoded(); len(extra) > 0 {
		t.Fatalf("%s: unknown keys %v", file, extra)
	}
	for _, c := range table.Case {
		t.Run(c.Name, func(t *testing.T) {
			if c.Now.IsZero() {
				c.Now = time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)
			}
			f, err := ask(context.Background(), &sdk.Question{Step: c.Step, Values: c.Values, Answers: c.Answers,
				Facts: c.Facts, Config: []byte(c.Config), Now: c.Now, Locale: "en"})
			if err != nil {
				t.Fatal(err)
			}
			c.compare(t, f)
		})
	}
	return len(table.Case)
}

func (c goldenCase) compare(t *testing.T, f *sdk.Finding) {
	var problems, reasons, identities []string
	for _, p := range f.Problems {
		problems = append(problems, p.Path+" "+p.Code)
	}
	for _, r := range f.Reasons {
		reasons = append(reasons, r.Subject.Ref+" "+r.Code)
	}
	for _, id := range f.Identities {
		identities = append(identities, id.Class+" "+id.Value)
	}
	sameList(t, "problems", problems, c.Problems)
	sameList(t, "reasons", reasons, c.Reasons)
	sameList(t, "identities", identities, c.Identities)
	sameList(t, "requested", f.Requested, c.Requested)
	if !maps.Equal(f.Normalized, c.Normalized) {
		t.Errorf("normalized %q, want %q", f.Normalized, c.Normalized)
	}
	if !maps.Equal(f.Derived, c.Derived) {
		t.Errorf("derived %q, want %q", f.Derived, c.Derived)
	}
	if f.Tier != c.Tier {
		t.Errorf("tier %q, want %q", f.Tier, c.Tier)
	}
}

func sameList(t *testing.T, what string, got, want []string) {
	got, want = slices.Sorted(slices.Values(got)), slices.Sorted(slices.Values(want))
	if !slices.Equal(got, want) {
		t.Errorf("%s %q, want %q", what, got, want)
	}
}
