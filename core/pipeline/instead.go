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
	Login   bool // it becomes the login name that the present one would have been
}

// Title and Text are message keys: what to offer, and what becomes of the contact
// that is left, "" when nothing does.
func (v InsteadView) Title() string {
	if v.Back {
		return "apply.instead." + string(v.Channel) + ".back"
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
	first := u.standsFor(s.ID)
	if s.Proof == nil || first == nil || first.Proof.Instead.Later || !first.Proof.Login || s.Proof.Login {
		return s
	}
	proof := *s.Proof
	proof.Login = true
	s.Proof = &proof
	return withTest(s)
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
	if !ok || other.Proof == nil || u.isAside(s) || u.answers[s.ID] == nil {
		return nil
	}
	if u.state(to.Step) == kyc.StepDone && (!to.Later || !u.more(s.ID)) {
		return nil
	}
	return &InsteadView{Step: to.Step, Channel: kyc.ContactKind(other.Proof.Channel), Later: to.Later, Login: s.Proof.Login && !to.Later}
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

// unclaim voids what was sent for a contact step, and gives its contact up.
func (u *run) unclaim(s kyc.Step) kyc.Change {
	change := kyc.Change{kyc.KillChallenges{Tenant: u.app.Tenant, Application: u.app.ID, Step: s.ID}}
	for _, id := range u.identifiers {
		if id.Step == s.ID && id.Kind == s.Proof.Channel && id.State == kyc.Claimed {
			id.State, id.Updated = kyc.Released, u.now
			change = append(change, kyc.SaveIdentifier{Identifier: id})
		}
	}
	return change
}

// setAside keeps what was typed as a draft. What is not proved is no answer: no
// market, check or reviewer takes the contact for the person's.
func (u *run) setAside(ctx context.Context, s kyc.Step) (kyc.Change, error) {
	rec := u.records[s.ID]
	rec.State, rec.Problems, rec.Updated = kyc.StepAside, nil, u.now
	var err error
	if len(rec.Draft) == 0 {
		if rec.Draft, err = u.seal(ctx, kyc.OfStep(kyc.SealedStepDraft, s.ID), u.answers[s.ID]); err != nil {
			return nil, err
		}
	}
	rest := maps.Clone(u.answers[s.ID])
	delete(rest, s.Proof.Field)
	delete(rest, s.Proof.Field+".region")
	rec.Values, err = u.seal(ctx, kyc.OfStep(kyc.SealedStepValues, s.ID), rest)
	return kyc.Change{kyc.SaveStep{StepRecord: rec}}, err
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
