package pipeline

import (
	"context"
	"maps"

	"github.com/paifang/paifang/core/audit"
	"github.com/paifang/paifang/core/kyc"
)

// switchesPerHour bounds going from one contact to the other and back.
const switchesPerHour = 20

// InsteadView is the contact that may be proved in place of one whose message
// does not arrive.
type InsteadView struct {
	Step    kyc.StepID
	Channel kyc.ContactKind
	Later   bool // the present one is asked for again when everything else is done
	Back    bool // it is the one that was set aside: nothing is lost by going back
	Proved  bool // it is proved already: one goes on with it, and without the present one
	Login   bool // it becomes the login name that the present one would have been
}

// Title and Text are message keys: what to offer, and what becomes of the contact
// that is left, "" when nothing does.
func (v InsteadView) Title() string {
	switch {
	case v.Back:
		return "apply.instead." + string(v.Channel) + ".back"
	case v.Proved:
		return "apply.instead." + string(v.Channel) + ".proved"
	}
	return "apply.instead." + string(v.Channel) + ".title"
}

func (v InsteadView) Text() string {
	switch {
	case v.Back:
		return ""
	case v.Later:
		return "apply.instead.later"
	case v.Login:
		return "apply.instead." + string(v.Channel) + ".login"
	}
	return "apply.instead.left"
}

// isAside tells whether another contact is proved in place of a step's.
func (u *run) isAside(s kyc.Step) bool {
	return s.Proof != nil && s.Proof.Instead.Step != "" && u.state(s.ID) == kyc.StepAside
}

// standsFor is the step that was set aside for this one; nil for none.
func (u *run) standsFor(id kyc.StepID) *kyc.Step {
	for i, s := range u.flow.Steps {
		if u.isAside(s) && s.Proof.Instead.Step == id {
			return &u.flow.Steps[i]
		}
	}
	return nil
}

// asLogin makes the contact of a step a login name when it stands for good in the
// place of one that would have become one. Whether somebody has it already is
// then told by this step, so that it needs a human test.
func (u *run) asLogin(s kyc.Step) kyc.Step {
	if !u.replacesLogin(s) || s.Proof.Login && s.Proof.LoginWhen.Field == "" {
		return s
	}
	proof := *s.Proof
	proof.Login, proof.LoginWhen = true, kyc.Condition{}
	s.Proof = &proof
	return withTest(s)
}

// replacesLogin tells whether the contact of a step stands for good in the place
// of one that would have become a login name.
func (u *run) replacesLogin(s kyc.Step) bool {
	first := u.standsFor(s.ID)
	return s.Proof != nil && first != nil && !first.Proof.Instead.Later && first.Proof.Login
}

// moot tells whether a field asks whether a contact is to be a login name that is
// one anyway.
func (u *run) moot(s kyc.Step, f kyc.Field) bool {
	for _, other := range u.flow.Steps {
		if other.Proof != nil && other.Proof.LoginWhen.Field == string(s.ID)+"."+f.Name && u.replacesLogin(other) {
			return true
		}
	}
	return false
}

// instead is what may be proved in place of the current step's contact; nil for
// nothing. The first contact must have been accepted: what else its step asks
// for, the agreement to the terms above all, is asked of everybody.
func (u *run) instead(s kyc.Step) *InsteadView {
	if u.app.State != kyc.Open || s.Proof == nil {
		return nil
	}
	if first := u.standsFor(s.ID); first != nil && u.state(s.ID) != kyc.StepDone {
		return &InsteadView{Step: first.ID, Channel: kyc.ContactKind(first.Proof.Channel), Back: true}
	}
	to := s.Proof.Instead
	other, ok := u.flow.Step(to.Step)
	claiming, _ := claimant(s)
	if !ok || other.Proof == nil || u.isAside(s) || u.answers[claiming] == nil {
		return nil
	}
	proved := u.state(to.Step) == kyc.StepDone
	// One that comes later is not left for good once this one is its only company.
	if proved && to.Later && !u.more(s.ID) || proved && !to.Later && !u.before(to.Step, s.ID) {
		return nil
	}
	return &InsteadView{Step: to.Step, Channel: kyc.ContactKind(other.Proof.Channel), Later: to.Later, Login: s.Proof.Login && !to.Later,
		Proved: proved && !to.Later}
}

// before tells whether one step comes before another.
func (u *run) before(first, then kyc.StepID) bool {
	for _, s := range u.flow.Steps {
		if s.ID == first || s.ID == then {
			return s.ID == first
		}
	}
	return false
}

// more tells whether there is anything to do but this step.
func (u *run) more(id kyc.StepID) bool {
	for _, s := range u.plan() {
		if s.ID != id && u.state(s.ID) != kyc.StepDone {
			return true
		}
	}
	return false
}

