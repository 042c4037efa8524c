package admin

import (
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/paifang/paifang/core/credential"
	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/policies"
	"github.com/paifang/paifang/portal/web"
)

// signInData is the sign-in page. What was typed as password is never echoed.
type signInData struct {
	Bar     bar
	Login   string
	Next    string
	Problem string // message key
	Passkey bool   // can be offered here
	Done    string // message key of what was done before
	Late    bool   // the second factor came too late
}

// Wrong tells whether a sign-in has just failed.
func (s signInData) Wrong() bool { return s.Problem != "" }

func (d *Door) signInPage(c *fiber.Ctx) error {
	return d.signInAs(c, fiber.StatusOK, signInData{Next: c.Query("next"), Late: c.Query("ended") == "1", Done: map[string]string{"password": "admin.forgotten.done"}[c.Query("done")]})
}

func (d *Door) signInAs(c *fiber.Ctx, status int, page signInData) error {
	page.Bar, page.Passkey = d.bar(c, ""), d.passkeys(c)
	return d.Renderer.Page(c, status, "admin/signin", page)
}

func (d *Door) signIn(c *fiber.Ctx) error {
	login, next := c.FormValue("login"), c.FormValue("next")
	entry, err := d.Sessions.SignInStaff(c.UserContext(), web.VisitOf(c).Tenant.ID, login, c.FormValue("password"), clientOf(c))
	if code := kyc.CodeOf(err); code == kyc.Unauthorized || code == kyc.Invalid {
		return d.signInAs(c, fiber.StatusUnprocessableEntity, signInData{Login: login, Next: next, Problem: "admin.signin.wrong"})
	}
	if err != nil {
		return err
	}
	d.keep(c, pendingCookie, entry.Token)
	step := "/sign-in/second"
	if entry.Next == credential.NextEnrol {
		step = "/sign-in/enrol"
	}
	return seeOther(c, step+"?"+query("next", next))
}

// clientOf is where a request comes from.
func clientOf(c *fiber.Ctx) credential.Client {
	return credential.Client{Address: c.IP(), Agent: c.Get(fiber.HeaderUserAgent), Known: web.Cookie(c, knownCookie)}
}

// keep sets a cookie that lasts as long as the browser; without a value it goes.
func (d *Door) keep(c *fiber.Ctx, name, value string) {
	life := time.Duration(0)
	if value == "" {
		life = -time.Second
	}
	d.Renderer.SetCookie(c, name, value, cookiePath, life)
}

// enter begins the session of a completed sign-in.
func (d *Door) enter(c *fiber.Ctx, entry credential.Entry) {
	d.keep(c, pendingCookie, "")
	d.keep(c, sessionCookie, entry.Token)
	if entry.Device != "" {
		d.Renderer.SetCookie(c, knownCookie, entry.Device, cookiePath, credential.KnownFor)
	}
}

// onward leads to where somebody was going when they had to sign in.
func onward(c *fiber.Ctx, next string) string {
	if ours(c, next) {
		return next
	}
	return base(c)
}

func (d *Door) signOut(c *fiber.Ctx) error {
	if err := d.Sessions.SignOut(c.UserContext(), web.Cookie(c, sessionCookie)); err != nil {
		return err
	}
	d.keep(c, sessionCookie, "")
	return seeOther(c, "/sign-in")
}

// home leads to the first page that the role may see.
func (d *Door) home(c *fiber.Ctx) error {
	w, _ := whoOf(c)
	for _, page := range []struct {
		need policies.Permission
		path string
	}{{policies.CaseRead, "/cases"}, {policies.AuditRead, "/audit"}, {policies.StaffRead, "/staff"}, {policies.TenantList, "/tenants"}, {policies.ProviderRead, "/providers"}} {
		if d.Desk.Authorizer.May(w.Staff, w.Tenant, page.need) {
			return seeOther(c, page.path)
		}
	}
	return kyc.EKey(kyc.Forbidden, "error.forbidden", "role may see no page")
}
