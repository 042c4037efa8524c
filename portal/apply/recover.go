package apply

import (
	"github.com/gofiber/fiber/v2"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/pipeline"
)

// recoverData is what the page of a recovery's one-time link shows.
type recoverData struct {
	pipeline.Link
	Problems []kyc.Problem
	Done     bool
}

// Wrong tells whether the last attempt was refused.
func (r recoverData) Wrong() bool { return len(r.Problems) > 0 }

// recoverPage answers GET /t/:tenant/recover/:token. It changes nothing: mail
// scanners fetch links too.
func (d *Door) recoverPage(c *fiber.Ctx) error { return d.recovering(c, fiber.StatusOK, nil) }

func (d *Door) recovering(c *fiber.Ctx, status int, problems []kyc.Problem) error {
	link, err := d.Service.ReadRecovery(c.UserContext(), tenant(c), c.Params("token"))
	if err != nil {
		return err
	}
	if c.Query("lang") == "" {
		d.Pages.Speak(c, link.Locale)
	}
	return d.Pages.Page(c, status, "apply/recover", recoverData{Link: link, Problems: problems})
}

// recover answers POST /t/:tenant/recover/:token with the new login password.
func (d *Door) recover(c *fiber.Ctx) error {
	problems, err := d.Service.Recover(c.UserContext(), tenant(c), c.Params("token"), c.FormValue("password"))
	if key := keyOf(err); key == "error.link_used" || key == "error.link_expired" {
		return c.Redirect(c.Path(), fiber.StatusSeeOther) // its page explains
	}
	if err != nil {
		return err
	}
	if len(problems) > 0 {
		return d.recovering(c, fiber.StatusUnprocessableEntity, problems)
	}
	return d.Pages.Page(c, fiber.StatusOK, "apply/recover", recoverData{Done: true})
}

// stopPage answers GET /t/:tenant/stop/:token: what stopping a recovery request
// does. It changes nothing.
func (d *Door) stopPage(c *fiber.Ctx) error {
	link, err := d.Service.ReadStop(c.UserContext(), tenant(c), c.Params("token"))
	if err != nil {
		return err
	}
	if c.Query("lang") == "" {
		d.Pages.Speak(c, link.Locale)
	}
	return d.Pages.Page(c, fiber.StatusOK, "apply/stop", link)
}

// stop answers POST /t/:tenant/stop/:token; the page then tells how it stands.
func (d *Door) stop(c *fiber.Ctx) error {
	err := d.Service.StopRecovery(c.UserContext(), tenant(c), c.Params("token"))
	if err != nil && kyc.CodeOf(err) != kyc.Gone {
		return err
	}
	return c.Redirect(c.Path(), fiber.StatusSeeOther)
}
