package apply

import (
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/paifang/paifang/core/credential"
	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/pipeline"
)

// notMeData is the page to which news of changes lead.
type notMeData struct {
	pipeline.Link // its State is "" without a token: an older message
}

// notMe answers GET /t/:tenant/not-me and /t/:tenant/not-me/:token, to which messages
// about changes lead: what to do when it was somebody else. It changes nothing.
func (d *Door) notMe(c *fiber.Ctx) error {
	token := c.Params("token")
	if token == "" {
		return d.Pages.Page(c, fiber.StatusOK, "apply/not_me", notMeData{})
	}
	link, err := d.Service.ReadFreeze(c.UserContext(), tenant(c), token)
	if err != nil {
		return err
	}
	if c.Query("lang") == "" {
		d.Pages.Speak(c, link.Locale)
	}
	if link.State == pipeline.LinkFrozen {
		return d.frozenPage(c, fiber.StatusOK)
	}
	return d.Pages.Page(c, fiber.StatusOK, "apply/not_me", notMeData{link})
}

// freezeByLink answers POST /t/:tenant/not-me/:token; the page then tells how it stands.
func (d *Door) freezeByLink(c *fiber.Ctx) error {
	err := d.Service.FreezeByLink(c.UserContext(), tenant(c), c.Params("token"), credential.Agent(c.Get(fiber.HeaderUserAgent)))
	if err != nil && kyc.CodeOf(err) != kyc.Gone {
		return err
	}
	return c.Redirect(c.Path(), fiber.StatusSeeOther)
}

// freeze answers POST /t/:tenant/account/security/freeze. The session ends with it.
func (d *Door) freeze(c *fiber.Ctx) error {
	if err := d.Owner.Freeze(c.UserContext(), tenant(c), token(c), known(c)); err != nil && keyOf(err) != frozenKey {
		return d.outside(c, err)
	}
	d.cookie(c, sessionCookie, "", base(c), -time.Second)
	return c.Redirect(base(c)+"/frozen", fiber.StatusSeeOther)
}

const frozenKey = "error.account_frozen"

// frozen answers GET /t/:tenant/frozen: what a frozen account is, and the way out.
func (d *Door) frozen(c *fiber.Ctx) error { return d.frozenPage(c, fiber.StatusOK) }

func (d *Door) frozenPage(c *fiber.Ctx, status int) error {
	return d.Pages.Page(c, status, "apply/frozen", nil)
}
