package contact

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/paifang/paifang/core/kyc"
)

// Bounds of a challenge.
const (
	CodeDigits = 6
	MaxTries   = 5 // wrong codes before a challenge is dead
	MaxSends   = 5 // codes sent for one contact before one must begin anew
	DefaultTTL = 10 * time.Minute
)

// Purposes of challenges.
const (
	PurposeProve  = "prove"  // the person has the contact
	PurposeResume = "resume" // another device goes on with an application
	PurposeReturn = "return" // the person comes back by a link in a message
	// PurposeRecover: the person sets a new login password of an account that
	// they could not get into.
	PurposeRecover = "recover"
	PurposeStop    = "stop"   // whoever reads a contact of the account stops such a request
	PurposeFreeze  = "freeze" // whoever reads a contact of the account freezes it
)

// Maker makes one-time codes and links and the messages that carry them.
type Maker struct {
	Index  Indexer
	Sealer Sealer
	IDs    kyc.IDs
	Random io.Reader // cryptographically secure
}

// Request asks for a challenge.
type Request struct {
	Tenant      kyc.TenantID
	Application kyc.ApplicationID
	Applicant   kyc.ApplicantID
	Identifier  kyc.IdentifierID
	Step        kyc.StepID
	Purpose     string // "" is PurposeProve
	Channel     kyc.ContactKind
	To          string // canonical contact
	Locale      kyc.Locale
	TTL         time.Duration // 0 is DefaultTTL
	Link        bool          // e-mail only: a link beside the code
	Charge      *kyc.Charge   // what was reserved for the message
}

// Issued is a challenge with what stores it and sends it.
type Issued struct {
	Challenge kyc.Challenge
	Message   kyc.Message
	Writes    []kyc.Write
}

// NewChallenge makes a challenge that replaces the pending ones of its step.
// The code and the link are in the sealed message only.
func (m *Maker) NewChallenge(ctx context.Context, r Request, now time.Time) (Issued, error) {
	return m.issue(ctx, r, 1, now)
}

// Resend makes a fresh challenge in place of one that did not arrive, was
// used up or has expired. Limited ("error.resend_wait") before the countdown is
// over, Limited ("error.resend_limit") after MaxSends, Conflict
// ("error.challenge_answered") when there is nothing left to prove.
func (m *Maker) Resend(ctx context.Context, old kyc.Challenge, r Request, now time.Time) (Issued, error) {
	if old.State == kyc.ChallengeAnswered {
		return Issued{}, kyc.EKey(kyc.Conflict, "error.challenge_answered", "challenge is answered already")
	}
	if old.Sends >= MaxSends {
		return Issued{}, kyc.EKey(kyc.Limited, "error.resend_limit", "challenge was sent %d times", old.Sends)
	}
	if wait := old.ResendAt.Time().Sub(now); wait > 0 {
		e := kyc.EKey(kyc.Limited, "error.resend_wait", "countdown is not over")
		e.RetryAfter = wait
		return Issued{}, e
	}
	return m.issue(ctx, r, old.Sends+1, now)
}

// Countdown is how long one waits after the given number of sends: 1 is the first.
func Countdown(sends int) time.Duration {
	switch {
	case sends <= 2:
		return time.Minute
	case sends == 3:
		return 2 * time.Minute
	}
	return 5 * time.Minute
}

func (m *Maker) issue(ctx context.Context, r Request, sends int, now time.Time) (Issued, error) {
	if r.TTL <= 0 {
		r.TTL = DefaultTTL
	}
	if r.Purpose == "" {
		r.Purpose = PurposeProve
	}
	c := kyc.Challenge{
		Tenant: r.Tenant, ID: kyc.ChallengeID(m.IDs()), Application: r.Application, Applicant: r.Applicant,
		Identifier: r.Identifier, Step: r.Step, Purpose: r.Purpose, Channel: r.Channel, LinkHash: []byte{},
		State: kyc.ChallengePending, Sends: sends, Created: kyc.At(now),
		ResendAt: kyc.At(now.Add(Countdown(sends))), Expires: kyc.At(now.Add(r.TTL)),
	}
	params, err := m.secrets(ctx, &c, r)
	if err != nil {
		return Issued{}, err
	}
	template := TemplateCode
	if len(c.LinkHash) > 0 {
		template = TemplateLink
	}
	msg, writes, err := m.Message(ctx, Notice{
		Tenant: r.Tenant, Application: r.Application, Applicant: r.Applicant, Challenge: c.ID,
		Channel: r.Channel, Template: template, Locale: r.Locale, To: r.To, Params: params, Charge: r.Charge,
	}, now)
	if err != nil {
		return Issued{}, err
	}
	change := []kyc.Write{
		kyc.KillChallenges{Tenant: r.Tenant, Application: r.Application, Step: r.Step},
		kyc.SaveChallenge{Challenge: c, Expect: -1},
	}
	return Issued{Challenge: c, Message: msg, Writes: append(change, writes...)}, nil
}

// secrets draws code and link, puts their hashes into the challenge and answers
// with the parameters of the message.
func (m *Maker) secrets(ctx context.Context, c *kyc.Challenge, r Request) (map[string]string, error) {
	code, err := drawCode(m.Random)
	if err != nil {
		return nil, err
	}
	if c.CodeHash, err = m.hashCode(ctx, c, code); err != nil {
		return nil, err
	}
	params := map[string]string{ParamCode: code, ParamMinutes: strconv.Itoa(int(r.TTL / time.Minute))}
	if r.Link && r.Channel == kyc.Email {
		if params[ParamToken], c.LinkHash, err = NewToken(m.Random); err != nil {
			return nil, err
		}
	}
	return params, nil
}

func (m *Maker) hashCode(ctx context.Context, c *kyc.Challenge, code string) ([]byte, error) {
	return m.Index.Index(ctx, c.Tenant, ClassCode, string(c.ID)+":"+code)
}

// NewCode draws a code with the keyed hash under which id keeps it.
func (m *Maker) NewCode(ctx context.Context, tenant kyc.TenantID, id string) (code string, hash []byte, err error) {
	if code, err = drawCode(m.Random); err != nil {
		return "", nil, err
	}
	hash, err = m.CodeHash(ctx, tenant, id, code)
	return code, hash, err
}

// CodeHash is the keyed hash of a code that id keeps.
func (m *Maker) CodeHash(ctx context.Context, tenant kyc.TenantID, id, code string) ([]byte, error) {
	return m.hashCode(ctx, &kyc.Challenge{Tenant: tenant, ID: kyc.ChallengeID(id)}, code)
}

// drawCode draws six digits, every code equally likely: numbers past the last
// whole million that fits in 32 bits are drawn again.
func drawCode(random io.Reader) (string, error) {
	const codes, bound = 1_000_000, 4_294_000_000
	var raw [4]byte
	for {
		if _, err := io.ReadFull(random, raw[:]); err != nil {
			return "", kyc.Wrap(kyc.Internal, err, "read randomness for a code")
		}
		if n := binary.BigEndian.Uint32(raw[:]); n < bound {
			return fmt.Sprintf("%06d", n%codes), nil
		}
	}
}
