package credential

import (
	"context"
	"crypto/subtle"
	"strconv"
	"time"

	"github.com/paifang/paifang/core/account"
	"github.com/paifang/paifang/core/audit"
	"github.com/paifang/paifang/core/contact"
	"github.com/paifang/paifang/core/kyc"
)

// CodeLife is how long a code to sign in with is good.
const CodeLife = 10 * time.Minute

// Asked is what follows from asking for a code to sign in with. It is the same for
// names that are somebody's and for others.
type Asked struct {
	Ticket  string     // to be sent back with the code; opens nothing without it
	Channel string     // phone, email
	Expires kyc.Millis // of the code
	Again   kyc.Millis // from when on another one can be asked for

	// Problem says what is missing, and that nothing was done: "login" of a name that
	// is neither phone number nor e-mail address, "human" of a human test.
	Problem kyc.Problem
}

// AskCode asks for a one-time code to a login name. Nothing here depends on whether
// the name is anybody's: that is looked up by the job which sends (SendCode), and a
// name that is nobody's costs the same budgets. Limited past them.
func (s *AccountSessions) AskCode(ctx context.Context, tenant kyc.TenantID, name string, locale kyc.Locale, client Client) (Asked, error) {
	now := s.Clock()
	a := attempt{tenant: tenant, kind: KindAccount, client: client}
	a.class, a.name = s.canonical(name)
	if a.class != string(kyc.Phone) && a.class != string(kyc.Email) {
		return Asked{Problem: kyc.P("login", "signin.contact")}, nil
	}
	index, err := s.Index.Index(ctx, tenant, a.class, a.name)
	if err != nil {
		return Asked{}, err
	}
	once, problem, err := s.human(ctx, tenant, client, now)
	if err != nil || problem.Code != "" {
		return Asked{Problem: problem}, err
	}
	change, human, err := s.askBudgets(ctx, a, index, len(once.Hash) > 0, now)
	if err != nil {
		return Asked{}, err
	}
	if human {
		return Asked{Problem: kyc.P("human", "human.required")}, nil
	}
	if len(once.Hash) > 0 {
		change = append(change, once)
	}
	secret, hash, err := contact.NewToken(s.Random)
	if err != nil {
		return Asked{}, err
	}
	c := kyc.SignInCode{Tenant: tenant, ID: s.IDs(), Token: hash, Channel: kyc.ContactKind(a.class), Name: index, Locale: locale,
		Hash: []byte{}, Created: kyc.At(now), Expires: kyc.At(now.Add(CodeLife))}
	change = append(change, kyc.SaveSignInCode{SignInCode: c}, kyc.Enqueue{Job: kyc.Job{Tenant: tenant, Kind: kyc.JobCode, Ref: c.ID}})
	return Asked{Ticket: secret, Channel: a.class, Expires: c.Expires, Again: kyc.At(now.Add(contact.Countdown(1)))}, s.Store.Commit(ctx, tenant, change)
}

// human examines a human test that came along; of none the write has no hash.
func (s *AccountSessions) human(ctx context.Context, tenant kyc.TenantID, client Client, now time.Time) (kyc.UseOnce, kyc.Problem, error) {
	if client.Human == "" {
		return kyc.UseOnce{}, kyc.Problem{}, nil
	}
	once, problem, err := s.Human.Verify(ctx, tenant, client.Human, now)
	if err != nil || problem.Code == "" {
		return once, problem, err
	}
	problem.Path = "human"
	from, err := contact.IndexAddress(ctx, s.Index, tenant, client.Address)
	if err != nil {
		return once, problem, err
	}
	change := kyc.Change(s.Limits.HumanBudget(tenant, from, now))
	if len(once.Hash) > 0 {
		change = append(change, once)
	}
	return once, problem, s.Store.Commit(ctx, tenant, change)
}