// Switch leaves the contact of the current step for the other one that its market
// names, or goes back to it. Code and link of the one that is left are void, and
// nothing is claimed by it any more; what was typed is kept. Conflict
// ("error.no_other_contact") when the market knows of no other.
func (p *Pipeline) Switch(ctx context.Context, r Ref, step kyc.StepID) (*View, error) {
	return p.persist(ctx, r, func(u *run) error {
		s := u.current()
		if s == nil || s.ID != step || !u.app.State.Fillable() {
			return kyc.EKey(kyc.Conflict, "error.step_order", "step %s is not open", step)
		}
		to := u.instead(*s)
		if to == nil {
			return kyc.EKey(kyc.Conflict, "error.no_other_contact", "nothing can be proved in place of step %s", step)
		}
		app := u.app
		app.Updated = u.now
		change := kyc.Change{u.hourly("switch", switchesPerHour), kyc.UpdateApplication{Application: app, Expect: app.Version},
			u.line(audit.ContactSwitched, map[string]string{"from": string(step), "to": string(to.Step)})}
		if to.Proved && to.Login {
			login, free, err := u.proveLogin(ctx, *s, to.Step)
			if err != nil {
				return err
			}
			if !free {
				return p.Store.Commit(ctx, r.Tenant, append(change[:2:2], login...))
			}
			change = append(change, login...)
		}
		change = append(change, u.unclaim(*s)...)
		var kept kyc.Change
		var err error
		if to.Back {
			kept = u.goBack(*s, to.Step)
		} else if kept, err = u.setAside(ctx, *s); err != nil {
			return err
		}
		return p.Store.Commit(ctx, r.Tenant, append(change, kept...))
	})
}

// proveLogin makes a contact that is proved already the login name in place of
// the one of step s, or says at s that it is somebody's already. Whoever has
// proved it may know that.
func (u *run) proveLogin(ctx context.Context, s kyc.Step, to kyc.StepID) (change kyc.Change, free bool, err error) {
	other, _ := u.flow.Step(to)
	id, ok := u.identifier(*other)
	if !ok || id.State != kyc.Proved {
		return nil, false, kyc.E(kyc.Internal, "step %s has proved nothing", to)
	}
	taken, err := u.p.Store.IdentifierTaken(ctx, u.app.Tenant, id.Kind, id.Index, u.app.ID)
	if err != nil {
		return nil, false, err
	}
	if taken {
		rec := u.records[s.ID]
		rec.Tenant, rec.Application, rec.Step, rec.Updated = u.app.Tenant, u.app.ID, s.ID, u.now
		rec.State, rec.Problems = u.state(s.ID), kyc.ProblemList{kyc.P("", "contact.login_taken")}
		u.short = rec.Problems
		return kyc.Change{kyc.SaveStep{StepRecord: rec}}, false, nil
	}
	id.Login, id.Updated = true, u.now
	return kyc.Change{kyc.SaveIdentifier{Identifier: id}}, true, nil
}

// unclaim voids what was sent for a contact step, and gives its contact up.
func (u *run) unclaim(s kyc.Step) kyc.Change {
	change := kyc.Change{kyc.KillChallenges{Tenant: u.app.Tenant, Application: u.app.ID, Step: s.ID}}
	claiming, _ := claimant(s)
	for _, id := range u.identifiers {
		if id.Step == claiming && id.Kind == s.Proof.Channel && id.State == kyc.Claimed {
			id.State, id.Updated = kyc.Released, u.now
			change = append(change, kyc.SaveIdentifier{Identifier: id})
		}
	}
	return change
}

// setAside keeps what was typed as a draft. What is not proved is no answer: no
// market, check or reviewer takes the contact for the person's.
func (u *run) setAside(ctx context.Context, s kyc.Step) (kyc.Change, error) {
	claiming, field := claimant(s)
	aside := u.records[s.ID]
	aside.Tenant, aside.Application, aside.Step = u.app.Tenant, u.app.ID, s.ID
	aside.State, aside.Problems, aside.Updated = kyc.StepAside, nil, u.now
	u.records[s.ID] = aside
	rec := u.records[claiming]
	var err error
	if len(rec.Draft) == 0 {
		if rec.Draft, err = u.seal(ctx, kyc.OfStep(kyc.SealedStepDraft, claiming), u.answers[claiming]); err != nil {
			return nil, err
		}
	}
	rest := maps.Clone(u.answers[claiming])
	delete(rest, field)
	delete(rest, field+".region")
	if rec.Values, err = u.seal(ctx, kyc.OfStep(kyc.SealedStepValues, claiming), rest); err != nil {
		return nil, err
	}
	change := kyc.Change{kyc.SaveStep{StepRecord: rec}}
	if claiming != s.ID {
		change = append(change, kyc.SaveStep{StepRecord: aside})
	}
	return change, nil
}

// goBack opens the step again that was set aside; the one that stood for it is
// asked in its turn.
func (u *run) goBack(s kyc.Step, first kyc.StepID) kyc.Change {
	was := u.records[first]
	was.State, was.Problems, was.Updated = kyc.StepTodo, nil, u.now
	change := kyc.Change{kyc.SaveStep{StepRecord: was}}
	if rec, begun := u.records[s.ID]; begun {
		rec.State, rec.Problems, rec.Updated = kyc.StepTodo, nil, u.now
		change = append(change, kyc.SaveStep{StepRecord: rec})
	}
	return change
}
