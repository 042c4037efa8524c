package pipeline

import (
	"context"
	"slices"
	"strings"

	"github.com/paifang/paifang/core/contact"
	"github.com/paifang/paifang/core/kyc"
)

// humanPath is where a problem stands that asks for a human test which the step
// itself has not, because a message would be sent at risk.
const humanPath = "human"

// sending is a message to a contact of the application, as the budgets see it.
// Staff have a budget of their own in place of a network address. A contact that
// was proved is no stranger's.
func (u *run) sending(ctx context.Context, id kyc.Identifier, to string) (contact.Sending, error) {
	s := contact.Sending{Tenant: u.app.Tenant, Application: u.app.ID, Channel: kyc.ContactKind(id.Kind), To: to, Contact: id.Index,
		Address: []byte("staff " + u.actor.ID), Staff: u.actor.Kind == "staff" || id.State == kyc.Proved || id.State == kyc.Bound}
	if u.actor.Kind != "staff" {
		var err error
		if s.Address, err = contact.IndexAddress(ctx, u.p.Vault, u.app.Tenant, u.client.Address); err != nil {
			return s, err
		}
		if s.Device = u.holder; u.client.Device != "" {
			if s.Device, err = u.p.Vault.Index(ctx, u.app.Tenant, contact.ClassDevice, u.client.Device); err != nil {
				return s, err
			}
		}
	}
	if id.Kind == string(kyc.Phone) {
		if phone, _, ok := contact.ParsePhone(to, "", nil); ok {
			s.Country = phone.Region
		}
	}
	return s, nil
}

// permit asks whether a message may go to a contact.
func (u *run) permit(ctx context.Context, id kyc.Identifier, to string) (contact.Permit, error) {
	s, err := u.sending(ctx, id, to)
	if err != nil {
		return contact.Permit{}, err
	}
	return u.p.Warden.Admit(ctx, s, u.now.Time())
}

// contactIsOpen refuses a contact that nothing is ever sent to.
func (a *attempt) contactIsOpen(ctx context.Context) error {
	c, ok := a.claims(a.step)
	if !ok || a.values[c.field] == "" {
		return nil
	}
	region := ""
	if phone, _, ok := contact.ParsePhone(a.values[c.field], "", nil); ok && c.proof.Channel == string(kyc.Phone) {
		region = phone.Region
	}
	problem, err := a.p.Warden.Closed(ctx, a.app.Tenant, kyc.ContactKind(c.proof.Channel), a.values[c.field], region)
	if problem.Code != "" {
		problem.Path = c.field
		a.problems = append(a.problems, problem)
	}
	return err
}

// asksHuman tells whether the last attempt of a step lacked a human test.
func (u *run) asksHuman(s kyc.StepID) bool {
	return slices.ContainsFunc(u.records[s].Problems, func(p kyc.Problem) bool {
		return p.Path == humanPath && strings.HasPrefix(p.Code, "human.")
	})
}

// withHuman adds the human test to a step that has none, when it is asked for.
func (u *run) withHuman(s kyc.Step) kyc.Step {
	if u.asksHuman(s.ID) {
		return withTest(s)
	}
	return s
}

// withTest is a step with a human test.
func withTest(s kyc.Step) kyc.Step {
	isTest := func(f kyc.Field) bool { return f.Type == kyc.HumanField }
	if !slices.ContainsFunc(s.Fields, isTest) {
		s.Fields = append(slices.Clone(s.Fields), kyc.Field{Name: humanPath, Type: kyc.HumanField, Required: true, PII: kyc.PIINone, Label: "field.human"})
	}
	return s
}

// passHuman examines a human test that came with a request instead of a step, and
// counts it. The problem has no code when it was passed, or when none came.
func (u *run) passHuman(ctx context.Context) (kyc.Problem, error) {
	if u.client.Human == "" {
		return kyc.Problem{}, nil
	}
	once, problem, err := u.p.Human.Verify(ctx, u.app.Tenant, u.client.Human, u.now.Time())
	u.client.Human = "" // it is used up: no second try of the request may use it
	if err != nil {
		return problem, err
	}
	if problem.Code != "" {
		problem.Path = humanPath
		return problem, u.failedHuman(ctx, once)
	}
	err = u.p.Store.Commit(ctx, u.app.Tenant, kyc.Change{once, contact.Passed(u.app.Tenant, u.app.ID, u.now.Time())})
	if keyOf(err) == "error.replayed" { // by an earlier try of this request, or it is a replay and counts for nothing
		return problem, nil
	}
	return problem, err
}
