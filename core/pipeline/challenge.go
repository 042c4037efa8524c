package pipeline

import (
	"context"
	"encoding/hex"
	"slices"

	"github.com/paifang/paifang/core/audit"
	"github.com/paifang/paifang/core/contact"
	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/trace"
)

// sendsPerDay bounds the codes of one application, whatever the contact.
const sendsPerDay = 20

// send makes a challenge for an identifier and the message that carries it,
// within the budgets. With old it is a fresh one in place of that. No writes
// without an error: a human test has to be passed first.
func (u *run) send(ctx context.Context, s kyc.Step, id kyc.Identifier, to string, old *kyc.Challenge) ([]kyc.Write, error) {
	permit, err := u.permit(ctx, id, to)
	if err != nil || permit.Human {
		return nil, err
	}
	req := contact.Request{Tenant: u.app.Tenant, Application: u.app.ID, Applicant: u.app.Applicant, Identifier: id.ID, Step: s.ID,
		Channel: kyc.ContactKind(id.Kind), To: to, Locale: u.app.Locale, TTL: s.Proof.TTL, Link: s.Proof.Link, Charge: permit.Charge}
	issued, err := u.issue(ctx, req, old)
	if err != nil {
		return nil, err
	}
	writes := append(append(permit.Writes, u.daily("send", sendsPerDay)), issued.Writes...)
	return append(writes, u.line(audit.ChallengeSent, map[string]string{"challenge": string(issued.Challenge.ID), "channel": id.Kind})), nil
}

func (u *run) issue(ctx context.Context, req contact.Request, old *kyc.Challenge) (contact.Issued, error) {
	if old == nil {
		return u.p.Codes.NewChallenge(ctx, req, u.now.Time())
	}
	return u.p.Codes.Resend(ctx, *old, req, u.now.Time())
}

// challenge is the view of a code on its way.
func (u *run) challenge(ctx context.Context, s kyc.Step) (Next, error) {
	n := Next{Kind: NextChallenge, Step: s.ID, Title: s.Title, Problems: u.records[s.ID].Problems}
	c, err := u.pending(ctx, s.ID)
	if err != nil {
		return n, err
	}
	to, err := u.contactOf(ctx, c)
	if err != nil {
		return n, err
	}
	n.Challenge = &ChallengeView{Human: u.asksHuman(s.ID), ID: c.ID, Channel: c.Channel, To: contact.Mask(c.Channel, to), Digits: contact.CodeDigits,
		Link: len(c.LinkHash) > 0, TriesLeft: max(0, contact.MaxTries-c.Tries), Expires: c.Expires, ResendAt: c.ResendAt}
	for _, m := range u.messages {
		if m.Challenge == c.ID {
			n.Challenge.Delivery = m.State
		}
	}
	return n, nil
}

// pending is the newest challenge of a step that is not answered.
func (u *run) pending(ctx context.Context, step kyc.StepID) (kyc.Challenge, error) {
	if u.sent != nil && u.sent.Step == step {
		return *u.sent, nil
	}
	return u.p.Store.PendingChallenge(ctx, u.app.Tenant, u.app.ID, step)
}

// contactOf is the contact that a challenge was sent to, in clear.
func (u *run) contactOf(ctx context.Context, c kyc.Challenge) (string, error) {
	for _, id := range u.identifiers {
		if id.ID == c.Identifier {
			return u.openText(ctx, kyc.SealedIdentifier, id.Sealed)
		}
	}
	return "", kyc.EKey(kyc.NotFound, "error.not_found", "challenge has no contact")
}

// own finds a challenge of this application and its step.
func (u *run) own(ctx context.Context, id kyc.ChallengeID) (kyc.Challenge, kyc.Step, error) {
	missing := kyc.EKey(kyc.NotFound, "error.not_found", "no such challenge in this application")
	c, err := u.p.Store.Challenge(ctx, u.app.Tenant, id)
	if err != nil {
		return c, kyc.Step{}, err
	}
	s, ok := u.flow.Step(c.Step)
	if c.Application != u.app.ID || !ok || s.Proof == nil {
		return c, kyc.Step{}, missing
	}
	return c, *s, nil
}

// Answer answers a challenge with the code typed. A step that is proved already
// is answered with the application as it stands: answering twice is no error.
func (p *Pipeline) Answer(ctx context.Context, r Ref, id kyc.ChallengeID, code string) (view *View, err error) {
	ctx, span := trace.Start(ctx, "answer", trace.Tenant(r.Tenant), trace.Application(r.Application))
	defer func() { span.End(err) }()
	for try := 0; ; try++ {
		u, err := p.answerOnce(ctx, r, id, code)
		if raced(err) && try < 4 {
			continue
		}
		if err != nil {
			return nil, err
		}
		return u.onward(ctx, r)
	}
}

