package pipeline

import (
	"context"
	"slices"
	"time"

	"github.com/paifang/paifang/core/audit"
	"github.com/paifang/paifang/core/contact"
	"github.com/paifang/paifang/core/kyc"
)

// comeBackLife is how long a link in a message leads back to an application.
const comeBackLife = lifetime

// comeBackStep keeps these links apart from the codes of steps: no step has
// this id.
const comeBackStep kyc.StepID = "~"

// comeBack makes the link of a message about a decision: whoever reads the
// proved contact may go on with the application on any device. It is used once;
// a used or late one sends the next.
func (u *run) comeBack(to kyc.Identifier) (token string, change kyc.Change, err error) {
	token, hash, err := contact.NewToken(u.p.Random)
	if err != nil {
		return "", nil, err
	}
	c := kyc.Challenge{Tenant: u.app.Tenant, ID: kyc.ChallengeID(u.p.IDs()), Application: u.app.ID, Applicant: u.app.Applicant,
		Identifier: to.ID, Step: comeBackStep, Purpose: contact.PurposeReturn, Channel: kyc.ContactKind(to.Kind),
		CodeHash: []byte{}, LinkHash: hash, State: kyc.ChallengePending, Sends: 1, Created: u.now,
		Expires: u.now + kyc.Millis(comeBackLife/time.Millisecond)}
	return token, kyc.Change{kyc.KillChallenges{Tenant: u.app.Tenant, Application: u.app.ID, Step: comeBackStep},
		kyc.SaveChallenge{Challenge: c, Expect: -1}}, nil
}

// follow gives this device the application that a link leads back to.
func (u *run) follow(ctx context.Context, c kyc.Challenge, client Client) (*View, string, error) {
	answer := contact.FollowLink(c, u.now.Time())
	if !answer.Right {
		return nil, "", kyc.EKey(kyc.Gone, "error.link_"+contact.LinkState(c, u.now.Time()), "link does nothing more")
	}
	token, holder := u.p.newHolder(u.app)
	change := append(kyc.Change(answer.Writes), holder, u.line(audit.ApplicationResumed, map[string]string{"challenge": string(c.ID)}))
	if err := u.p.Store.Commit(ctx, u.app.Tenant, change); err != nil {
		return nil, "", err
	}
	view, err := u.p.Get(ctx, Ref{Tenant: u.app.Tenant, Application: u.app.ID, Token: token, Client: client})
	return view, token, err
}

// sendBack sends the next link in place of one that was used or came too late, to
// the contact that the old one was sent to. A contact that was given up or never
// proved gets none: whoever reads it is not known to be the applicant.
func (u *run) sendBack(ctx context.Context, old kyc.Challenge) error {
	i := slices.IndexFunc(u.identifiers, func(id kyc.Identifier) bool { return id.ID == old.Identifier && reachable(id) })
	template := contact.TemplateReturn
	switch {
	case u.app.State == kyc.NeedsApplicant:
		template = contact.TemplateNeedsApplicant
	case u.app.State == kyc.Rejected:
		template = contact.TemplateRejected
		// The contacts were given back with the application, the proved ones and others.
		last, err := u.lastProved(ctx)
		if err != nil {
			return err
		}
		i = -1
		if slices.ContainsFunc(last, func(id kyc.Identifier) bool { return id.ID == old.Identifier }) {
			i = slices.IndexFunc(u.identifiers, func(id kyc.Identifier) bool { return id.ID == old.Identifier })
		}
	case u.app.State.Final():
		return kyc.EKey(kyc.Conflict, "error.not_open", "nothing waits for the applicant")
	}
	if i < 0 {
		return kyc.EKey(kyc.Conflict, "error.link_contact", "the contact is not the application's any more")
	}
	note, err := u.rewrite(ctx, u.identifiers[i], template)
	if err != nil {
		return err
	}
	return u.p.Store.Commit(ctx, u.app.Tenant, append(kyc.Change{u.hourly("comeback", 3)}, note...))
}
