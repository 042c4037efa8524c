package kyc

// State is where an application stands.
type State string

const (
	Open           State = "open"            // the applicant fills it in
	Submitted      State = "submitted"       // all steps done; checks not started yet
	Verifying      State = "verifying"       // checks run
	InReview       State = "in_review"       // a person decides
	NeedsApplicant State = "needs_applicant" // some data or documents are asked again
	Approved       State = "approved"        // decided; account not there yet
	Activated      State = "activated"       // the account exists
	Rejected       State = "rejected"        // decided finally
	Withdrawn      State = "withdrawn"       // the applicant gave it up
	Expired        State = "expired"         // not finished in time
)

// transitions is the whole state machine; what is not here is an error.
var transitions = map[State][]State{
	Open:           {Submitted, Withdrawn, Expired, Rejected},
	Submitted:      {Verifying, Withdrawn},
	Verifying:      {Approved, InReview, NeedsApplicant, Withdrawn},
	InReview:       {Approved, Rejected, NeedsApplicant, Withdrawn},
	NeedsApplicant: {Submitted, Withdrawn, Expired, Rejected},
	Approved:       {Activated, InReview}, // back to people when a granted recovery is stopped
	Activated:      {},
	Rejected:       {},
	Withdrawn:      {},
	Expired:        {},
}

// States lists every state.
func States() []State {
	return []State{Open, Submitted, Verifying, InReview, NeedsApplicant,
		Approved, Activated, Rejected, Withdrawn, Expired}
}

// Transition checks a change of state against the table.
func Transition(from, to State) error {
	for _, s := range transitions[from] {
		if s == to {
			return nil
		}
	}
	return EKey(Conflict, "error.state", "application cannot go from %q to %q", from, to)
}

// Final tells whether nothing can follow.
func (s State) Final() bool {
	next, known := transitions[s]
	return known && len(next) == 0
}

// Fillable tells whether the applicant may submit steps.
func (s State) Fillable() bool { return s == Open || s == NeedsApplicant }

// Known tells whether s is one of the table's states.
func (s State) Known() bool { _, ok := transitions[s]; return ok }
