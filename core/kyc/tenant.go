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
}

// TenantMarket is a market that a tenant has enabled, and its configuration.
type TenantMarket struct {
	Tenant  TenantID `db:"tenant_id"`
	Market  MarketID `db:"market"`
	Enabled bool     `db:"enabled"`
	Config  []byte   `db:"config"` // JSON by the provider's schema
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
}

// Staff is a person who works for a tenant.
type Staff struct {
	Tenant  TenantID `db:"tenant_id"`
	ID      StaffID  `db:"staff_id"`
	Login   string   `db:"login"` // lower-case e-mail address or name, unique in the tenant
	Name    string   `db:"name"`
	Role    string   `db:"role"`
	Hash    string   `db:"password_hash"` // PHC string
	Locale  Locale   `db:"locale"`
	State   string   `db:"state"` // active, disabled
	Created Millis   `db:"created_at"`
}
