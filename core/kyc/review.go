package kyc

// CaseState is where a case stands.
type CaseState string

const (
	CaseOpen    CaseState = "open"
	CaseClaimed CaseState = "claimed"
	CaseDecided CaseState = "decided"
)

// Case is what a reviewer decides about: an application that needs a person.
type Case struct {
	Tenant      TenantID      `db:"tenant_id"`
	ID          CaseID        `db:"case_id"`
	Application ApplicationID `db:"application_id"`
	Applicant   ApplicantID   `db:"applicant_id"`
	Market      MarketID      `db:"market"`
	Locale      Locale        `db:"locale"` // the applicant's
	State       CaseState     `db:"state"`
	Version     int64         `db:"version"`
	ClaimedBy   StaffID       `db:"claimed_by"`
	ClaimUntil  Millis        `db:"claim_until"`
	Risk        string        `db:"risk"`        // low, medium, high
	Whys        RiskList      `db:"risk_whys"`   // of the risk
	ProposedBy  StaffID       `db:"proposed_by"` // of the proposal that waits for a second person; "" for none
	Opened      Millis        `db:"opened_at"`
	Due         Millis        `db:"due_at"` // service target
	Decided     Millis        `db:"decided_at"`
	Outcome     Outcome       `db:"outcome"`
}

// Outcome is what a decision says.
type Outcome string

const (
	Approve  Outcome = "approve"
	AskAgain Outcome = "ask_again"
	Reject   Outcome = "reject"
)

// Decision is a decision about a case and what it rests on.
type Decision struct {
	Tenant      TenantID      `db:"tenant_id"`
	ID          DecisionID    `db:"decision_id"`
	Case        CaseID        `db:"case_id"` // "" when decided without a person
	Application ApplicationID `db:"application_id"`
	Staff       StaffID       `db:"staff_id"`
	Outcome     Outcome       `db:"outcome"`
	Reasons     ReasonList    `db:"reasons"`
	Note        []byte        `db:"note_sealed"`     // to the applicant, sealed
	Evidence    []byte        `db:"evidence_digest"` // of files, checks and answers decided upon
	At          Millis        `db:"created_at"`
}

// CaseFilter narrows the queue; a zero field filters nothing. Cases come by
// due date, then id; the cursor of the next page is the last case of this one.
type CaseFilter struct {
	States    []CaseState
	Market    MarketID
	ClaimedBy StaffID
	DueBefore Millis // due earlier than this
	Risk      string // a case with any other risk counts as high
	Proposed  bool   // those only that wait for a second person
	ByRisk    bool   // the highest risk first, then by due date
	Within    []CaseScope
}

// CaseScope is some of the cases: those of one of the markets with one of the
// risks. A list with AnyValue has everything in it, an empty one nothing. With
// several scopes a case has to be in one of them.
type CaseScope struct {
	Markets []string
	Risks   []string // low, medium, high; a case with any other risk counts as high
}

// CaseCursor is a place in the queue: after the case with this due date and id,
// and with this risk when the queue is by risk. The zero cursor is the beginning.
type CaseCursor struct {
	Risk string
	Due  Millis
	ID   CaseID
}

// AuditFilter narrows the audit record; a zero field filters nothing. Lines
// come newest first.
type AuditFilter struct {
	ObjectKind string
	ObjectID   string
	Staff      StaffID // done by this member of the staff
	ActorKind  string
	ActorID    string
	Action     string
	From, To   Millis // not before From, before To
}
