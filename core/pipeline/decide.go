package pipeline

import (
	"context"
	"slices"

	"github.com/paifang/paifang/core/account"
	"github.com/paifang/paifang/core/audit"
	"github.com/paifang/paifang/core/contact"
	"github.com/paifang/paifang/core/kyc"
)

// Approve, AskAgain and Reject build what a reviewer's decision does to its
// application, for the review desk to commit together with the decision. The
// application must stand as the reviewer saw it, else Conflict.

// Approve takes the application to its account.
func (p *Pipeline) Approve(ctx context.Context, _ kyc.TenantID, app kyc.Application, d kyc.Decision) (kyc.Change, error) {
	u, err := p.decided(ctx, app, d)
	if err != nil {
		return nil, err
	}
	return u.approve(ctx)
}

// AskAgain opens the named document requirements and steps once more.
func (p *Pipeline) AskAgain(ctx context.Context, _ kyc.TenantID, app kyc.Application, d kyc.Decision, again map[string][]kyc.Reason, _ string) (kyc.Change, error) {
	u, err := p.decided(ctx, app, d)
	if err != nil {
		return nil, err
	}
	return u.askAgain(ctx, again)
}

// Reject ends the application.
func (p *Pipeline) Reject(ctx context.Context, _ kyc.TenantID, app kyc.Application, d kyc.Decision) (kyc.Change, error) {
	u, err := p.decided(ctx, app, d)
	if err != nil {
		return nil, err
	}
	return u.reject(ctx)
}

func (p *Pipeline) decided(ctx context.Context, app kyc.Application, d kyc.Decision) (*run, error) {
	u, err := p.loadTrusted(ctx, app.Tenant, app.ID)
	if err != nil {
		return nil, err
	}
	if u.app.Version != app.Version {
		return nil, kyc.EKey(kyc.Conflict, "error.case_changed", "application is version %d, not %d", u.app.Version, app.Version)
	}
	u.actor = kyc.Actor{Kind: "staff", ID: string(d.Staff)}
	return u, nil
}

// approve takes the application to its account in one change: there is no
// moment in which it is approved and the account is missing.
func (u *run) approve(ctx context.Context) (kyc.Change, error) {
	if u.recovery() {
		return u.grant(ctx)
	}
	app := u.app
	for _, to := range []kyc.State{kyc.Approved, kyc.Activated} {
		if err := kyc.Transition(app.State, to); err != nil {
			return nil, err
		}
		app.State = to
	}
	app.Updated = u.now
	settings, err := u.settings(ctx)
	if err != nil {
		return nil, err
	}
	a, opening, err := account.Open(u.flow, settings, app, kyc.AccountID(u.p.IDs()), u.now)
	if err != nil {
		return nil, err
	}
	change := append(kyc.Change{kyc.UpdateApplication{Application: app, Expect: app.Version},
		u.line(audit.ApplicationApproved, map[string]string{"tier": a.Tier})}, opening...)
	change = append(change, u.line(audit.AccountActivated, map[string]string{"account": string(a.ID), "tier": a.Tier}))
	note, err := u.notify(ctx, contact.TemplateApproved)
	return append(change, note...), err
}

func (u *run) reject(ctx context.Context) (kyc.Change, error) {
	app := u.app
	if err := kyc.Transition(app.State, kyc.Rejected); err != nil {
		return nil, err
	}
	app.State, app.Updated = kyc.Rejected, u.now
	change := append(kyc.Change{kyc.UpdateApplication{Application: app, Expect: app.Version}}, u.ended(audit.ApplicationRejected)...)
	note, err := u.notify(ctx, contact.TemplateRejected)
	if err != nil {
		return nil, err
	}
	told, err := u.refused(ctx)
	return append(append(change, note...), told...), err
}

