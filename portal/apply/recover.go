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
	Field    *field // of a new payment password; nil when there is none to be forgotten
	Done     bool
	Paid     bool // done, the payment password too
}

// Of are the problems of one field.
func (r recoverData) Of(path string) []kyc.Problem {
	return builder{problems: r.Problems}.problemsOf(path)
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
	data := recoverData{Link: link, Problems: problems}
	if link.Payment != nil {
		f := secretField(*link.Payment, problems)
		data.Field = &f
	}
	return d.Pages.Page(c, status, "apply/recover", data)
}

// recover answers POST /t/:tenant/recover/:token with the new login password.
func (d *Door) recover(c *fiber.Ctx) error {
	problems, err := d.Service.Recover(c.UserContext(), tenant(c), c.Params("token"), pipeline.NewSecrets{Password: c.FormValue("password"), Payment: c.FormValue("payment_password")})
	if key := keyOf(err); key == "error.link_used" || key == "error.link_expired" {
		return c.Redirect(c.Path(), fiber.StatusSeeOther) // its page explains
	}
	if err != nil {
		return err
	}
	if len(problems) > 0 {
		return d.recovering(c, fiber.StatusUnprocessableEntity, problems)
	}
	return d.Pages.Page(c, fiber.StatusOK, "apply/recover", recoverData{Done: true, Paid: c.FormValue("payment_password") != ""})
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
