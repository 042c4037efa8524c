package pipeline

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/paifang/paifang/core/audit"
	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/trace"
)

// attempt is one submission on its way through the phases.
type attempt struct {
	*run
	step     kyc.Step
	typed    kyc.Values // as submitted, known fields only
	values   kyc.Values // normalised, without secrets
	secrets  kyc.Values // never stored
	problems []kyc.Problem
	finding  kyc.Finding
	change   kyc.Change          // what the phases want written whatever the outcome
	accepted kyc.Change          // written only when the step is accepted
	claimed  *kyc.Identifier     // the contact that this step claims
	proving  bool                // a challenge has still to be answered
	legal    []kyc.LegalDocument // agreed to in this step, as in force
	agreed   []Agreed            // legal documents as they were shown
	elder    *kyc.Application    // the same member's, which goes on in place of this one
	written  bool                // the run is what was committed last
	count    kyc.Change          // what the guard has still to write, with the outcome
	deferred bool                // it had something
	partial  bool                // only what has no problem yet is looked at
}

// Submit answers one step. The phases are fixed; no market can skip one.
func (p *Pipeline) Submit(ctx context.Context, r Ref, s Submission) (view *View, err error) {
	ctx, span := trace.Start(ctx, "submit", trace.Tenant(r.Tenant), trace.Application(r.Application))
	defer func() { span.End(err) }()
	admitted := false
	for try := 0; ; try++ {
		view, err = p.submitOnce(ctx, r, s, &admitted)
		// Somebody else changed the application in between. Who named the version
		// they saw must look again; who did not is served on the new state.
		if try < 3 && s.Version == 0 && errors.Is(err, kyc.E(kyc.Conflict, "")) && keyOf(err) == "error.version_stale" {
			continue
		}
		return view, err
	}
}

func (p *Pipeline) submitOnce(ctx context.Context, r Ref, s Submission, admitted *bool) (*View, error) {
	u, err := p.load(ctx, r)
	if err != nil {
		return nil, err
	}
	if again, err := u.replayed(ctx, s); again || err != nil {
		return u.settled(ctx, s.Step, err)
	}
	if u.entered(s.Step) {
		return u.viewEntered(ctx)
	}
	if u.moved {
		return nil, movedTo(u.app.ID)
	}
	if s.Version != 0 && s.Version != u.app.Version {
		return nil, kyc.EKey(kyc.Conflict, "error.version_stale", "version %d, not %d", u.app.Version, s.Version)
	}
	step, err := u.openStep(s.Step)
	if err != nil {
		return nil, err
	}
	trace.Add(ctx, trace.Market(u.app.Market), trace.Step(step.ID))
	a := &attempt{run: u, step: step, agreed: s.Agreed}
	a.validate(s.Values)
	if err := u.promised(ctx, u.flow.Version); err != nil {
		return nil, a.keepDraft(ctx, err)
	}
	if err := a.validateConsents(ctx); err != nil {
		return nil, err
	}
	if !*admitted {
		done, err := a.guard(ctx, s)
		if done || err != nil {
			return a.again(ctx, r, err)
		}
		*admitted = true
	}
	if err := a.carryOut(ctx, s); err != nil {
		return nil, err
	}
	return a.outcomeView(ctx, r)
}

// outcomeView is the application after the attempt: onward when it was accepted,
// its step with what it fell short of when it was not.
func (a *attempt) outcomeView(ctx context.Context, r Ref) (*View, error) {
	u := a.run
	if !a.written {
		var err error
		if u, err = a.p.load(ctx, r); err != nil {
			return nil, err
		}
		if u.moved {
			return u.viewEntered(ctx)
		}
	}
	if u.short = a.problems; len(u.short) > 0 {
		return u.settled(ctx, a.step.ID, nil)
	}
	return u.onward(ctx, r)
}

// again is the application after an attempt that the guard ended: the first tap
// did it all, or its single-use token was spent.
func (a *attempt) again(ctx context.Context, r Ref, err error) (*View, error) {
	if err != nil {
		return nil, err
	}
	u, err := a.p.load(ctx, r)
	if err != nil {
		return nil, err
	}
	u.short = a.problems
	return u.settled(ctx, a.step.ID, nil)
}

// settled is the view of an attempt at a step that has had its outcome. One that
// fell short is asked again, also where another step is next.
func (u *run) settled(ctx context.Context, id kyc.StepID, err error) (*View, error) {
	if err != nil {
		return nil, err
	}
	step, err := u.openStep(id)
	if len(u.short) == 0 || err != nil {
		return u.view(ctx)
	}
	return u.viewStep(ctx, step)
}