// askAgain opens just what is named: document requirements and steps by id.
// Everything else is kept.
func (u *run) askAgain(ctx context.Context, again map[string][]kyc.Reason) (kyc.Change, error) {
	app := u.app
	if err := kyc.Transition(app.State, kyc.NeedsApplicant); err != nil {
		return nil, err
	}
	app.State, app.Updated = kyc.NeedsApplicant, u.now
	app.Expires, app.Reminded = u.now+kyc.Millis(lifetime.Milliseconds()), 0
	// The identifiers are no longer waiting for a decision, but stay ours.
	change := kyc.Change{kyc.UpdateApplication{Application: app, Expect: app.Version}}
	known, given := 0, 0
	for _, reasons := range again {
		given += len(reasons)
	}
	for _, s := range u.plan() {
		reasons := naming("step", again[string(s.ID)])
		for _, req := range u.documents(s) {
			refused := naming("document", again[req.ID])
			if len(refused) == 0 {
				continue
			}
			reasons = append(reasons, refused...)
			change = append(change, kyc.RefuseFiles{Tenant: app.Tenant, Application: app.ID, Requirement: req.ID})
		}
		if len(reasons) == 0 {
			continue
		}
		known += len(reasons)
		rec := u.records[s.ID]
		rec.Tenant, rec.Application, rec.Step = app.Tenant, app.ID, s.ID
		rec.State, rec.Reasons, rec.Problems, rec.Updated = kyc.StepAgain, reasons, nil, u.now
		change = append(change, kyc.SaveStep{StepRecord: rec})
	}
	if known == 0 || known != given {
		return nil, kyc.EKey(kyc.Invalid, "error.ask_again", "nothing, or something unknown, is asked again")
	}
	note, err := u.notify(ctx, contact.TemplateNeedsApplicant)
	return append(append(change, note...), u.line(audit.ApplicationAsked, nil)), err
}

// naming picks the reasons about one kind of subject: a step and a document
// requirement may have the same id.
func naming(kind string, reasons []kyc.Reason) []kyc.Reason {
	return slices.DeleteFunc(slices.Clone(reasons), func(r kyc.Reason) bool { return r.Subject.Kind != kind })
}

// notify writes a message to the applicant: by e-mail if one is proved, else by SMS.
func (u *run) notify(ctx context.Context, template string) (kyc.Change, error) {
	to := u.addressee()
	if to == nil {
		return nil, nil
	}
	return u.write(ctx, *to, template)
}

// addressee is the contact that messages go to; nil as long as none is proved.
func (u *run) addressee() *kyc.Identifier {
	var to *kyc.Identifier
	for i, id := range u.identifiers {
		if reachable(id) && (id.Kind == string(kyc.Email) || (id.Kind == string(kyc.Phone) && to == nil)) {
			to = &u.identifiers[i]
		}
	}
	return to
}

// reachable tells whether the applicant has proved to have a contact.
func reachable(id kyc.Identifier) bool {
	return id.State == kyc.Proved || id.State == kyc.Reserved || id.State == kyc.Bound
}

// leadsBack are the templates with a link that opens the application.
var leadsBack = [...]string{contact.TemplateNeedsApplicant, contact.TemplateRejected, contact.TemplateReturn, contact.TemplateReminder}

// write writes a message to one contact.
func (u *run) write(ctx context.Context, to kyc.Identifier, template string) (kyc.Change, error) {
	address, err := u.openText(ctx, kyc.SealedIdentifier, to.Sealed)
	if err != nil {
		return nil, err
	}
	sending, err := u.sending(ctx, to, address)
	if err != nil {
		return nil, err
	}
	permit, err := u.p.Warden.Notice(ctx, sending, u.now.Time())
	if err != nil {
		return nil, err
	}
	return u.writeTo(ctx, to, address, template, permit)
}

// writeTo writes it once it is permitted.
func (u *run) writeTo(ctx context.Context, to kyc.Identifier, address, template string, permit contact.Permit) (change kyc.Change, err error) {
	change = append(change, permit.Writes...)
	params := map[string]string{}
	if slices.Contains(leadsBack[:], template) {
		var link kyc.Change
		if params[contact.ParamToken], link, err = u.comeBack(to); err != nil {
			return nil, err
		}
		change = append(change, link...)
	}
	_, writes, err := u.p.Codes.Message(ctx, contact.Notice{Tenant: u.app.Tenant, Application: u.app.ID, Applicant: u.app.Applicant,
		Channel: kyc.ContactKind(to.Kind), Template: template, Locale: u.app.Locale, To: address, Params: params, Charge: permit.Charge}, u.now.Time())
	return append(change, writes...), err
}
