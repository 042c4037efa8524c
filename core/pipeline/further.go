package pipeline

import (
	"context"
	"slices"
	"strings"

	"github.com/paifang/paifang/core/kyc"
)

// lookFurther finds, in an attempt that has fallen short already, what else is
// wrong, so that the person is told everything at once. It adds problems to fields
// that have none and decides nothing: what could not be told now is told in the
// next attempt. Contacts are not looked at: whoever has not passed the human test is told
// nothing of them.
func (a *attempt) lookFurther(ctx context.Context) {
	if a.humanField() != "" {
		return
	}
	further := *a
	further.problems, further.partial = nil, true
	further.values, further.secrets = a.faultless(a.values), a.faultless(a.secrets)
	switch a.step.Kind {
	case kyc.ProfileStep:
		finding, err := a.ask(ctx, further.values)
		if err != nil {
			a.p.Log.WarnContext(ctx, "the market was not asked about the rest of a step", "tenant", a.app.Tenant, "application", a.app.ID, "code", kyc.CodeOf(err))
			return
		}
		further.problems = finding.Problems
	case kyc.CredentialsStep:
		if err := further.prepareCredentials(); err != nil {
			a.p.Log.WarnContext(ctx, "the rest of a step was not looked at", "tenant", a.app.Tenant, "application", a.app.ID, "code", kyc.CodeOf(err))
			return
		}
	default:
		return
	}
	a.merge(further.problems)
}

// faultless are the values of fields that have no problem.
func (a *attempt) faultless(values kyc.Values) kyc.Values {
	out := kyc.Values{}
	for _, f := range a.step.Fields {
		if a.faulty(f) {
			continue
		}
		for name, v := range values {
			if isOf(f, name) {
				out[name] = v
			}
		}
	}
	return out
}

func (a *attempt) faulty(f kyc.Field) bool {
	return slices.ContainsFunc(a.problems, func(p kyc.Problem) bool { return isOf(f, p.Path) })
}

// isOf tells whether a name is that of a field, or of a part or row of it.
func isOf(f kyc.Field, name string) bool {
	return name == f.Name || strings.HasPrefix(name, f.Name+".")
}

// merge takes the problems of fields that are asked and have none yet, in the
// order of the form.
func (a *attempt) merge(found []kyc.Problem) {
	var all []kyc.Problem
	for _, f := range a.fields(a.step, a.values) {
		from := found
		if a.faulty(f) {
			from = a.problems
		}
		for _, p := range from {
			if isOf(f, p.Path) {
				all = append(all, p)
			}
		}
	}
	for _, p := range a.problems { // of the whole step
		if !slices.ContainsFunc(all, func(x kyc.Problem) bool { return x.Path == p.Path && x.Code == p.Code }) {
			all = append(all, p)
		}
	}
	a.problems = all
}
