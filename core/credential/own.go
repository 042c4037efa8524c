package credential

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/paifang/paifang/core/account"
	"github.com/paifang/paifang/core/audit"
	"github.com/paifang/paifang/core/contact"
	"github.com/paifang/paifang/core/factor"
	"github.com/paifang/paifang/core/kyc"
)

// Own is what an account holder sees of how they sign in.
type Own struct {
	Passkeys []factor.Held
	Sessions []SeenSession // living ones, last seen first
	Password bool          // there is a login password
	Payment  bool          // there is a payment password
	Asks     kyc.Field     // how the market asks for one; only with May
	Level    int           // of the session that asks, see Level
	May      bool          // has just shown enough to change what one signs in with
}

// mine is the account of a session and the session.
func (s *AccountSessions) mine(ctx context.Context, tenant kyc.TenantID, token string) (kyc.Account, kyc.Session, error) {
	session, err := s.session(ctx, KindAccount, token)
	if err != nil {
		return kyc.Account{}, session, err
	}
	if session.Tenant != tenant {
		return kyc.Account{}, session, kyc.EKey(kyc.Unauthorized, "error.signed_out", "session is of another tenant")
	}
	holder, err := s.Store.Account(ctx, tenant, kyc.AccountID(session.Subject))
	if err == nil {
		err = inUse(holder)
	}
	return holder, session, err
}

// Freezer freezes accounts; *pipeline.Pipeline does.
type Freezer interface {
	Freeze(ctx context.Context, a kyc.Account, by kyc.Actor, device string, detail ...string) error
}

// Freeze freezes the account of a token at once, whatever was shown in its session: who
// has lost a phone has perhaps only a code. All sessions end, this one, too.
func (s *AccountSessions) Freeze(ctx context.Context, tenant kyc.TenantID, token string, client Client) error {
	holder, _, err := s.mine(ctx, tenant, token)
	if err != nil {
		return err
	}
	return s.Freezer.Freeze(ctx, holder, kyc.Actor{Kind: KindAccount, ID: string(holder.ID)}, Agent(client.Agent))
}

// kept is the credential of a kind; the zero value for none.
func (s *AccountSessions) kept(ctx context.Context, holder kyc.Account, kind kyc.CredentialKind) (kyc.Credential, error) {
	all, err := s.Store.Credentials(ctx, holder.Tenant, holder.Applicant)
	if i := slices.IndexFunc(all, func(c kyc.Credential) bool { return c.Kind == kind }); i >= 0 {
		return all[i], err
	}
	return kyc.Credential{}, err
}

// Security lists what the holder of a token signs in with, and where.
func (s *AccountSessions) Security(ctx context.Context, tenant kyc.TenantID, token string) (Own, error) {
	holder, session, err := s.mine(ctx, tenant, token)
	if err != nil {
		return Own{}, err
	}
	own := Own{Level: Level(session.Methods)}
	login, err := s.kept(ctx, holder, kyc.LoginPassword)
	if err != nil {
		return Own{}, err
	}
	payment, err := s.kept(ctx, holder, kyc.PaymentPassword)
	if err != nil {
		return Own{}, err
	}
	holds, err := s.Factors.Of(ctx, factor.Account(holder))
	if err != nil {
		return Own{}, err
	}
	own.Password, own.Payment, own.Passkeys = login.Hash != "", payment.Hash != "", holds.Factors
	own.May = s.enough(session, own.Password || holds.Has(kyc.FactorPasskey))
	if own.May {
		opened, err := s.opened(ctx, holder)
		if err != nil {
			return Own{}, err
		}
		own.Asks = PaymentField(opened.Flow)
	}
	own.Sessions, err = s.living(ctx, holder, session)
	return own, err
}

// opened is what the account was opened with, and the contacts that it has now.
func (s *AccountSessions) opened(ctx context.Context, holder kyc.Account) (Opened, error) {
	o, err := s.Openings.Opened(ctx, holder.Tenant, holder.Application)
	if err != nil {
		return o, err
	}
	now, err := s.contacts(ctx, holder)
	o.Names, o.Numbers = append(o.Names, now...), append(o.Numbers, now...)
	return o, err
}