// answerOnce gives the run as it was committed.
func (p *Pipeline) answerOnce(ctx context.Context, r Ref, id kyc.ChallengeID, code string) (*run, error) {
	u, err := p.loadToWrite(ctx, r)
	if err != nil {
		return nil, err
	}
	c, s, err := u.own(ctx, id)
	if err != nil {
		return nil, err
	}
	if !u.app.State.Fillable() || u.state(s.ID) != kyc.StepProving {
		return u, u.notProving(ctx, c)
	}
	if err := u.mayAnswer(ctx); err != nil {
		return nil, err
	}
	answer, err := p.Codes.Check(ctx, c, code, u.now.Time())
	if err != nil {
		return nil, err
	}
	lost, err := u.answered(ctx, s, answer)
	if err != nil || !lost {
		return u, err
	}
	fresh, err := p.load(ctx, r)
	if err == nil {
		fresh.short = u.short
	}
	return fresh, err
}

// wrongAnswers bounds the wrong codes of an application in an hour, whatever they are
// for.
func (u *run) wrongAnswers() kyc.TakeBudget { return u.hourly("answer", 60) }

// mayAnswer refuses before anything is compared: past the budget a wrong code
// could not be counted, and who cannot lose a try must not win one.
func (u *run) mayAnswer(ctx context.Context) error {
	budget := u.wrongAnswers()
	used, err := u.p.Store.BudgetUsed(ctx, u.app.Tenant, budget.Key, budget.Start)
	if err != nil || used < budget.Limit {
		return err
	}
	return u.p.Store.Commit(ctx, u.app.Tenant, kyc.Change{budget}) // says when to come again
}

// notProving is the answer when nothing is to be proved: fine if it was this
// very challenge that proved it.
func (u *run) notProving(ctx context.Context, c kyc.Challenge) error {
	if c.State == kyc.ChallengeAnswered {
		return u.p.Store.Durable(ctx) // another request's row
	}
	return kyc.EKey(kyc.Conflict, "error.step_order", "step does not wait for a code")
}

// answered writes what follows from a right or a wrong answer. lost tells that
// the contact went to somebody else.
func (u *run) answered(ctx context.Context, s kyc.Step, answer contact.Answer) (lost bool, err error) {
	app := u.app
	app.Updated = u.now
	rec := u.records[s.ID]
	rec.Updated = u.now
	change := append(kyc.Change{}, answer.Writes...)
	detail := map[string]string{"challenge": string(answer.Challenge.ID)}
	if !answer.Right {
		answer.Problem.Path = "code"
		rec.Problems = kyc.ProblemList{answer.Problem}
		u.short = rec.Problems
		change = append(change, u.wrongAnswers(), kyc.UpdateApplication{Application: app, Expect: app.Version},
			kyc.SaveStep{StepRecord: rec}, u.line(audit.ChallengeFailed, detail))
		return false, u.apply(ctx, change)
	}
	if err := u.promised(ctx, u.flow.Version); err != nil { // it may be the last step
		return false, err
	}
	rec.State, rec.Problems = kyc.StepDone, nil
	u.records[s.ID] = rec
	for i, id := range u.identifiers {
		if id.ID == answer.Challenge.Identifier {
			id.State, id.Updated = kyc.Proved, u.now
			u.identifiers[i] = id
			change = append(change, kyc.SaveIdentifier{Identifier: id})
			if err := u.countVerified(ctx, id, &change); err != nil {
				return false, err
			}
		}
	}
	if lost, err := u.takenThen(ctx, s); lost || err != nil {
		return lost, err
	}
	change = append(change, kyc.SaveStep{StepRecord: rec}, u.line(audit.ChallengeAnswered, detail))
	if change, err = u.advance(app, change, nil); err != nil {
		return false, err
	}
	err = u.apply(ctx, change)
	if keyOf(err) == "error.identifier_taken" {
		u.short, err = (&attempt{run: u}).loseContact(ctx, s.ID)
		return true, err
	}
	return false, err
}

// takenThen tells who has just shown that a contact is theirs that it is somebody's
// already, where the tenant does not tell it before.
func (u *run) takenThen(ctx context.Context, s kyc.Step) (bool, error) {
	later, err := u.tellsAfterProof(ctx)
	if err != nil || !later {
		return false, err
	}
	taken, err := u.taken(ctx, s, false)
	if err != nil || !taken {
		return false, err
	}
	u.short, err = (&attempt{run: u}).loseContact(ctx, s.ID)
	return true, err
}

