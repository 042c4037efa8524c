package admin

import (
	"errors"
	"net/url"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/portal/schemaform"
	"github.com/paifang/paifang/portal/web"
)

// confirmData is the page that asks once more who somebody is. It carries what
// they were sending, so that nothing typed is lost.
type confirmData struct {
	Bar     bar
	Action  string
	Fields  []field
	Problem string // message key
	Code    bool   // has an authenticator app
	Passkey bool   // has a passkey that can be used here
}

// Wrong tells whether a try has just failed.
func (d confirmData) Wrong() bool { return d.Problem != "" }

// lostSecrets is sent in place of secret settings that were typed and are not
// carried along.
const lostSecrets = "lost_secrets"

type field struct{ Name, Value string }

// stale tells whether somebody has to show anew who they are.
func stale(err error) bool { return keyOf(err) == "error.reauthentication_required" }

func keyOf(err error) string {
	var e *kyc.Error
	if errors.As(err, &e) {
		return e.Key
	}
	return ""
}

// askWho answers a request that needs somebody who has just shown who they are.
// What they sent waits in the page.
func (d *Door) askWho(c *fiber.Ctx) error {
	return d.confirmPage(c, fiber.StatusForbidden, c.OriginalURL(), c.Method() == fiber.MethodPost, "")
}

func (d *Door) confirmPage(c *fiber.Ctx, status int, then string, post bool, problem string) error {
	mine, err := d.Sessions.Security(c.UserContext(), web.Cookie(c, sessionCookie))
	if err != nil {
		return err
	}
	how := "get"
	if post {
		how = "post"
	}
	page := confirmData{Bar: d.bar(c, ""), Problem: problem, Action: base(c) + "/confirm?" + url.Values{"then": {then}, "how": {how}}.Encode()}
	page.Code, page.Passkey = secondOf(mine.Holds, d.passkeys(c))
	lost := false
	for name, value := range c.Request().PostArgs().All() {
		switch n := string(name); {
		case n == web.CSRFField || strings.HasPrefix(n, "confirm_"):
		case strings.HasPrefix(n, schemaform.Secrets): // never in a page: it is to be typed again
			lost = lost || len(value) > 0
		default:
			page.Fields = append(page.Fields, field{n, string(value)})
		}
	}
	if lost {
		page.Fields = append(page.Fields, field{lostSecrets, "yes"})
	}
	c.Set(fiber.HeaderCacheControl, "no-store")
	return d.Renderer.Page(c, status, "admin/confirm", page)
}

// confirm checks who somebody is and goes on with what they were doing. What was
// a form is sent again by the browser itself, as 307 asks (RFC 9110, 15.4.8).
func (d *Door) confirm(c *fiber.Ctx) error {
	then, post := c.Query("then"), c.Query("how") == "post"
	if !ours(c, then) {
		return kyc.EKey(kyc.Invalid, "", "not a page of the tenant")
	}
	err := d.Sessions.Confirm(c.UserContext(), web.Cookie(c, sessionCookie), proofOf(c), clientOf(c))
	if key := keyOf(err); key == "error.second_factor" || key == "error.code_used" || unanswered(err) || kyc.CodeOf(err) == kyc.Limited {
		status := fiber.StatusUnprocessableEntity
		if kyc.CodeOf(err) == kyc.Limited {
			status = web.StatusOf(err)
		}
		return d.confirmPage(c, status, then, post, key)
	}
	if err != nil {
		return err
	}
	if post {
		return c.Redirect(then, fiber.StatusTemporaryRedirect)
	}
	return c.Redirect(then, fiber.StatusSeeOther)
}
