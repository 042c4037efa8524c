package contact

import (
	"encoding/base64"
	"io"
	"time"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/vault"
)

// TokenLen is the length of a token in characters: 256 bits in base64url.
const TokenLen = 43

// FreezeStep keeps the links that freeze an account apart from the codes of steps: no
// step has this id. FreezeLife is how long they work.
const (
	FreezeStep kyc.StepID = "~freeze"
	FreezeLife            = 30 * 24 * time.Hour
)

// OneTime makes the challenge behind a link that is sent to a contact, for an application
// and its applicant.
func (m *Maker) OneTime(to kyc.Identifier, app kyc.ApplicationID, applicant kyc.ApplicantID, step kyc.StepID, purpose string, now time.Time, life time.Duration) (string, kyc.SaveChallenge, error) {
	token, hash, err := NewToken(m.Random)
	return token, kyc.SaveChallenge{Expect: -1, Challenge: kyc.Challenge{Tenant: to.Tenant, ID: kyc.ChallengeID(m.IDs()),
		Application: app, Applicant: applicant, Identifier: to.ID, Step: step, Purpose: purpose, Channel: kyc.ContactKind(to.Kind),
		CodeHash: []byte{}, LinkHash: hash, State: kyc.ChallengePending, Sends: 1, Created: kyc.At(now), Expires: kyc.At(now.Add(life))}}, err
}

// FreezeLink makes the link with which whoever reads a contact of an account freezes it.
func (m *Maker) FreezeLink(a kyc.Account, to kyc.Identifier, now time.Time) (string, kyc.SaveChallenge, error) {
	return m.OneTime(to, a.Application, a.Applicant, FreezeStep, PurposeFreeze, now, FreezeLife)
}

// NewToken draws a token and the SHA-256 of its text, which alone is stored. It
// is vault.Token with an error in place of a panic.
func NewToken(random io.Reader) (token string, hash []byte, err error) {
	defer func() {
		if failed := recover(); failed != nil {
			err = kyc.E(kyc.Internal, "no randomness for a token")
		}
	}()
	token, hash = vault.Token(random)
	return token, hash, nil
}

// HashToken is what is stored of a token of any form.
func HashToken(token string) []byte { return vault.HashToken(token) }

// Trim takes off what a mail program glued to the end of a link: everything from
// the first character that no token has, as a full stop or a bracket.
func Trim(token string) string {
	for i, r := range token {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_'
		if !letter {
			return token[:i]
		}
	}
	return token
}

// WellFormed tells whether text has the shape of a token, so that nonsense need
// not be looked up.
func WellFormed(token string) bool {
	if len(token) != TokenLen {
		return false
	}
	_, err := base64.RawURLEncoding.Strict().DecodeString(token)
	return err == nil
}
