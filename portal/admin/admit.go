package admin

import (
	"errors"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/review"
	"github.com/paifang/paifang/policies"
	"github.com/paifang/paifang/portal/web"
)

const (
	sessionCookie  = "pf_staff"
	pendingCookie  = "pf_staff_pending" // of a sign-in that is not complete
	knownCookie    = "pf_staff_known"   // that somebody signed in with this browser before; opens nothing
	languageCookie = "pf_staff_lang"
	cookiePath     = "/admin"
	keepLanguage   = 365 * 24 * time.Hour
	whoKey         = "paifang.staff"
)

// may is the handler before every handler of the table: who is it, may they,
// if something is to be changed, does the wish come from our own page, and, where
// the route asks for it, have they just shown who they are.
func (d *Door) may(route policies.Route[fiber.Handler]) fiber.Handler {
	return func(c *fiber.Ctx) error {
		err := d.admit(c, route.Needs)
		d.speak(c)
		if err == nil && c.Method() != fiber.MethodGet && c.Method() != fiber.MethodHead {
			err = d.checkForm(c, route.Streams)
		}
		if err == nil && route.Fresh {
			if err = d.Sessions.Fresh(c.UserContext(), web.Cookie(c, sessionCookie)); stale(err) {
				return d.askWho(c)
			}
		}
		if err == nil {
			err = c.Next()
		}
		return d.answer(c, err)
	}
}

// checkForm refuses what does not come from our own page. The handler of a body that is
// streamed checks the token when it has read so far.
func (d *Door) checkForm(c *fiber.Ctx, streams bool) error {
	if streams {
		return d.Renderer.CheckOrigin(c)
	}
	return d.Renderer.CheckForm(c)
}

// admit finds out who it is and whether they hold the permission.
func (d *Door) admit(c *fiber.Ctx, need policies.Permission) error {
	if need == policies.Public {
		return nil
	}
	staff, err := d.Sessions.StaffOf(c.UserContext(), web.Cookie(c, sessionCookie))
	if err != nil {
		return err
	}
	tenant := web.VisitOf(c).Tenant.ID
	if !d.Desk.Authorizer.May(staff, tenant, need) {
		return kyc.EKey(kyc.Forbidden, "error.forbidden", "role lacks %s", need)
	}
	c.Locals(whoKey, review.Who{Staff: staff, Tenant: tenant})
	return nil
}

// whoOf is who was admitted; ok is false on pages for anybody.
func whoOf(c *fiber.Ctx) (review.Who, bool) {
	w, ok := c.Locals(whoKey).(review.Who)
	return w, ok
}

// speak answers staff in their own language: the one they switched to, else
// the one of their record. The portal has all shipped languages, whatever the
// tenant offers to applicants.
func (d *Door) speak(c *fiber.Ctx) {
	web.VisitOf(c).Offered = d.Renderer.Locales
	if w, ok := whoOf(c); ok {
		d.Renderer.Speak(c, w.Staff.Locale)
	}
	d.Renderer.Speak(c, kyc.Locale(web.Cookie(c, languageCookie)))
	if asked := kyc.Locale(c.Query("lang")); slices.Contains(d.Renderer.Locales, asked) {
		d.Renderer.Speak(c, asked)
		d.Renderer.SetCookie(c, languageCookie, string(asked), cookiePath, keepLanguage)
	}
}

// Refused is the page of a wish that was not granted.
type refused struct {
	Bar     bar
	Key     string // family of the texts
	Message string
}

// Wrong makes the title begin with "Error:".
func (refused) Wrong() bool { return true }

// answer turns refusals into pages of this door; faults go on to the app.
func (d *Door) answer(c *fiber.Ctx, err error) error {
	code := kyc.CodeOf(err)
	if code == kyc.Unauthorized && c.Method() == fiber.MethodGet {
		return c.Redirect(base(c)+"/sign-in?next="+url.QueryEscape(c.OriginalURL()), fiber.StatusSeeOther)
	}
	key := ""
	switch code {
	case kyc.Unauthorized:
		key = "unauthorized"
	case kyc.Forbidden:
		key = "forbidden"
	case kyc.NotFound:
		key = "not_found"
	case kyc.Conflict:
		key = "conflict"
	case kyc.Invalid:
		key = "invalid"
	default:
		return err
	}
	page := refused{Bar: d.bar(c, ""), Key: key}
	var e *kyc.Error
	if errors.As(err, &e) {
		page.Message = e.Key
	}
	return d.Renderer.Page(c, web.StatusOf(err), "admin/refused", page)
}

// base is the path of the tenant's portal.
func base(c *fiber.Ctx) string { return "/admin/" + string(web.VisitOf(c).Tenant.ID) }

// seeOther leads on after something was done.
func seeOther(c *fiber.Ctx, path string) error {
	return c.Redirect(base(c)+path, fiber.StatusSeeOther)
}

// bar is the head of every page for signed-in staff.
type bar struct {
	Base      string
	Name      string
	Role      string
	Here      string // cases, audit, rights, deliveries, sending, providers, markets, staff, roles, keys, tenants
	Cases     bool
	Audit     bool
	Sending   bool
	Messages  bool
	Rights    bool
	Providers bool
	Staff     bool
	Markets   bool
	Tenants   bool
	Keys      bool
}

func (d *Door) bar(c *fiber.Ctx, here string) bar {
	b := bar{Base: base(c), Here: here}
	w, ok := whoOf(c)
	if !ok {
		return b
	}
	b.Name, b.Role = w.Staff.Name, roleKey(w.Staff.Role)
	may := func(p policies.Permission) bool { return d.Desk.Authorizer.May(w.Staff, w.Tenant, p) }
	b.Cases, b.Audit, b.Sending, b.Providers = may(policies.CaseRead), may(policies.AuditRead), may(policies.SendingRead), may(policies.ProviderRead)
	b.Messages, b.Rights = may(policies.MessageRead), may(policies.PersonErase)
	b.Markets, b.Keys = may(policies.MarketRead), may(policies.KeyManage)
	b.Staff, b.Tenants = may(policies.StaffRead), may(policies.TenantList)
	return b
}

// ours tells whether a path leads to a page of the tenant's portal.
func ours(c *fiber.Ctx, path string) bool {
	return strings.HasPrefix(path, base(c)+"/") && !strings.ContainsAny(path, "\\\r\n") && !strings.Contains(path, "..")
}
