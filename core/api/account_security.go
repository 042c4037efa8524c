package api

import (
	"cmp"
	"context"
	"encoding/json"

	"github.com/gofiber/fiber/v2"

	"github.com/paifang/paifang/core/credential"
	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/pipeline"
	"github.com/paifang/paifang/policies"
)

// Owners is what account holders do about how they sign in;
// *credential.AccountSessions does.
type Owners interface {
	Holder(ctx context.Context, tenant kyc.TenantID, token string) (kyc.Account, error)
	Proved(ctx context.Context, tenant kyc.TenantID, token string) (kyc.Account, error)
	Security(ctx context.Context, tenant kyc.TenantID, token string) (credential.Own, error)
	Confirm(ctx context.Context, tenant kyc.TenantID, token string, proof credential.Proof) error
	AskConfirm(ctx context.Context, tenant kyc.TenantID, token string) (json.RawMessage, error)
	Revoke(ctx context.Context, tenant kyc.TenantID, token, id string, c credential.Client) error
	ChangePassword(ctx context.Context, tenant kyc.TenantID, token, password string, c credential.Client) ([]kyc.Problem, error)
	ChangePayment(ctx context.Context, tenant kyc.TenantID, token, current, pin string, c credential.Client) ([]kyc.Problem, error)
	Freeze(ctx context.Context, tenant kyc.TenantID, token string, c credential.Client) error
	AskAnyone(ctx context.Context, tenant kyc.TenantID, c credential.Client) (json.RawMessage, error)
	SignInPasskey(ctx context.Context, tenant kyc.TenantID, answer []byte, c credential.Client) (credential.Signed, error)
	AskPasskey(ctx context.Context, tenant kyc.TenantID, token, site string) (json.RawMessage, error)
	AddPasskey(ctx context.Context, tenant kyc.TenantID, token string, answer []byte, name string, c credential.Client) error
	RemovePasskey(ctx context.Context, tenant kyc.TenantID, token, id string, c credential.Client) error
}

// ownerTable is the part of the table for account holders' own sign-in.
func (d *Door) ownerTable() []route {
	r := func(method, path string, needs policies.Permission, id, summary string, h handler) route {
		return route{Route: policies.Route[handler]{Method: method, Path: base + path, Needs: needs, Handle: h}, id: id, summary: summary, public: true}
	}
	return []route{
		r("POST", "/password-strength", policies.Key, "ratePassword", "How strong a password would be; nothing of it is kept", call(d, 200, d.strength)),
		r("POST", "/sessions/passkey-question", policies.Key, "askAccountPasskey", "Ask whoever is there for a passkey: options for navigator.credentials.get", call(d, 200, d.askAnyAccount)),
		r("POST", "/sessions/by-passkey", policies.Key, "signInByPasskey", "Sign an account holder in with the passkey's answer", call(d, 201, d.signInAccountPasskey)),
		r("POST", "/sessions/current/confirmation", policies.Account, "confirmSession", "Show anew who one is, with the login password or a passkey", call(d, 204, d.confirmAccount)),
		r("POST", "/sessions/current/passkey-question", policies.Account, "askConfirmation", "Ask for one's passkey, to show anew who one is", call(d, 200, d.askAccountConfirm)),
		r("GET", "/account/security", policies.Account, "readAccountSecurity", "What one signs in with, and where one is signed in", call(d, 200, d.accountSecurity)),
		r("GET", "/account/data", policies.Account, "readAccountData", "What one asked of those who hold one's data, and what would stand against an erasure", call(d, 200, d.accountData)),
		r("POST", "/account/data/export", policies.Account, "askAccountExport", "Ask for a copy of everything that is held about one; all contacts are told. Needs a session that has just shown who it is", call(d, 202, d.askExport)),
		r("GET", "/account/data/exports/:export/archive", policies.Account, "readAccountExport", "The copy, a zip archive, for a day once it is ready. Needs a session that has just shown who it is", d.ownExportHandler()),
		r("POST", "/account/erasure-request", policies.Account, "askAccountErasure", "Ask to be erased; staff answer, and all contacts are told. Needs a session that has just shown who it is", call(d, 202, d.askErasure)),
		r("DELETE", "/account/erasure-request", policies.Account, "undoAccountErasure", "Take the request back, until it has been carried out", call(d, 200, d.undoErasure)),
		r("PUT", "/account/password", policies.Account, "changeLoginPassword", "Set a new login password; other sessions end", call(d, 204, d.changeAccountPassword)),
		r("PUT", "/account/payment-password", policies.Account, "changePaymentPassword", "Set a new payment password", call(d, 204, d.changePayment)),
		r("POST", "/account/passkeys/question", policies.Account, "askNewAccountPasskey", "Ask a device for a new passkey: options for navigator.credentials.create", call(d, 200, d.askAccountPasskey)),
		r("POST", "/account/passkeys", policies.Account, "addAccountPasskey", "Add the passkey that the device has made", call(d, 204, d.addAccountPasskey)),
		r("DELETE", "/account/passkeys/:passkey", policies.Account, "removeAccountPasskey", "Remove a passkey; other sessions end", call(d, 204, d.removeAccountPasskey)),
		r("POST", "/account/freeze", policies.Account, "freezeAccount", "Freeze the account at once: all sessions end, this one, too; nobody signs in or pays until a recovery request is granted", call(d, 204, d.freezeAccount)),
		r("POST", "/freezes", policies.Key, "freezeByLink", "Freeze an account with the link in the news of a change that somebody else made", call(d, 204, d.freezeByLink)),
		r("DELETE", "/account/sessions", policies.Account, "endOtherSessions", "End all other sessions", call(d, 204, d.endSessions)),
		r("DELETE", "/account/sessions/:session", policies.Account, "endSession", "End another session", call(d, 204, d.endSessions)),
	}
}

