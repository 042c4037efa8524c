package pipeline

import (
	"context"

	"github.com/paifang/paifang/core/audit"
	"github.com/paifang/paifang/core/contact"
	"github.com/paifang/paifang/core/kyc"
)

// SendAgain sends the applicant once more what matters now, when somebody says
// that it did not arrive: the code or link that the step waits for, else the news
// of the decision, else a link back to the application. It goes to a contact of
// the application; nobody chooses another. Limited by the countdown of codes and
// to five an hour; Conflict ("error.nothing_to_send") when the application was
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
	if u.app.State == kyc.Withdrawn {
		return nothing
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
	note, err := u.tell(ctx, template)
	if err != nil {
		return err
	}
	if len(note) == 0 {
		return nothing
	}
	return u.p.Store.Commit(ctx, u.app.Tenant, append(kyc.Change{u.hourly("again", 5), u.line(audit.MessageRepeated, map[string]string{"template": template})}, note...))
}

// tell is notify, also for an application that came to nothing and gave its
// contacts back: those that a message reached before may be told why.
func (u *run) tell(ctx context.Context, template string) (kyc.Change, error) {
	note, err := u.notify(ctx, template)
	if err != nil || len(note) > 0 || u.app.State != kyc.Rejected && u.app.State != kyc.Expired {
		return note, err
	}
	// Released contacts do not say whether they were proved; an answered challenge does.
	for _, id := range u.identifiers {
		proved, err := u.wasProved(ctx, id)
		if err != nil {
			return nil, err
		}
		if proved {
			return u.write(ctx, id, template)
		}
	}
	return nil, nil
}

func (u *run) wasProved(ctx context.Context, id kyc.Identifier) (bool, error) {
	if id.Kind != string(kyc.Email) && id.Kind != string(kyc.Phone) {
		return false, nil
	}
	sent, err := u.p.Store.StepChallenges(ctx, u.app.Tenant, u.app.ID, id.Step, 0)
	for _, c := range sent {
		if c.Identifier == id.ID && c.State == kyc.ChallengeAnswered {
			return true, err
		}
	}
	return false, err
}
