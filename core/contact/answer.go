package contact

import (
	"context"
	"crypto/subtle"
	"strconv"
	"time"

	"github.com/paifang/paifang/core/kyc"
)

// Answer is what follows from a typed code or a followed link. Writes are to be
// committed in either case: a wrong code uses up a try.
type Answer struct {
	Right     bool
	Problem   kyc.Problem // when not right; the path is left to the caller
	Challenge kyc.Challenge
	Writes    []kyc.Write
}

// Check compares a typed code, in any script's digits and with spaces. Problems:
// code.format {digits} (uses up no try), code.wrong {left}, code.expired, and
// code.spent once it has been used or was wrong too often.
func (m *Maker) Check(ctx context.Context, c kyc.Challenge, code string, now time.Time) (Answer, error) {
	if a, over := unanswerable(c, now); over {
		return a, nil
	}
	typed, ok := Digits(code)
	if !ok || len(typed) != CodeDigits {
		return Answer{Challenge: c, Problem: kyc.P("", "code.format").With("digits", strconv.Itoa(CodeDigits))}, nil
	}
	hash, err := m.hashCode(ctx, &c, typed)
	if err != nil {
		return Answer{}, err
	}
	if subtle.ConstantTimeCompare(hash, c.CodeHash) == 1 {
		return answered(c), nil
	}
	return wrong(c), nil
}

// FollowLink answers a challenge by its link. The caller has found it by the
// hash of the link's token. Problems: code.expired, code.spent.
func FollowLink(c kyc.Challenge, now time.Time) Answer {
	if a, over := unanswerable(c, now); over {
		return a
	}
	if len(c.LinkHash) == 0 {
		return Answer{Challenge: c, Problem: kyc.P("", "code.spent")}
	}
	return answered(c)
}

// States of a link, told without consuming it.
const (
	LinkReady   = "ready"
	LinkUsed    = "used"
	LinkExpired = "expired"
)

// LinkState tells what following a link would do. A link that was replaced by a
// newer one counts as expired: the remedy is the same, ask for another.
func LinkState(c kyc.Challenge, now time.Time) string {
	switch {
	case c.State == kyc.ChallengeAnswered:
		return LinkUsed
	case c.State != kyc.ChallengePending, expired(c, now):
		return LinkExpired
	}
	return LinkReady
}

func expired(c kyc.Challenge, now time.Time) bool { return kyc.At(now) >= c.Expires }

func unanswerable(c kyc.Challenge, now time.Time) (Answer, bool) {
	switch {
	case c.State != kyc.ChallengePending, c.Tries >= MaxTries:
		return Answer{Challenge: c, Problem: kyc.P("", "code.spent")}, true
	case expired(c, now):
		return Answer{Challenge: c, Problem: kyc.P("", "code.expired")}, true
	}
	return Answer{}, false
}

func answered(c kyc.Challenge) Answer {
	expect := c.Tries
	c.State = kyc.ChallengeAnswered
	return Answer{Right: true, Challenge: c, Writes: []kyc.Write{kyc.SaveChallenge{Challenge: c, Expect: expect}}}
}

func wrong(c kyc.Challenge) Answer {
	expect := c.Tries
	c.Tries++
	problem := kyc.P("", "code.wrong").With("left", strconv.Itoa(MaxTries-c.Tries))
	if c.Tries >= MaxTries {
		c.State = kyc.ChallengeDead
		problem = kyc.P("", "code.spent")
	}
	return Answer{Problem: problem, Challenge: c, Writes: []kyc.Write{kyc.SaveChallenge{Challenge: c, Expect: expect}}}
}