func (s *AccountSessions) living(ctx context.Context, holder kyc.Account, current kyc.Session) (list []SeenSession, _ error) {
	all, err := s.House.SessionsOf(ctx, holder.Tenant, KindAccount, string(holder.ID))
	if err != nil {
		return nil, err
	}
	now := s.Clock()
	for _, x := range all {
		if !Alive(x, now) {
			continue
		}
		seen := SeenSession{ID: x.ID, Agent: x.Agent, Created: x.Created, Seen: x.Seen, Current: x.ID == current.ID, Methods: strings.Fields(x.Methods)}
		if len(x.Place) > 0 {
			place, err := s.Vault.Unseal(ctx, holder.Tenant, holder.Applicant, sealedPlace, x.Place)
			if err != nil {
				return nil, err
			}
			seen.Place = string(place)
		}
		list = append(list, seen)
	}
	return list, nil
}

// enough tells whether a session may change what one signs in with: its holder has
// just shown who they are, and not by a code alone where there is a password or a
// passkey. Whoever has stolen a phone reads its messages, too.
func (s *AccountSessions) enough(session kyc.Session, better bool) bool {
	now := s.Clock()
	if now.Sub(session.Fresh.Time()) >= FreshFor || now.Sub(session.Proved.Time()) >= FreshAtMost {
		return false
	}
	return !better || session.Methods != MethodCode
}

// changing is mine for a session that may change what one signs in with. Forbidden
// ("error.reauthentication_required") for any other. The write notes that the proof
// was relied on.
func (s *AccountSessions) changing(ctx context.Context, tenant kyc.TenantID, token string) (kyc.Account, kyc.Session, kyc.Change, error) {
	holder, session, err := s.mine(ctx, tenant, token)
	if err != nil {
		return holder, session, nil, err
	}
	login, err := s.kept(ctx, holder, kyc.LoginPassword)
	if err != nil {
		return holder, session, nil, err
	}
	holds, err := s.Factors.Of(ctx, factor.Account(holder))
	if err != nil {
		return holder, session, nil, err
	}
	if !s.enough(session, login.Hash != "" || holds.Has(kyc.FactorPasskey)) {
		return holder, session, nil, kyc.EKey(kyc.Forbidden, "error.reauthentication_required", "the proof is too old, or only a code")
	}
	return holder, session, kyc.Change{kyc.FreshenSession{Tenant: tenant, Hash: session.Hash, Fresh: kyc.At(s.Clock())}}, nil
}

// Holder is the account of a session.
func (s *AccountSessions) Holder(ctx context.Context, tenant kyc.TenantID, token string) (kyc.Account, error) {
	holder, _, err := s.mine(ctx, tenant, token)
	return holder, err
}

// Proved is the account of a session whose holder has just shown who they are, by what
// a change of how one signs in would need. Forbidden ("error.reauthentication_required")
// for any other.
func (s *AccountSessions) Proved(ctx context.Context, tenant kyc.TenantID, token string) (kyc.Account, error) {
	holder, _, change, err := s.changing(ctx, tenant, token)
	if err != nil {
		return kyc.Account{}, err
	}
	return holder, s.Store.Commit(ctx, tenant, change)
}

// Confirm makes a session fresh: its holder shows once more who they are, with the
// login password or a passkey. Unauthorized ("error.second_factor") when it does not
// fit; Limited past the budget, which each session has for itself.
func (s *AccountSessions) Confirm(ctx context.Context, tenant kyc.TenantID, token string, proof Proof) error {
	holder, session, err := s.mine(ctx, tenant, token)
	if err != nil {
		return err
	}
	now := s.Clock()
	if err := s.Store.Commit(ctx, tenant, s.Limits.SignInKnownBudget(tenant, session.Hash, now)); err != nil {
		return err
	}
	var change kyc.Change
	method, ok := MethodPassword, false
	if len(proof.Passkey) > 0 {
		method = MethodPasskey
		var used factor.Used
		used, ok, err = s.Factors.CheckPasskey(ctx, factor.Account(holder), factor.PasskeyConfirm, proof.Passkey)
		change = used.Change
	} else {
		var login kyc.Credential
		if login, err = s.kept(ctx, holder, kyc.LoginPassword); err == nil {
			ok, _, err = s.Hasher.Verify(ctx, login.Hash, proof.Password)
		}
	}
	if err != nil {
		return err
	}
	if !ok {
		err := s.Store.Commit(ctx, tenant, kyc.Change{s.line(holder, audit.FactorRefused, "kind", method)})
		if err != nil {
			return err
		}
		return kyc.EKey(kyc.Unauthorized, "error.second_factor", "the %s does not fit", method)
	}
	at := kyc.At(now)
	return s.Store.Commit(ctx, tenant, append(change, s.line(holder, audit.AccountConfirmed, "kind", method),
		kyc.FreshenSession{Tenant: tenant, Hash: session.Hash, Proved: at, Fresh: at, Methods: and(session.Methods, method)}))
}

