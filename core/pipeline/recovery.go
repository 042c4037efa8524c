package pipeline

import (
	"context"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/paifang/paifang/core/audit"
	"github.com/paifang/paifang/core/contact"
	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/recovery"
)

// A recovery request is an application of the market that the core supplies
// itself. Who asks learns nothing about the account named: it is looked up when
// everything has been sent, and only reviewers see whether there is one.

const (
	// recoveriesPerContact bounds the requests in a day that are to be answered
	// to one contact, which has been proved. Nothing is counted by the account
	// that is named: anybody can name it, and its holder must not be shut out.
	recoveriesPerContact = 3
	// noticesPerDay bounds how often in a day the contacts of one account are
	// told that somebody asked. That a request was granted is always told.
	noticesPerDay = 5
)

// tenantMarket is a market as the tenant has set it up. The recovery of accounts
// is not the tenant's to switch off.
func (p *Pipeline) tenantMarket(ctx context.Context, tenant kyc.TenantID, market kyc.MarketID) (kyc.TenantMarket, error) {
	if market == kyc.RecoveryMarket {
		return kyc.TenantMarket{Tenant: tenant, Market: market, Enabled: true}, nil
	}
	return p.Store.TenantMarket(ctx, tenant, market)
}

func (u *run) recovery() bool { return u.app.Market == kyc.RecoveryMarket }

// acceptRecovery counts a request for the contact that it is to be answered to.
func (a *attempt) acceptRecovery() {
	if !a.recovery() || a.step.ID != recovery.AccountStep {
		return
	}
	const day = 24 * time.Hour
	for _, id := range a.identifiers {
		if contactKind(id) && reachable(id) {
			a.accepted = append(a.accepted, kyc.TakeBudget{Tenant: a.app.Tenant, Key: "recovery:" + id.Kind + ":" + hexOf(id.Index),
				Start: window(a.now, day), Window: day, Limit: recoveriesPerContact})
		}
	}
}

func contactKind(id kyc.Identifier) bool {
	return id.Kind == string(kyc.Email) || id.Kind == string(kyc.Phone)
}

// request reads what stands beside a recovery request; the zero Recovery for one
// that was never sent.
func (u *run) request(ctx context.Context) (kyc.Recovery, error) {
	r, err := u.p.Store.Recovery(ctx, u.app.Tenant, u.app.ID)
	if kyc.CodeOf(err) == kyc.NotFound {
		return kyc.Recovery{Tenant: u.app.Tenant, Application: u.app.ID}, nil
	}
	return r, err
}

// findAccount finds the account that a request is about and tells all its
// contacts. An account made in test mode is found by requests in test mode only,
// and any other by others only.
func (u *run) findAccount(ctx context.Context) (kyc.Change, error) {
	if !u.recovery() {
		return nil, nil
	}
	old, err := u.request(ctx)
	if err != nil {
		return nil, err
	}
	a, err := u.named(ctx)
	if err != nil {
		return nil, err
	}
	r := kyc.Recovery{Tenant: u.app.Tenant, Application: u.app.ID, Account: a.ID, Found: u.now}
	if a.ID == "" {
		return kyc.Change{kyc.SaveRecovery{Recovery: r}}, nil
	}
	if r.Number, err = u.compareNumber(ctx, a); err != nil {
		return nil, err
	}
	if old.Account == a.ID { // told when it was sent for the first time
		r.Found, r.Stopped = old.Found, old.Stopped
		return kyc.Change{kyc.SaveRecovery{Recovery: r}}, nil
	}
	told, err := u.tellAsked(ctx, a)
	return append(kyc.Change{kyc.SaveRecovery{Recovery: r}}, told...), err
}

func (u *run) tellAsked(ctx context.Context, a kyc.Account) (kyc.Change, error) {
	const day = kyc.Millis(24 * time.Hour / time.Millisecond)
	recent, err := u.p.Store.Recoveries(ctx, a.Tenant, a.ID, u.now-day, noticesPerDay)
	if err != nil {
		return nil, err
	}
	if len(recent) >= noticesPerDay {
		return kyc.Change{u.aboutAccount(a, audit.RecoveryAsked)}, nil
	}
	return u.tellAccount(ctx, a, contact.TemplateRecoveryAsked, audit.RecoveryAsked)
}

