package pipeline

import (
	"context"
	"slices"

	"github.com/paifang/paifang/core/audit"
	"github.com/paifang/paifang/core/kyc"
)

// A member of a marketplace has one application in a market. Whoever enters once
// more, from this device or another, goes on in the one that is under way; the
// application that was started only to present the assertion is given up for it
// in the same transaction. Once there is an account one signs in. After an
// application that came to nothing a new one may begin.

// findElder looks for the member's application, unless the rules have just ended
// this one: then there is nothing to go on with.
func (a *attempt) findElder(ctx context.Context) error {
	if slices.ContainsFunc(a.finding.Reasons, func(r kyc.Reason) bool { return r.Disposition == kyc.Final }) {
		return nil
	}
	elder, err := a.p.Store.ApplicationOfSubject(ctx, a.app.Tenant, a.app.Market, a.app.Subject, a.app.TestMode)
	switch {
	case kyc.CodeOf(err) == kyc.NotFound:
		return nil
	case err == nil && elder.ID != a.app.ID:
		a.elder = &elder
	}
	return err
}

// outrun is the answer to a second entry that found none but was not the first
// to be stored.
func (a *attempt) outrun(ctx context.Context, s Submission) error {
	if err := a.findElder(ctx); err != nil {
		return err
	}
	if a.elder == nil { // it ended in that moment
		return kyc.EKey(kyc.Conflict, "error.version_stale", "the member's other application has just ended")
	}
	return a.commit(ctx, s)
}

// yield gives this application up for the member's elder one and uses the
// assertion up. Whoever presented it holds the elder one, nobody else who holds
// this one does, unless that is an account by now: an assertion opens no account,
// its password does. That is Conflict ("error.member_has_account"), also when the
// request is repeated.
func (a *attempt) yield(ctx context.Context, elder kyc.Application, s Submission) error {
	app := a.app
	if err := kyc.Transition(app.State, kyc.Withdrawn); err != nil {
		return err
	}
	app.State, app.Updated = kyc.Withdrawn, a.now
	// What was found must still hold: it may be activated or end at this moment.
	change := append(slices.Clone(a.change), kyc.CheckApplication{Tenant: app.Tenant, ID: elder.ID, Version: elder.Version})
	open := elder.State != kyc.Activated
	if open {
		app.Successor = elder.ID
		resumed := a.line(audit.ApplicationResumed, map[string]string{"entry": string(app.ID)})
		resumed.ObjectID, resumed.Actor = string(elder.ID), kyc.Actor{Kind: "applicant", ID: string(elder.Applicant)}
		change = append(change, kyc.MoveHolder{Tenant: app.Tenant, Hash: a.holder, From: app.ID, To: elder.ID}, resumed)
	} else {
		replay, err := a.replay(ctx, s)
		if err != nil {
			return err
		}
		for _, w := range replay {
			kept := w.(kyc.SaveReplay)
			kept.Status = statusConflict
			change = append(change, kept)
		}
	}
	change = append(change, kyc.UpdateApplication{Application: app, Expect: app.Version})
	change = append(change, a.ended(audit.ApplicationWithdrawn)...)
	err := a.p.Store.Commit(ctx, app.Tenant, change)
	if err == nil && !open {
		return memberHasAccount()
	}
	return err
}

func memberHasAccount() error {
	return kyc.EKey(kyc.Conflict, "error.member_has_account", "the member has an account in this market")
}

// entered tells whether a step is the entry that led here: presenting the
// assertion again, as a client does that lost the answer, changes nothing.
func (u *run) entered(id kyc.StepID) bool {
	s, ok := u.flow.Step(id)
	return u.moved && ok && s.Kind == kyc.FederatedStep
}

// viewEntered is the application that was found, without what its last attempt
// fell short of: that is not about the entry.
func (u *run) viewEntered(ctx context.Context) (*View, error) {
	v, err := u.view(ctx)
	if err == nil {
		v.Next.Problems = nil
	}
	return v, err
}
