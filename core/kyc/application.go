package kyc

// Application is one run of an applicant through the pipeline of one market.
// Version grows with every change and is the optimistic lock of everything
// that belongs to the application.
type Application struct {
	Tenant      TenantID      `db:"tenant_id"`
	ID          ApplicationID `db:"application_id"`
	Applicant   ApplicantID   `db:"applicant_id"`
	Market      MarketID      `db:"market"`
	Provider    string        `db:"provider_version"` // version the rules are bound to
	Offer       int64         `db:"market_number"`    // of the MarketVersion that it began with; 0: the newest
	Locale      Locale        `db:"locale"`
	State       State         `db:"state"`
	Version     int64         `db:"version"`
	Tier        string        `db:"tier"`      // the market's proposal so far
	Subject     string        `db:"subject"`   // reference the marketplace gave; opaque. Unique among what has not ended in vain
	Requested   StepList      `db:"requested"` // on-demand steps that the market asked for
	Way         string        `db:"way"`       // into the market; "" when it has but one
	TestMode    bool          `db:"test_mode"`
	Created     Millis        `db:"created_at"`
	Updated     Millis        `db:"updated_at"`
	SubmittedAt Millis        `db:"submitted_at"`
	Expires     Millis        `db:"expires_at"`
	Reminded    Millis        `db:"reminded_at"`  // that it expires soon; 0: not yet
	Successor   ApplicationID `db:"successor_id"` // the same member's older application that goes on in place of this one; "" for none
}

// Whole is an application with the rows that nearly everything done to it needs.
type Whole struct {
	Application Application
	Steps       []StepRecord // those that were touched, by name
	Identifiers []Identifier // released ones too
	Messages    []Message    // the newest ten, newest first
}

// StepState is where one step of an application stands.
type StepState string

const (
	StepTodo    StepState = "todo"    // nothing accepted yet; a draft may be kept
	StepProving StepState = "proving" // accepted; a contact has still to be proved
	StepDone    StepState = "done"
	StepAgain   StepState = "again" // asked again by a reviewer or a check
	StepAside   StepState = "aside" // another contact is proved in its place, see Proof.Instead
)

// StepRecord is what is kept of one step. Sealed columns hold JSON sealed
// under the applicant's key with the context (tenant, applicant, column).
type StepRecord struct {
	Tenant      TenantID      `db:"tenant_id"`
	Application ApplicationID `db:"application_id"`
	Step        StepID        `db:"step_id"`
	State       StepState     `db:"state"`
	Values      []byte        `db:"values_sealed"`  // Values, accepted
	Derived     []byte        `db:"derived_sealed"` // Values
	Draft       []byte        `db:"draft_sealed"`   // Values typed but not accepted
	Problems    ProblemList   `db:"problems"`       // of the last attempt, no personal data
	Reasons     ReasonList    `db:"reasons"`        // why it is asked again, or worth a look
	Attempts    int           `db:"attempts"`
	Provider    string        `db:"provider_version"` // that evaluated it
	Updated     Millis        `db:"updated_at"`

	// Declined: the contact that the marketplace vouched for did not do (nothing
	// reaches it, or it is somebody's already), and another one is typed.
	Declined bool `db:"declined"`
}

// Holder lets somebody act on an application: the hash of a token given out
// when it was started or resumed.
type Holder struct {
	Tenant      TenantID      `db:"tenant_id"`
	Hash        []byte        `db:"token_hash"` // SHA-256 of a 256-bit random token
	Application ApplicationID `db:"application_id"`
	Expires     Millis        `db:"expires_at"`
}

// Consent records agreement to one version of a legal document.
type Consent struct {
	Tenant      TenantID      `db:"tenant_id"`
	Application ApplicationID `db:"application_id"`
	Document    string        `db:"document"`
	Version     string        `db:"version"`
	Locale      Locale        `db:"locale"`
	At          Millis        `db:"agreed_at"`
	Address     []byte        `db:"address_sealed"` // network address, sealed
}

// ApplicationRef names an application among those of all tenants.
type ApplicationRef struct {
	Tenant TenantID      `db:"tenant_id"`
	ID     ApplicationID `db:"application_id"`
}