// named is the account whose login name the request names; the zero account for none.
func (u *run) named(ctx context.Context) (kyc.Account, error) {
	id, err := u.p.Logins.Bearer(ctx, u.app.Tenant, u.answers[recovery.AccountStep][recovery.LoginField])
	if err != nil || id == "" {
		return kyc.Account{}, err
	}
	a, err := u.p.Store.Account(ctx, u.app.Tenant, id)
	if err != nil {
		return kyc.Account{}, err
	}
	origin, err := u.p.Store.Application(ctx, u.app.Tenant, a.Application)
	if err != nil || origin.TestMode != u.app.TestMode {
		return kyc.Account{}, err
	}
	return a, nil
}

// compareNumber tells whether the document's number is one of those that the
// account was opened with. That it differs refuses nothing: people get new passports.
func (u *run) compareNumber(ctx context.Context, a kyc.Account) (string, error) {
	typed := bare(u.answers[recovery.AccountStep][recovery.NumberField])
	theirs, err := u.p.Store.Identifiers(ctx, a.Tenant, a.Application)
	if err != nil {
		return "", err
	}
	result := ""
	for _, id := range theirs {
		if !strings.HasPrefix(id.Kind, "id:") || id.State == kyc.Released {
			continue
		}
		index, err := u.p.Vault.Index(ctx, a.Tenant, id.Kind, typed)
		if err != nil {
			return "", err
		}
		if kyc.SameIndex(index, id.Index) {
			return "agrees", nil
		}
		result = "differs"
	}
	return result, nil
}

// bare is a number as markets keep it: without separators and width variants.
func bare(number string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToUpper(r)
		}
		return -1
	}, norm.NFKC.String(number))
}

// recovered is the account that the reviewer was shown, if the login name still
// opens it. Conflict ("error.recovery_account") when there is none.
func (u *run) recovered(ctx context.Context, r kyc.Recovery) (kyc.Account, error) {
	a, err := u.named(ctx)
	if err != nil {
		return a, err
	}
	if a.ID == "" || a.ID != r.Account {
		return a, kyc.EKey(kyc.Conflict, "error.recovery_account", "the request names no account, or not the one shown")
	}
	return a, nil
}

// refused tells the contacts of the account that a request came to nothing.
func (u *run) refused(ctx context.Context) (kyc.Change, error) {
	if !u.recovery() {
		return nil, nil
	}
	r, err := u.request(ctx)
	if err != nil || r.Account == "" {
		return nil, err
	}
	a, err := u.p.Store.Account(ctx, u.app.Tenant, r.Account)
	if err != nil {
		return nil, err
	}
	return u.tellAccount(ctx, a, contact.TemplateRecoveryRefused, audit.RecoveryRefused)
}

func (u *run) aboutAccount(a kyc.Account, action string) kyc.AppendAudit {
	line := u.line(action, map[string]string{"application": string(u.app.ID)})
	line.ObjectKind, line.ObjectID = "account", string(a.ID)
	return line
}

// tellAccount writes to every contact of an account, and into the record what
// happened to it. Who can still stop it gets a link with which to, and who no longer can
// one that freezes the account.
func (u *run) tellAccount(ctx context.Context, a kyc.Account, template, action string) (kyc.Change, error) {
	change := kyc.Change{u.aboutAccount(a, action)}
	contacts, err := u.p.Store.AccountIdentifiers(ctx, a.Tenant, a.ID)
	if err != nil {
		return nil, err
	}
	for _, id := range contacts {
		if !reachable(id) || !contactKind(id) {
			continue
		}
		to, err := u.p.Vault.Unseal(ctx, id.Tenant, id.Applicant, kyc.SealedIdentifier, id.Sealed)
		if err != nil {
			return nil, err
		}
		params := map[string]string{}
		if template == contact.TemplateRecoveryDone {
			token, link, err := u.p.Codes.FreezeLink(a, id, u.now.Time())
			if err != nil {
				return nil, err
			}
			params[contact.ParamToken], change = token, append(change, link)
		}
		if template == contact.TemplateRecoveryAsked || template == contact.TemplateRecoveryGranted {
			token, stop, err := u.stopLink(id)
			if err != nil {
				return nil, err
			}
			params[contact.ParamToken], change = token, append(change, stop)
		}
		_, writes, err := u.p.Codes.Message(ctx, contact.Notice{Tenant: a.Tenant, Application: a.Application, Applicant: a.Applicant,
			Channel: kyc.ContactKind(id.Kind), Template: template, Locale: a.Locale, To: string(to), Params: params}, u.now.Time())
		if err != nil {
			return nil, err
		}
		change = append(change, writes...)
	}
	return change, nil
}
