package web

import (
	"net"
	"strings"

	"github.com/gofiber/fiber/v2"
)

// errHost is a request for a name that is not ours.
var errHost = fiber.NewError(fiber.StatusMisdirectedRequest, "not a name of this server")

// healthPath is asked by machines that know an address and no name. What is
// answered there depends on no name.
const healthPath = "/healthz/"

// knownHost is a handler that answers requests only for the names in Hosts: a page
// of another name that was made to lead here (DNS rebinding), a poisoned cache and
// a link with a foreign name get nothing. No Hosts: every name is answered.
func (r *Renderer) knownHost(c *fiber.Ctx) error {
	if len(r.Hosts) == 0 || strings.HasPrefix(c.Path(), healthPath) {
		return c.Next()
	}
	// A request line with a whole address names the host a second time.
	for _, name := range []string{string(c.Request().Header.Host()), string(c.Request().URI().Host())} {
		if !r.answersTo(name) {
			c.Context().SetConnectionClose()
			return errHost
		}
	}
	return c.Next()
}

// answersTo tells whether a Host ("name", "name:port", "[::1]:port") is ours.
func (r *Renderer) answersTo(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.TrimSuffix(strings.TrimSuffix(strings.TrimPrefix(host, "["), "]"), ".")
	for _, ours := range r.Hosts {
		if strings.EqualFold(host, ours) {
			return true
		}
	}
	return false
}
