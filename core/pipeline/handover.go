package pipeline

import (
	"context"
	"crypto/subtle"
	"encoding/binary"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/paifang/paifang/core/audit"
	"github.com/paifang/paifang/core/contact"
	"github.com/paifang/paifang/core/kyc"
)

// Bounds of a handover. Whoever finds the link alone has 3 in 10 000.
const (
	HandOverLife   = 15 * time.Minute
	HandOverDigits = 4
	HandOverTries  = 3 // wrong codes before a link is dead
	handOversHour  = 10
)

// handOverStep keeps handovers apart from the codes of steps: no step has this
// id, so that neither replaces the other.
const handOverStep kyc.StepID = ""

// HandOver lets another device go on with an application. Token goes into a
// link, Code is shown beside it and typed on the other device: a link that went
// astray opens nothing. Neither can be read again.
type HandOver struct {
	Token   string
	Code    string
	Expires kyc.Millis
}

// HandOverState is what the link of a handover would do, told without consuming it.
type HandOverState struct {
	Locale    kyc.Locale
	State     string // ready, used, expired
	TriesLeft int
	Expires   kyc.Millis
}

// HandOver makes a link and a code for another device, in place of those made
// before. This device keeps the application too. Conflict ("error.not_open")
// once the application has ended, Limited ("error.budget") past ten in an hour.
func (p *Pipeline) HandOver(ctx context.Context, r Ref) (HandOver, error) {
	u, err := p.loadToWrite(ctx, r)
	if err != nil {
		return HandOver{}, err
	}
	if u.app.State.Final() {
		return HandOver{}, kyc.EKey(kyc.Conflict, "error.not_open", "application has ended")
	}
	token, hash, err := contact.NewToken(p.Random)
	if err != nil {
		return HandOver{}, err
	}
	code, err := drawHandOverCode(p.Random)
	if err != nil {
		return HandOver{}, err
	}
	c := kyc.Challenge{Tenant: r.Tenant, ID: kyc.ChallengeID(p.IDs()), Application: u.app.ID, Applicant: u.app.Applicant,
		Step: handOverStep, Purpose: contact.PurposeResume, Channel: kyc.Device, LinkHash: hash, State: kyc.ChallengePending,
		Sends: 1, Created: u.now, Expires: u.now + kyc.Millis(HandOverLife/time.Millisecond)}
	if c.CodeHash, err = u.handOverHash(ctx, c, code); err != nil {
		return HandOver{}, err
	}
	err = p.Store.Commit(ctx, r.Tenant, kyc.Change{
		u.hourly("handover", handOversHour),
		kyc.KillChallenges{Tenant: r.Tenant, Application: u.app.ID, Step: handOverStep},
		kyc.SaveChallenge{Challenge: c, Expect: -1},
		u.line(audit.ChallengeSent, map[string]string{"challenge": string(c.ID), "channel": string(c.Channel)})})
	if err != nil {
		return HandOver{}, err
	}
	return HandOver{Token: token, Code: code, Expires: c.Expires}, nil
}

// ReadHandOver tells about a link without consuming it: scanners of QR codes
// and previews of messages read, too. NotFound ("error.handover_unknown").
func (p *Pipeline) ReadHandOver(ctx context.Context, tenant kyc.TenantID, token string) (HandOverState, error) {
	u, c, err := p.byHandOver(ctx, tenant, token)
	if err != nil {
		return HandOverState{}, err
	}
	return HandOverState{Locale: u.app.Locale, State: u.handOverState(c), TriesLeft: max(0, HandOverTries-c.Tries), Expires: c.Expires}, nil
}

// TakeOver gives this device the application, if code is the one shown on the
// device that handed over. A code that is wrong (handover.wrong {left}) or none
// (handover.format {digits}) is told in a View that shows nothing of the
// application. Gone ("error.handover_used", "error.handover_expired") when the
// link does nothing more, which the last wrong code brings about.
func (p *Pipeline) TakeOver(ctx context.Context, tenant kyc.TenantID, token, code string, client Client) (*View, string, error) {
	for try := 0; ; try++ {
		view, holder, err := p.takeOverOnce(ctx, tenant, token, code, client)
		if keyOf(err) == "error.challenge_race" && try < 4 {
			continue
		}
		return view, holder, err
	}
}

