package admin

import (
	"encoding/json"

	"github.com/gofiber/fiber/v2"

	"github.com/paifang/paifang/core/factor"
	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/policies"
	"github.com/paifang/paifang/portal/web"
)

// passkeyRoutes is the part of the table for passkeys. A question is what the
// page's script asks the device; it changes nothing but that an answer counts.
func (d *Door) passkeyRoutes(base string) []policies.Route[fiber.Handler] {
	return []policies.Route[fiber.Handler]{
		{Method: fiber.MethodPost, Path: base + "/sign-in/passkey/question", Needs: policies.Public, Handle: d.askAnyone},
		{Method: fiber.MethodPost, Path: base + "/sign-in/passkey", Needs: policies.Public, Handle: d.signInPasskey},
		{Method: fiber.MethodPost, Path: base + "/sign-in/second/question", Needs: policies.Public, Handle: d.askSecond},
		{Method: fiber.MethodPost, Path: base + "/sign-in/enrol/question", Needs: policies.Public, Handle: d.askEnrol},
		{Method: fiber.MethodPost, Path: base + "/sign-in/enrol/passkey", Needs: policies.Public, Handle: d.enrolPasskey},
		{Method: fiber.MethodPost, Path: base + "/confirm/question", Needs: policies.StaffSelf, Handle: d.askConfirm},
		{Method: fiber.MethodPost, Path: base + "/security/passkeys/question", Needs: policies.StaffSelf, Handle: d.askAnother},
		{Method: fiber.MethodPost, Path: base + "/security/passkeys", Needs: policies.StaffSelf, Handle: d.addPasskey, Fresh: true},
	}
}

// passkeys tells whether the page at hand can offer them.
func (d *Door) passkeys(c *fiber.Ctx) bool {
	return d.Sessions.Passkeys(string(c.Request().Header.Host()))
}

// question answers the script with what its device is to be asked.
func question(c *fiber.Ctx, options json.RawMessage, err error) error {
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderCacheControl, "no-store")
	return c.JSON(options)
}

func (d *Door) askAnyone(c *fiber.Ctx) error {
	options, err := d.Sessions.AskAnyone(c.UserContext(), web.VisitOf(c).Tenant.ID, clientOf(c))
	return question(c, options, err)
}

func (d *Door) askSecond(c *fiber.Ctx) error {
	options, err := d.Sessions.AskSecond(c.UserContext(), web.Cookie(c, pendingCookie))
	return question(c, options, err)
}

func (d *Door) askEnrol(c *fiber.Ctx) error {
	options, err := d.Sessions.AskEnrol(c.UserContext(), web.Cookie(c, pendingCookie))
	return question(c, options, err)
}

func (d *Door) askConfirm(c *fiber.Ctx) error {
	options, err := d.Sessions.AskConfirm(c.UserContext(), web.Cookie(c, sessionCookie))
	return question(c, options, err)
}

func (d *Door) askAnother(c *fiber.Ctx) error {
	options, err := d.Sessions.AskAnother(c.UserContext(), web.Cookie(c, sessionCookie))
	return question(c, options, err)
}

// unanswered tells whether a passkey's answer did not count, which somebody can
// mend by trying again.
func unanswered(err error) bool {
	key := keyOf(err)
	return key == "error.passkey" || key == "error.passkey_late" || key == "error.factor_taken"
}

func (d *Door) signInPasskey(c *fiber.Ctx) error {
	next := c.FormValue("next")
	entry, err := d.Sessions.SignInPasskey(c.UserContext(), web.VisitOf(c).Tenant.ID, []byte(c.FormValue("passkey")), clientOf(c))
	if unanswered(err) || kyc.CodeOf(err) == kyc.Unauthorized {
		return d.signInAs(c, fiber.StatusUnprocessableEntity, signInData{Next: next, Problem: "admin.passkey.failed"})
	}
	if err != nil {
		return err
	}
	d.enter(c, entry)
	return c.Redirect(onward(c, next), fiber.StatusSeeOther)
}

func (d *Door) enrolPasskey(c *fiber.Ctx) error {
	next := c.FormValue("next")
	done, err := d.Sessions.EnrolPasskey(c.UserContext(), web.Cookie(c, pendingCookie), []byte(c.FormValue("passkey")), c.FormValue("name"), clientOf(c))
	switch {
	case unanswered(err):
		return d.offer(c, fiber.StatusUnprocessableEntity, enrolData{Next: next, Problem: keyOf(err), ByPasskey: true}, "")
	case kyc.CodeOf(err) == kyc.Unauthorized || kyc.CodeOf(err) == kyc.Conflict:
		return seeOther(c, "/sign-in?"+query("next", next, "ended", "1"))
	case err != nil:
		return err
	}
	d.enter(c, done.Entry)
	return d.codes(c, done.Codes, onward(c, next))
}

func (d *Door) addPasskey(c *fiber.Ctx) error {
	err := d.Sessions.AddPasskey(c.UserContext(), web.Cookie(c, sessionCookie), []byte(c.FormValue("passkey")), c.FormValue("name"), clientOf(c))
	if kyc.CodeOf(err) == kyc.Gone {
		return d.securityPage(c, fiber.StatusUnprocessableEntity, securityData{Problem: keyOf(err), At: "factors"})
	}
	if err != nil {
		return d.refusedAt(c, "factors", err)
	}
	return seeOther(c, "/security?done=passkey")
}

// secondOf tells how the person of an incomplete sign-in can complete it.
func secondOf(holds factor.Holds, passkeys bool) (code, passkey bool) {
	return holds.Has(kyc.FactorTOTP), passkeys && holds.Has(kyc.FactorPasskey)
}
