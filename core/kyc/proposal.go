package kyc

// ProposalState is where a proposal stands.
type ProposalState string

const (
	ProposalWaits     ProposalState = "waits"     // for a second person
	ProposalConfirmed ProposalState = "confirmed" // somebody else decided so
	ProposalOpposed   ProposalState = "opposed"   // somebody else sent it back, for a reason
	ProposalWithdrawn ProposalState = "withdrawn" // by who made it
	ProposalVoid      ProposalState = "void"      // what it rested on has changed, or the application has ended
)

// Proposal is a decision that takes two people, as the first of them has made it.
// A case has at most one that waits; those that came to an end stay.
type Proposal struct {
	Tenant      TenantID      `db:"tenant_id"`
	ID          string        `db:"proposal_id"`
	Case        CaseID        `db:"case_id"`
	Application ApplicationID `db:"application_id"`
	Staff       StaffID       `db:"staff_id"` // who proposed it
	Outcome     Outcome       `db:"outcome"`
	Reasons     ReasonList    `db:"reasons"`
	Note        []byte        `db:"note_sealed"`     // to the applicant, sealed
	Evidence    []byte        `db:"evidence_digest"` // of what the first person looked at
	Risk        string        `db:"risk"`            // of the case, as that person saw it
	State       ProposalState `db:"state"`
	At          Millis        `db:"created_at"`

	// How it came to its end.
	EndedBy StaffID `db:"ended_by"`      // "" while it waits, and when no person ended it
	Answer  []byte  `db:"answer_sealed"` // why it was sent back, to colleagues, sealed
	Ended   Millis  `db:"ended_at"`
}
