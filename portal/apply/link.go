package apply

import (
	"github.com/gofiber/fiber/v2"

	"github.com/paifang/paifang/core/pipeline"
)

// linkData is what the page of an e-mail link shows.
type linkData struct {
	pipeline.Link
	Path string
	Sent bool // a new one is on its way
}

// linkPage answers GET /t/:tenant/l/:token. It changes nothing: mail scanners
// fetch links too. It speaks the language that the application was begun in.
func (d *Door) linkPage(c *fiber.Ctx) error {
	link, err := d.Service.ReadLink(c.UserContext(), tenant(c), c.Params("token"))
	if err != nil {
		return err
	}
	if c.Query("lang") == "" {
		d.Pages.Speak(c, link.Locale)
	}
	return d.Pages.Page(c, fiber.StatusOK, "apply/link", linkData{Link: link, Path: c.Path()})
}

// followLink answers POST /t/:tenant/l/:token.
func (d *Door) followLink(c *fiber.Ctx) error {
	v, token, err := d.Service.FollowLink(c.UserContext(), tenant(c), c.Params("token"), client(c))
	if err != nil {
		if key := keyOf(err); key == "error.link_used" || key == "error.link_expired" {
			return c.Redirect(c.Path(), fiber.StatusSeeOther) // its page explains
		}
		return err
	}
	return d.hold(c, v, token)
}

// renewLink answers POST /t/:tenant/l/:token/renew.
func (d *Door) renewLink(c *fiber.Ctx) error {
	link, err := d.Service.ReadLink(c.UserContext(), tenant(c), c.Params("token"))
	if err != nil {
		return err
	}
	d.Pages.Speak(c, link.Locale)
	if err := d.Service.RenewLink(c.UserContext(), tenant(c), c.Params("token"), client(c)); err != nil {
		return err
	}
	return d.Pages.Page(c, fiber.StatusOK, "apply/link", linkData{Sent: true})
}