// StrengthRequest asks how strong a password is.
type StrengthRequest struct {
	Password string   `json:"password" maxLength:"512"`
	Personal []string `json:"personal,omitempty" maxItems:"10" doc:"The person's names, phone numbers and e-mail addresses: none of them may be in it"`
}

// PasswordStrength is how hard a password is to guess.
type PasswordStrength struct {
	Score   int    `json:"score" minimum:"0" maximum:"4" doc:"0: it would be refused; 1 weak, 2 fair, 3 strong, 4 very strong"`
	Code    string `json:"code,omitempty" example:"password.breached" doc:"Why it would be refused"`
	Message string `json:"message,omitempty" doc:"That in words, and what to do"`
}

func (d *Door) strength(c *fiber.Ctx, who caller, in StrengthRequest) (PasswordStrength, error) {
	score, problems, err := d.Strength.Of(c.UserContext(), who.tenant, in.Password, in.Personal, clientOf(c, who))
	out := PasswordStrength{Score: score}
	if err == nil && len(problems) > 0 {
		out.Code, out.Message = problems[0].Code, sentence(d.Printer(who.locale), problems[0])
	}
	return out, err
}

func (d *Door) askAnyAccount(c *fiber.Ctx, who caller, _ none) (PasskeyQuestion, error) {
	return questionOf(d.Owner.AskAnyone(c.UserContext(), who.tenant, clientOf(c, who)))
}

// SignInByPasskeyRequest signs in with a passkey.
type SignInByPasskeyRequest struct {
	PasskeyAnswer
	Device string `json:"device_token,omitempty" maxLength:"1024" doc:"Of an earlier sign-in on the person's device"`
}

func (d *Door) signInAccountPasskey(c *fiber.Ctx, who caller, in SignInByPasskeyRequest) (Session, error) {
	answer, err := answerOf(in.Passkey)
	if err != nil {
		return Session{}, err
	}
	client := clientOf(c, who)
	client.Known = in.Device
	signed, err := d.Owner.SignInPasskey(c.UserContext(), who.tenant, answer, client)
	return Session{Token: signed.Token, Device: signed.Known}, err
}

// ConfirmationRequest has one of the two.
type ConfirmationRequest struct {
	Password string         `json:"password,omitempty" maxLength:"512"`
	Passkey  map[string]any `json:"passkey,omitempty" doc:"The answer to the question of passkey-question"`
}

func (d *Door) confirmAccount(c *fiber.Ctx, who caller, in ConfirmationRequest) (none, error) {
	answer, err := answerOf(in.Passkey)
	if err != nil {
		return none{}, err
	}
	return none{}, d.Owner.Confirm(c.UserContext(), who.tenant, who.token, credential.Proof{Password: in.Password, Passkey: answer})
}

func (d *Door) askAccountConfirm(c *fiber.Ctx, who caller, _ none) (PasskeyQuestion, error) {
	return questionOf(d.Owner.AskConfirm(c.UserContext(), who.tenant, who.token))
}

// AccountSecurity is how an account holder signs in.
type AccountSecurity struct {
	Password bool             `json:"password" doc:"There is a login password"`
	Payment  bool             `json:"payment_password" doc:"There is a payment password"`
	Asks     *Field           `json:"payment_field,omitempty" doc:"How the market asks for a new payment password; with may_change only"`
	Passkeys []AccountPasskey `json:"passkeys"`
	Sessions []AccountSession `json:"sessions" doc:"Last used first"`
	Level    int              `json:"assurance_level" minimum:"1" maximum:"2" doc:"Of this session, after NIST SP 800-63B-4"`
	May      bool             `json:"may_change" doc:"What one signs in with can be changed now; else show anew who you are: sessions/current/confirmation"`
}