// carryOut does what is left after the guard, and writes what the guard has left.
func (a *attempt) carryOut(ctx context.Context, s Submission) error {
	if a.deferred {
		defer a.over()
	}
	err := a.evaluated(ctx, s)
	if counted := a.counted(ctx); err == nil {
		err = counted
	}
	return err
}

// evaluated goes through the phases that cost something and writes the outcome.
func (a *attempt) evaluated(ctx context.Context, s Submission) error {
	if len(a.problems) > 0 {
		a.lookFurther(ctx)
	}
	for _, phase := range []struct {
		name string
		do   func(context.Context) error
	}{{"submit prepare", a.prepare}, {"submit evaluate", a.evaluate}, {"submit invariants", a.invariants}, {"submit accept", a.accept}} {
		if len(a.problems) > 0 {
			break
		}
		inside, span := trace.Start(ctx, phase.name)
		err := phase.do(inside)
		span.End(err)
		if err != nil {
			return a.keepDraft(ctx, err)
		}
	}
	return a.commit(ctx, s)
}

// ask asks the market about the values of the whole step.
func (a *attempt) ask(ctx context.Context, values kyc.Values) (kyc.Finding, error) {
	settings, err := a.settings(ctx)
	if err != nil {
		return kyc.Finding{}, err
	}
	facts, err := a.factsTold(ctx)
	if err != nil {
		return kyc.Finding{}, err
	}
	finding, err := a.p.Markets.Evaluate(ctx, kyc.Question{
		Tenant: a.app.Tenant, Market: a.app.Market, Version: a.app.Provider, Step: a.step.ID,
		Values: values, Answers: a.earlier(), Facts: facts, Locale: a.app.Locale,
		Now: a.now.Time(), Config: settings,
	})
	if err != nil {
		return finding, kyc.Wrap(kyc.Unavailable, err, "market did not answer")
	}
	return finding, a.promised(ctx, finding.Provider.Version) // it may have gone meanwhile
}

// evaluate has the market judge the step, once.
func (a *attempt) evaluate(ctx context.Context) (err error) {
	if a.finding, err = a.ask(ctx, a.values); err != nil {
		return err
	}
	a.problems = append(a.problems, a.finding.Problems...)
	for name, v := range a.finding.Normalized {
		if _, ours := a.values[name]; ours {
			a.values[name] = v
		}
	}
	a.finding.Reasons = append(a.finding.Reasons, a.mixed()...)
	return nil
}

// earlier are the answers of the steps before this one.
func (a *attempt) earlier() kyc.Answers {
	answers := kyc.Answers{}
	for _, s := range a.plan() {
		if s.ID == a.step.ID {
			break
		}
		answers[s.ID] = a.answers[s.ID]
	}
	return answers
}

// keepDraft saves what was typed when the pipeline could not tell, so that
// trying again loses nothing. The first error wins.
func (a *attempt) keepDraft(ctx context.Context, cause error) error {
	rec, err := a.record(ctx, a.state(a.step.ID))
	if err != nil {
		return cause
	}
	rec.Problems = nil
	app := a.app
	app.Updated = a.now
	change := kyc.Change{kyc.UpdateApplication{Application: app, Expect: app.Version}, kyc.SaveStep{StepRecord: rec},
		a.line(audit.StepDrafted, map[string]string{"step": string(rec.Step)})}
	if err := a.p.Store.Commit(ctx, a.app.Tenant, change); err != nil {
		a.p.Log.WarnContext(ctx, "draft not kept", "tenant", a.app.Tenant, "application", a.app.ID, "code", kyc.CodeOf(err))
	}
	return cause
}

// record is the step's row after this attempt.
func (a *attempt) record(ctx context.Context, state kyc.StepState) (kyc.StepRecord, error) {
	rec := a.records[a.step.ID]
	rec.Tenant, rec.Application, rec.Step = a.app.Tenant, a.app.ID, a.step.ID
	rec.State, rec.Updated = state, a.now
	rec.Problems = a.problems
	rec.Declined = rec.Declined || a.unfitContact()
	rec.Attempts++
	draft, err := a.seal(ctx, kyc.OfStep(kyc.SealedStepDraft, a.step.ID), a.typed)
	rec.Draft = draft
	return rec, err
}

// unfitContact tells whether the contact that the marketplace vouched for did not
// do. To wait for a while is no reason to ask for another.
func (a *attempt) unfitContact() bool {
	if a.step.Proof == nil || a.step.Proof.Of != "" || a.vouched(a.step) == "" {
		return false
	}
	return slices.ContainsFunc(a.problems, func(p kyc.Problem) bool { return p.Path == a.step.Proof.Field && p.Code != "contact.wait" })
}

