package apply

import (
	"encoding/json"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/portal/web"
)

// puzzle answers GET /t/:tenant/human with a proof of work.
func (d *Door) puzzle(c *fiber.Ctx) error {
	body, err := d.Human.Puzzle(c.UserContext(), tenant(c))
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderContentType, fiber.MIMEApplicationJSON)
	c.Set(fiber.HeaderCacheControl, "no-store")
	return c.Send(body)
}

// humanFile answers GET /t/:tenant/human/<id>.png and .wav.
func (d *Door) humanFile(c *fiber.Ctx) error {
	file := c.Params("file")
	var body []byte
	var err error
	switch id, ext := file[:max(0, len(file)-4)], file[max(0, len(file)-4):]; strings.ToLower(ext) {
	case ".png":
		c.Set(fiber.HeaderContentType, "image/png")
		body, err = d.Human.Image(c.UserContext(), tenant(c), id)
	case ".wav":
		c.Set(fiber.HeaderContentType, "audio/wav")
		body, err = d.Human.Audio(c.UserContext(), tenant(c), id, web.VisitOf(c).Locale)
	default:
		return fiber.ErrNotFound
	}
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderCacheControl, "no-store")
	return c.Send(body)
}

// available answers POST …/available {step, contact, human}: whether a contact
// is free, for the live answer under the field.
func (d *Door) available(c *fiber.Ctx) error {
	var in struct{ Step, Contact, Human string }
	if err := json.Unmarshal(c.Body(), &in); err != nil {
		return kyc.Wrap(kyc.Invalid, err, "not JSON")
	}
	free, problems, err := d.Service.Available(c.UserContext(), ref(c), kyc.StepID(in.Step), in.Contact, in.Human)
	if err != nil {
		return c.SendStatus(web.StatusOf(err)) // the form itself says what is wrong
	}
	p := web.VisitOf(c).Printer
	text := p.T("apply.available.no")
	if free {
		text = p.T("apply.available.yes")
	}
	if len(problems) > 0 {
		text = web.Sentence(p, "problem."+problems[0].Code, problems[0].Params)
	}
	return c.JSON(fiber.Map{"free": free && len(problems) == 0, "taken": !free && len(problems) == 0, "text": text})
}
