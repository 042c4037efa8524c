package apply

import (
	"errors"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/paifang/paifang/core/credential"
	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/portal/web"
)

// signInData is what the sign-in page shows.
type signInData struct {
	Login   string
	Refused bool // name or password is wrong; never which
	Ended   bool // there was a session
	Member  bool // came from the marketplace, where the account is known
	Passkey bool // can be used at this address
	Unfit   bool // a passkey that fits no account
}

// Wrong tells whether the last attempt was refused.
func (s signInData) Wrong() bool { return s.Refused || s.Unfit }

func (d *Door) signInPage(c *fiber.Ctx) error {
	if _, err := d.who(c); err == nil {
		return c.Redirect(base(c)+"/account", fiber.StatusSeeOther)
	}
	return d.Pages.Page(c, fiber.StatusOK, "apply/signin", signInData{Ended: c.Query("ended") == "1", Member: c.Query("member") == "1", Passkey: d.passkeys(c)})
}

// signIn answers POST /t/:tenant/sign-in.
func (d *Door) signIn(c *fiber.Ctx) error {
	login := c.FormValue("login")
	signed, err := d.SignIn.SignIn(c.UserContext(), tenant(c), login, c.FormValue("password"), known(c))
	if errors.Is(err, kyc.E(kyc.Unauthorized, "")) {
		return d.Pages.Page(c, fiber.StatusUnprocessableEntity, "apply/signin", signInData{Login: login, Refused: true, Passkey: d.passkeys(c)})
	}
	if keyOf(err) == frozenKey {
		return d.frozenPage(c, fiber.StatusForbidden)
	}
	if err != nil {
		return err
	}
	return d.signed(c, signed)
}

// signed gives this browser the session that has begun.
func (d *Door) signed(c *fiber.Ctx, s credential.Signed) error {
	d.cookie(c, sessionCookie, s.Token, base(c), 12*time.Hour)
	d.cookie(c, knownCookie, s.Known, base(c)+"/sign-in", knownFor)
	d.cookie(c, codeCookie, "", base(c)+"/sign-in", -time.Second)
	return c.Redirect(base(c)+"/account", fiber.StatusSeeOther)
}

// known is the client of a sign-in, with what its device was given at an earlier one.
func known(c *fiber.Ctx) credential.Client {
	return credential.Client{Address: c.IP(), Agent: c.Get(fiber.HeaderUserAgent), Device: web.Device(c), Known: web.Cookie(c, knownCookie)}
}

// who is signed in, by the session's cookie.
func (d *Door) who(c *fiber.Ctx) (kyc.AccountID, error) {
	token := web.Cookie(c, sessionCookie)
	if token == "" {
		return "", kyc.E(kyc.Unauthorized, "not signed in")
	}
	return d.SignIn.Account(c.UserContext(), tenant(c), token)
}

// account answers GET /t/:tenant/account: what one may do, and how to get further.
func (d *Door) account(c *fiber.Ctx) error {
	id, err := d.who(c)
	if errors.Is(err, kyc.E(kyc.Unauthorized, "")) {
		to := base(c) + "/sign-in"
		if web.Cookie(c, sessionCookie) != "" {
			to += "?ended=1"
		}
		return c.Redirect(to, fiber.StatusSeeOther)
	}
	if err != nil {
		return err
	}
	s, err := d.Accounts.Statement(c.UserContext(), tenant(c), id)
	if err != nil {
		return err
	}
	return d.Pages.Page(c, fiber.StatusOK, "apply/account", s)
}

// signOut answers POST /t/:tenant/sign-out.
func (d *Door) signOut(c *fiber.Ctx) error {
	if token := web.Cookie(c, sessionCookie); token != "" {
		if err := d.SignIn.SignOut(c.UserContext(), tenant(c), token); err != nil && !errors.Is(err, kyc.E(kyc.Unauthorized, "")) {
			return err
		}
	}
	d.cookie(c, sessionCookie, "", base(c), -time.Second)
	return c.Redirect(base(c), fiber.StatusSeeOther)
}
