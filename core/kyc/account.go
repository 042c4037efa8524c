package kyc

// Account is what an activated applicant has.
type Account struct {
	Tenant      TenantID      `db:"tenant_id"`
	ID          AccountID     `db:"account_id"`
	Applicant   ApplicantID   `db:"applicant_id"`
	Application ApplicationID `db:"application_id"`
	Market      MarketID      `db:"market"`
	Tier        string        `db:"tier"`
	State       string        `db:"state"` // active, frozen
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
	Kind    string   `db:"kind"`       // "account" or "staff"
	Subject string   `db:"subject_id"` // AccountID or StaffID
	Created Millis   `db:"created_at"`
	Seen    Millis   `db:"seen_at"`
	Expires Millis   `db:"expires_at"`
}
