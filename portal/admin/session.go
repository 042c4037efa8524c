package admin

import (
	"time"

	"github.com/gofiber/fiber/v2"

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
}

// Wrong tells whether a sign-in has just failed.
func (s signInData) Wrong() bool { return s.Problem != "" }

func (d *Door) signInPage(c *fiber.Ctx) error {
	return d.Renderer.Page(c, fiber.StatusOK, "admin/signin", signInData{Bar: d.bar(c, ""), Next: c.Query("next")})
}

func (d *Door) signIn(c *fiber.Ctx) error {
	login, next := c.FormValue("login"), c.FormValue("next")
	token, err := d.Sessions.SignInStaff(c.UserContext(), web.VisitOf(c).Tenant.ID, login, c.FormValue("password"), c.IP())
	if code := kyc.CodeOf(err); code == kyc.Unauthorized || code == kyc.Invalid {
		return d.Renderer.Page(c, fiber.StatusUnprocessableEntity, "admin/signin",
			signInData{Bar: d.bar(c, ""), Login: login, Next: next, Problem: "admin.signin.wrong"})
	}
	if err != nil {
		return err
	}
	d.Renderer.SetCookie(c, sessionCookie, token, cookiePath, 0)
	if ours(c, next) {
		return c.Redirect(next, fiber.StatusSeeOther)
	}
	return seeOther(c, "")
}

func (d *Door) signOut(c *fiber.Ctx) error {
	if err := d.Sessions.SignOut(c.UserContext(), web.Cookie(c, sessionCookie)); err != nil {
		return err
	}
	d.Renderer.SetCookie(c, sessionCookie, "", cookiePath, -time.Second)
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
