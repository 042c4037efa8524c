package admin

import (
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/paifang/paifang/core/credential"
	"github.com/paifang/paifang/core/factor"
	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/portal/web"
)

// secondData is the page that asks for the second factor.
type secondData struct {
	Bar     bar
	Next    string
	Problem string // message key
	Code    bool   // has an authenticator app
	Passkey bool   // has a passkey that can be used here
}

// Wrong tells whether a try has just failed.
func (s secondData) Wrong() bool { return s.Problem != "" }

func (d *Door) secondPage(c *fiber.Ctx) error {
	if web.Cookie(c, pendingCookie) == "" {
		return seeOther(c, "/sign-in?"+query("next", c.Query("next")))
	}
	return d.secondAs(c, fiber.StatusOK, secondData{Next: c.Query("next")})
}

func (d *Door) secondAs(c *fiber.Ctx, status int, page secondData) error {
	holds, err := d.Sessions.Pending(c.UserContext(), web.Cookie(c, pendingCookie))
	if kyc.CodeOf(err) == kyc.Unauthorized { // took too long
		return seeOther(c, "/sign-in?"+query("next", page.Next, "ended", "1"))
	}
	if err != nil {
		return err
	}
	page.Bar = d.bar(c, "")
	page.Code, page.Passkey = secondOf(holds, d.passkeys(c))
	return d.Renderer.Page(c, status, "admin/second", page)
}

func (d *Door) second(c *fiber.Ctx) error {
	next := c.FormValue("next")
	entry, err := d.Sessions.Second(c.UserContext(), web.Cookie(c, pendingCookie), proofOf(c), clientOf(c))
	if key := keyOf(err); key == "error.second_factor" || key == "error.code_used" || unanswered(err) {
		return d.secondAs(c, fiber.StatusUnprocessableEntity, secondData{Next: next, Problem: key})
	}
	if kyc.CodeOf(err) == kyc.Unauthorized { // took too long
		return seeOther(c, "/sign-in?"+query("next", next, "ended", "1"))
	}
	if err != nil {
		return err
	}
	d.enter(c, entry)
	return c.Redirect(onward(c, next), fiber.StatusSeeOther)
}

// proofOf reads what somebody shows who they are with. A recovery code has a field
// of its own beside the one for six digits.
func proofOf(c *fiber.Ctx) credential.Proof {
	p := credential.Proof{Password: c.FormValue("confirm_password"), Code: strings.TrimSpace(c.FormValue("confirm_code")), Passkey: []byte(c.FormValue("confirm_passkey"))}
	if recovery := strings.TrimSpace(c.FormValue("confirm_recovery")); recovery != "" && p.Code == "" {
		p.Code = recovery
	}
	return p
}

// enrolData is the page on which somebody adds their first factor.
type enrolData struct {
	Bar     bar
	Next    string
	Offer   factor.Offer
	QR      web.QR
	Problem string // message key
	More    bool   // one more, of somebody who is signed in
	Passkey bool   // can be offered here

	ByPasskey bool // what was tried
}

// Wrong tells whether a try has just failed.
func (e enrolData) Wrong() bool { return e.Problem != "" }

func (d *Door) enrolPage(c *fiber.Ctx) error {
	return d.offer(c, fiber.StatusOK, enrolData{Next: c.Query("next")}, "")
}

// offer shows the secret: a new one, or that of the ticket when a code was wrong.
func (d *Door) offer(c *fiber.Ctx, status int, page enrolData, ticket string) error {
	var err error
	page.Offer, err = d.Sessions.OfferApp(c.UserContext(), web.Cookie(c, pendingCookie), ticket)
	if kyc.CodeOf(err) == kyc.Unauthorized {
		return seeOther(c, "/sign-in?"+query("next", page.Next, "ended", "1"))
	}
	if err != nil {
		return err
	}
	if page.QR, err = web.DrawQR(page.Offer.URI); err != nil {
		return err
	}
	page.Bar, page.Passkey = d.bar(c, ""), d.passkeys(c)
	c.Set(fiber.HeaderCacheControl, "no-store")
	return d.Renderer.Page(c, status, "admin/enrol", page)
}

func (d *Door) enrol(c *fiber.Ctx) error {
	next, ticket := c.FormValue("next"), c.FormValue("ticket")
	done, err := d.Sessions.EnrolApp(c.UserContext(), web.Cookie(c, pendingCookie), ticket, c.FormValue("code"), clientOf(c))
	switch key := keyOf(err); {
	case key == "error.code_wrong" || key == "error.ticket":
		return d.offer(c, fiber.StatusUnprocessableEntity, enrolData{Next: next, Problem: key}, ticket)
	case kyc.CodeOf(err) == kyc.Unauthorized || kyc.CodeOf(err) == kyc.Conflict:
		return seeOther(c, "/sign-in?"+query("next", next, "ended", "1"))
	case err != nil:
		return err
	}
	d.enter(c, done.Entry)
	return d.codes(c, done.Codes, onward(c, next))
}

// codesData is the one page that shows recovery codes.
type codesData struct {
	Bar      bar
	Codes    []string
	Download web.Download
	Next     string
}

func (d *Door) codes(c *fiber.Ctx, codes []string, next string) error {
	c.Set(fiber.HeaderCacheControl, "no-store")
	text := web.VisitOf(c).Tenant.Name + "\n\n" + strings.Join(codes, "\n") + "\n"
	return d.Renderer.Page(c, fiber.StatusOK, "admin/codes", codesData{Bar: d.bar(c, ""), Codes: codes, Next: next, Download: web.TextDownload(text)})
}