// commit writes the outcome: state, sealed data, audit line and jobs in one
// transaction.
func (a *attempt) commit(ctx context.Context, s Submission) error {
	var err error
	if a.elder != nil && len(a.problems) == 0 {
		err = a.yield(ctx, *a.elder, s)
	} else {
		var change kyc.Change
		if change, err = a.outcome(ctx); err != nil {
			return err
		}
		var kept kyc.Change
		if kept, err = a.replay(ctx, s); err != nil {
			return err
		}
		err = a.apply(ctx, append(append(change, kept...), a.count...))
		if a.written = err == nil; a.written {
			a.count = nil
		}
	}
	switch keyOf(err) {
	case "error.subject_taken":
		return a.outrun(ctx, s)
	case "error.identifier_taken":
		a.problems, err = a.loseContact(ctx, "")
		return err
	case "error.replayed":
		return a.spent(ctx, s)
	}
	return err
}

// spent is the answer to a human test or an assertion that was used before: the
// applicant can do it again, so it is a problem and not a fault.
func (a *attempt) spent(ctx context.Context, s Submission) error {
	fresh, err := a.p.loadTrusted(ctx, a.app.Tenant, a.app.ID)
	if err != nil {
		return err
	}
	if s.Version != 0 && s.Version != fresh.app.Version {
		return kyc.EKey(kyc.Conflict, "error.version_stale", "version %d, not %d", fresh.app.Version, s.Version)
	}
	if a.tappedTwice(fresh) {
		return nil
	}
	fresh.client, fresh.actor, fresh.holder = a.client, a.actor, a.holder
	a.run = fresh
	a.change = slices.DeleteFunc(a.change, func(w kyc.Write) bool { _, is := w.(kyc.UseOnce); return is })
	for _, f := range a.step.Fields {
		switch f.Type {
		case kyc.HumanField:
			a.problem(f.Name, "human.expired")
		case kyc.AssertionField:
			a.problem(f.Name, "assertion.used")
		}
	}
	if len(a.problems) == 0 {
		return kyc.EKey(kyc.Gone, "error.replayed", "single-use token of no field")
	}
	return a.commit(ctx, s)
}

// tappedTwice tells whether the same answers were accepted already: the first
// tap on the button did it all.
func (a *attempt) tappedTwice(fresh *run) bool {
	return fresh.state(a.step.ID) != kyc.StepTodo && maps.Equal(fresh.answers[a.step.ID], a.values)
}

func (a *attempt) outcome(ctx context.Context) (kyc.Change, error) {
	app := a.app
	app.Updated = a.now
	change := a.change
	if len(a.problems) > 0 {
		rec, err := a.record(ctx, a.state(a.step.ID))
		if err != nil {
			return nil, err
		}
		change = append(change, kyc.UpdateApplication{Application: app, Expect: app.Version},
			kyc.SaveStep{StepRecord: rec}, a.line(audit.StepRefused, a.refusal()))
		return change, nil
	}
	rec, err := a.acceptedRecord(ctx)
	if err != nil {
		return nil, err
	}
	app.Requested = union(app.Requested, a.finding.Request)
	if a.finding.Tier != "" {
		app.Tier = a.finding.Tier
	}
	a.records[a.step.ID], a.answers[a.step.ID] = rec, a.values
	a.app.Requested = app.Requested
	change = append(change, kyc.SaveStep{StepRecord: rec}, a.line(audit.StepSubmitted, map[string]string{"step": string(rec.Step), "provider": rec.Provider}))
	change = append(change, a.accepted...)
	change = append(change, a.reopened()...)
	return a.advance(app, change, a.finding.Reasons)
}

func (a *attempt) acceptedRecord(ctx context.Context) (kyc.StepRecord, error) {
	state := kyc.StepDone
	if a.proving {
		state = kyc.StepProving
	}
	rec, err := a.record(ctx, state)
	if err != nil {
		return rec, err
	}
	rec.Draft, rec.Problems = nil, nil
	rec.Provider = a.finding.Provider.Version
	rec.Reasons = a.finding.Reasons
	if rec.Values, err = a.seal(ctx, kyc.OfStep(kyc.SealedStepValues, a.step.ID), a.values); err != nil {
		return rec, err
	}
	rec.Derived, err = a.seal(ctx, kyc.OfStep(kyc.SealedStepDerived, a.step.ID), a.finding.Derived)
	return rec, err
}

// How a submission was answered that had an idempotency key: with the application
// as it stands, with the problems that are kept, or with the one refusal that is.
const (
	statusOK       = 200
	statusConflict = 409
	statusShort    = 422
)
