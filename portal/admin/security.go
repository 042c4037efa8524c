package admin

import (
	"github.com/gofiber/fiber/v2"

	"github.com/paifang/paifang/core/credential"
	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/tenant"
	"github.com/paifang/paifang/portal/web"
)

// securityData is the page on which somebody looks after their own sign-in.
type securityData struct {
	Bar      bar
	Factors  []factorRow
	Recovery string // codes left, in words
	Sessions []sessionRow
	Others   bool
	Min, Max string // characters of a password
	Problem  string // message key
	At       string // what the problem is about: password, factors
	Done     string // message key of what has just been done
	Passkey  bool   // can be offered here
}

// Wrong tells whether something was refused.
func (s securityData) Wrong() bool { return s.Problem != "" }

type factorRow struct {
	ID, Kind, Name string
	Created, Used  moment
	Last           bool
}

type sessionRow struct {
	credential.SeenSession
	Created, Seen moment
}

func (d *Door) security(c *fiber.Ctx) error {
	done := ""
	switch what := c.Query("done"); what {
	case "password", "added", "passkey", "removed", "revoked":
		done = "admin.security.done." + what
	}
	return d.securityPage(c, fiber.StatusOK, securityData{Done: done})
}

func (d *Door) securityPage(c *fiber.Ctx, status int, page securityData) error {
	mine, err := d.Sessions.Security(c.UserContext(), web.Cookie(c, sessionCookie))
	if err != nil {
		return err
	}
	printer := web.VisitOf(c).Printer
	k := clockwork{d.Renderer.Clock(), printer}
	page.Bar, page.Recovery = d.bar(c, "security"), printer.N("admin.security.left", mine.Holds.Recovery)
	page.Min, page.Max = printer.Number(tenant.MinPassword), printer.Number(credential.MaxSecret)
	for _, f := range mine.Holds.Factors {
		page.Factors = append(page.Factors, factorRow{ID: f.ID, Kind: f.Kind, Name: f.Name, Created: k.at(f.Created), Used: k.at(f.Used), Last: len(mine.Holds.Factors) == 1})
	}
	for _, s := range mine.Sessions {
		page.Sessions = append(page.Sessions, sessionRow{SeenSession: s, Created: k.at(s.Created), Seen: k.at(s.Seen)})
	}
	page.Passkey = d.passkeys(c)
	page.Others = len(page.Sessions) > 1
	c.Set(fiber.HeaderCacheControl, "no-store")
	return d.Renderer.Page(c, status, "admin/security", page)
}

// refusedAt shows the page again with what was wrong, where somebody can mend it.
func (d *Door) refusedAt(c *fiber.Ctx, at string, err error) error {
	code, key := kyc.CodeOf(err), keyOf(err)
	if key == "" || code != kyc.Invalid && code != kyc.Conflict {
		return err
	}
	return d.securityPage(c, fiber.StatusUnprocessableEntity, securityData{Problem: key, At: at})
}

func (d *Door) changePassword(c *fiber.Ctx) error {
	if err := d.Sessions.ChangePassword(c.UserContext(), web.Cookie(c, sessionCookie), c.FormValue("new_password")); err != nil {
		return d.refusedAt(c, "password", err)
	}
	return seeOther(c, "/security?done=password")
}

func (d *Door) revoke(c *fiber.Ctx) error {
	if err := d.Sessions.Revoke(c.UserContext(), web.Cookie(c, sessionCookie), c.Params("session")); err != nil {
		return err
	}
	return seeOther(c, "/security?done=revoked")
}

func (d *Door) removeFactor(c *fiber.Ctx) error {
	if err := d.Sessions.RemoveFactor(c.UserContext(), web.Cookie(c, sessionCookie), c.Params("factor")); err != nil {
		return d.refusedAt(c, "factors", err)
	}
	return seeOther(c, "/security?done=removed")
}

func (d *Door) renewRecovery(c *fiber.Ctx) error {
	codes, err := d.Sessions.RenewRecovery(c.UserContext(), web.Cookie(c, sessionCookie))
	if err != nil {
		return err
	}
	return d.codes(c, codes, base(c)+"/security")
}

func (d *Door) anotherPage(c *fiber.Ctx) error { return d.another(c, fiber.StatusOK, "", "") }

// another is the page that adds one more authenticator app.
func (d *Door) another(c *fiber.Ctx, status int, ticket, problem string) error {
	offer, err := d.Sessions.OfferAnother(c.UserContext(), web.Cookie(c, sessionCookie), ticket)
	if err != nil {
		return err
	}
	page := enrolData{Bar: d.bar(c, "security"), Offer: offer, Problem: problem, More: true}
	if page.QR, err = web.DrawQR(offer.URI); err != nil {
		return err
	}
	c.Set(fiber.HeaderCacheControl, "no-store")
	return d.Renderer.Page(c, status, "admin/enrol", page)
}

func (d *Door) addApp(c *fiber.Ctx) error {
	ticket := c.FormValue("ticket")
	err := d.Sessions.AddApp(c.UserContext(), web.Cookie(c, sessionCookie), ticket, c.FormValue("code"), c.FormValue("name"), clientOf(c))
	if kyc.CodeOf(err) == kyc.Invalid || kyc.CodeOf(err) == kyc.Conflict {
		return d.another(c, fiber.StatusUnprocessableEntity, ticket, keyOf(err))
	}
	if err != nil {
		return err
	}
	return seeOther(c, "/security?done=added")
}