// askBudgets takes what a code costs but money. human says that a human test is
// needed first: for strangers always, else programs could use up what all of a
// tenant's people may be sent. A known device shares no budget of names and addresses
// with strangers.
func (s *AccountSessions) askBudgets(ctx context.Context, a attempt, index []byte, passed bool, now time.Time) (_ kyc.Change, human bool, _ error) {
	from, err := contact.IndexAddress(ctx, s.Index, a.tenant, a.client.Address)
	if err != nil {
		return nil, false, err
	}
	device, err := s.knows(ctx, a.tenant, index, a.client.Known, now)
	if err != nil {
		return nil, false, err
	}
	if device == nil && !passed {
		return nil, true, nil
	}
	sending := account.Sending(kyc.Identifier{Tenant: a.tenant, Kind: a.class, Index: index}, a.name)
	sending.Address, sending.Passed = from, passed
	var change kyc.Change
	if device != nil {
		sending.Contact, sending.Address = device, device
	} else {
		change = s.Limits.SignInCodeBudget(a.tenant, index, from, now)
		if a.client.Device != "" {
			if sending.Device, err = s.Index.Index(ctx, a.tenant, contact.ClassDevice, a.client.Device); err != nil {
				return nil, false, err
			}
		}
	}
	permit, err := s.Warden.Ask(ctx, sending, now)
	return append(change, permit.Writes...), permit.Human, err
}

// SendCode is the job behind AskCode: the code is drawn and sent if the name is that
// of an account in use, else nothing happens.
func (s *AccountSessions) SendCode(ctx context.Context, job kyc.Job, _ int) error {
	now := s.Clock()
	c, err := s.House.SignInCode(ctx, job.Tenant, job.Ref)
	if kyc.CodeOf(err) == kyc.NotFound {
		return nil
	}
	if err != nil || len(c.Hash) > 0 || kyc.At(now) >= c.Expires {
		return err
	}
	id, holder, err := s.named(ctx, c)
	if err != nil || holder.ID == "" {
		return err
	}
	change, err := s.codeMessage(ctx, c, id, holder, now)
	if err != nil {
		return err
	}
	err = s.Store.Commit(ctx, c.Tenant, change)
	if code := kyc.CodeOf(err); code == kyc.Conflict || code == kyc.Limited {
		return nil // drawn already by another try of the job, or the money of the day was spent meanwhile
	}
	return err
}

// named is the account whose login name a code was asked for; the zero account for
// none. That of a frozen one is sent: it opens nothing, and tells its holder why.
func (s *AccountSessions) named(ctx context.Context, c kyc.SignInCode) (kyc.Identifier, kyc.Account, error) {
	id, err := s.Store.BoundIdentifier(ctx, c.Tenant, string(c.Channel), c.Name)
	if kyc.CodeOf(err) == kyc.NotFound || err == nil && (!id.Login || id.State != kyc.Bound || id.Account == "") {
		return kyc.Identifier{}, kyc.Account{}, nil
	}
	if err != nil {
		return kyc.Identifier{}, kyc.Account{}, err
	}
	holder, err := s.Store.Account(ctx, c.Tenant, id.Account)
	if err != nil || holder.State != kyc.AccountActive && holder.State != kyc.AccountFrozen {
		return kyc.Identifier{}, kyc.Account{}, err
	}
	return id, holder, nil
}

func (s *AccountSessions) codeMessage(ctx context.Context, c kyc.SignInCode, id kyc.Identifier, holder kyc.Account, now time.Time) (kyc.Change, error) {
	to, err := s.Names.Contact(ctx, id)
	if err != nil {
		return nil, err
	}
	paid, err := s.Warden.Pay(ctx, account.Sending(id, to), now)
	if err != nil {
		return nil, err
	}
	code, hash, err := s.Codes.NewCode(ctx, c.Tenant, c.ID)
	if err != nil {
		return nil, err
	}
	_, writes, err := s.Codes.Message(ctx, contact.Notice{Tenant: c.Tenant, Application: holder.Application, Applicant: holder.Applicant,
		Channel: c.Channel, Template: contact.TemplateSignIn, Locale: c.Locale, To: to, Charge: paid.Charge, Params: map[string]string{
			contact.ParamCode: code, contact.ParamMinutes: strconv.Itoa(int(CodeLife / time.Minute)), contact.ParamUntil: strconv.FormatInt(int64(c.Expires), 10)}}, now)
	if err != nil {
		return nil, err
	}
	change := append(kyc.Change(paid.Writes), kyc.FillSignInCode{Tenant: c.Tenant, ID: c.ID, Account: holder.ID, Hash: hash})
	line := s.audit(attempt{tenant: c.Tenant, kind: KindAccount}, audit.SessionCode, string(holder.ID), now)
	line.Actor, line.Detail = kyc.Actor{Kind: "system", ID: "signin"}, map[string]string{"channel": string(c.Channel)}
	return append(append(change, writes...), line), nil
}

