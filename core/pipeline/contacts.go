package pipeline

import (
	"bytes"
	"context"
	"math"
	"strconv"
	"time"

	"github.com/paifang/paifang/core/contact"
	"github.com/paifang/paifang/core/kyc"
)

// prepareContact takes over a contact that the marketplace vouched for.
func (a *attempt) prepareContact(context.Context) error {
	proof := a.step.Proof
	if proof == nil {
		return kyc.E(kyc.Internal, "contact step without a proof")
	}
	if known := a.knownContact(a.step); known != "" {
		a.values[proof.Field] = known
		if phone, _, ok := contact.ParsePhone(known, "", nil); ok {
			a.values[proof.Field+".region"] = phone.Region
		}
	}
	if a.values[proof.Field] == "" {
		a.problem(proof.Field, "field.required")
	}
	return nil
}

// contactIsFree refuses a contact that is another account's login name or is
// reserved by a submitted application. It is asked only after the human test.
func (a *attempt) contactIsFree(ctx context.Context) error {
	if !a.step.Proof.Login {
		return nil
	}
	index, err := a.contactIndex(ctx)
	if err != nil {
		return err
	}
	taken, err := a.p.Store.IdentifierTaken(ctx, a.app.Tenant, a.step.Proof.Channel, index, a.app.ID)
	switch {
	case taken && a.knownContact(a.step) != "":
		a.problem(a.step.Proof.Field, "contact.taken_known")
	case taken:
		a.problem(a.step.Proof.Field, "contact.taken")
	}
	return err
}

func (a *attempt) contactIndex(ctx context.Context) ([]byte, error) {
	return contact.IndexContact(ctx, a.p.Vault, a.app.Tenant, kyc.ContactKind(a.step.Proof.Channel), a.values[a.step.Proof.Field])
}

// acceptContact claims the contact and sends it a challenge.
func (a *attempt) acceptContact(ctx context.Context) error {
	proof := a.step.Proof
	index, err := a.contactIndex(ctx)
	if err != nil {
		return err
	}
	sealed, err := a.sealText(ctx, kyc.SealedIdentifier, a.values[proof.Field])
	if err != nil {
		return err
	}
	a.release(proof.Channel)
	identifier := kyc.Identifier{Tenant: a.app.Tenant, ID: kyc.IdentifierID(a.p.IDs()), Applicant: a.app.Applicant,
		Application: a.app.ID, Step: a.step.ID, Kind: proof.Channel, Index: index, Sealed: sealed,
		State: kyc.Claimed, Login: proof.Login, Updated: a.now}
	a.proving = true
	old, err := a.lastSent(ctx, index)
	if err != nil {
		return err
	}
	writes, err := a.send(ctx, a.step, identifier, a.values[proof.Field], old)
	switch keyOf(err) {
	case "error.resend_wait":
		seconds := int(math.Ceil(old.ResendAt.Time().Sub(a.now.Time()).Seconds()))
		a.problems = append(a.problems, kyc.P(proof.Field, "contact.wait").With("seconds", strconv.Itoa(seconds)))
		return nil
	case "error.resend_limit":
		a.problem(proof.Field, "contact.sends")
		return nil
	}
	if err != nil {
		return err
	}
	a.accepted = append(append(a.accepted, kyc.SaveIdentifier{Identifier: identifier}), writes...)
	return nil
}

// lastSent is the newest challenge that this step sent to the same contact within
// a day and that was not answered: typing a contact again, or another one in
// between, does not begin the countdown and the count of sends anew.
func (a *attempt) lastSent(ctx context.Context, index []byte) (*kyc.Challenge, error) {
	day := kyc.Millis(24 * time.Hour / time.Millisecond)
	sent, err := a.p.Store.StepChallenges(ctx, a.app.Tenant, a.app.ID, a.step.ID, a.now-day)
	for _, c := range sent {
		if c.State != kyc.ChallengeAnswered && bytes.Equal(a.indexOf(c.Identifier), index) {
			return &c, err
		}
	}
	return nil, err
}

// taken tells whether the contact of a finished contact step belongs to
// somebody else by now.
func (u *run) taken(ctx context.Context, s kyc.Step) (bool, error) {
	if s.Kind != kyc.ContactStep {
		return false, nil
	}
	for _, id := range u.identifiers {
		if id.Step == s.ID && id.State == kyc.Proved && id.Kind == s.Proof.Channel {
			return u.p.Store.IdentifierTaken(ctx, u.app.Tenant, id.Kind, id.Index, u.app.ID)
		}
	}
	return false, nil
}

// Available tells whether a contact is free. It needs a solved human test and
// is counted, so that nobody can ask through a list.
func (p *Pipeline) Available(ctx context.Context, r Ref, step kyc.StepID, value, human string) (bool, []kyc.Problem, error) {
	u, err := p.load(ctx, r)
	if err != nil {
		return false, nil, err
	}
	s, err := u.openStep(step)
	if err != nil {
		return false, nil, err
	}
	if s.Kind != kyc.ContactStep || s.Proof == nil {
		return false, nil, kyc.EKey(kyc.Invalid, "error.invalid", "step has no contact")
	}
	a := &attempt{run: u, step: s}
	a.validate(kyc.Values{s.Proof.Field: value, "human": human})
	a.problems = only(a.problems, s.Proof.Field)
	if len(a.problems) > 0 {
		return false, a.problems, nil
	}
	once, problem, err := p.Human.Verify(ctx, r.Tenant, human, u.now.Time())
	if err != nil {
		return false, nil, err
	}
	if problem.Code != "" {
		problem.Path = "human"
		return false, []kyc.Problem{problem}, u.failedHuman(ctx, once)
	}
	address, err := contact.IndexAddress(ctx, p.Vault, r.Tenant, r.Client.Address)
	if err != nil {
		return false, nil, err
	}
	change := append(kyc.Change{once}, p.Limits.AvailabilityBudget(r.Tenant, address, u.now.Time())...)
	if err := p.Store.Commit(ctx, r.Tenant, change); err != nil {
		return false, nil, err
	}
	if err := a.contactIsFree(ctx); err != nil {
		return false, nil, err
	}
	return len(a.problems) == 0, a.problems, nil
}

func only(problems []kyc.Problem, path string) []kyc.Problem {
	var out []kyc.Problem
	for _, p := range problems {
		if p.Path == path {
			out = append(out, p)
		}
	}
	return out
}

// failedHuman uses a human test up that was not passed, and counts it.
func (u *run) failedHuman(ctx context.Context, once kyc.UseOnce) error {
	if len(once.Hash) > 0 {
		if err := u.p.Store.Commit(ctx, u.app.Tenant, kyc.Change{once}); err != nil {
			return err
		}
	}
	address, err := contact.IndexAddress(ctx, u.p.Vault, u.app.Tenant, u.client.Address)
	if err != nil {
		return err
	}
	return u.p.Store.Commit(ctx, u.app.Tenant, u.p.Limits.HumanBudget(u.app.Tenant, address, u.now.Time()))
}
