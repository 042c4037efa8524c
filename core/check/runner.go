package check

import (
	"context"
	"errors"

	"github.com/paifang/paifang/core/kyc"
)

// entry is a check under its name. Version grows when its verdicts change.
type entry struct {
	version string
	check   Check
}

// Runner runs checks by name.
type Runner struct {
	checks map[string]entry
	clock  kyc.Clock
}

// New makes a Runner with every check of this package. The clock measures
// durations only; what day it is comes with the Input.
func New(v Verifier, clock kyc.Clock) *Runner {
	return &Runner{clock: clock, checks: map[string]entry{
		"resident_id_number":   {"1", ResidentIDNumber},
		"passport_number":      {"1", PassportNumber},
		"document_number":      {"1", DocumentNumber},
		"mrz":                  {"1", MRZ},
		"expiry":               {"1", Expiry},
		"age":                  {"1", Age},
		"agreement":            {"1", Agreement},
		"documents":            {"2", Documents},
		"duplicate_person":     {"1", DuplicatePerson},
		"registry.resident_id": {"1", RegistryResidentID(v)},
	}}
}

// With returns a Runner that also knows the given check, or knows it anew.
func (r *Runner) With(name, version string, c Check) *Runner {
	checks := map[string]entry{name: {version, c}}
	for k, e := range r.checks {
		if k != name {
			checks[k] = e
		}
	}
	return &Runner{checks: checks, clock: r.clock}
}

// Has tells whether a check exists.
func (r *Runner) Has(name string) bool { _, ok := r.checks[name]; return ok }

// Run runs the named checks in order and answers for each of them, whatever
// happens: an unknown name, a panic and a context that has ended are outcomes
// that could not tell.
func (r *Runner) Run(ctx context.Context, in Input, names []string) []Outcome {
	out := make([]Outcome, 0, len(names))
	for _, name := range names {
		out = append(out, r.run(ctx, in, name))
	}
	return out
}

func (r *Runner) run(ctx context.Context, in Input, name string) (out Outcome) {
	e, found := r.checks[name]
	start := r.clock()
	defer func() {
		if recover() != nil {
			out = unavailable(name, "system.provider_error")
		}
		out.Name, out.Version, out.Duration = name, e.version, r.clock().Sub(start)
		if out.Source == (kyc.Source{}) {
			out.Source = kyc.Source{Kind: "automatic", Name: name, Version: e.version}
		}
		for i := range out.Reasons {
			if s := &out.Reasons[i].Source; s.Kind == "automatic" {
				s.Version = e.version
			}
		}
	}()
	switch {
	case !found || in.Flow == nil:
		return unavailable(name, "system.provider_error")
	case ctx.Err() != nil:
		return unavailable(name, "system.timeout")
	}
	out = e.check(ctx, in)
	if out.Result != kyc.Pass && errors.Is(ctx.Err(), context.DeadlineExceeded) && len(out.Reasons) == 0 {
		return unavailable(name, "system.timeout")
	}
	return out
}

func unavailable(name, code string) Outcome {
	return Outcome{Result: kyc.Inconclusive, Evidence: kyc.Values{}, Reasons: []kyc.Reason{
		kyc.NewReason(code, kyc.Subject{Kind: "application"}, kyc.Source{Kind: "automatic", Name: name}, map[string]string{"check": name})}}
}
