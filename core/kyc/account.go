package kyc

// States of accounts. The account of somebody who was erased has another one.
const (
	AccountActive = "active"
	AccountFrozen = "frozen" // on the word of its holder: nobody signs in or pays, until a recovery is granted
)

// Account is what an activated applicant has.
type Account struct {
	Tenant      TenantID      `db:"tenant_id"`
	ID          AccountID     `db:"account_id"`
	Applicant   ApplicantID   `db:"applicant_id"`
	Application ApplicationID `db:"application_id"`
	Market      MarketID      `db:"market"`
	Tier        string        `db:"tier"`
	State       string        `db:"state"` // see AccountActive
	Locale      Locale        `db:"locale"`
	Created     Millis        `db:"created_at"`
}

// Balance is what an account has in one currency, in minor units.
type Balance struct {
	Tenant   TenantID  `db:"tenant_id"`
	Account  AccountID `db:"account_id"`
	Currency string    `db:"currency"` // ISO 4217
	Minor    int64     `db:"minor"`
}

// CredentialKind is what a person proves knowledge of.
type CredentialKind string

const (
	LoginPassword    CredentialKind = "login_password"
	PaymentPassword  CredentialKind = "payment_password"
	SecurityQuestion CredentialKind = "security_question"
)

// Credential is a hashed secret of an applicant.
type Credential struct {
	Tenant    TenantID       `db:"tenant_id"`
	Applicant ApplicantID    `db:"applicant_id"`
	Kind      CredentialKind `db:"kind"`
	Slot      int            `db:"slot"`     // 0; security questions 1, 2, …
	Hash      string         `db:"hash"`     // PHC string
	Question  string         `db:"question"` // key of the question asked; "" for passwords
	Updated   Millis         `db:"updated_at"`
}

// Session is a signed-in account or staff member.
type Session struct {
	Tenant  TenantID `db:"tenant_id"`
	Hash    []byte   `db:"token_hash"` // SHA-256 of a 256-bit random token
	Kind    string   `db:"kind"`       // "account" or "staff"; "staff.second", "staff.enrol": begun, and open nothing yet
	Subject string   `db:"subject_id"` // AccountID or StaffID
	Created Millis   `db:"created_at"`
	Seen    Millis   `db:"seen_at"`
	Expires Millis   `db:"expires_at"`

	ID     string `db:"session_id"`   // by which it is listed and revoked; tells nothing about the token
	Agent  string `db:"agent"`        // coarse: browser and system, never the header as it came
	Idle   int64  `db:"idle_ms"`      // ends when not seen for so long
	Proved Millis `db:"proved_at"`    // when the person last showed who they are
	Fresh  Millis `db:"freshened_at"` // when that was last relied on

	Methods string `db:"methods"`      // of an account: what its person showed, some of "code passkey password" in this order
	Place   []byte `db:"place_sealed"` // of an account: the network address it was begun from
	Device  []byte `db:"device"`       // of an account: by which the device is counted, if it was known; else empty
}

// SignInCode is a one-time code that somebody asked for to sign in with a name. It
// is there whether or not the name is anybody's: then nothing was sent.
type SignInCode struct {
	Tenant  TenantID    `db:"tenant_id"`
	ID      string      `db:"code_id"`
	Token   []byte      `db:"token_hash"` // SHA-256 of what the asking device keeps
	Channel ContactKind `db:"channel"`
	Name    []byte      `db:"name_index"` // keyed index of the name
	Locale  Locale      `db:"locale"`
	Account AccountID   `db:"account_id"` // "" until it is sent, and of a name that is nobody's
	Hash    []byte      `db:"code_hash"`  // keyed hash; empty until it is sent, and of a name that is nobody's
	Tries   int         `db:"tries"`      // wrong ones
	Created Millis      `db:"created_at"`
	Expires Millis      `db:"expires_at"`
}

// Kinds of factors.
const (
	FactorTOTP     = "totp"
	FactorPasskey  = "passkey"
	FactorRecovery = "recovery" // a recovery code
)

// Factor is something with which a person shows who they are beside a password.
type Factor struct {
	Tenant  TenantID `db:"tenant_id"`
	ID      string   `db:"factor_id"`
	Of      string   `db:"subject_kind"` // account, staff
	Subject string   `db:"subject_id"`   // AccountID or StaffID
	Kind    string   `db:"kind"`
	Lookup  []byte   `db:"lookup"`        // keyed index: of a passkey's credential id, of a recovery code
	Sealed  []byte   `db:"secret_sealed"` // name and secret; empty for recovery codes
	Counter int64    `db:"counter"`       // of TOTP the last used step, so that no code counts twice
	Created Millis   `db:"created_at"`
	Used    Millis   `db:"used_at"` // 0: never
}

// Ceremony is a question to a passkey that waits for its one answer.
type Ceremony struct {
	Tenant  TenantID `db:"tenant_id"`
	Hash    []byte   `db:"challenge_hash"` // SHA-256 of the challenge as the answer quotes it
	Of      string   `db:"subject_kind"`   // account, staff
	Subject string   `db:"subject_id"`     // AccountID or StaffID; "" for whoever answers
	Purpose string   `db:"purpose"`
	Expires Millis   `db:"expires_at"`
}
