package web

import (
	"strings"

	"github.com/gofiber/fiber/v2"
)

// policy allows what the pages need and nothing else. There is no inline
// script or style anywhere, so that not even hashes are listed.
var policy = strings.Join([]string{
	"default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' data: blob:",
	"media-src 'self'", "connect-src 'self'", "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'",
}, "; ")

// permissions are what pages may use of the device: the camera, to photograph
// documents, and nothing else.
var permissions = "camera=(self), " + strings.Join([]string{"accelerometer", "browsing-topics", "display-capture",
	"geolocation", "gyroscope", "hid", "magnetometer", "microphone", "midi", "payment", "serial", "usb"}, "=(), ") + "=()"

// Headers is a handler that sets the security headers of every answer. What a cache
// may keep because it is the same for everybody says so itself.
func (r *Renderer) Headers(c *fiber.Ctx) error {
	c.Set("Content-Security-Policy", policy)
	c.Set(fiber.HeaderCacheControl, "no-store")
	c.Set("X-Content-Type-Options", "nosniff")
	c.Set("Referrer-Policy", "same-origin")
	c.Set("Cross-Origin-Opener-Policy", "same-origin")
	c.Set("Cross-Origin-Resource-Policy", "same-origin")
	c.Set("Permissions-Policy", permissions)
	c.Set("X-Permitted-Cross-Domain-Policies", "none")
	if r.Secure {
		c.Set("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
	}
	return c.Next()
}
