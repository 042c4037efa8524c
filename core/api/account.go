package api

import (
	"github.com/gofiber/fiber/v2"

	"github.com/paifang/paifang/core/contact"
	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/pipeline"
	"github.com/paifang/paifang/locales"
)

// Markets lists what a tenant offers.
type Markets struct {
	Markets []Market `json:"markets"`
}

// Market is one that applications can be started in.
type Market struct {
	ID      string `json:"id"`
	Title   string `json:"title"`
	Summary string `json:"summary"`
	Ways    []Way  `json:"ways,omitempty"`
}

// Way is a way into a market.
type Way struct {
	ID    string `json:"id" example:"email"`
	Title string `json:"title"`
}

func ways(p *locales.Printer, list []kyc.Way) []Way {
	var out []Way
	for _, w := range list {
		out = append(out, Way{ID: w.ID, Title: p.T(w.Title)})
	}
	return out
}

func (d *Door) markets(c *fiber.Ctx, who caller, _ none) (Markets, error) {
	list, err := d.Tenants.TenantMarkets(c.UserContext(), who.tenant)
	if err != nil {
		return Markets{}, err
	}
	p, out := d.Printer(who.locale), Markets{Markets: []Market{}}
	for _, m := range list {
		if !m.Enabled {
			continue
		}
		flow, err := d.Flows.Offered(c.UserContext(), m.Market, m.Pinned)
		if kyc.CodeOf(err) == kyc.Unavailable {
			continue // its provider is down; the others are offered
		}
		if err != nil {
			return Markets{}, err
		}
		out.Markets = append(out.Markets, Market{ID: string(m.Market), Title: p.T(flow.Title), Summary: p.T(flow.Summary), Ways: ways(p, flow.Ways)})
	}
	return out, nil
}

func (d *Door) puzzle(c *fiber.Ctx, who caller, _ none) (contact.Puzzle, error) {
	return d.Puzzles.Puzzle(c.UserContext(), who.tenant, d.Clock())
}

// SignInRequest signs an account holder in.
type SignInRequest struct {
	Login    string `json:"login" minLength:"1" maxLength:"320" doc:"Phone number or e-mail address"`
	Password string `json:"password" minLength:"1" maxLength:"512"`
	Device   string `json:"device_token,omitempty" maxLength:"1024" doc:"Of an earlier sign-in on the person's device. Its tries are counted apart, so that a stranger who guesses at the name does not lock the owner out"`
}

// Session is a signed-in account.
type Session struct {
	Token  string `json:"session_token" doc:"Send it as bearer token"`
	Device string `json:"device_token" doc:"To be kept on the person's device for 180 days and sent with later sign-ins; it opens nothing"`
}

func (d *Door) signIn(c *fiber.Ctx, who caller, in SignInRequest) (Session, error) {
	client := clientOf(c, who)
	client.Known = in.Device
	signed, err := d.Sessions.SignIn(c.UserContext(), who.tenant, in.Login, in.Password, client)
	return Session{Token: signed.Token, Device: signed.Known}, err
}

// SignInCodeRequest asks for a code to sign in with.
type SignInCodeRequest struct {
	Login  string `json:"login" minLength:"1" maxLength:"320" doc:"Phone number or e-mail address"`
	Locale string `json:"locale,omitempty" maxLength:"35" doc:"Of the message, BCP 47; absent: the language of Accept-Language"`
	Device string `json:"device_token,omitempty" maxLength:"1024" doc:"Of an earlier sign-in on the person's device: no human test is needed then, and strangers who ask for codes use up other budgets"`
	Human  string `json:"human_test,omitempty" maxLength:"2048" doc:"The solved human test. Without it, and without the token of a device, the answer is human.required"`
}

// AskedCode is the same whether or not the name is anybody's.
type AskedCode struct {
	Ticket  string `json:"ticket" doc:"To be sent back with the code; keep it on the device that asked"`
	Channel string `json:"channel" enum:"phone,email"`
	Expires string `json:"expires_at" format:"date-time"`
	Again   string `json:"again_at" format:"date-time" doc:"From when on another code can be asked for"`
}

func (d *Door) askCode(c *fiber.Ctx, who caller, in SignInCodeRequest) (AskedCode, error) {
	client := clientOf(c, who)
	client.Known, client.Human = in.Device, in.Human
	locale := who.locale
	if in.Locale != "" {
		locale = kyc.Locale(d.Printer(kyc.Locale(in.Locale)).Lang())
	}
	asked, err := d.Sessions.AskCode(c.UserContext(), who.tenant, in.Login, locale, client)
	if err == nil && asked.Problem.Code != "" {
		err = &shortfall{problems: []kyc.Problem{asked.Problem}, locale: who.locale}
	}
	if err != nil {
		return AskedCode{}, err
	}
	return AskedCode{Ticket: asked.Ticket, Channel: asked.Channel, Expires: stamp(asked.Expires), Again: stamp(asked.Again)}, nil
}

