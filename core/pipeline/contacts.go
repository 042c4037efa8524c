package pipeline

import (
	"context"
	"errors"
	"math"
	"strconv"
	"time"

	"github.com/paifang/paifang/core/contact"
	"github.com/paifang/paifang/core/kyc"
)

// prepareContact takes over a contact that the marketplace vouched for. One
// that an earlier step claimed is there already.
func (a *attempt) prepareContact(context.Context) error {
	proof := a.step.Proof
	if proof == nil {
		return kyc.E(kyc.Internal, "contact step without a proof")
	}
	if proof.Of != "" {
		if _, ok := a.identifier(a.step); !ok {
			return kyc.E(kyc.Internal, "step %s has nothing to prove", a.step.ID)
		}
		return nil
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

// tellsAfterProof tells whether the tenant lets only those know that a contact is
// somebody's who have shown that it is theirs.
func (u *run) tellsAfterProof(ctx context.Context) (bool, error) {
	t, err := u.p.Store.Tenant(ctx, u.app.Tenant)
	return t.TellAfterProof, err
}

// contactIsFree refuses a contact that is another account's login name or is
// reserved by a submitted application. It is asked only after the human test,
// and of one that may become a login name later only then.
func (a *attempt) contactIsFree(ctx context.Context) error {
	c, ok := a.claims(a.step)
	if !ok || !c.proof.Login || c.proof.LoginWhen.Field != "" {
		return nil
	}
	if later, err := a.tellsAfterProof(ctx); err != nil || later {
		return err
	}
	index, err := a.contactIndex(ctx, c)
	if err != nil {
		return err
	}
	taken, err := a.p.Store.IdentifierTaken(ctx, a.app.Tenant, c.proof.Channel, index, a.app.ID)
	switch {
	case taken && a.knownContact(a.step) != "":
		a.problem(c.field, "contact.taken_known")
	case taken:
		a.problem(c.field, "contact.taken")
	}
	return err
}

func (a *attempt) contactIndex(ctx context.Context, c claim) ([]byte, error) {
	return contact.IndexContact(ctx, a.p.Vault, a.app.Tenant, kyc.ContactKind(c.proof.Channel), a.values[c.field])
}

// acceptClaim claims the contact typed in this step, in place of an earlier one.
func (a *attempt) acceptClaim(ctx context.Context) error {
	c, ok := a.claims(a.step)
	if !ok {
		return nil
	}
	a.release(c.proof.Channel)
	if a.values[c.field] == "" {
		return nil
	}
	index, err := a.contactIndex(ctx, c)
	if err != nil {
		return err
	}
	sealed, err := a.sealText(ctx, kyc.SealedIdentifier, a.values[c.field])
	if err != nil {
		return err
	}
	id := kyc.Identifier{Tenant: a.app.Tenant, ID: kyc.IdentifierID(a.p.IDs()), Applicant: a.app.Applicant,
		Application: a.app.ID, Step: a.step.ID, Kind: c.proof.Channel, Index: index, Sealed: sealed,
		State: kyc.Claimed, Login: c.proof.Login && c.proof.LoginWhen.Field == "", Updated: a.now}
	a.claimed = &id
	a.accepted = append(a.accepted, kyc.SaveIdentifier{Identifier: id})
	if rec, was := a.records[c.prover]; was && c.prover != a.step.ID {
		// What was proved before was another contact.
		rec.State, rec.Problems, rec.Updated = kyc.StepTodo, nil, a.now
		a.records[c.prover] = rec
		a.accepted = append(a.accepted, kyc.SaveStep{StepRecord: rec},
			kyc.KillChallenges{Tenant: a.app.Tenant, Application: a.app.ID, Step: c.prover})
	}
	return nil
}

// acceptProof sends the contact of a contact step a challenge.
func (a *attempt) acceptProof(ctx context.Context) error {
	id, ok := kyc.Identifier{}, a.claimed != nil
	if ok {
		id = *a.claimed
	} else if id, ok = a.identifier(a.step); !ok {
		return kyc.E(kyc.Internal, "step %s has nothing to prove", a.step.ID)
	}
	to, err := a.openText(ctx, kyc.SealedIdentifier, id.Sealed)
	if err != nil {
		return err
	}
	old, err := a.lastSent(ctx, id.Index)
	if err != nil {
		return err
	}
	writes, err := a.send(ctx, a.step, id, to, old)
	switch keyOf(err) {
	case "error.resend_wait":
		seconds := int(math.Ceil(old.ResendAt.Time().Sub(a.now.Time()).Seconds()))
		a.problems = append(a.problems, kyc.P(a.step.Proof.Field, "contact.wait").With("seconds", strconv.Itoa(seconds)))
		return nil
	case "error.resend_limit":
		a.problem(a.step.Proof.Field, "contact.sends")
		return nil
	}
	if err == nil && len(writes) == 0 {
		a.problem(humanPath, "human.required")
	}
	a.proving = true
	a.accepted = append(a.accepted, writes...)
	return err
}

// lastSent is the newest challenge that this step sent to the same contact within
// a day and that was not answered: typing a contact again, or another one in
// between, does not begin the countdown and the count of sends anew.
func (a *attempt) lastSent(ctx context.Context, index []byte) (*kyc.Challenge, error) {
	if _, before := a.records[a.step.ID]; !before {
		return nil, nil // whatever is sent is written with the step's row
	}
	day := kyc.Millis(24 * time.Hour / time.Millisecond)
	sent, err := a.p.Store.StepChallenges(ctx, a.app.Tenant, a.app.ID, a.step.ID, a.now-day)
	for _, c := range sent {
		if c.State != kyc.ChallengeAnswered && kyc.SameIndex(a.indexOf(c.Identifier), index) {
			return &c, err
		}
	}
	return nil, err
}

// taken tells whether the proved login name of a contact step belongs to
// somebody else by now. login: it was just becoming one.
func (u *run) taken(ctx context.Context, s kyc.Step, login bool) (bool, error) {
	if s.Kind != kyc.ContactStep {
		return false, nil
	}
	if id, ok := u.identifier(s); ok && id.State == kyc.Proved && (id.Login || login) {
		return u.p.Store.IdentifierTaken(ctx, u.app.Tenant, id.Kind, id.Index, u.app.ID)
	}
	return false, nil
}

// Available tells whether a contact is free. It needs a solved human test and
// is counted, so that nobody can ask through a list. Conflict
// ("error.available_later") where the tenant tells it after the proof alone.
func (p *Pipeline) Available(ctx context.Context, r Ref, step kyc.StepID, value, human string) (bool, []kyc.Problem, error) {
	u, err := p.loadToWrite(ctx, r)
	if err != nil {
		return false, nil, err
	}
	s, err := u.openStep(step)
	if err != nil {
		return false, nil, err
	}
	c, ok := u.claims(s)
	if !ok {
		return false, nil, kyc.EKey(kyc.Invalid, "error.invalid", "step has no contact")
	}
	if later, err := u.tellsAfterProof(ctx); err != nil || later {
		return false, nil, errors.Join(err, kyc.EKey(kyc.Conflict, "error.available_later", "the tenant tells it after the proof"))
	}
	a := &attempt{run: u, step: s}
	a.validate(kyc.Values{c.field: value, "human": human})
	a.problems = only(a.problems, c.field)
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
