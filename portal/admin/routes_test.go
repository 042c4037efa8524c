package admin_test

import (
	"net/http"
	"strings"

	"github.com/gofiber/fiber/v2"
)

// refused tells whether an answer gives nothing away.
func refused(res *http.Response) bool {
	toSignIn := res.StatusCode == fiber.StatusSeeOther && strings.Contains(res.Header.Get("Location"), "/sign-in")
	return toSignIn || res.StatusCode == fiber.StatusForbidden || res.StatusCode == fiber.StatusUnauthorized
}
