package pipeline

import (
	"context"
	"slices"
	"time"

	"github.com/paifang/paifang/core/audit"
	"github.com/paifang/paifang/core/contact"
	"github.com/paifang/paifang/core/kyc"
)

const (
	// recoveryLife is how long the link of a granted request works.
	recoveryLife = 24 * time.Hour
	// recoveryAgain is how long after the link was due staff may send another.
	recoveryAgain = 7 * 24 * time.Hour
	// recoveryStep and stopStep keep these links apart from the codes of steps: no
	// step has these ids.
	recoveryStep kyc.StepID = "~recovery"
	stopStep     kyc.StepID = "~stop"
)

// grant approves a request: the contacts of the account are told, and when the
// waiting time is over and nobody has stopped it a one-time link goes to the
// contact that was proved. Only staff can.
func (u *run) grant(ctx context.Context) (kyc.Change, error) {
	if u.actor.Kind != "staff" {
		return nil, kyc.E(kyc.Internal, "a recovery request is decided by a person")
	}
	r, err := u.request(ctx)
	if err != nil {
		return nil, err
	}
	a, err := u.recovered(ctx, r)
	if err != nil {
		return nil, err
	}
	if err := u.onlyGrant(ctx, a); err != nil {
		return nil, err
	}
	app := u.app
	if err := kyc.Transition(app.State, kyc.Approved); err != nil {
		return nil, err
	}
	app.State, app.Updated = kyc.Approved, u.now
	r.Opens = u.now + kyc.Millis(u.p.RecoveryWait/time.Millisecond)
	change := kyc.Change{kyc.UpdateApplication{Application: app, Expect: app.Version}, u.line(audit.ApplicationApproved, nil),
		kyc.SaveRecovery{Recovery: r},
		kyc.Enqueue{Job: kyc.Job{Tenant: app.Tenant, Kind: kyc.JobRecover, Ref: string(app.ID), At: r.Opens}}}
	told, err := u.tellAccount(ctx, a, contact.TemplateRecoveryGranted, audit.RecoveryGranted)
	return append(change, told...), err
}

// onlyGrant refuses to grant two requests about one account at a time: at most
// one of those who ask is its holder.
func (u *run) onlyGrant(ctx context.Context, a kyc.Account) error {
	since := u.now - kyc.Millis((recoveryLife+recoveryAgain)/time.Millisecond)
	all, err := u.p.Store.Recoveries(ctx, a.Tenant, a.ID, 0, 0)
	if err != nil {
		return err
	}
	for _, r := range all {
		if r.Application == u.app.ID || r.Opens < since || r.Opens == 0 {
			continue
		}
		other, err := u.p.Store.Application(ctx, a.Tenant, r.Application)
		if err != nil {
			return err
		}
		if other.State == kyc.Approved {
			return kyc.EKey(kyc.Conflict, "error.recovery_other", "request %s about the account is granted", r.Application)
		}
	}
	return nil
}

// OpenRecovery is the job that sends the one-time link of a granted request when
// its waiting time is over. It is idempotent, and does nothing when the request
// was stopped meanwhile.
func (p *Pipeline) OpenRecovery(ctx context.Context, job kyc.Job, _ int) error {
	u, err := p.loadTrusted(ctx, job.Tenant, kyc.ApplicationID(job.Ref))
	if err != nil || u.app.State != kyc.Approved || !u.recovery() {
		return err
	}
	r, err := u.request(ctx)
	if err != nil || r.Opens == 0 || r.Opens > u.now {
		return err
	}
	sent, err := p.Store.StepChallenges(ctx, u.app.Tenant, u.app.ID, recoveryStep, r.Opens)
	if err != nil || len(sent) > 0 {
		return err
	}
	link, err := u.recoveryLink(ctx)
	if err != nil {
		return err
	}
	unchanged := kyc.CheckApplication{Tenant: u.app.Tenant, ID: u.app.ID, Version: u.app.Version}
	return p.Store.Commit(ctx, u.app.Tenant, append(kyc.Change{unchanged}, link...))
}

// recoveryLink sends the one-time link to the contact that the request proved,
// in place of any earlier one.
func (u *run) recoveryLink(ctx context.Context) (kyc.Change, error) {
	i := slices.IndexFunc(u.identifiers, func(id kyc.Identifier) bool { return reachable(id) && contactKind(id) })
	if i < 0 {
		return nil, kyc.EKey(kyc.Conflict, "error.nothing_to_send", "the request has proved no contact")
	}
	to := u.identifiers[i]
	address, err := u.openText(ctx, kyc.SealedIdentifier, to.Sealed)
	if err != nil {
		return nil, err
	}
	token, c, err := u.oneTime(to, recoveryStep, contact.PurposeRecover, recoveryLife)
	if err != nil {
		return nil, err
	}
	_, writes, err := u.p.Codes.Message(ctx, contact.Notice{Tenant: u.app.Tenant, Application: u.app.ID, Applicant: u.app.Applicant,
		Challenge: c.ID, Channel: c.Channel, Template: contact.TemplateRecovery, Locale: u.app.Locale, To: address,
		Params: map[string]string{contact.ParamToken: token, contact.ParamMinutes: "1440"}}, u.now.Time())
	return append(kyc.Change{kyc.KillChallenges{Tenant: u.app.Tenant, Application: u.app.ID, Step: recoveryStep}, c}, writes...), err
}

// oneTime makes the challenge behind a link that is sent to a contact.
func (u *run) oneTime(to kyc.Identifier, step kyc.StepID, purpose string, life time.Duration) (string, kyc.SaveChallenge, error) {
	return u.p.Codes.OneTime(to, u.app.ID, u.app.Applicant, step, purpose, u.now.Time(), life)
}

// linkAgain is what staff send again of a granted request: a fresh link, for a
// week after the first one was due.
func (u *run) linkAgain(ctx context.Context) error {
	r, err := u.request(ctx)
	if err != nil {
		return err
	}
	if r.Opens > u.now || r.Opens == 0 {
		return kyc.EKey(kyc.Conflict, "error.recovery_waits", "the waiting time is not over")
	}
	if u.now > r.Opens+kyc.Millis(recoveryAgain/time.Millisecond) {
		return kyc.EKey(kyc.Conflict, "error.nothing_to_send", "the decision is too old")
	}
	link, err := u.recoveryLink(ctx)
	if err != nil {
		return err
	}
	return u.p.Store.Commit(ctx, u.app.Tenant, append(kyc.Change{u.hourly("again", 5),
		kyc.CheckApplication{Tenant: u.app.Tenant, ID: u.app.ID, Version: u.app.Version},
		u.line(audit.MessageRepeated, map[string]string{"template": contact.TemplateRecovery})}, link...))
}
