package pipeline

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/paifang/paifang/core/contact"
	"github.com/paifang/paifang/core/kyc"
)

// claim is the contact that a step claims, and the step that proves it: itself,
// or a later one.
type claim struct {
	proof  kyc.Proof
	field  string // of the claiming step
	prover kyc.StepID
}

// claims tells which contact a step claims.
func (u *run) claims(s kyc.Step) (claim, bool) {
	if s.Proof != nil {
		return claim{*s.Proof, s.Proof.Field, s.ID}, s.Proof.Of == ""
	}
	for _, other := range u.plan() {
		if other.Proof == nil {
			continue
		}
		if id, field, of := strings.Cut(other.Proof.Of, "."); of && kyc.StepID(id) == s.ID {
			return claim{*other.Proof, field, other.ID}, true
		}
	}
	return claim{}, false
}

// claimant is the step and the field where the contact that a step proves was
// typed.
func claimant(s kyc.Step) (kyc.StepID, string) {
	if id, field, of := strings.Cut(s.Proof.Of, "."); of {
		return kyc.StepID(id), field
	}
	return s.ID, s.Proof.Field
}

// identifier is the contact that a step proves, as it stands.
func (u *run) identifier(s kyc.Step) (kyc.Identifier, bool) {
	step, _ := claimant(s)
	for _, id := range u.identifiers {
		if id.Step == step && id.Kind == s.Proof.Channel && id.State != kyc.Released {
			return id, true
		}
	}
	return kyc.Identifier{}, false
}

// decides lists the steps whose contact becomes a login name or not by an
// answer of this one.
func (a *attempt) decides() []kyc.Step {
	var steps []kyc.Step
	for _, s := range a.plan() {
		if s.Proof != nil && strings.HasPrefix(s.Proof.LoginWhen.Field, string(a.step.ID)+".") {
			steps = append(steps, s)
		}
	}
	return steps
}

// becomesLogin tells whether the answers make the contact of a step a login name.
func (a *attempt) becomesLogin(s kyc.Step) bool {
	answers := maps.Clone(a.answers)
	answers[a.step.ID] = a.values
	return s.Proof.Login && s.Proof.LoginWhen.Holds(nil, answers)
}

// makesLogin tells whether this very step makes the contact of another a login name.
func (a *attempt) makesLogin(s kyc.Step) bool {
	return slices.ContainsFunc(a.decides(), func(d kyc.Step) bool { return d.ID == s.ID }) && a.becomesLogin(s)
}

// loginsAreFree refuses to make a contact a login name that is another one's.
func (a *attempt) loginsAreFree(ctx context.Context) error {
	later, err := a.tellsAfterProof(ctx)
	if err != nil {
		return err
	}
	for _, s := range a.decides() {
		id, ok := a.identifier(s)
		if !ok || !a.becomesLogin(s) || later && id.State != kyc.Proved {
			continue
		}
		taken, err := a.p.Store.IdentifierTaken(ctx, a.app.Tenant, id.Kind, id.Index, a.app.ID)
		if err != nil {
			return err
		}
		if taken {
			_, field, _ := strings.Cut(s.Proof.LoginWhen.Field, ".")
			a.problem(field, "contact.login_taken")
		}
	}
	return nil
}

// acceptLogins makes contacts login names, or no longer.
func (a *attempt) acceptLogins() {
	for _, s := range a.decides() {
		if id, ok := a.identifier(s); ok && id.Login != a.becomesLogin(s) {
			id.Login, id.Updated = !id.Login, a.now
			a.accepted = append(a.accepted, kyc.SaveIdentifier{Identifier: id})
		}
	}
}

// canonical are the values with contacts as they are kept, for conditions that
// compare them. A contact that no field of the step depends on stays as it is: to
// read a phone number costs more than all conditions of a form.
func canonical(s kyc.Step, values kyc.Values) kyc.Values {
	out := values
	for _, f := range s.Fields {
		if !slices.ContainsFunc(s.Fields, func(other kyc.Field) bool { return other.When.Field == f.Name }) {
			continue
		}
		if v := values[f.Name]; v != "" && (f.Type == kyc.EmailField || f.Type == kyc.PhoneField) {
			out = maps.Clone(out)
		}
		switch v := values[f.Name]; {
		case v == "":
		case f.Type == kyc.EmailField:
			if email, _, ok := contact.ParseEmail(v); ok {
				out[f.Name] = email
			}
		case f.Type == kyc.PhoneField:
			region := values[f.Name+".region"]
			if region == "" && len(f.Regions) > 0 {
				region = f.Regions[0]
			}
			if phone, _, ok := contact.ParsePhone(v, region, f.Regions); ok {
				out[f.Name] = phone.E164
			}
		}
	}
	return out
}
