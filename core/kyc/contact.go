package kyc

// ContactKind is how a contact is reached.
type ContactKind string

const (
	Phone ContactKind = "phone" // E.164
	Email ContactKind = "email" // lower-case, IDNA A-label domain

	// Device is the applicant's other device: of a handover, which is shown and
	// not sent.
	Device ContactKind = "device"
)

// IdentifierState is how sure we are of an identifier.
type IdentifierState string

const (
	Claimed  IdentifierState = "claimed"  // typed
	Proved   IdentifierState = "proved"   // the person answered a challenge
	Reserved IdentifierState = "reserved" // of a submitted application: nobody else may have it
	Bound    IdentifierState = "bound"    // a login name of an account
	Released IdentifierState = "released" // of an application that came to nothing, or replaced
)

// Identifier is something that tells one person from another: a phone number,
// an e-mail address, a document number ("id:resident_id"). Reserved and bound
// login names are unique within a tenant.
type Identifier struct {
	Tenant      TenantID        `db:"tenant_id"`
	ID          IdentifierID    `db:"identifier_id"`
	Applicant   ApplicantID     `db:"applicant_id"`
	Application ApplicationID   `db:"application_id"`
	Account     AccountID       `db:"account_id"` // "" until bound
	Step        StepID          `db:"step_id"`
	Kind        string          `db:"kind"`         // "phone", "email", "id:<class>"
	Index       []byte          `db:"value_index"`  // keyed blind index of the canonical form
	Sealed      []byte          `db:"value_sealed"` // canonical form
	State       IdentifierState `db:"state"`
	Login       bool            `db:"login"` // becomes a login name
	Updated     Millis          `db:"updated_at"`
}

// ChallengeState is where a challenge stands.
type ChallengeState string

const (
	ChallengePending  ChallengeState = "pending"
	ChallengeAnswered ChallengeState = "answered"
	ChallengeDead     ChallengeState = "dead" // replaced, or too many wrong tries
)

// Challenge is a one-time code, and for e-mail also a link, sent to a contact;
// or a link and a code shown to be opened on another device.
type Challenge struct {
	Tenant      TenantID       `db:"tenant_id"`
	ID          ChallengeID    `db:"challenge_id"`
	Application ApplicationID  `db:"application_id"`
	Applicant   ApplicantID    `db:"applicant_id"`
	Identifier  IdentifierID   `db:"identifier_id"`
	Step        StepID         `db:"step_id"` // "": of no step, a handover
	Purpose     string         `db:"purpose"` // prove, resume
	Channel     ContactKind    `db:"channel"`
	CodeHash    []byte         `db:"code_hash"` // keyed hash bound to tenant and challenge
	LinkHash    []byte         `db:"link_hash"` // SHA-256 of a 256-bit token; empty without link
	State       ChallengeState `db:"state"`
	Tries       int            `db:"tries"`
	Sends       int            `db:"sends"`
	Created     Millis         `db:"created_at"`
	ResendAt    Millis         `db:"resend_at"`
	Expires     Millis         `db:"expires_at"`
}

// MessageState is where a message on its way out stands.
type MessageState string

const (
	MessageQueued    MessageState = "queued"
	MessageSent      MessageState = "sent"      // the messenger took it
	MessageDelivered MessageState = "delivered" // a receipt says so
	MessageFailed    MessageState = "failed"    // given up, or a receipt says so
)

// Message is an SMS or an e-mail on its way out.
type Message struct {
	Tenant      TenantID      `db:"tenant_id"`
	ID          MessageID     `db:"message_id"` // also the messenger's idempotency key
	Application ApplicationID `db:"application_id"`
	Applicant   ApplicantID   `db:"applicant_id"`
	Challenge   ChallengeID   `db:"challenge_id"`
	Staff       StaffID       `db:"staff_id"` // whom a letter to staff is for; it has no applicant
	Channel     ContactKind   `db:"channel"`
	Template    string        `db:"template"` // code, link, decision.approved, …
	Locale      Locale        `db:"locale"`
	Sealed      []byte        `db:"body_sealed"` // MessageBody as JSON, sealed
	State       MessageState  `db:"state"`
	Messenger   string        `db:"messenger"`
	Reference   string        `db:"reference"` // the vendor's
	Failure     string        `db:"failure"`   // code, no personal data
	Attempts    int           `db:"attempts"`
	Created     Millis        `db:"created_at"`
	Updated     Millis        `db:"updated_at"`
}

// MessageBody is the personal part of a message.
type MessageBody struct {
	To     string            `json:"to"`
	Params map[string]string `json:"params"`
	Charge *Charge           `json:"charge,omitempty"` // what was reserved for it; nil: nothing
}

// Charge is what was reserved for a message in the budgets of a day.
type Charge struct {
	Day      Millis `json:"day"`              // when the day began
	Region   string `json:"region,omitempty"` // of a text message
	Currency string `json:"currency"`
	Segments int64  `json:"segments"`
	Thousand int64  `json:"thousand"` // price of a thousand, in minor units
}

// Cost is what a messenger says that a message took; the zero value says nothing.
type Cost struct {
	Segments    int64
	Currency    string // ISO 4217; "": the price is not told
	Thousandths int64  // of the currency's minor unit
}
