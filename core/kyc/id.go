package kyc

import "time"

// Identifiers. All of them but TenantID, MarketID and StaffID-free names are
// UUID version 7 in their 36-character text form, so that they sort by time.
// A TenantID is a slug chosen by the operator (see ParseTenantID).
type (
	TenantID      string
	MarketID      string // the market provider's name: "mainland", "overseas", …
	ApplicantID   string
	ApplicationID string
	StepID        string // unique within a market's flow: "profile"
	IdentifierID  string
	ChallengeID   string
	MessageID     string
	FileID        string
	CheckID       string
	CaseID        string
	DecisionID    string
	AccountID     string
	StaffID       string
	KeyID         string
	AuditID       string
)

// Clock tells the time. It is injected everywhere; only cmd passes time.Now.
type Clock func() time.Time

// IDs makes a new identifier (UUID version 7 text). It is injected everywhere.
type IDs func() string

// Locale is a BCP 47 tag of a shipped language: "zh-Hans", "zh-Hant", "fr".
type Locale string

// ParseTenantID accepts a slug of 2 to 40 lower-case letters, digits and inner
// hyphens.
func ParseTenantID(s string) (TenantID, error) {
	if !slug(s, 2, 40) {
		return "", E(Invalid, "tenant id is not a slug of 2 to 40 letters a-z, digits and hyphens")
	}
	return TenantID(s), nil
}

// ParseMarketID accepts a provider name: a slug of 2 to 40 characters.
func ParseMarketID(s string) (MarketID, error) {
	if !slug(s, 2, 40) {
		return "", E(Invalid, "market is not a slug of 2 to 40 letters a-z, digits and hyphens")
	}
	return MarketID(s), nil
}

func slug(s string, low, high int) bool {
	if len(s) < low || len(s) > high || s[0] == '-' || s[len(s)-1] == '-' {
		return false
	}
	for _, r := range []byte(s) {
		if (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' {
			return false
		}
	}
	return true
}
