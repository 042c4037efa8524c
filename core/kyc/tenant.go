package kyc

// Tenant is a marketplace that uses the gateway.
type Tenant struct {
	ID       TenantID   `db:"tenant_id"`
	Name     string     `db:"name"`
	Accent   string     `db:"accent"`  // CSS colour #rrggbb; "" for the default
	Support  string     `db:"support"` // address people can write to
	Locales  LocaleList `db:"locales"` // offered languages, first is the default
	TestMode bool       `db:"test_mode"`
	Created  Millis     `db:"created_at"`

	StaffIdle int64 `db:"staff_idle_minutes"` // after which a staff session ends unused; 0 for the default
	// TellAfterProof: that a contact is somebody's already is told only to who has
	// shown that it is theirs, not after the human test alone.
	TellAfterProof bool `db:"tell_after_proof"`

	TwoFrom string `db:"two_people_from"` // the lowest risk whose decisions take two people: HighRisk or MediumRisk; "" for high
}

// TenantMarket is a market as a tenant offers it now, and its configuration.
type TenantMarket struct {
	Tenant  TenantID `db:"tenant_id"`
	Market  MarketID `db:"market"`
	Number  int64    `db:"number"` // of the MarketVersion that it is; 0: it was set up without a history
	Enabled bool     `db:"enabled"`
	Config  []byte   `db:"config"`         // JSON by the provider's schema, without what is secret
	Secrets []byte   `db:"secrets_sealed"` // what is secret: JSON, values by JSON Pointer, sealed for the tenant; empty for none
	Pinned  string   `db:"pinned"`         // a version, StableChannel or CanaryChannel for new applications; "": what is in force, and the canary's share
}

// SendingRules are what a tenant's messages may cost and whom they may reach, as
// JSON (contact.Rules). A tenant without them has the shipped ones.
type SendingRules struct {
	Tenant  TenantID `db:"tenant_id"`
	Rules   []byte   `db:"rules"`
	Updated Millis   `db:"updated_at"`
}

// BudgetCount is how much of a budget was used in one window.
type BudgetCount struct {
	Key   string `db:"budget_key"`
	Start Millis `db:"window_start"`
	Used  int64  `db:"used"`
}

// LegalDocument is one version of a text that people agree to.
type LegalDocument struct {
	Tenant  TenantID `db:"tenant_id"`
	Name    string   `db:"document"` // terms, privacy
	Version string   `db:"version"`
	Locale  Locale   `db:"locale"`
	Title   string   `db:"title"`
	Text    string   `db:"body"` // paragraphs separated by blank lines
	From    Millis   `db:"valid_from"`
}

// APIKey lets a marketplace use the JSON API. Publishable keys may be seen by
// anybody and can only start applications.
type APIKey struct {
	Tenant   TenantID `db:"tenant_id"`
	ID       KeyID    `db:"key_id"`
	Kind     string   `db:"kind"` // publishable, secret
	Hash     []byte   `db:"key_hash"`
	TestMode bool     `db:"test_mode"`
	Created  Millis   `db:"created_at"`
	Revoked  Millis   `db:"revoked_at"`
}

// AssertionKey is a marketplace's public key for signed assertions.
type AssertionKey struct {
	Tenant TenantID `db:"tenant_id"`
	KeyID  string   `db:"kid"`
	Issuer string   `db:"issuer"`
	Public []byte   `db:"public_key"` // Ed25519, 32 bytes
	// Revoked is when the marketplace could not vouch under this key any more; 0: it can.
	Revoked Millis `db:"revoked_at"`
}

// Staff is a person who works for a tenant.
type Staff struct {
	Tenant  TenantID `db:"tenant_id"`
	ID      StaffID  `db:"staff_id"`
	Login   string   `db:"login"`        // lower-case e-mail address or name, unique in the tenant; stored as its keyed hash
	Name    string   `db:"name"`         // that colleagues see; stored in Names only
	Names   []byte   `db:"names_sealed"` // both, sealed for the tenant, where they are stored; see core/directory
	Role    string   `db:"role"`
	Hash    string   `db:"password_hash"` // PHC string
	Locale  Locale   `db:"locale"`
	Email   []byte   `db:"email_sealed"` // for invitations and notices; sealed for the tenant, empty without
	State   string   `db:"state"`        // invited, active, disabled
	Created Millis   `db:"created_at"`
}

// States of staff. Whoever is active and has no second factor must enrol one
// before anything else opens.
const (
	StaffInvited  = "invited" // has not taken the invitation up yet
	StaffActive   = "active"
	StaffDisabled = "disabled"
)

// StaffLink is a one-time link to a member of the staff.
type StaffLink struct {
	Tenant  TenantID `db:"tenant_id"`
	Hash    []byte   `db:"token_hash"` // SHA-256 of a 256-bit random token
	Staff   StaffID  `db:"staff_id"`
	Purpose string   `db:"purpose"` // invite, reset
	Created Millis   `db:"created_at"`
	Expires Millis   `db:"expires_at"`
}
