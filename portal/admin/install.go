package admin

import (
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/paifang/paifang/core/audit"
	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/rollout"
	"github.com/paifang/paifang/portal/web"
)

// installData is the page that takes a signed version of a provider.
type installData struct {
	Bar     bar
	Problem string // message key
}

// Wrong makes the title begin with "Error:".
func (p installData) Wrong() bool { return p.Problem != "" }

func (d *Door) installForm(c *fiber.Ctx) error { return d.installPage(c, fiber.StatusOK, "") }

func (d *Door) installPage(c *fiber.Ctx, status int, problem string) error {
	return d.Renderer.Page(c, status, "admin/install", installData{d.bar(c, "providers"), problem})
}

// install answers POST …/install: a form whose files are streamed to the store.
// Who had to show once more who they are comes back without them.
func (d *Door) install(c *fiber.Ctx) error {
	if !strings.HasPrefix(c.Get(fiber.HeaderContentType), fiber.MIMEMultipartForm) {
		if err := d.Renderer.CheckForm(c); err != nil {
			return err
		}
		return d.installPage(c, fiber.StatusBadRequest, "error.package_parts")
	}
	ours := false
	w, _ := whoOf(c)
	got, err := d.Rollouts.Install(c.UserContext(), rollout.Act{By: audit.Staff(w.Staff.ID)}, c.Get(fiber.HeaderContentType), web.Body(c), func(name, value string) error {
		switch {
		case name == web.CSRFField:
			err := d.Renderer.VerifyToken(c, value)
			ours = err == nil
			return err
		case name == rollout.PartSigned && !ours:
			return d.Renderer.VerifyToken(c, "")
		}
		return nil
	})
	if key := keyOf(err); key != "" && key != "web.csrf" && kyc.CodeOf(err) != kyc.Internal {
		return d.installPage(c, web.StatusOf(err), key)
	}
	if err != nil {
		return err
	}
	return seeOther(c, "/providers/"+got.Provider)
}
