package apply

import (
	"context"
	"mime"
	"strconv"

	"github.com/gofiber/fiber/v2"

	"github.com/paifang/paifang/core/credential"
	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/person"
	"github.com/paifang/paifang/portal/web"
)

// dataData is the page on which account holders ask for their data, or to be erased.
type dataData struct {
	person.Own
	Base    string
	May     bool // has just shown who they are
	Secret  bool // can do so by a password
	Passkey bool // can do so by a passkey, here
	Done    string
	Wrong   string // message key, of what was refused
	At      string // the form that was: confirm, export, erasure, undo
}

// Asked tells where the wish to be erased stands, as far as it is the person's own
// affair: what staff propose is not.
func (d dataData) Asked() string {
	if d.Erasure.State == kyc.ErasureProposed {
		return ""
	}
	return string(d.Erasure.State)
}

// Open tells whether an erasure can be asked for.
func (d dataData) Open() bool {
	return d.Asked() != string(kyc.ErasureAsked) && d.Asked() != string(kyc.ErasureGranted)
}

// Making tells whether the copy is under way.
func (d dataData) Making() bool {
	return d.Latest.State == kyc.ExportAsked || d.Latest.State == kyc.ExportMaking
}

// Size is how large the copy is.
func (d dataData) Size() string {
	const mega = 1 << 20
	return strconv.FormatInt((d.Latest.Size+mega-1)/mega, 10)
}

// WaitDays is for how many days an erasure can be taken back at least.
func (d dataData) WaitDays() int { return max(1, int(d.Wait.Hours())/24) }

// KeepYears is for how many years records are kept, as a rule.
func (d dataData) KeepYears() int { return (d.Keep + 182) / 365 }

var dataDone = map[string]bool{"confirmed": true, "export": true, "erasure": true, "undo": true}

// data answers GET /t/:tenant/account/data.
func (d *Door) data(c *fiber.Ctx) error {
	page := dataData{}
	if what := c.Query("done"); dataDone[what] {
		page.Done = "apply.data.done." + what
	}
	return d.dataPage(c, fiber.StatusOK, page)
}

func (d *Door) dataPage(c *fiber.Ctx, status int, page dataData) error {
	id, err := d.who(c)
	if err != nil {
		return d.outside(c, err)
	}
	own, err := d.Owner.Security(c.UserContext(), tenant(c), token(c))
	if err != nil {
		return d.outside(c, err)
	}
	if page.Own, err = d.Rights.Own(c.UserContext(), tenant(c), id); err != nil {
		return err
	}
	page.Base, page.May, page.Secret, page.Passkey = base(c)+"/account/data", own.May, own.Password, d.passkeys(c) && len(own.Passkeys) > 0
	return d.Pages.Page(c, status, "apply/data", page)
}

// dataState tells a page that waits how far the copy is.
func (d *Door) dataState(c *fiber.Ctx) error {
	id, err := d.who(c)
	if err != nil {
		return d.outside(c, err)
	}
	own, err := d.Rights.Own(c.UserContext(), tenant(c), id)
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderCacheControl, "no-store")
	return c.JSON(fiber.Map{"state": string(own.Latest.State) + " " + strconv.Itoa(own.Latest.Done)})
}

// dataChanged leads back to the page, with what was done or refused.
func (d *Door) dataChanged(c *fiber.Ctx, at string, err error) error {
	switch key := keyOf(err); {
	case err == nil:
		return c.Redirect(base(c)+"/account/data?done="+at, fiber.StatusSeeOther)
	case key == "error.reauthentication_required":
		return c.Redirect(base(c)+"/account/data#confirm", fiber.StatusSeeOther)
	case key == "error.second_factor", key == "error.budget", key == "error.passkey", key == "error.passkey_late", key == "error.erase_not_asked",
		key == "error.export_gone", key == "error.conflict", key == "apply.data.unsure":
		return d.dataPage(c, web.StatusOf(err), dataData{At: at, Wrong: key})
	}
	return d.outside(c, err)
}

func (d *Door) confirmData(c *fiber.Ctx) error {
	err := d.Owner.Confirm(c.UserContext(), tenant(c), token(c), credential.Proof{Password: c.FormValue("password"), Passkey: []byte(c.FormValue("passkey"))})
	if err == nil {
		return d.dataChanged(c, "confirmed", nil)
	}
	return d.dataChanged(c, "confirm", err)
}

// proved is who asks, having just shown who they are.
func (d *Door) proved(c *fiber.Ctx) (kyc.Account, string, error) {
	holder, err := d.Owner.Proved(c.UserContext(), tenant(c), token(c))
	return holder, credential.Agent(c.Get(fiber.HeaderUserAgent)), err
}

func (d *Door) askExport(c *fiber.Ctx) error {
	holder, device, err := d.proved(c)
	if err == nil {
		_, err = d.Rights.AskExport(c.UserContext(), holder, device)
	}
	return d.dataChanged(c, "export", err)
}

// exported gives the copy out.
func (d *Door) exported(c *fiber.Ctx) error {
	holder, _, err := d.proved(c)
	if err != nil {
		return d.dataChanged(c, "export", err)
	}
	archive, x, err := d.Rights.OpenExport(context.WithoutCancel(c.UserContext()), holder, c.Params("export"))
	if err != nil {
		return d.dataChanged(c, "export", err)
	}
	c.Set(fiber.HeaderContentType, "application/zip")
	c.Set(fiber.HeaderContentDisposition, mime.FormatMediaType("attachment", map[string]string{"filename": "data.zip"}))
	c.Set(fiber.HeaderCacheControl, "no-store")
	return c.SendStream(archive, int(x.Size)) // closed by the server when it is sent or given up
}

// askErasure wants the box ticked: one has read what follows.
func (d *Door) askErasure(c *fiber.Ctx) error {
	if c.FormValue("sure") != "yes" {
		return d.dataChanged(c, "erasure", kyc.EKey(kyc.Invalid, "apply.data.unsure", "the box is not ticked"))
	}
	holder, device, err := d.proved(c)
	if err == nil {
		err = d.Rights.AskOwn(c.UserContext(), holder, device)
	}
	return d.dataChanged(c, "erasure", err)
}

func (d *Door) undoErasure(c *fiber.Ctx) error {
	holder, err := d.Owner.Holder(c.UserContext(), tenant(c), token(c))
	if err == nil {
		err = d.Rights.Undo(c.UserContext(), holder, credential.Agent(c.Get(fiber.HeaderUserAgent)))
	}
	return d.dataChanged(c, "undo", err)
}
