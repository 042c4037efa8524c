package web

import (
	"time"

	"github.com/gofiber/fiber/v2"
)

// Prefixes by which a browser keeps a cookie to TLS, whoever sets it (RFC 6265bis
// 4.1.3): __Host- also to this very host and its whole site, so that no page of a
// neighbouring name can plant one. A cookie of a part of the site cannot have
// that prefix, because it has a path.
const (
	hostPrefix   = "__Host-"
	securePrefix = "__Secure-"
	wholeSite    = "/"
)

// SetCookie sets a cookie that no script reads and no other site's form sends. With
// life 0 it ends with the browser, below 0 it is deleted. The name gets its prefix here.
func (r *Renderer) SetCookie(c *fiber.Ctx, name, value, path string, life time.Duration) {
	c.Cookie(&fiber.Cookie{Name: cookieName(r.Secure, name, path), Value: value, Path: path, MaxAge: int(life.Seconds()),
		HTTPOnly: true, SameSite: fiber.CookieSameSiteLaxMode, Secure: r.Secure})
}

// Cookie is a cookie of a part of the site, as SetCookie named it.
func Cookie(c *fiber.Ctx, name string) string {
	v := VisitOf(c)
	return c.Cookies(cookieName(v != nil && v.secure, name, ""))
}

// Device is what a browser is known by as long as it runs: the seed of its forgery
// tokens. "" for one that has shown no form yet.
func Device(c *fiber.Ctx) string {
	v := VisitOf(c)
	return c.Cookies(cookieName(v != nil && v.secure, csrfCookie, wholeSite))
}

// siteCookie is a cookie of the whole site.
func (r *Renderer) siteCookie(c *fiber.Ctx, name string) string {
	return c.Cookies(cookieName(r.Secure, name, wholeSite))
}

func cookieName(secure bool, name, path string) string {
	switch {
	case !secure:
		return name
	case path == wholeSite:
		return hostPrefix + name
	}
	return securePrefix + name
}
