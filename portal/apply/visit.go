package apply

import (
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/pipeline"
	"github.com/paifang/paifang/portal/web"
)

const (
	appCookie     = "pf_app"     // holder token; one a path, so that applications live side by side
	recentCookie  = "pf_recent"  // "market:application" of what was begun here, newest first
	sessionCookie = "pf_session" // token of a signed-in account
	knownCookie   = "pf_known"   // of a device on which somebody has signed in
	codeCookie    = "pf_code"    // of a sign-in by code that is under way: its ticket and what its page shows
	knownFor      = 180 * 24 * time.Hour
	maxRecent     = 5
	keepFor       = 365 * 24 * time.Hour // as long as its token
)

func tenant(c *fiber.Ctx) kyc.TenantID { return web.VisitOf(c).Tenant.ID }

func base(c *fiber.Ctx) string { return "/t/" + string(tenant(c)) }

func client(c *fiber.Ctx) pipeline.Client {
	return pipeline.Client{Address: c.IP(), Device: web.Device(c), Agent: c.Get(fiber.HeaderUserAgent)}
}

// ref names the application of the path with the token of its cookie.
func ref(c *fiber.Ctx) pipeline.Ref {
	return pipeline.Ref{Tenant: tenant(c), Application: kyc.ApplicationID(c.Params("application")),
		Token: web.Cookie(c, appCookie), Client: client(c)}
}

func (d *Door) cookie(c *fiber.Ctx, name, value, path string, life time.Duration) {
	d.Pages.SetCookie(c, name, value, path, life)
}

func place(t kyc.TenantID, id kyc.ApplicationID) string {
	return "/t/" + string(t) + "/applications/" + string(id)
}

// hold gives this browser the application and goes there.
func (d *Door) hold(c *fiber.Ctx, v *pipeline.View, token string) error {
	at := place(v.Tenant, v.ID)
	d.cookie(c, appCookie, token, at, keepFor)
	d.Pages.Keep(c, v.Locale)
	d.remember(c, append([]begun{{v.Market, v.ID}}, others(c, v.ID)...))
	return c.Redirect(at, fiber.StatusSeeOther)
}

// forget offers an application that has ended no longer.
func (d *Door) forget(c *fiber.Ctx, id kyc.ApplicationID) {
	if rest := others(c, id); len(rest) < len(recent(c)) {
		d.remember(c, rest)
	}
}

func others(c *fiber.Ctx, id kyc.ApplicationID) []begun {
	return slices.DeleteFunc(recent(c), func(b begun) bool { return b.Application == id })
}

func (d *Door) remember(c *fiber.Ctx, list []begun) {
	var parts []string
	for _, b := range list[:min(len(list), maxRecent)] {
		parts = append(parts, string(b.Market)+":"+string(b.Application))
	}
	d.cookie(c, recentCookie, strings.Join(parts, "|"), base(c), keepFor)
}

// begun is an application that was begun in this browser.
type begun struct {
	Market      kyc.MarketID
	Application kyc.ApplicationID
}

func recent(c *fiber.Ctx) []begun {
	var list []begun
	for _, part := range strings.Split(web.Cookie(c, recentCookie), "|") {
		market, id, ok := strings.Cut(part, ":")
		m, err := kyc.ParseMarketID(market)
		if ok && err == nil && len(id) == 36 && strings.Trim(id, "0123456789abcdef-") == "" && len(list) < maxRecent {
			list = append(list, begun{m, kyc.ApplicationID(id)})
		}
	}
	return list
}

// went answers a form: to where the application stands after it, or back to the
// step that fell short, which need not be the next one. An answer that came too
// late or twice is no fault of the person: the page shows where things stand.
func (d *Door) went(c *fiber.Ctx, v *pipeline.View, err error) error {
	at := place(tenant(c), kyc.ApplicationID(c.Params("application")))
	if errors.Is(err, kyc.E(kyc.Conflict, "")) && slices.Contains([]string{"error.version_stale", "error.step_order",
		"error.not_open", "error.challenge_race", "error.challenge_answered", "error.no_other_contact"}, keyOf(err)) {
		return c.Redirect(at, fiber.StatusSeeOther)
	}
	if err != nil {
		return err
	}
	if len(v.Short) > 0 && v.Next.Kind != pipeline.NextChallenge {
		at += "/steps/" + string(v.Next.Step)
	}
	return c.Redirect(at, fiber.StatusSeeOther)
}

func keyOf(err error) string {
	var e *kyc.Error
	if errors.As(err, &e) {
		return e.Key
	}
	return ""
}