// Resend sends a fresh code once the countdown is over.
func (p *Pipeline) Resend(ctx context.Context, r Ref, id kyc.ChallengeID) (*View, error) {
	return p.persist(ctx, r, func(u *run) error { return u.resend(ctx, id) })
}

func (u *run) resend(ctx context.Context, id kyc.ChallengeID) error {
	c, s, err := u.own(ctx, id)
	if err != nil {
		return err
	}
	if !u.app.State.Fillable() || u.state(s.ID) != kyc.StepProving {
		return u.notProving(ctx, c)
	}
	// A second tap on an old page asks for the newest code, not for one more.
	if newest, err := u.p.Store.PendingChallenge(ctx, u.app.Tenant, u.app.ID, s.ID); err == nil {
		c = newest
	}
	to, err := u.contactOf(ctx, c)
	if err != nil {
		return err
	}
	problem, err := u.passHuman(ctx)
	if err != nil {
		return err
	}
	var writes []kyc.Write
	if problem.Code == "" {
		writes, err = u.send(ctx, s, kyc.Identifier{ID: c.Identifier, Kind: string(c.Channel), Index: u.indexOf(c.Identifier)}, to, &c)
		if err != nil {
			return err
		}
		problem = kyc.P(humanPath, "human.required")
	}
	app, rec := u.app, u.records[s.ID]
	app.Updated, rec.Problems, rec.Updated = u.now, nil, u.now
	if len(writes) == 0 {
		rec.Problems = kyc.ProblemList{problem}
	}
	u.records[s.ID], u.short = rec, rec.Problems
	change := kyc.Change{kyc.UpdateApplication{Application: app, Expect: app.Version}, kyc.SaveStep{StepRecord: rec}}
	return u.p.Store.Commit(ctx, app.Tenant, append(change, writes...))
}

// countVerified counts a phone number that was proved, for the standing of its prefix.
func (u *run) countVerified(ctx context.Context, id kyc.Identifier, change *kyc.Change) error {
	if id.Kind != string(kyc.Phone) {
		return nil
	}
	number, err := u.openText(ctx, kyc.SealedIdentifier, id.Sealed)
	if err == nil {
		*change = append(*change, u.p.Warden.Verified(u.app.Tenant, number, u.now.Time()))
	}
	return err
}

func (u *run) indexOf(id kyc.IdentifierID) []byte {
	for _, known := range u.identifiers {
		if known.ID == id {
			return known.Index
		}
	}
	return nil
}

// Correct goes back from a challenge to where the contact was typed: this step
// or an earlier one. What was typed is shown again; the pending code dies. One
// that nobody typed because the marketplace vouched for it is declined by that.
func (p *Pipeline) Correct(ctx context.Context, r Ref, step kyc.StepID) (*View, error) {
	return p.persist(ctx, r, func(u *run) error {
		if !u.app.State.Fillable() || u.state(step) != kyc.StepProving {
			return kyc.EKey(kyc.Conflict, "error.step_order", "step has no contact to correct")
		}
		s, ok := u.flow.Step(step)
		if !ok || s.Proof == nil {
			return kyc.E(kyc.Internal, "step %s proves nothing", step)
		}
		app := u.app
		app.Updated = u.now
		change := kyc.Change{kyc.UpdateApplication{Application: app, Expect: app.Version}}
		return p.Store.Commit(ctx, r.Tenant, append(change, u.retype(*s)...))
	})
}

// retype opens the step again in which the contact of a contact step was typed.
func (u *run) retype(s kyc.Step, problems ...kyc.Problem) kyc.Change {
	change := kyc.Change{kyc.KillChallenges{Tenant: u.app.Tenant, Application: u.app.ID, Step: s.ID}}
	typed, _ := claimant(s)
	for _, id := range slices.Compact([]kyc.StepID{typed, s.ID}) {
		rec := u.records[id]
		rec.Tenant, rec.Application, rec.Step = u.app.Tenant, u.app.ID, id
		rec.State, rec.Problems, rec.Updated = kyc.StepTodo, nil, u.now
		if id == typed {
			rec.Problems = problems
			rec.Declined = rec.Declined || s.Proof.Of == "" && u.vouched(s) != ""
		}
		u.records[id] = rec
		change = append(change, kyc.SaveStep{StepRecord: rec})
	}
	return change
}

func hexOf(b []byte) string { return hex.EncodeToString(b) }