// AccountPasskey is a passkey of an account.
type AccountPasskey struct {
	ID      string `json:"id" format:"uuid"`
	Name    string `json:"name,omitempty" doc:"As its owner called it"`
	Created string `json:"created_at" format:"date-time"`
	Used    string `json:"used_at,omitempty" format:"date-time"`
}

// AccountSession is a living session of an account.
type AccountSession struct {
	SeenSession
	Place   string   `json:"place,omitempty" doc:"Network address that it was begun from"`
	Methods []string `json:"methods" doc:"What was shown in it: code, passkey, password"`
}

func (d *Door) accountSecurity(c *fiber.Ctx, who caller, _ none) (AccountSecurity, error) {
	own, err := d.Owner.Security(c.UserContext(), who.tenant, who.token)
	if err != nil {
		return AccountSecurity{}, err
	}
	out := AccountSecurity{Password: own.Password, Payment: own.Payment, Level: own.Level, May: own.May, Passkeys: []AccountPasskey{}, Sessions: []AccountSession{}}
	if own.May {
		asks := scribe{Printer: d.Printer(who.locale)}.field(pipeline.FieldView{Field: own.Asks})[0]
		asks.Label = cmp.Or(asks.Label, d.Printer(who.locale).T("apply.security.payment"))
		out.Asks = &asks
	}
	for _, p := range own.Passkeys {
		out.Passkeys = append(out.Passkeys, AccountPasskey{ID: p.ID, Name: p.Name, Created: stamp(p.Created), Used: stamp(p.Used)})
	}
	for _, s := range own.Sessions {
		out.Sessions = append(out.Sessions, AccountSession{SeenSession: seenSession(s), Place: s.Place, Methods: append([]string{}, s.Methods...)})
	}
	return out, nil
}

func (d *Door) changeAccountPassword(c *fiber.Ctx, who caller, in NewPasswordRequest) (none, error) {
	problems, err := d.Owner.ChangePassword(c.UserContext(), who.tenant, who.token, in.Password, clientOf(c, who))
	return none{}, fallsShort(who, problems, err)
}

// fallsShort makes an error of problems.
func fallsShort(who caller, problems []kyc.Problem, err error) error {
	if err == nil && len(problems) > 0 {
		err = &shortfall{problems: problems, locale: who.locale}
	}
	return err
}

// NewPaymentRequest sets a new payment password.
type NewPaymentRequest struct {
	Current string `json:"current,omitempty" maxLength:"512" doc:"The one that there is; not needed where there is none"`
	PIN     string `json:"payment_password" minLength:"1" maxLength:"512" doc:"In the form that payment_field of the account's security has"`
}

func (d *Door) changePayment(c *fiber.Ctx, who caller, in NewPaymentRequest) (none, error) {
	problems, err := d.Owner.ChangePayment(c.UserContext(), who.tenant, who.token, in.Current, in.PIN, clientOf(c, who))
	return none{}, fallsShort(who, problems, err)
}

func (d *Door) askAccountPasskey(c *fiber.Ctx, who caller, _ none) (PasskeyQuestion, error) {
	t, err := d.Tenants.Tenant(c.UserContext(), who.tenant)
	if err != nil {
		return PasskeyQuestion{}, err
	}
	return questionOf(d.Owner.AskPasskey(c.UserContext(), who.tenant, who.token, t.Name))
}

func (d *Door) addAccountPasskey(c *fiber.Ctx, who caller, in NewPasskey) (none, error) {
	answer, err := answerOf(in.Passkey)
	if err != nil {
		return none{}, err
	}
	return none{}, d.Owner.AddPasskey(c.UserContext(), who.tenant, who.token, answer, in.Name, clientOf(c, who))
}

func (d *Door) removeAccountPasskey(c *fiber.Ctx, who caller, _ none) (none, error) {
	return none{}, d.Owner.RemovePasskey(c.UserContext(), who.tenant, who.token, c.Params("passkey"), clientOf(c, who))
}

func (d *Door) freezeAccount(c *fiber.Ctx, who caller, _ none) (none, error) {
	return none{}, d.Owner.Freeze(c.UserContext(), who.tenant, who.token, clientOf(c, who))
}

// FreezeRequest freezes an account.
type FreezeRequest struct {
	Token string `json:"token" maxLength:"64" doc:"The last part of the path of the link that was sent; it works for 30 days"`
}

func (d *Door) freezeByLink(c *fiber.Ctx, who caller, in FreezeRequest) (none, error) {
	return none{}, d.Service.FreezeByLink(c.UserContext(), who.tenant, in.Token, credential.Agent(clientOf(c, who).Agent))
}

func (d *Door) endSessions(c *fiber.Ctx, who caller, _ none) (none, error) {
	return none{}, d.Owner.Revoke(c.UserContext(), who.tenant, who.token, c.Params("session"), clientOf(c, who))
}
