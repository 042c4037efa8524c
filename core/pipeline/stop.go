package pipeline

import (
	"context"
	"time"

	"github.com/paifang/paifang/core/audit"
	"github.com/paifang/paifang/core/contact"
	"github.com/paifang/paifang/core/kyc"
)

// stopLife is how long a link works that stops a recovery request; it does
// nothing more once the request has come to its end.
const stopLife = 30 * 24 * time.Hour

// stopLink makes the link with which whoever reads a contact of the account stops
// the request.
func (u *run) stopLink(to kyc.Identifier) (string, kyc.SaveChallenge, error) {
	return u.oneTime(to, stopStep, contact.PurposeStop, stopLife)
}

func (p *Pipeline) byStop(ctx context.Context, tenant kyc.TenantID, token string) (*run, kyc.Challenge, error) {
	missing := kyc.EKey(kyc.NotFound, "error.link_unknown", "no such link")
	u, c, err := p.byToken(ctx, tenant, token, missing, contact.PurposeStop)
	if err == nil {
		u.actor = kyc.Actor{Kind: "contact", ID: string(c.Identifier)}
	}
	return u, c, err
}

// ReadStop tells about a link that stops a recovery request without consuming it.
// Its State is that of links, or "late" when the new password is set already, or
// "ended" when the request came to nothing anyway.
func (p *Pipeline) ReadStop(ctx context.Context, tenant kyc.TenantID, token string) (Link, error) {
	u, c, err := p.byStop(ctx, tenant, token)
	if err != nil {
		return Link{}, err
	}
	return Link{Application: c.Application, Locale: u.app.Locale, State: u.stopState(c)}, nil
}

func (u *run) stopState(c kyc.Challenge) string {
	switch {
	case u.app.State == kyc.Activated:
		return LinkLate
	case u.app.State.Final():
		return LinkEnded
	}
	return contact.LinkState(c, u.now.Time())
}

// StopRecovery stops a request on the word of whoever reads a contact of the
// account. It ends nothing for good: who has stolen the phone can press it, too.
// What was proposed or granted is taken back, and people decide anew, knowing of
// it. Gone ("error.link_used", "error.link_expired", "error.recovery_late") when
// the link does nothing more.
func (p *Pipeline) StopRecovery(ctx context.Context, tenant kyc.TenantID, token string) error {
	for try := 0; ; try++ {
		u, c, err := p.byStop(ctx, tenant, token)
		if err != nil {
			return err
		}
		err = u.stopBy(ctx, c)
		if raced(err) && try < 4 {
			continue
		}
		return err
	}
}

func (u *run) stopBy(ctx context.Context, c kyc.Challenge) error {
	switch u.stopState(c) {
	case LinkLate:
		return kyc.EKey(kyc.Gone, "error.recovery_late", "the new password is set")
	case contact.LinkExpired:
		return kyc.EKey(kyc.Gone, "error.link_expired", "link is not valid any more")
	case LinkEnded, contact.LinkUsed:
		return kyc.EKey(kyc.Gone, "error.link_used", "link has done its work")
	}
	change, err := u.stop(ctx, true)
	if err != nil {
		return err
	}
	return u.p.Store.Commit(ctx, u.app.Tenant, append(change, contact.FollowLink(c, u.now.Time()).Writes...))
}

// TakeBack takes a granted request back to the reviewers, before its link was used.
func (p *Pipeline) TakeBack(ctx context.Context, tenant kyc.TenantID, id kyc.ApplicationID, staff kyc.StaffID) error {
	for try := 0; ; try++ {
		u, err := p.loadTrusted(ctx, tenant, id)
		if err != nil {
			return err
		}
		u.actor = kyc.Actor{Kind: "staff", ID: string(staff)}
		if !u.recovery() || u.app.State != kyc.Approved {
			return kyc.EKey(kyc.Conflict, "error.state", "application is %q", u.app.State)
		}
		change, err := u.stop(ctx, false)
		if err == nil {
			err = p.Store.Commit(ctx, tenant, change)
		}
		if raced(err) && try < 4 {
			continue
		}
		return err
	}
}

// stop voids what was proposed and granted. The new version of the application
// makes every decision under way one about something that has changed.
func (u *run) stop(ctx context.Context, contested bool) (kyc.Change, error) {
	r, err := u.request(ctx)
	if err != nil {
		return nil, err
	}
	a, err := u.p.Store.Account(ctx, u.app.Tenant, r.Account)
	if err != nil {
		return nil, err
	}
	action := audit.RecoveryTakenBack
	if contested {
		action, r.Stopped = audit.RecoveryStopped, u.now
	}
	granted := u.app.State == kyc.Approved
	app := u.app
	app.Updated = u.now
	if granted {
		if err := kyc.Transition(app.State, kyc.InReview); err != nil {
			return nil, err
		}
		app.State = kyc.InReview
	}
	r.Opens = 0
	change := kyc.Change{kyc.UpdateApplication{Application: app, Expect: app.Version}, kyc.SaveRecovery{Recovery: r}, u.aboutAccount(a, action),
		kyc.KillChallenges{Tenant: app.Tenant, Application: app.ID, Step: recoveryStep}}
	change = append(change, u.line(action, nil))
	if !granted {
		void, err := u.unpropose(ctx)
		return append(change, void...), err
	}
	u.app = app
	rated, err := u.rate(ctx, nil) // no market orders checks of a request
	if err != nil {
		return nil, err
	}
	queued, err := u.queue(ctx, rated)
	return append(change, queued...), err
}

// unpropose takes back what was proposed about the case of the application.
func (u *run) unpropose(ctx context.Context) (kyc.Change, error) {
	c, err := u.p.Store.CaseOfApplication(ctx, u.app.Tenant, u.app.ID)
	if kyc.CodeOf(err) == kyc.NotFound || err == nil && c.ProposedBy == "" {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	expect := c.Version
	return append(u.unproposed(&c), kyc.UpdateCase{Case: c, Expect: expect}), nil
}