// SignInByCode signs in with a code that was asked for with AskCode. With a Problem
// there is no session: code.format {digits}, code.wrong {left}, code.spent,
// code.expired; they say nothing about whether the name is anybody's.
func (s *AccountSessions) SignInByCode(ctx context.Context, tenant kyc.TenantID, ticket, code string, client Client) (Signed, kyc.Problem, error) {
	none, now := kyc.Problem{}, s.Clock()
	typed, ok := contact.Digits(code)
	if !ok || len(typed) != contact.CodeDigits {
		return Signed{}, kyc.P("code", "code.format").With("digits", strconv.Itoa(contact.CodeDigits)), nil
	}
	from, err := contact.IndexAddress(ctx, s.Index, tenant, client.Address)
	if err != nil {
		return Signed{}, none, err
	}
	if err := s.Store.Commit(ctx, tenant, s.Limits.CodeTriesBudget(tenant, from, now)); err != nil {
		return Signed{}, none, err
	}
	if !contact.WellFormed(ticket) {
		return Signed{}, kyc.P("code", "code.expired"), nil
	}
	c, err := s.House.SignInCodeByToken(ctx, tenant, contact.HashToken(ticket))
	if kyc.CodeOf(err) == kyc.NotFound || err == nil && kyc.At(now) >= c.Expires {
		return Signed{}, kyc.P("code", "code.expired"), nil
	}
	if err != nil {
		return Signed{}, none, err
	}
	if c.Tries >= contact.MaxTries {
		return Signed{}, kyc.P("code", "code.spent"), nil
	}
	hash, err := s.Codes.CodeHash(ctx, tenant, c.ID, typed)
	if err != nil {
		return Signed{}, none, err
	}
	a := attempt{tenant: tenant, kind: KindAccount, class: string(c.Channel), client: client, methods: MethodCode}
	if subtle.ConstantTimeCompare(hash, c.Hash) != 1 {
		problem, err := s.wrongCode(ctx, a, c, now)
		return Signed{}, problem, err
	}
	signed, err := s.codeFits(ctx, a, c, now)
	return signed, none, err
}

// wrongCode counts a try; the same work is done whether or not there is a code.
func (s *AccountSessions) wrongCode(ctx context.Context, a attempt, c kyc.SignInCode, now time.Time) (kyc.Problem, error) {
	line := s.audit(a, audit.SessionRefused, string(c.Account), now)
	err := s.Store.Commit(ctx, a.tenant, kyc.Change{kyc.TrySignInCode{Tenant: c.Tenant, ID: c.ID, Tries: c.Tries}, line})
	if left := contact.MaxTries - c.Tries - 1; left > 0 {
		return kyc.P("code", "code.wrong").With("left", strconv.Itoa(left)), err
	}
	return kyc.P("code", "code.spent"), err
}

func (s *AccountSessions) codeFits(ctx context.Context, a attempt, c kyc.SignInCode, now time.Time) (Signed, error) {
	holder, err := s.Store.Account(ctx, a.tenant, c.Account)
	if err != nil {
		return Signed{}, err
	}
	// The try is counted here too: of many guesses at once all but one are late.
	with := kyc.Change{kyc.TrySignInCode{Tenant: c.Tenant, ID: c.ID, Tries: c.Tries}, kyc.UseSignInCode{Tenant: c.Tenant, ID: c.ID}}
	if c.Channel == kyc.Phone {
		id, err := s.Store.BoundIdentifier(ctx, c.Tenant, string(c.Channel), c.Name)
		if err != nil {
			return Signed{}, err
		}
		to, err := s.Names.Contact(ctx, id)
		if err != nil {
			return Signed{}, err
		}
		with = append(with, s.Warden.Verified(c.Tenant, to, now))
	}
	return s.begin(ctx, a, holder, c.Name, now, with...)
}
