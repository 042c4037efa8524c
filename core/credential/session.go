package credential

import (
	"io"
	"strings"
	"time"

	"github.com/paifang/paifang/core/contact"
	"github.com/paifang/paifang/core/kyc"
)

// Kinds of sessions.
const (
	KindAccount = "account"
	KindStaff   = "staff"

	// Of staff who have shown the password: the second factor, or its enrolment,
	// is still missing. They open nothing else, for sessions are found by kind.
	KindSecond = "staff.second"
	KindEnrol  = "staff.enrol"
)

// StaffKinds are all sessions of staff.
func StaffKinds() []string { return []string{KindStaff, KindSecond, KindEnrol} }

// Prefixes of tokens: "st.<tenant>.<43 characters>".
const (
	SessionToken = "st" // of an account
	StaffToken   = "dt" // of a member of staff, for the review desk
	HolderToken  = "ht"
	PendingToken = "dp" // of a sign-in of staff that is not complete
)

// prefixOf is how tokens of a kind of session begin.
func prefixOf(kind string) string {
	switch kind {
	case KindStaff:
		return StaffToken
	case KindSecond, KindEnrol:
		return PendingToken
	}
	return SessionToken
}

// timeouts are how long a session lives unused, and at all.
func timeouts(kind string) (idle, absolute time.Duration) {
	switch kind {
	case KindAccount:
		return 30 * time.Minute, 12 * time.Hour
	case KindStaff:
		return 15 * time.Minute, 12 * time.Hour
	case KindSecond:
		return 10 * time.Minute, 10 * time.Minute
	case KindEnrol:
		return 30 * time.Minute, 30 * time.Minute
	}
	return 0, 0 // unknown: dead at once
}

// NewSession makes a session and the token that its holder keeps; only the
// token's hash is stored.
func NewSession(random io.Reader, kind string, tenant kyc.TenantID, subject string, now time.Time) (string, kyc.SaveSession, error) {
	secret, _, err := contact.NewToken(random)
	if err != nil {
		return "", kyc.SaveSession{}, err
	}
	idle, absolute := timeouts(kind)
	token := prefixOf(kind) + "." + string(tenant) + "." + secret
	return token, kyc.SaveSession{Session: kyc.Session{
		Tenant: tenant, Hash: contact.HashToken(token), Kind: kind, Subject: subject,
		Created: kyc.At(now), Seen: kyc.At(now), Expires: kyc.At(now.Add(absolute)),
		Idle: idle.Milliseconds(), Proved: kyc.At(now), Fresh: kyc.At(now),
	}}, nil
}

// ParseToken tells the tenant and the stored hash of a token with the given
// prefix; false when it does not have that form.
func ParseToken(prefix, token string) (kyc.TenantID, []byte, bool) {
	rest, ok := strings.CutPrefix(token, prefix+".")
	name, secret, found := strings.Cut(rest, ".")
	tenant, err := kyc.ParseTenantID(name)
	if !ok || !found || err != nil || !contact.WellFormed(secret) {
		return "", nil, false
	}
	return tenant, contact.HashToken(token), true
}

// Alive tells whether a session may be used: not past its end, and used not too
// long ago.
func Alive(s kyc.Session, now time.Time) bool {
	idle := time.Duration(s.Idle) * time.Millisecond
	return kyc.At(now) < s.Expires && now.Sub(s.Seen.Time()) < idle
}

// Touch is the change that keeps a session from going idle. To spare writes there
// is none while it was seen less than a minute ago.
func Touch(s kyc.Session, now time.Time) (kyc.Change, bool) {
	if now.Sub(s.Seen.Time()) < time.Minute {
		return nil, false
	}
	return kyc.Change{kyc.TouchSession{Tenant: s.Tenant, Hash: s.Hash, Seen: kyc.At(now)}}, true
}
