package pipeline

import (
	"slices"

	"github.com/paifang/paifang/core/kyc"
)

// plan lists the steps that this application has to take, in order: those of
// the flow whose condition holds, and of the on-demand ones those requested.
func (u *run) plan() []kyc.Step {
	steps, _ := u.planned()
	return steps
}

// live are the answers of the steps of the plan. Who changes an answer, so that
// a step is not to be taken any more, is not held to what they said in it.
func (u *run) live() kyc.Answers {
	_, answers := u.planned()
	return answers
}

// planned goes through the flow; a condition asks about the steps before it
// that are to be taken.
func (u *run) planned() ([]kyc.Step, kyc.Answers) {
	var steps []kyc.Step
	live := kyc.Answers{kyc.StartStep: u.answers[kyc.StartStep]}
	for _, s := range u.flow.Steps {
		if s.OnDemand && !slices.Contains(u.app.Requested, s.ID) {
			continue
		}
		if s.When.Holds(nil, live) {
			steps = append(steps, u.withHuman(u.asLogin(s)))
			live[s.ID] = u.answers[s.ID]
		}
	}
	return steps, live
}

func (u *run) state(id kyc.StepID) kyc.StepState {
	if rec, ok := u.records[id]; ok {
		return rec.State
	}
	return kyc.StepTodo
}

// current is the first step of the plan that is not done; nil when all are. A
// contact that stands for another is proved at once. What was set aside comes
// last, or not at all.
func (u *run) current() *kyc.Step {
	var first, last *kyc.Step
	for _, s := range u.plan() {
		switch {
		case u.state(s.ID) == kyc.StepDone:
		case u.standsFor(s.ID) != nil:
			return &s
		case !u.isAside(s):
			if first == nil {
				first = &s
			}
		case s.Proof.Instead.Later && last == nil:
			last = &s
		}
	}
	if first == nil {
		return last
	}
	return first
}

// editable tells whether a step that is done may be answered again.
func (u *run) editable(s kyc.Step) bool {
	_, claims := u.claims(s)
	return u.app.State == kyc.Open && u.state(s.ID) == kyc.StepDone && !s.Immutable &&
		s.Kind != kyc.ContactStep && s.Kind != kyc.FederatedStep && !claims
}

// openStep finds the step that somebody wants to answer and checks that it is
// its turn.
func (u *run) openStep(id kyc.StepID) (kyc.Step, error) {
	if !u.app.State.Fillable() {
		return kyc.Step{}, kyc.EKey(kyc.Conflict, "error.not_open", "application is %s", u.app.State)
	}
	for _, s := range u.plan() {
		if s.ID != id {
			continue
		}
		if cur := u.current(); (cur != nil && cur.ID == id) || u.editable(s) {
			return s, nil
		}
		return kyc.Step{}, kyc.EKey(kyc.Conflict, "error.step_order", "step %s is not open", id)
	}
	return kyc.Step{}, kyc.EKey(kyc.NotFound, "error.step_unknown", "no such step in this application")
}

// fields are the fields of a step that are asked in view of what is known.
func (u *run) fields(s kyc.Step, values kyc.Values) []kyc.Field {
	var fields []kyc.Field
	for _, f := range asked(s.Fields, canonical(s, values), u.live()) {
		if !u.needless(s, f) {
			fields = append(fields, f)
		}
	}
	return fields
}

// needless tells whether a field is not asked because the marketplace vouched
// for the contact: the contact, and the human test before one that is typed.
func (u *run) needless(s kyc.Step, f kyc.Field) bool {
	vouched := s.Proof != nil && s.Proof.Of == "" && u.knownContact(s) != ""
	return u.moot(s, f) || u.known(s, f) != "" || f.Type == kyc.HumanField && vouched && !u.asksHuman(s.ID)
}

// known is a contact that the marketplace vouched for: it is proved as it is,
// not typed. One that was declined, or did not do, is asked for like any other.
func (u *run) known(s kyc.Step, f kyc.Field) string {
	if s.Kind != kyc.ContactStep || s.Proof == nil || f.Name != s.Proof.Field {
		return ""
	}
	if u.records[s.ID].Declined {
		return ""
	}
	return u.vouched(s)
}

// vouched is the contact for a step that the marketplace said; "" for none.
func (u *run) vouched(s kyc.Step) string {
	for _, other := range u.flow.Steps {
		if other.Kind == kyc.FederatedStep {
			return u.answers[other.ID][s.Proof.Channel]
		}
	}
	return ""
}

// documents are the requirements of a step that apply.
func (u *run) documents(s kyc.Step) []kyc.Requirement {
	var reqs []kyc.Requirement
	answers := u.live()
	for _, r := range s.Documents {
		if r.When.Holds(nil, answers) {
			reqs = append(reqs, r)
		}
	}
	return reqs
}
