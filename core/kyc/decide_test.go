package kyc_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/paifang/paifang/core/kyc"
)

func passed(names ...string) []kyc.Check {
	var out []kyc.Check
	for _, n := range names {
		out = append(out, kyc.Check{Name: n, Result: kyc.Pass})
	}
	return out
}

func TestDecide(t *testing.T) {
	why := kyc.NewReason("policy.duplicate_person", kyc.Subject{Kind: "owner"}, kyc.Source{}, nil)
	withReason := passed("age")
	withReason[0].Reasons = kyc.ReasonList{why}
	for name, c := range map[string]struct {
		review   string
		expected []string
		results  []kyc.Check
		steps    []kyc.Reason
		want     kyc.State
		reasons  int
	}{
		"all passed":            {"on_referral", []string{"age", "mrz"}, passed("mrz", "age"), nil, kyc.Approved, 0},
		"reviewed always":       {"always", []string{"age"}, passed("age"), nil, kyc.InReview, 0},
		"unknown review policy": {"never", []string{"age"}, passed("age"), nil, kyc.InReview, 0},
		"missing check":         {"on_referral", []string{"age", "mrz"}, passed("age"), nil, kyc.InReview, 1},
		"nothing was checked":   {"on_referral", nil, nil, nil, kyc.InReview, 0},
		"passed with a reason":  {"on_referral", []string{"age"}, withReason, nil, kyc.InReview, 1},
		"a step gave a reason":  {"on_referral", []string{"age"}, passed("age"), []kyc.Reason{why}, kyc.InReview, 1},
		"another check failed":  {"on_referral", []string{"age"}, append(passed("age"), kyc.Check{Name: "x", Result: kyc.Fail}), nil, kyc.InReview, 1},
		"result of no kind":     {"on_referral", []string{"age"}, []kyc.Check{{Name: "age", Result: "ok"}}, nil, kyc.InReview, 1},
	} {
		state, reasons := kyc.Decide(c.review, c.expected, c.results, c.steps)
		if state != c.want || len(reasons) != c.reasons {
			t.Errorf("%s: %s with %d reasons, want %s with %d", name, state, len(reasons), c.want, c.reasons)
		}
	}
}

// Approval needs everything; whatever else is drawn is for a person.
func TestDecideNeverApprovesByAccident(t *testing.T) {
	names := rapid.SampledFrom([]string{"age", "mrz", "expiry", "agreement"})
	rapid.Check(t, func(t *rapid.T) {
		review := rapid.SampledFrom([]string{"on_referral", "always", "", "ON_REFERRAL"}).Draw(t, "review")
		expected := rapid.SliceOfN(names, 0, 4).Draw(t, "expected")
		var results []kyc.Check
		got := map[string]bool{}
		clean := review == "on_referral" && len(expected) > 0
		for i := 0; i < rapid.IntRange(0, 5).Draw(t, "results"); i++ {
			c := kyc.Check{Name: names.Draw(t, "name"),
				Result: rapid.SampledFrom([]kyc.CheckResult{kyc.Pass, kyc.Pass, kyc.Pass, kyc.Fail, kyc.Refer, kyc.Inconclusive, ""}).Draw(t, "result")}
			if rapid.IntRange(0, 5).Draw(t, "reason") == 0 {
				c.Reasons = kyc.ReasonList{kyc.NewReason(rapid.SampledFrom(kyc.ReasonCodes()).Draw(t, "code"), kyc.Subject{}, kyc.Source{}, nil)}
			}
			clean = clean && c.Result == kyc.Pass && len(c.Reasons) == 0
			got[c.Name] = true
			results = append(results, c)
		}
		for _, name := range expected {
			clean = clean && got[name]
		}
		state, reasons := kyc.Decide(review, expected, results, nil)
		if (state == kyc.Approved) != clean || state != kyc.Approved && state != kyc.InReview {
			t.Fatalf("%s, clean %t: review %q, expected %v, results %v", state, clean, review, expected, results)
		}
		if state == kyc.Approved && len(reasons) > 0 {
			t.Fatal("approved with reasons")
		}
		if kyc.Transition(kyc.Verifying, state) != nil {
			t.Fatalf("cannot go to %s", state)
		}
	})
}
