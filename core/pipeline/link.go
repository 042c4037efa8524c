package pipeline

import (
	"context"
	"errors"
	"slices"

	"github.com/paifang/paifang/core/contact"
	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/vault"
)

// byLink finds the application of an e-mail link.
func (p *Pipeline) byLink(ctx context.Context, tenant kyc.TenantID, token string) (*run, kyc.Challenge, error) {
	missing := kyc.EKey(kyc.NotFound, "error.link_unknown", "no such link")
	return p.byToken(ctx, tenant, token, missing, contact.PurposeProve, contact.PurposeReturn)
}

// byToken finds the application of a link that was made for one of the
// purposes; for any other it does not exist.
func (p *Pipeline) byToken(ctx context.Context, tenant kyc.TenantID, token string, missing error, purposes ...string) (*run, kyc.Challenge, error) {
	if token = contact.Trim(token); !contact.WellFormed(token) {
		return nil, kyc.Challenge{}, missing
	}
	c, err := p.Store.ChallengeByLink(ctx, tenant, vault.HashToken(token))
	if errors.Is(err, kyc.E(kyc.NotFound, "")) || (err == nil && !slices.Contains(purposes, c.Purpose)) {
		return nil, c, missing
	}
	if err != nil {
		return nil, c, err
	}
	u, err := p.loadTrusted(ctx, tenant, c.Application)
	if err != nil {
		return nil, c, err
	}
	u.actor = kyc.Actor{Kind: "applicant", ID: string(u.app.Applicant)}
	return u, c, nil
}

// ReadLink tells about an e-mail link without consuming it: mail scanners read.
func (p *Pipeline) ReadLink(ctx context.Context, tenant kyc.TenantID, token string) (Link, error) {
	u, c, err := p.byLink(ctx, tenant, token)
	if err != nil {
		return Link{}, err
	}
	to, err := u.contactOf(ctx, c)
	if err != nil {
		return Link{}, err
	}
	link := Link{Application: c.Application, Locale: u.app.Locale, State: contact.LinkState(c, u.now.Time()), To: contact.Mask(c.Channel, to),
		Back: c.Purpose == contact.PurposeReturn}
	if u.app.State.Final() && u.app.State != kyc.Rejected {
		link.Ended = u.app.State
	}
	return link, nil
}

// FollowLink consumes a link: the contact is proved, and this device may go on
// with the application.
func (p *Pipeline) FollowLink(ctx context.Context, tenant kyc.TenantID, token string, client Client) (*View, string, error) {
	for try := 0; ; try++ {
		view, holder, err := p.followOnce(ctx, tenant, token, client)
		if raced(err) && try < 4 {
			continue
		}
		return view, holder, err
	}
}

func (p *Pipeline) followOnce(ctx context.Context, tenant kyc.TenantID, token string, client Client) (*View, string, error) {
	u, c, err := p.byLink(ctx, tenant, token)
	if err != nil {
		return nil, "", err
	}
	u.client = client
	if c.Purpose == contact.PurposeReturn {
		return u.follow(ctx, c, client)
	}
	s, ok := u.flow.Step(c.Step)
	if !ok || u.state(c.Step) != kyc.StepProving {
		return nil, "", kyc.EKey(kyc.Gone, "error.link_used", "link has done its work")
	}
	answer := contact.FollowLink(c, u.now.Time())
	if !answer.Right {
		return nil, "", kyc.EKey(kyc.Gone, "error.link_expired", "link is not valid any more")
	}
	holderToken, holder := p.newHolder(u.app)
	answer.Writes = append(answer.Writes, holder)
	if _, err := u.answered(ctx, *s, answer); err != nil {
		return nil, "", err
	}
	view, err := p.onward(ctx, Ref{Tenant: tenant, Application: u.app.ID, Token: holderToken, Client: client})
	return view, holderToken, err
}

// RenewLink sends a new link in place of one that was used or came too late, to
// the same contact: one that proves it while that is still to be done, else one
// that leads back to the application.
func (p *Pipeline) RenewLink(ctx context.Context, tenant kyc.TenantID, token string, client Client) error {
	for try := 0; ; try++ {
		u, c, err := p.byLink(ctx, tenant, token)
		if err != nil {
			return err
		}
		u.client = client
		if c.Purpose == contact.PurposeProve && u.app.State.Fillable() && u.state(c.Step) == kyc.StepProving {
			if err = u.resend(ctx, c.ID); err == nil && u.asksHuman(c.Step) {
				err = kyc.EKey(kyc.Forbidden, "error.human_first", "a human test has to be passed before this message")
			}
		} else {
			err = u.sendBack(ctx, c)
		}
		if raced(err) && try < 4 {
			continue
		}
		return err
	}
}

// raced tells whether somebody else changed the application in between, so that
// the same request may do on its new state.
func raced(err error) bool {
	key := keyOf(err)
	return key == "error.version_stale" || key == "error.challenge_race" || key == "error.case_changed"
}