// AskConfirm asks the holder of a token for a passkey; Confirm takes the answer.
func (s *AccountSessions) AskConfirm(ctx context.Context, tenant kyc.TenantID, token string) (json.RawMessage, error) {
	holder, _, err := s.mine(ctx, tenant, token)
	if err != nil {
		return nil, err
	}
	return s.Factors.AskPasskey(ctx, factor.Account(holder), factor.PasskeyConfirm)
}

// line is an audit line of what an account holder did.
func (s *AccountSessions) line(holder kyc.Account, action string, detail ...string) kyc.AppendAudit {
	line := s.audit(attempt{tenant: holder.Tenant, kind: KindAccount}, action, string(holder.ID), s.Clock())
	if len(detail) == 2 {
		line.Detail = map[string]string{detail[0]: detail[1]}
	}
	return line
}

// others ends every session of the account but one.
func (s *AccountSessions) others(holder kyc.Account, session kyc.Session) kyc.DropSessions {
	return kyc.DropSessions{Tenant: holder.Tenant, Kinds: []string{KindAccount}, Subject: string(holder.ID), Except: session.Hash}
}

// told appends what the contacts are told of a change, and commits it.
func (s *AccountSessions) told(ctx context.Context, holder kyc.Account, event string, client Client, change kyc.Change) error {
	notices, err := s.Herald.Tell(ctx, holder, event, Agent(client.Agent), s.Clock())
	if err != nil {
		return err
	}
	return s.Store.Commit(ctx, holder.Tenant, append(change, notices...))
}

// Revoke ends another session of the holder of a token; with id "" all others.
// NotFound for one that is not theirs.
func (s *AccountSessions) Revoke(ctx context.Context, tenant kyc.TenantID, token, id string, client Client) error {
	holder, session, err := s.mine(ctx, tenant, token)
	if err != nil {
		return err
	}
	drop, which := s.others(holder, session), "others"
	if id != "" {
		living, err := s.living(ctx, holder, session)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(living, func(x SeenSession) bool { return x.ID == id }) {
			return kyc.EKey(kyc.NotFound, "error.not_found", "no such session of the holder")
		}
		drop.ID, which = id, id
	}
	change := kyc.Change{drop, s.line(holder, audit.SessionRevoked, "which", which)}
	// Ending a session asks for no proof: a day has few messages about it.
	err = s.Store.Commit(ctx, tenant, s.Limits.EndedBudget(tenant, string(holder.ID), s.Clock()))
	if kyc.CodeOf(err) == kyc.Limited {
		return s.Store.Commit(ctx, tenant, change)
	}
	if err != nil {
		return err
	}
	return s.told(ctx, holder, account.SessionsEnded, client, change)
}

// contacts are the login names and other contacts of an account, in clear: a secret
// must not be made of them.
func (s *AccountSessions) contacts(ctx context.Context, holder kyc.Account) (list []string, _ error) {
	ids, err := s.House.AccountIdentifiers(ctx, holder.Tenant, holder.ID)
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		if id.Kind != string(kyc.Phone) && id.Kind != string(kyc.Email) {
			continue
		}
		name, err := s.Names.Contact(ctx, id)
		if err != nil {
			return nil, err
		}
		list = append(list, name)
	}
	return list, nil
}

// ChangePassword gives the holder of a token a new login password and ends their
// other sessions. With problems, whose path is "password", nothing has changed.
// Forbidden ("error.reauthentication_required") when they have not just shown who
// they are by more than a code.
func (s *AccountSessions) ChangePassword(ctx context.Context, tenant kyc.TenantID, token, password string, client Client) ([]kyc.Problem, error) {
	holder, session, change, err := s.changing(ctx, tenant, token)
	if err != nil {
		return nil, err
	}
	if password == "" {
		return []kyc.Problem{kyc.P("password", "field.required")}, nil
	}
	opened, err := s.opened(ctx, holder)
	if err != nil {
		return nil, err
	}
	problems, err := s.Breached.Check(password, opened.Names)
	if err != nil || len(problems) > 0 {
		return under("password", problems), err
	}
	payment, err := s.kept(ctx, holder, kyc.PaymentPassword)
	if err != nil {
		return nil, err
	}
	if same, err := s.same(ctx, payment, password); err != nil || same {
		return under("password", []kyc.Problem{kyc.P("", "password.same")}), err
	}
	hash, err := s.Hasher.Hash(ctx, password)
	if err != nil {
		return nil, err
	}
	return nil, s.told(ctx, holder, account.PasswordChanged, client, append(change, s.others(holder, session), s.line(holder, audit.AccountPassword),
		kyc.SaveCredential{Credential: kyc.Credential{Tenant: tenant, Applicant: holder.Applicant, Kind: kyc.LoginPassword, Hash: hash, Updated: kyc.At(s.Clock())}}))
}

