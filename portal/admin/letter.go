package admin

import (
	"context"

	"github.com/gofiber/fiber/v2"

	"github.com/paifang/paifang/core/credential"
	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/tenant"
	"github.com/paifang/paifang/policies"
	"github.com/paifang/paifang/portal/web"
)

// Links is what the links of letters lead to; *credential.StaffSessions says what
// each answers.
type Links interface {
	Invited(ctx context.Context, tenant kyc.TenantID, token string) (kyc.Staff, error)
	Join(ctx context.Context, tenant kyc.TenantID, token, password string, client credential.Client) (credential.Entry, error)
	Forgot(ctx context.Context, tenant kyc.TenantID, login string, client credential.Client) error
	Resetting(ctx context.Context, tenant kyc.TenantID, token string) (kyc.Staff, error)
	SetForgotten(ctx context.Context, tenant kyc.TenantID, token, password string) error
}

// letterRoutes is the part of the table for links of letters. Opening a link
// changes nothing, so that programs which look into mailboxes use none up.
func (d *Door) letterRoutes(base string) []policies.Route[fiber.Handler] {
	return []policies.Route[fiber.Handler]{
		{Method: fiber.MethodGet, Path: base + "/invitation/:token", Needs: policies.Public, Handle: d.invitationPage},
		{Method: fiber.MethodPost, Path: base + "/invitation/:token", Needs: policies.Public, Handle: d.join},
		{Method: fiber.MethodGet, Path: base + "/forgotten", Needs: policies.Public, Handle: d.forgottenPage},
		{Method: fiber.MethodPost, Path: base + "/forgotten", Needs: policies.Public, Handle: d.forgot},
		{Method: fiber.MethodGet, Path: base + "/password/:token", Needs: policies.Public, Handle: d.resetPage},
		{Method: fiber.MethodPost, Path: base + "/password/:token", Needs: policies.Public, Handle: d.reset},
	}
}

// setData is the page on which somebody sets a password by a link.
type setData struct {
	Bar         bar
	Key         string // family of the texts: invitation, reset
	Action      string
	Name, Login string
	Min, Max    string // characters of a password
	Problem     string // message key
}

// Wrong tells whether the password was refused.
func (s setData) Wrong() bool { return s.Problem != "" }

func (d *Door) setPage(c *fiber.Ctx, status int, page setData, staff kyc.Staff) error {
	printer := web.VisitOf(c).Printer
	page.Bar, page.Action, page.Name, page.Login = d.bar(c, ""), c.Path(), staff.Name, staff.Login
	page.Min, page.Max = printer.Number(tenant.MinPassword), printer.Number(credential.MaxSecret)
	c.Set(fiber.HeaderCacheControl, "no-store")
	return d.Renderer.Page(c, status, "admin/setpassword", page)
}

// broken tells whether a password was refused, which somebody can mend.
func broken(err error) bool { return kyc.CodeOf(err) == kyc.Invalid && keyOf(err) != "" }

func (d *Door) invitationPage(c *fiber.Ctx) error {
	staff, err := d.Sessions.Invited(c.UserContext(), web.VisitOf(c).Tenant.ID, c.Params("token"))
	if err != nil {
		return d.linkGone(c, err)
	}
	if c.Query("lang") == "" {
		d.Renderer.Speak(c, staff.Locale)
	}
	return d.setPage(c, fiber.StatusOK, setData{Key: "invitation"}, staff)
}

func (d *Door) join(c *fiber.Ctx) error {
	id, token := web.VisitOf(c).Tenant.ID, c.Params("token")
	entry, err := d.Sessions.Join(c.UserContext(), id, token, c.FormValue("new_password"), clientOf(c))
	if broken(err) {
		staff, again := d.Sessions.Invited(c.UserContext(), id, token)
		if again != nil {
			return d.linkGone(c, again)
		}
		return d.setPage(c, fiber.StatusUnprocessableEntity, setData{Key: "invitation", Problem: keyOf(err)}, staff)
	}
	if err != nil {
		return d.linkGone(c, err)
	}
	d.keep(c, pendingCookie, entry.Token)
	return seeOther(c, "/sign-in/enrol")
}

func (d *Door) resetPage(c *fiber.Ctx) error {
	staff, err := d.Sessions.Resetting(c.UserContext(), web.VisitOf(c).Tenant.ID, c.Params("token"))
	if err != nil {
		return d.linkGone(c, err)
	}
	return d.setPage(c, fiber.StatusOK, setData{Key: "reset"}, staff)
}

func (d *Door) reset(c *fiber.Ctx) error {
	id, token := web.VisitOf(c).Tenant.ID, c.Params("token")
	err := d.Sessions.SetForgotten(c.UserContext(), id, token, c.FormValue("new_password"))
	if broken(err) {
		staff, again := d.Sessions.Resetting(c.UserContext(), id, token)
		if again != nil {
			return d.linkGone(c, again)
		}
		return d.setPage(c, fiber.StatusUnprocessableEntity, setData{Key: "reset", Problem: keyOf(err)}, staff)
	}
	if err != nil {
		return d.linkGone(c, err)
	}
	return seeOther(c, "/sign-in?done=password")
}

// goneData is the page of a link that opens nothing any more.
type goneData struct{ Bar bar }

// Wrong makes the title begin with "Error:".
func (goneData) Wrong() bool { return true }

func (d *Door) linkGone(c *fiber.Ctx, err error) error {
	if kyc.CodeOf(err) != kyc.Gone && kyc.CodeOf(err) != kyc.Conflict {
		return err
	}
	return d.Renderer.Page(c, fiber.StatusGone, "admin/gone", goneData{Bar: d.bar(c, "")})
}

// forgottenData is the page on which somebody asks for a new password. It says the
// same whoever they are.
type forgottenData struct {
	Bar  bar
	Sent bool
}

func (d *Door) forgottenPage(c *fiber.Ctx) error {
	return d.Renderer.Page(c, fiber.StatusOK, "admin/forgotten", forgottenData{Bar: d.bar(c, "")})
}

func (d *Door) forgot(c *fiber.Ctx) error {
	if err := d.Sessions.Forgot(c.UserContext(), web.VisitOf(c).Tenant.ID, c.FormValue("login"), clientOf(c)); err != nil {
		return err
	}
	return d.Renderer.Page(c, fiber.StatusOK, "admin/forgotten", forgottenData{Bar: d.bar(c, ""), Sent: true})
}
