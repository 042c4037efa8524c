package pipeline

import (
	"context"
	"slices"

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
	link := Link{Application: c.Application, Locale: u.app.Locale, State: contact.LinkState(c, u.now.Time())}
	if link.State == contact.LinkReady {
		link.Payment, err = u.asksPayment(ctx)
	}
	return link, err
}

// asksPayment is how a new payment password is asked for beside the login password, of
// an account that has one.
func (u *run) asksPayment(ctx context.Context) (*kyc.Field, error) {
	r, err := u.request(ctx)
	if err != nil {
		return nil, err
	}
	a, err := u.recovered(ctx, r)
	if err != nil {
		return nil, err
	}
	kept, err := u.p.Store.Credentials(ctx, a.Tenant, a.Applicant)
	if err != nil || !slices.ContainsFunc(kept, func(c kyc.Credential) bool { return c.Kind == kyc.PaymentPassword }) {
		return nil, err
	}
	opened, err := u.p.Opened(ctx, a.Tenant, a.Application)
	if err != nil {
		return nil, err
	}
	f := credential.PaymentField(opened.Flow)
	f.Required = false
	return &f, nil
}

// NewSecrets are set with the link of a granted recovery request.
type NewSecrets struct {
	Password string // for signing in
	Payment  string // for paying; "" leaves what there is
}

// Recover sets the account's new login password and, for whoever has forgotten that,
// too, a new payment password by the market's rules. Problems have the paths "password"
// and "payment_password". Gone ("error.link_used",
// "error.link_expired") when the link does nothing more.
func (p *Pipeline) Recover(ctx context.Context, tenant kyc.TenantID, token string, set NewSecrets) ([]kyc.Problem, error) {
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
		problems, err := u.recover(ctx, c, set)
		if raced(err) && try < 4 {
			continue
		}
		return problems, err
	}
}

func (u *run) recover(ctx context.Context, c kyc.Challenge, set NewSecrets) ([]kyc.Problem, error) {
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
	secrets, problems, err := u.newSecrets(ctx, a, set)
	if err != nil || len(problems) > 0 {
		return problems, err
	}
	app := u.app
	if err := kyc.Transition(app.State, kyc.Activated); err != nil {
		return nil, err
	}
	app.State, app.Updated = kyc.Activated, u.now
	change := kyc.Change{kyc.UpdateApplication{Application: app, Expect: app.Version}}
	change = append(change, answer.Writes...)
	change = append(change, u.shutOut(a)...)
	change = append(change, secrets...)
	if a.State == kyc.AccountFrozen { // two people have just said whose it is
		change = append(change, kyc.SetAccountState{Tenant: a.Tenant, ID: a.ID, From: kyc.AccountFrozen, To: kyc.AccountActive}, u.aboutAccount(a, audit.AccountThawed))
	}
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
		kyc.KillChallenges{Tenant: a.Tenant, Application: a.Application, Step: contact.FreezeStep}, // those in old mail; the news of this has new ones
	}
}

// newSecrets holds the secrets to the rules of registering; the two must differ, also
// from what is kept of the other. It gives what is to be written.
func (u *run) newSecrets(ctx context.Context, a kyc.Account, set NewSecrets) (kyc.Change, []kyc.Problem, error) {
	opened, err := u.p.Opened(ctx, a.Tenant, a.Application)
	if err != nil {
		return nil, nil, err
	}
	said := u.answers[recovery.AccountStep]
	opened.Names = append(opened.Names, said[recovery.LoginField], said["name"])
	login, problems, err := u.newPassword(ctx, a, opened, set)
	if err != nil || len(problems) > 0 {
		return nil, problems, err
	}
	change := kyc.Change{u.secret(a, kyc.LoginPassword, login)}
	if set.Payment == "" {
		return change, nil, nil
	}
	normal, problems, err := u.p.Breached.NewPayment(ctx, u.p.Passwords, opened, set.Payment, login)
	if err != nil || len(problems) > 0 {
		return nil, problems, err
	}
	payment, err := u.p.Passwords.Hash(ctx, normal)
	return append(change, u.secret(a, kyc.PaymentPassword, payment), u.aboutAccount(a, audit.AccountPayment)), nil, err
}

func (u *run) secret(a kyc.Account, kind kyc.CredentialKind, hash string) kyc.SaveCredential {
	return kyc.SaveCredential{Credential: kyc.Credential{Tenant: a.Tenant, Applicant: a.Applicant, Kind: kind, Hash: hash, Updated: u.now}}
}

// newPassword gives the hash of a new login password.
func (u *run) newPassword(ctx context.Context, a kyc.Account, opened credential.Opened, set NewSecrets) (string, []kyc.Problem, error) {
	const path = "password"
	if set.Password == "" {
		return "", []kyc.Problem{kyc.P(path, "field.required")}, nil
	}
	problems, err := u.p.Breached.Check(set.Password, opened.Names)
	if err != nil || len(problems) > 0 {
		return "", at(path, problems), err
	}
	kept, err := u.p.Store.Credentials(ctx, a.Tenant, a.Applicant)
	if err != nil {
		return "", nil, err
	}
	for _, c := range kept {
		if c.Kind != kyc.PaymentPassword || set.Payment != "" {
			continue
		}
		same, _, err := u.p.Passwords.Verify(ctx, c.Hash, set.Password)
		if err != nil || same {
			return "", []kyc.Problem{kyc.P(path, "password.same")}, err
		}
	}
	hash, err := u.p.Passwords.Hash(ctx, set.Password)
	return hash, nil, err
}
