package admin

import (
	"errors"
	"mime"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/review"
	"github.com/paifang/paifang/portal/web"
)

func (d *Door) claim(c *fiber.Ctx) error {
	w, _ := whoOf(c)
	if _, err := d.Desk.Claim(c.UserContext(), w, kyc.CaseID(c.Params("case"))); err != nil {
		return d.again(c, form{}, err)
	}
	return seeOther(c, "/cases/"+c.Params("case"))
}

func (d *Door) release(c *fiber.Ctx) error {
	w, _ := whoOf(c)
	if err := d.Desk.Release(c.UserContext(), w, kyc.CaseID(c.Params("case"))); err != nil {
		return d.again(c, form{}, err)
	}
	return seeOther(c, "/cases")
}

// sendAgain sends the applicant once more what matters now.
func (d *Door) sendAgain(c *fiber.Ctx) error {
	w, _ := whoOf(c)
	if err := d.Desk.SendAgain(c.UserContext(), w, kyc.CaseID(c.Params("case"))); err != nil {
		return d.again(c, form{}, err)
	}
	return seeOther(c, "/cases/"+c.Params("case")+"#sent")
}

// takeBack takes a granted recovery request back to the queue.
func (d *Door) takeBack(c *fiber.Ctx) error {
	w, _ := whoOf(c)
	if err := d.Desk.TakeBack(c.UserContext(), w, kyc.CaseID(c.Params("case"))); err != nil {
		return d.again(c, form{}, err)
	}
	return seeOther(c, "/cases/"+c.Params("case"))
}

func (d *Door) reveal(c *fiber.Ctx) error {
	w, _ := whoOf(c)
	wish := review.Reveal{What: c.FormValue("what"), Why: c.FormValue("why"), Ticket: strings.TrimSpace(c.FormValue("ticket"))}
	if err := d.Desk.Reveal(c.UserContext(), w, kyc.CaseID(c.Params("case")), wish); err != nil {
		return d.again(c, form{}, err)
	}
	return seeOther(c, "/cases/"+c.Params("case")+"#data")
}

// preview shows the page again with what the applicant would read. It changes
// nothing.
func (d *Door) preview(c *fiber.Ctx) error {
	f, err := readForm(c)
	if err != nil {
		return d.again(c, f, err)
	}
	f.preview = true
	return d.casePage(c, fiber.StatusOK, f, "")
}

func (d *Door) decide(c *fiber.Ctx) error {
	w, _ := whoOf(c)
	f, err := readForm(c)
	if err == nil {
		_, err = d.Desk.Decide(c.UserContext(), w, kyc.CaseID(c.Params("case")), f.choice(kyc.Outcome(c.FormValue("outcome"))))
	}
	if err != nil {
		return d.again(c, f, err)
	}
	return seeOther(c, "/cases/"+c.Params("case"))
}

// again shows the case as it stands now, with what was filled in and what was
// wrong with it. Only what a person can do something about is answered so.
func (d *Door) again(c *fiber.Ctx, f form, cause error) error {
	key, status, ok := mendable(cause)
	if !ok {
		return cause
	}
	return d.casePage(c, status, f, key)
}

// mendable tells what a page says of an error, and its status; ok is false when
// nobody who reads the page can do something about it.
func mendable(cause error) (key string, status int, ok bool) {
	code := kyc.CodeOf(cause)
	var e *kyc.Error
	if !errors.As(cause, &e) || e.Key == "" || code != kyc.Invalid && code != kyc.Conflict && code != kyc.Forbidden {
		return "", 0, false
	}
	if code == kyc.Invalid {
		return e.Key, fiber.StatusUnprocessableEntity, true
	}
	return e.Key, web.StatusOf(cause), true
}

// file streams a file of the case: the safe rendition, or with ?form=original
// what was uploaded, which is only ever downloaded. Whatever is in it, the
// browser is told to do nothing with it but show a picture.
func (d *Door) file(c *fiber.Ctx) error {
	w, _ := whoOf(c)
	original := c.Query("form") == "original"
	file, err := d.Desk.ViewFile(c.UserContext(), w, kyc.CaseID(c.Params("case")), kyc.FileID(c.Params("file")), !original)
	if err != nil {
		return err
	}
	disposition := "inline"
	if file.Original {
		disposition = "attachment"
	}
	c.Set(fiber.HeaderContentType, file.Media)
	c.Set(fiber.HeaderContentDisposition, mime.FormatMediaType(disposition, map[string]string{"filename": file.Name}))
	c.Set(fiber.HeaderXContentTypeOptions, "nosniff")
	c.Set(fiber.HeaderContentSecurityPolicy, "default-src 'none'; sandbox; frame-ancestors 'none'")
	c.Set(fiber.HeaderCacheControl, "no-store")
	c.Set("Cross-Origin-Resource-Policy", "same-origin")
	return c.SendStream(file) // closed by the server when it is sent or given up
}
