package pipeline

import (
	"context"

	"github.com/paifang/paifang/core/audit"
	"github.com/paifang/paifang/core/contact"
	"github.com/paifang/paifang/core/credential"
	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/recovery"
)

// byRecovery finds the request of a one-time link; links of any other purpose
// are none.
func (p *Pipeline) byRecovery(ctx context.Context, tenant kyc.TenantID, token string) (*run, kyc.Challenge, error) {
	missing := kyc.EKey(kyc.NotFound, "error.link_unknown", "no such link")
	return p.byToken(ctx, tenant, token, missing, contact.PurposeRecover)
}

// ReadRecovery tells about the link without consuming it: mail scanners read.
func (p *Pipeline) ReadRecovery(ctx context.Context, tenant kyc.TenantID, token string) (Link, error) {
	u, c, err := p.byRecovery(ctx, tenant, token)
	if err != nil {
		return Link{}, err
	}
	return Link{Application: c.Application, Locale: u.app.Locale, State: contact.LinkState(c, u.now.Time())}, nil
}

// Recover sets the account's new login password. Gone ("error.link_used",
// "error.link_expired") when the link does nothing more.
func (p *Pipeline) Recover(ctx context.Context, tenant kyc.TenantID, token, password string) ([]kyc.Problem, error) {
	for try := 0; ; try++ {
		u, c, err := p.byRecovery(ctx, tenant, token)
		if err != nil {
			return nil, err
		}
		if try == 0 { // each try costs a hash
			if err := p.Store.Commit(ctx, tenant, kyc.Change{u.hourly("recover", 30)}); err != nil {
				return nil, err
			}
		}
		problems, err := u.recover(ctx, c, password)
		if raced(err) && try < 4 {
			continue
		}
		return problems, err
	}
}

func (u *run) recover(ctx context.Context, c kyc.Challenge, password string) ([]kyc.Problem, error) {
	answer := contact.FollowLink(c, u.now.Time())
	switch {
	case !answer.Right && contact.LinkState(c, u.now.Time()) == contact.LinkUsed:
		return nil, kyc.EKey(kyc.Gone, "error.link_used", "link has done its work")
	case !answer.Right || u.app.State != kyc.Approved:
		return nil, kyc.EKey(kyc.Gone, "error.link_expired", "link is not valid any more")
	}
	r, err := u.request(ctx)
	if err != nil {
		return nil, err
	}
	a, err := u.recovered(ctx, r)
	if err != nil {
		return nil, err
	}
	problems, err := u.newPassword(ctx, a, password)
	if err != nil || len(problems) > 0 {
		return problems, err
	}
	hash, err := u.p.Passwords.Hash(ctx, password)
	if err != nil {
		return nil, err
	}
	app := u.app
	if err := kyc.Transition(app.State, kyc.Activated); err != nil {
		return nil, err
	}
	app.State, app.Updated = kyc.Activated, u.now
	change := kyc.Change{kyc.UpdateApplication{Application: app, Expect: app.Version}}
	change = append(change, answer.Writes...)
	change = append(change, u.shutOut(a)...)
	change = append(change,
		kyc.SaveCredential{Credential: kyc.Credential{Tenant: a.Tenant, Applicant: a.Applicant, Kind: kyc.LoginPassword, Hash: hash, Updated: u.now}})
	told, err := u.tellAccount(ctx, a, contact.TemplateRecoveryDone, audit.AccountRecovered)
	if err != nil {
		return nil, err
	}
	return nil, u.p.Store.Commit(ctx, app.Tenant, append(change, told...))
}

// shutOut ends what opens the account, or the application that it was opened
// with, on other devices: sessions, passkeys, tokens kept by browsers, links still unused.
func (u *run) shutOut(a kyc.Account) kyc.Change {
	return kyc.Change{
		kyc.DropSessions{Tenant: a.Tenant, Kinds: []string{credential.KindAccount}, Subject: string(a.ID)},
		kyc.DropFactors{Tenant: a.Tenant, Of: "account", Subject: string(a.ID)},
		kyc.EndHolders{Tenant: a.Tenant, Application: a.Application},
		kyc.KillChallenges{Tenant: a.Tenant, Application: a.Application, Step: comeBackStep},
		kyc.KillChallenges{Tenant: a.Tenant, Application: a.Application, Step: handOverStep},
	}
}

// newPassword holds a password to the rules of registering; it must not be the
// account's payment password.
func (u *run) newPassword(ctx context.Context, a kyc.Account, password string) ([]kyc.Problem, error) {
	if password == "" {
		return []kyc.Problem{kyc.P("password", "field.required")}, nil
	}
	said := u.answers[recovery.AccountStep]
	problems, err := u.p.Breached.Check(password, []string{said[recovery.LoginField], said["name"]})
	if err != nil || len(problems) > 0 {
		return at("password", problems), err
	}
	kept, err := u.p.Store.Credentials(ctx, a.Tenant, a.Applicant)
	if err != nil {
		return nil, err
	}
	for _, c := range kept {
		if c.Kind != kyc.PaymentPassword {
			continue
		}
		same, _, err := u.p.Passwords.Verify(ctx, c.Hash, password)
		if err != nil {
			return nil, err
		}
		if same {
			return []kyc.Problem{kyc.P("password", "password.same")}, nil
		}
	}
	return nil, nil
}
