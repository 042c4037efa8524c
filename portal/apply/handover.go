package apply

import (
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/pipeline"
	"github.com/paifang/paifang/portal/web"
)

// handOverData is what the first device shows. Without a code it explains only.
type handOverData struct {
	pipeline.HandOver
	Base string // path of the application
	Link string
	QR   web.QR
}

// handOverPage answers GET …/handover, which comes of loading the page again:
// the link and the code were shown once, and can be made anew.
func (d *Door) handOverPage(c *fiber.Ctx) error {
	v, err := d.Service.Get(c.UserContext(), ref(c))
	if err != nil {
		return err
	}
	if v.State.Final() {
		return c.Redirect(place(v.Tenant, v.ID), fiber.StatusSeeOther)
	}
	return d.Pages.Page(c, fiber.StatusOK, "apply/handover", handOverData{Base: place(v.Tenant, v.ID)})
}

// handOver answers POST …/handover with the link, drawn and written, and the
// code. They are in this one answer only, never in an address of this device.
func (d *Door) handOver(c *fiber.Ctx) error {
	over, err := d.Service.HandOver(c.UserContext(), ref(c))
	if err != nil {
		return d.went(c, nil, err)
	}
	data := handOverData{HandOver: over, Base: place(tenant(c), kyc.ApplicationID(c.Params("application"))),
		Link: strings.TrimSuffix(d.Base, "/") + base(c) + "/r/" + over.Token}
	if data.QR, err = web.DrawQR(data.Link); err != nil {
		return err
	}
	return d.Pages.Page(c, fiber.StatusOK, "apply/handover", data)
}

// takeOverData is what the other device shows.
type takeOverData struct {
	pipeline.HandOverState
	Digits   int
	Problems []kyc.Problem
}

// Wrong tells whether the last attempt fell short.
func (t takeOverData) Wrong() bool { return len(t.Problems) > 0 }

// takeOverPage answers GET /t/:tenant/r/:token: it asks for the code and
// changes nothing.
func (d *Door) takeOverPage(c *fiber.Ctx) error { return d.askCode(c, fiber.StatusOK, nil) }

// askCode speaks the language that the application was begun in.
func (d *Door) askCode(c *fiber.Ctx, status int, problems []kyc.Problem) error {
	state, err := d.Service.ReadHandOver(c.UserContext(), tenant(c), c.Params("token"))
	if err != nil {
		return err
	}
	if c.Query("lang") == "" {
		d.Pages.Speak(c, state.Locale)
	}
	return d.Pages.Page(c, status, "apply/takeover", takeOverData{state, pipeline.HandOverDigits, problems})
}

// takeOver answers POST /t/:tenant/r/:token with the code typed.
func (d *Door) takeOver(c *fiber.Ctx) error {
	v, token, err := d.Service.TakeOver(c.UserContext(), tenant(c), c.Params("token"), c.FormValue("code"), client(c))
	switch {
	case web.StatusOf(err) == fiber.StatusGone:
		return c.Redirect(c.Path(), fiber.StatusSeeOther) // its page explains
	case err != nil:
		return err
	case token == "":
		return d.askCode(c, fiber.StatusUnprocessableEntity, v.Short)
	}
	return d.hold(c, v, token)
}
