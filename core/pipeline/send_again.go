package pipeline

import (
	"context"
	"slices"

	"github.com/paifang/paifang/core/audit"
	"github.com/paifang/paifang/core/contact"
	"github.com/paifang/paifang/core/kyc"
)

// SendAgain sends the applicant once more what matters now, when somebody says
// that it did not arrive: the code or link that the step waits for, else the news
// of the decision, else a link back to the application. It goes to a contact of
// the application; nobody chooses another. Limited by the countdown of codes, the
// budgets of what is sent, and to five an hour; Conflict ("error.nothing_to_send") when the application was
// withdrawn or no contact has been proved.
func (p *Pipeline) SendAgain(ctx context.Context, tenant kyc.TenantID, id kyc.ApplicationID, staff kyc.StaffID) error {
	for try := 0; ; try++ {
		u, err := p.loadTrusted(ctx, tenant, id)
		if err != nil {
			return err
		}
		u.actor = kyc.Actor{Kind: "staff", ID: string(staff)}
		if err = u.sendAgain(ctx); raced(err) && try < 4 {
			continue
		}
		return err
	}
}

func (u *run) sendAgain(ctx context.Context) error {
	nothing := kyc.EKey(kyc.Conflict, "error.nothing_to_send", "nothing to send to this applicant")
	if s := u.current(); u.app.State.Fillable() && s != nil && u.state(s.ID) == kyc.StepProving {
		c, err := u.p.Store.PendingChallenge(ctx, u.app.Tenant, u.app.ID, s.ID)
		if err != nil {
			return err
		}
		return u.resend(ctx, c.ID)
	}
	if u.app.State == kyc.Withdrawn || u.recovery() && u.app.State == kyc.Activated {
		return nothing
	}
	if u.recovery() && u.app.State == kyc.Approved {
		return u.linkAgain(ctx)
	}
	template := contact.TemplateReturn
	switch u.app.State {
	case kyc.NeedsApplicant:
		template = contact.TemplateNeedsApplicant
	case kyc.Rejected:
		template = contact.TemplateRejected
	case kyc.Activated:
		template = contact.TemplateApproved
	case kyc.Expired:
		template = contact.TemplateExpired
	}
	to, err := u.reader(ctx)
	if err != nil {
		return err
	}
	if to == nil {
		return nothing
	}
	note, err := u.rewrite(ctx, *to, template)
	if err != nil {
		return err
	}
	return u.p.Store.Commit(ctx, u.app.Tenant, append(kyc.Change{u.hourly("again", 5), u.line(audit.MessageRepeated, map[string]string{"template": template})}, note...))
}

// rewrite is write when somebody asks for it, within the budgets of what is sent.
func (u *run) rewrite(ctx context.Context, to kyc.Identifier, template string) (kyc.Change, error) {
	address, err := u.openText(ctx, kyc.SealedIdentifier, to.Sealed)
	if err != nil {
		return nil, err
	}
	permit, err := u.permit(ctx, to, address)
	if err != nil {
		return nil, err
	}
	if permit.Human {
		return nil, kyc.EKey(kyc.Forbidden, "error.human_first", "a human test has to be passed before this message")
	}
	return u.writeTo(ctx, to, address, template, permit)
}

// reader is whom a message about the application reaches: as notify finds them,
// also when the application came to nothing and gave its contacts back. Nil for nobody.
func (u *run) reader(ctx context.Context) (*kyc.Identifier, error) {
	to := u.addressee()
	if to != nil || u.app.State != kyc.Rejected && u.app.State != kyc.Expired {
		return to, nil
	}
	last, err := u.lastProved(ctx)
	if err != nil || len(last) == 0 {
		return nil, err
	}
	return &last[0], nil
}

// lastProved are the contacts that were proved, of each kind the last one, the
// e-mail address first. Released contacts do not say whether they were proved; an
// answered challenge does.
func (u *run) lastProved(ctx context.Context) ([]kyc.Identifier, error) {
	var last []kyc.Identifier
	for _, kind := range []kyc.ContactKind{kyc.Email, kyc.Phone} {
		var newest *kyc.Identifier
		for i, id := range u.identifiers {
			if id.Kind != string(kind) || newest != nil && id.Updated < newest.Updated {
				continue
			}
			proved, err := u.wasProved(ctx, id)
			if err != nil {
				return nil, err
			}
			if proved {
				newest = &u.identifiers[i]
			}
		}
		if newest != nil {
			last = append(last, *newest)
		}
	}
	return last, nil
}

// wasProved looks for the answer to a challenge, in every step that proves what
// the contact's step claimed.
func (u *run) wasProved(ctx context.Context, id kyc.Identifier) (bool, error) {
	for _, s := range u.flow.Steps {
		if s.Proof == nil || s.Proof.Channel != id.Kind {
			continue
		}
		if step, _ := claimant(s); step != id.Step {
			continue
		}
		sent, err := u.p.Store.StepChallenges(ctx, u.app.Tenant, u.app.ID, s.ID, 0)
		if err != nil {
			return false, err
		}
		if slices.ContainsFunc(sent, func(c kyc.Challenge) bool { return c.Identifier == id.ID && c.State == kyc.ChallengeAnswered }) {
			return true, nil
		}
	}
	return false, nil
}