// same tells whether a secret is the one that a credential keeps.
func (s *AccountSessions) same(ctx context.Context, c kyc.Credential, secret string) (bool, error) {
	if c.Hash == "" {
		return false, nil
	}
	same, _, err := s.Hasher.Verify(ctx, c.Hash, secret)
	return same, err
}

func under(path string, problems []kyc.Problem) []kyc.Problem {
	for i := range problems {
		problems[i].Path = path
	}
	return problems
}

// CheckPayment tells whether a payment password is that of the account of a session.
// Each try counts: in the session's own budget, and in that of the device it was begun
// on or, of a device that was not known, in one that all such sessions share. Limited
// past them.
func (s *AccountSessions) CheckPayment(ctx context.Context, tenant kyc.TenantID, token, pin string) (bool, error) {
	holder, session, err := s.mine(ctx, tenant, token)
	if err != nil {
		return false, err
	}
	return s.checkPayment(ctx, holder, session, pin)
}

func (s *AccountSessions) checkPayment(ctx context.Context, holder kyc.Account, session kyc.Session, pin string) (bool, error) {
	if err := s.Store.Commit(ctx, holder.Tenant, s.Limits.PaymentBudget(holder.Tenant, string(holder.ID), session.Hash, session.Device, s.Clock())); err != nil {
		return false, err
	}
	payment, err := s.kept(ctx, holder, kyc.PaymentPassword)
	if err != nil {
		return false, err
	}
	if digits, ok := contact.Digits(pin); ok && len(digits) == PINDigits {
		pin = digits // as it was hashed; a market may also have asked for a password
	}
	ok, _, err := s.Hasher.Verify(ctx, payment.Hash, pin)
	if err != nil || ok {
		return ok, err
	}
	return false, s.Store.Commit(ctx, holder.Tenant, kyc.Change{s.line(holder, audit.FactorRefused, "kind", "payment_password")})
}

// ChangePayment gives the holder of a token a new payment password; where there is
// one, it has to be shown. What it may be is the market's to say: see PaymentField.
// Problems have the paths "current" and "payment_password".
// Forbidden as with ChangePassword; Limited past the budget of payment passwords.
func (s *AccountSessions) ChangePayment(ctx context.Context, tenant kyc.TenantID, token, current, pin string, client Client) ([]kyc.Problem, error) {
	holder, session, change, err := s.changing(ctx, tenant, token)
	if err != nil {
		return nil, err
	}
	opened, err := s.opened(ctx, holder)
	if err != nil {
		return nil, err
	}
	login, err := s.kept(ctx, holder, kyc.LoginPassword)
	if err != nil {
		return nil, err
	}
	secret, problems, err := s.Breached.NewPayment(ctx, s.Hasher, opened, pin, login.Hash)
	if err != nil || len(problems) > 0 {
		return problems, err
	}
	payment, err := s.kept(ctx, holder, kyc.PaymentPassword)
	if err != nil {
		return nil, err
	}
	if payment.Hash != "" {
		if ok, err := s.checkPayment(ctx, holder, session, current); err != nil || !ok {
			return []kyc.Problem{kyc.P("current", "payment.wrong")}, err
		}
	}
	hash, err := s.Hasher.Hash(ctx, secret)
	if err != nil {
		return nil, err
	}
	return nil, s.told(ctx, holder, account.PaymentChanged, client, append(change, s.line(holder, audit.AccountPayment),
		kyc.SaveCredential{Credential: kyc.Credential{Tenant: tenant, Applicant: holder.Applicant, Kind: kyc.PaymentPassword, Hash: hash, Updated: kyc.At(s.Clock())}}))
}
