package check

import (
	"context"
	"encoding/json"
	"time"

	"github.com/paifang/paifang/core/kyc"
)

// Input is everything that checks look at. It is read only.
type Input struct {
	Flow        *kyc.Flow
	Application kyc.Application
	Answers     kyc.Answers            // accepted values by step
	Derived     kyc.Answers            // what markets told from them, by step
	Duplicates  map[string]int         // other applicants of the tenant by identity class; nil: not looked up
	Files       []kyc.File             // current files
	Config      []byte                 // the tenant's configuration of the market, JSON
	IDs         map[string]kyc.CheckID // by check name: idempotency keys for verifiers
	Now         time.Time
}

// Outcome is what a check found. Evidence may hold personal data and is sealed
// when kept.
type Outcome struct {
	Name     string
	Version  string
	Result   kyc.CheckResult
	Reasons  []kyc.Reason
	Evidence kyc.Values
	Source   kyc.Source
	Duration time.Duration
}

// Check is one verification. It fills Result, Reasons and Evidence; the Runner
// fills the rest.
type Check func(ctx context.Context, in Input) Outcome

// Verifier asks the outside; the provider host implements it.
type Verifier interface {
	Verify(ctx context.Context, v kyc.Verification) (kyc.Verdict, error)
}

// defaultMinAge holds when a market's configuration names no "min_age".
const defaultMinAge = 18

// minAge reads "min_age" of the tenant's configuration, the name that markets
// share for it.
func (in Input) minAge() int {
	var c struct {
		MinAge *int `json:"min_age"`
	}
	if json.Unmarshal(in.Config, &c) != nil || c.MinAge == nil || *c.MinAge < 0 {
		return defaultMinAge
	}
	return *c.MinAge
}

// answer is a field as the flow asks for it and the person answered it.
type answer struct {
	value    string
	ref      string // "step.field"
	declared bool   // some step has such a field
	asked    bool   // and it was asked of this person
	required bool
}

// field finds an answer by the field's name: what was typed, else what the
// market derived.
func (in Input) field(name string) answer {
	var a answer
	for _, s := range in.Flow.Steps {
		values := in.Answers[s.ID]
		for _, f := range s.Fields {
			if f.Name != name {
				continue
			}
			a.declared = true
			if !s.When.Holds(nil, in.Answers) || !f.When.Holds(values, in.Answers) {
				continue
			}
			a.asked, a.required = true, f.Required
			if a.ref == "" || values[name] != "" {
				a.value, a.ref = values[name], string(s.ID)+"."+name
			}
		}
	}
	if a.value != "" {
		return a
	}
	for _, s := range in.Flow.Steps {
		if v := in.Derived[s.ID][name]; v != "" {
			return answer{value: v, ref: string(s.ID) + "." + name, declared: true, asked: true, required: a.required}
		}
	}
	return a
}

// first is the first of several fields that has a value, else the first.
func (in Input) first(names ...string) answer {
	for _, name := range names {
		if a := in.field(name); a.value != "" {
			return a
		}
	}
	return in.field(names[0])
}
