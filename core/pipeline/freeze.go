package pipeline

import (
	"context"

	"github.com/paifang/paifang/core/account"
	"github.com/paifang/paifang/core/audit"
	"github.com/paifang/paifang/core/contact"
	"github.com/paifang/paifang/core/credential"
	"github.com/paifang/paifang/core/kyc"
)

// LinkFrozen is the state of a link that freezes an account when it is frozen, beside
// those of other links.
const LinkFrozen = "frozen"

// byFreeze finds the account whose contact was sent a link.
func (p *Pipeline) byFreeze(ctx context.Context, tenant kyc.TenantID, token string) (*run, kyc.Challenge, kyc.Account, error) {
	missing := kyc.EKey(kyc.NotFound, "error.link_unknown", "no such link")
	u, c, err := p.byToken(ctx, tenant, token, missing, contact.PurposeFreeze)
	if err != nil {
		return nil, c, kyc.Account{}, err
	}
	u.actor = kyc.Actor{Kind: "contact", ID: string(c.Identifier)}
	a, err := p.Store.AccountOfApplication(ctx, tenant, c.Application)
	return u, c, a, err
}

// ReadFreeze tells about a link that freezes an account without consuming it. Its State
// is that of links, or "frozen".
func (p *Pipeline) ReadFreeze(ctx context.Context, tenant kyc.TenantID, token string) (Link, error) {
	u, c, a, err := p.byFreeze(ctx, tenant, token)
	if err != nil {
		return Link{}, err
	}
	link := Link{Application: c.Application, Locale: u.app.Locale, State: contact.LinkState(c, u.now.Time())}
	if a.State == kyc.AccountFrozen {
		link.State = LinkFrozen
	}
	return link, nil
}

// FreezeByLink freezes an account on the word of whoever reads one of its contacts: a
// thief of the phone can press it, too, and has gained nothing. Gone
// ("error.link_used", "error.link_expired") when the link does nothing more.
func (p *Pipeline) FreezeByLink(ctx context.Context, tenant kyc.TenantID, token, device string) error {
	for try := 0; ; try++ {
		u, c, a, err := p.byFreeze(ctx, tenant, token)
		if err != nil || a.State == kyc.AccountFrozen {
			return err
		}
		follow := contact.FollowLink(c, u.now.Time())
		switch {
		case !follow.Right && contact.LinkState(c, u.now.Time()) == contact.LinkUsed:
			return kyc.EKey(kyc.Gone, "error.link_used", "link has done its work")
		case !follow.Right:
			return kyc.EKey(kyc.Gone, "error.link_expired", "link is not valid any more")
		}
		change, err := u.freeze(ctx, a, device)
		if err == nil {
			err = p.Store.Commit(ctx, tenant, append(change, follow.Writes...))
		}
		if raced(err) && try < 4 {
			continue
		}
		return err
	}
}

// Freeze freezes an account at once: its sessions end, nobody signs in or pays, and what
// was granted or proposed about getting into it is taken back. All its contacts are told.
// A granted recovery request opens it again. One that is frozen stays so. detail is of
// the line in the record; device as its owner knows it, "" when unknown.
func (p *Pipeline) Freeze(ctx context.Context, a kyc.Account, by kyc.Actor, device string, detail ...string) error {
	for try := 0; ; try++ {
		u, err := p.loadTrusted(ctx, a.Tenant, a.Application)
		if err != nil {
			return err
		}
		u.actor = by
		if a, err = p.Store.Account(ctx, a.Tenant, a.ID); err != nil || a.State == kyc.AccountFrozen {
			return err
		}
		change, err := u.freeze(ctx, a, device, detail...)
		if err == nil {
			err = p.Store.Commit(ctx, a.Tenant, change)
		}
		if raced(err) && try < 4 {
			continue
		}
		return err
	}
}

func (u *run) freeze(ctx context.Context, a kyc.Account, device string, detail ...string) (kyc.Change, error) {
	change := kyc.Change{
		kyc.SetAccountState{Tenant: a.Tenant, ID: a.ID, From: kyc.AccountActive, To: kyc.AccountFrozen},
		kyc.DropSessions{Tenant: a.Tenant, Kinds: []string{credential.KindAccount}, Subject: string(a.ID)},
		kyc.EndHolders{Tenant: a.Tenant, Application: a.Application},
		kyc.KillChallenges{Tenant: a.Tenant, Application: a.Application, Step: comeBackStep},
		kyc.KillChallenges{Tenant: a.Tenant, Application: a.Application, Step: handOverStep},
		audit.Line(u.p.Clock, u.p.IDs, a.Tenant, u.actor, audit.AccountFrozen, "account", string(a.ID), detail...),
	}
	requests, err := u.p.Store.Recoveries(ctx, a.Tenant, a.ID, 0, 0)
	if err != nil {
		return nil, err
	}
	for _, r := range requests {
		back, err := u.takeBack(ctx, r)
		if err != nil {
			return nil, err
		}
		change = append(change, back...)
	}
	told, err := u.p.Herald.Tell(ctx, a, account.Frozen, device, u.now.Time())
	return append(change, told...), err
}

// takeBack voids what people have proposed or granted before the account was frozen: it
// may be what it was frozen for, and they should decide knowing of it.
func (u *run) takeBack(ctx context.Context, r kyc.Recovery) (kyc.Change, error) {
	asked, err := u.p.loadTrusted(ctx, r.Tenant, r.Application)
	if err != nil {
		return nil, err
	}
	asked.actor = u.actor
	switch asked.app.State {
	case kyc.Approved:
		return asked.stop(ctx, true)
	case kyc.InReview:
		return asked.unpropose(ctx)
	}
	return nil, nil
}
