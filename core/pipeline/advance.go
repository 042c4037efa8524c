package pipeline

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/paifang/paifang/core/audit"
	"github.com/paifang/paifang/core/contact"
	"github.com/paifang/paifang/core/kyc"
)

// advance completes a change that finished (part of) a step: the application's
// row, and when nothing is left to do its submission. Reasons of the finding
// that are final end the application at once.
func (u *run) advance(app kyc.Application, change kyc.Change, reasons []kyc.Reason) (kyc.Change, error) {
	to := app.State
	switch {
	case slices.ContainsFunc(reasons, func(r kyc.Reason) bool { return r.Disposition == kyc.Final }):
		to = kyc.Rejected
	case u.current() == nil:
		to = kyc.Submitted
	}
	if to != app.State {
		if err := kyc.Transition(app.State, to); err != nil {
			return nil, err
		}
		app.State = to
	}
	if to == kyc.Submitted {
		app.SubmittedAt = u.now
	}
	app.Subject = u.app.Subject
	change = append(change, kyc.UpdateApplication{Application: app, Expect: app.Version})
	switch to {
	case kyc.Submitted:
		change = append(change, u.submitted()...)
	case kyc.Rejected:
		change = append(change, u.ended(audit.ApplicationRejected)...)
	}
	return change, nil
}

// submitted reserves the contacts, so that nobody else gets them while checks
// and reviewers are at work, and orders the checks.
func (u *run) submitted() kyc.Change {
	return kyc.Change{
		kyc.SetIdentifiers{Tenant: u.app.Tenant, Application: u.app.ID, From: []kyc.IdentifierState{kyc.Proved}, To: kyc.Reserved, At: u.now},
		u.line(audit.ApplicationSubmitted, nil),
		kyc.Enqueue{Job: kyc.Job{Tenant: u.app.Tenant, Kind: kyc.JobVerify, Ref: string(u.app.ID)}},
	}
}

// ended gives back what an application held that comes to nothing.
func (u *run) ended(action string) kyc.Change {
	change := kyc.Change{
		kyc.SetIdentifiers{Tenant: u.app.Tenant, Application: u.app.ID, At: u.now, To: kyc.Released,
			From: []kyc.IdentifierState{kyc.Claimed, kyc.Proved, kyc.Reserved}},
		u.line(action, nil),
		kyc.KillChallenges{Tenant: u.app.Tenant, Application: u.app.ID, Step: handOverStep},
	}
	for _, s := range u.flow.Steps {
		if s.Kind == kyc.ContactStep {
			change = append(change, kyc.KillChallenges{Tenant: u.app.Tenant, Application: u.app.ID, Step: s.ID})
		}
	}
	return change
}

// loseContact is the answer to a contact that somebody else reserved or bound
// between its proof and this submission: the contact step is asked again.
// answered is a contact step whose proof was about to be stored, "" for none. It
// gives what the applicant is told; Conflict ("error.version_stale") when the
// contact is free again in that moment.
func (a *attempt) loseContact(ctx context.Context, answered kyc.StepID) (kyc.ProblemList, error) {
	u, err := a.p.loadTrusted(ctx, a.app.Tenant, a.app.ID)
	if err != nil {
		return nil, err
	}
	var told kyc.ProblemList
	app := u.app
	app.Updated = u.now
	change := kyc.Change{kyc.UpdateApplication{Application: app, Expect: app.Version}}
	for _, s := range u.plan() {
		taken, err := u.taken(ctx, s, a.makesLogin(s))
		if err != nil {
			return nil, err
		}
		if !taken && s.ID != answered {
			continue
		}
		problem, lost := u.lost(s)
		told, change = append(told, problem), append(change, lost...)
	}
	if len(told) == 0 {
		return nil, kyc.EKey(kyc.Conflict, "error.version_stale", "whoever had the contact has just given it up")
	}
	if answered == "" {
		kept, err := a.kept(ctx, u)
		if err != nil {
			return nil, err
		}
		change = append(change, kept...)
	}
	return told, a.p.Store.Commit(ctx, app.Tenant, change)
}

// kept is the draft of the step that was about to be accepted: it is asked again
// after the contact, with what was typed. Secrets are never kept.
func (a *attempt) kept(ctx context.Context, u *run) (kyc.Change, error) {
	if a.step.Kind == kyc.ContactStep || len(a.typed) == 0 {
		return nil, nil
	}
	rec := u.records[a.step.ID]
	rec.Tenant, rec.Application, rec.Step, rec.Updated = u.app.Tenant, u.app.ID, a.step.ID, u.now
	if rec.State == "" {
		rec.State = kyc.StepTodo
	}
	draft, err := u.seal(ctx, kyc.OfStep(kyc.SealedStepDraft, a.step.ID), a.typed)
	rec.Draft = draft
	return kyc.Change{kyc.SaveStep{StepRecord: rec}}, err
}