// SignInByCodeRequest signs in with a code.
type SignInByCodeRequest struct {
	Ticket string `json:"ticket" minLength:"1" maxLength:"64"`
	Code   string `json:"code" minLength:"1" maxLength:"64" doc:"As typed; spaces and digits of other scripts are accepted"`
	Device string `json:"device_token,omitempty" maxLength:"1024" doc:"Of an earlier sign-in on the person's device; without it the contacts are told of a new device"`
}

func (d *Door) signInByCode(c *fiber.Ctx, who caller, in SignInByCodeRequest) (Session, error) {
	client := clientOf(c, who)
	client.Known = in.Device
	signed, problem, err := d.Sessions.SignInByCode(c.UserContext(), who.tenant, in.Ticket, in.Code, client)
	if err == nil && problem.Code != "" {
		err = &shortfall{problems: []kyc.Problem{problem}, locale: who.locale}
	}
	return Session{Token: signed.Token, Device: signed.Known}, err
}

// RecoverRequest sets a new login password.
type RecoverRequest struct {
	Token    string `json:"token" maxLength:"64" doc:"The last part of the path of the link that was sent; it works once, for 24 hours"`
	Password string `json:"password" maxLength:"512" doc:"The new login password"`
	Payment  string `json:"payment_password,omitempty" maxLength:"512" doc:"A new payment password, for whoever has forgotten that, too; in the form that the account's market asks for at registration"`
}

func (d *Door) recover(c *fiber.Ctx, who caller, in RecoverRequest) (none, error) {
	problems, err := d.Service.Recover(c.UserContext(), who.tenant, in.Token, pipeline.NewSecrets{Password: in.Password, Payment: in.Payment})
	if err == nil && len(problems) > 0 {
		err = &shortfall{problems: problems, locale: who.locale}
	}
	return none{}, err
}

// StopRequest stops a recovery request.
type StopRequest struct {
	Token string `json:"token" maxLength:"64" doc:"The last part of the path of the link that was sent; it works once"`
}

func (d *Door) stopRecovery(c *fiber.Ctx, who caller, in StopRequest) (none, error) {
	return none{}, d.Service.StopRecovery(c.UserContext(), who.tenant, in.Token)
}

// Owner is who a session belongs to.
type Owner struct {
	Account string `json:"account" format:"uuid"`
}

func (d *Door) session(_ *fiber.Ctx, who caller, _ none) (Owner, error) {
	return Owner{Account: string(who.account)}, nil
}

func (d *Door) signOut(c *fiber.Ctx, who caller, _ none) (none, error) {
	return none{}, d.Sessions.SignOut(c.UserContext(), who.tenant, who.token)
}

// Account is what its owner sees of it.
type Account struct {
	ID       string    `json:"id" format:"uuid"`
	Market   string    `json:"market"`
	State    string    `json:"state" enum:"active,frozen"`
	Tier     Tier      `json:"tier"`
	Logins   []string  `json:"logins" doc:"Masked"`
	Balances []Balance `json:"balances"`
	Created  string    `json:"created_at" format:"date-time"`
}

func (d *Door) account(c *fiber.Ctx, who caller, _ none) (Account, error) {
	st, err := d.Statements.Statement(c.UserContext(), who.tenant, who.account)
	if err != nil {
		return Account{}, err
	}
	s := scribe{Printer: d.Printer(st.Account.Locale)}
	out := Account{ID: string(st.Account.ID), Market: string(st.Account.Market), State: st.Account.State, Tier: s.tier(st.Tier),
		Logins: []string{}, Balances: balances(st.Balances), Created: stamp(st.Account.Created)}
	for _, l := range st.Logins {
		out.Logins = append(out.Logins, l.Masked)
	}
	return out, nil
}

// live tells that the process runs; ready that it can serve.
func (d *Door) live(c *fiber.Ctx, _ caller) error { return c.JSON(fiber.Map{"status": "live"}) }

func (d *Door) ready(c *fiber.Ctx, _ caller) error {
	if err := d.Ready(c.UserContext()); err != nil {
		d.Log.WarnContext(c.UserContext(), "not ready", "code", kyc.CodeOf(err), "detail", err.Error())
		return kyc.EKey(kyc.Unavailable, "error.unavailable", "not ready")
	}
	return c.JSON(fiber.Map{"status": "ready"})
}