func (p *Pipeline) takeOverOnce(ctx context.Context, tenant kyc.TenantID, token, code string, client Client) (*View, string, error) {
	u, c, err := p.byHandOver(ctx, tenant, token)
	if err != nil {
		return nil, "", err
	}
	switch u.handOverState(c) {
	case contact.LinkUsed:
		return nil, "", kyc.EKey(kyc.Gone, "error.handover_used", "handover has been used")
	case contact.LinkExpired:
		return nil, "", handOverExpired()
	}
	typed, ok := contact.Digits(code)
	if !ok || len(typed) != HandOverDigits {
		return u.notTaken(kyc.P("code", "handover.format").With("digits", strconv.Itoa(HandOverDigits))), "", nil
	}
	hash, err := u.handOverHash(ctx, c, typed)
	if err != nil {
		return nil, "", err
	}
	if subtle.ConstantTimeCompare(hash, c.CodeHash) != 1 {
		view, err := u.wrongHandOver(ctx, c)
		return view, "", err
	}
	expect, detail := c.Tries, map[string]string{"challenge": string(c.ID)}
	c.State = kyc.ChallengeAnswered
	holderToken, holder := p.newHolder(u.app)
	err = p.Store.Commit(ctx, tenant, kyc.Change{kyc.SaveChallenge{Challenge: c, Expect: expect}, holder, u.line(audit.ApplicationResumed, detail)})
	if err != nil {
		return nil, "", err
	}
	view, err := p.Get(ctx, Ref{Tenant: tenant, Application: u.app.ID, Token: holderToken, Client: client})
	return view, holderToken, err
}

// wrongHandOver uses up a try.
func (u *run) wrongHandOver(ctx context.Context, c kyc.Challenge) (*View, error) {
	expect := c.Tries
	c.Tries++
	if c.Tries >= HandOverTries {
		c.State = kyc.ChallengeDead
	}
	err := u.p.Store.Commit(ctx, c.Tenant, kyc.Change{kyc.SaveChallenge{Challenge: c, Expect: expect},
		u.line(audit.ChallengeFailed, map[string]string{"challenge": string(c.ID)})})
	if err != nil {
		return nil, err
	}
	if c.State == kyc.ChallengeDead {
		return nil, handOverExpired()
	}
	return u.notTaken(kyc.P("code", "handover.wrong").With("left", strconv.Itoa(HandOverTries-c.Tries))), nil
}

// notTaken is the view of somebody who has not shown yet that they may see the
// application.
func (u *run) notTaken(problem kyc.Problem) *View {
	return &View{Tenant: u.app.Tenant, Locale: u.app.Locale, Short: []kyc.Problem{problem}}
}

func handOverExpired() error {
	return kyc.EKey(kyc.Gone, "error.handover_expired", "handover is not valid any more")
}

func (p *Pipeline) byHandOver(ctx context.Context, tenant kyc.TenantID, token string) (*run, kyc.Challenge, error) {
	return p.byToken(ctx, tenant, token, kyc.EKey(kyc.NotFound, "error.handover_unknown", "no such handover"), contact.PurposeResume)
}

// handOverState is contact.LinkState; an application that has ended is not
// handed over either.
func (u *run) handOverState(c kyc.Challenge) string {
	state := contact.LinkState(c, u.now.Time())
	if state == contact.LinkReady && u.app.State.Final() {
		return contact.LinkExpired
	}
	return state
}

func (u *run) handOverHash(ctx context.Context, c kyc.Challenge, code string) ([]byte, error) {
	return u.p.Vault.Index(ctx, c.Tenant, contact.ClassCode, string(c.ID)+":"+code)
}

// drawHandOverCode draws four digits, every code equally likely: numbers past
// the last whole ten thousand that fits in 16 bits are drawn again.
func drawHandOverCode(random io.Reader) (string, error) {
	const codes, bound = 10_000, 60_000
	var raw [2]byte
	for {
		if _, err := io.ReadFull(random, raw[:]); err != nil {
			return "", kyc.Wrap(kyc.Internal, err, "read randomness for a code")
		}
		if n := binary.BigEndian.Uint16(raw[:]); n < bound {
			return fmt.Sprintf("%04d", n%codes), nil
		}
	}
}