// lost asks again what makes a contact a login name that is another one's now:
// the contact, or whether it is to be one.
func (u *run) lost(s kyc.Step) (kyc.Problem, kyc.Change) {
	if c := s.Proof.LoginWhen; c.Field != "" {
		id, field, _ := strings.Cut(c.Field, ".")
		rec := u.records[kyc.StepID(id)]
		rec.Tenant, rec.Application, rec.Step = u.app.Tenant, u.app.ID, kyc.StepID(id)
		problem := kyc.P(field, "contact.login_taken")
		rec.State, rec.Problems, rec.Updated = kyc.StepTodo, kyc.ProblemList{problem}, u.now
		u.records[rec.Step] = rec // what was typed in it may still be kept with it
		return problem, kyc.Change{kyc.SaveStep{StepRecord: rec}, u.line(audit.StepRefused, map[string]string{"codes": problem.Code})}
	}
	_, field := claimant(s)
	problem := kyc.P(field, "contact.taken")
	if s.Proof.Of == "" && u.knownContact(s) != "" {
		problem.Code = "contact.taken_known"
	}
	return problem, append(u.retype(s, problem), u.line(audit.StepRefused, map[string]string{"codes": problem.Code}))
}

// Withdraw gives the application up.
func (p *Pipeline) Withdraw(ctx context.Context, r Ref) (*View, error) {
	return p.persist(ctx, r, func(u *run) error { return u.end(ctx, kyc.Withdrawn, audit.ApplicationWithdrawn) })
}

// persist does something to an application, anew on its new state when a job, a
// reviewer or another device was quicker.
func (p *Pipeline) persist(ctx context.Context, r Ref, do func(u *run) error) (*View, error) {
	for try := 0; ; try++ {
		u, err := p.loadToWrite(ctx, r)
		if err != nil {
			return nil, err
		}
		err = do(u)
		if raced(err) && try < 4 {
			continue
		}
		view, err := p.getOr(ctx, r, err)
		if err == nil {
			view.Short = u.short
		}
		return view, err
	}
}

// Expire ends an application which was not finished in time; the sweep calls it
// for those that are due. It does nothing when the application went on or is not due.
func (p *Pipeline) Expire(ctx context.Context, tenant kyc.TenantID, id kyc.ApplicationID) error {
	u, err := p.loadTrusted(ctx, tenant, id)
	if err != nil {
		return err
	}
	if !u.app.State.Fillable() || u.app.Expires > u.now {
		return nil
	}
	return u.end(ctx, kyc.Expired, audit.ApplicationExpired)
}

func (u *run) end(ctx context.Context, to kyc.State, action string) error {
	if err := kyc.Transition(u.app.State, to); err != nil {
		return err
	}
	app := u.app
	app.State, app.Updated = to, u.now
	change := append(kyc.Change{kyc.UpdateApplication{Application: app, Expect: app.Version}}, u.ended(action)...)
	closing, err := u.closeCase(ctx)
	if err != nil {
		return err
	}
	if to == kyc.Expired {
		note, err := u.notify(ctx, contact.TemplateExpired)
		if err != nil {
			return err
		}
		change = append(change, note...)
	}
	told, err := u.refused(ctx)
	if err != nil {
		return err
	}
	return u.p.Store.Commit(ctx, app.Tenant, append(append(change, closing...), told...))
}

// closeCase takes a case out of the queue when its application ended without
// its decision.
func (u *run) closeCase(ctx context.Context) (kyc.Change, error) {
	c, err := u.p.Store.CaseOfApplication(ctx, u.app.Tenant, u.app.ID)
	if kyc.CodeOf(err) == kyc.NotFound {
		return nil, nil
	}
	if err != nil || c.State == kyc.CaseDecided {
		return nil, err
	}
	expect := c.Version
	c.State, c.Decided, c.ClaimedBy, c.ClaimUntil = kyc.CaseDecided, u.now, "", 0
	change := u.unproposed(&c)
	line := u.line(audit.CaseClosed, map[string]string{"application": string(u.app.ID)})
	line.ObjectKind, line.ObjectID = "case", string(c.ID)
	return append(change, kyc.UpdateCase{Case: c, Expect: expect}, line), nil
}

// line is an audit line about this application.
func (u *run) line(action string, detail map[string]string) kyc.AppendAudit {
	return kyc.AppendAudit{AuditLine: kyc.AuditLine{Tenant: u.app.Tenant, ID: kyc.AuditID(u.p.IDs()), At: u.now,
		Actor: u.actor, Action: action, ObjectKind: "application", ObjectID: string(u.app.ID), Detail: detail}}
}

// refusal tells an audit line why a step was refused.
func (a *attempt) refusal() map[string]string {
	seen, s := map[string]bool{}, ""
	for _, p := range a.problems {
		if !seen[p.Code] {
			seen[p.Code] = true
			s += " " + p.Code
		}
	}
	return map[string]string{"step": string(a.step.ID), "codes": s[min(1, len(s)):]}
}

func union(have kyc.StepList, more []kyc.StepID) kyc.StepList {
	for _, id := range more {
		if !slices.Contains(have, id) {
			have = append(have, id)
		}
	}
	return have
}

// window is the start of the fixed window that a time falls into.
func window(now kyc.Millis, size time.Duration) kyc.Millis {
	return now - now%kyc.Millis(size/time.Millisecond)
}
