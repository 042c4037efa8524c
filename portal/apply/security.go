package apply

import (
	"encoding/json"
	"strconv"

	"github.com/gofiber/fiber/v2"

	"github.com/paifang/paifang/core/credential"
	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/pipeline"
	"github.com/paifang/paifang/policies"
	"github.com/paifang/paifang/portal/web"
)

// ownerRoutes is the part of the table for how account holders sign in.
func (d *Door) ownerRoutes() []policies.Route[fiber.Handler] {
	safe := d.Pages.Safe
	const in, own, data = home + "/sign-in", home + "/account/security", home + "/account/data"
	return []policies.Route[fiber.Handler]{
		{Method: "POST", Path: in + "/passkey/question", Needs: policies.Public, Handle: safe(d.askAnyone)},
		{Method: "POST", Path: in + "/passkey", Needs: policies.Public, Handle: safe(d.signInPasskey)},
		{Method: "POST", Path: home + "/strength", Needs: policies.Public, Handle: safe(d.strength)},
		{Method: "GET", Path: own, Needs: policies.Account, Handle: d.security},
		{Method: "GET", Path: data, Needs: policies.Account, Handle: d.data},
		{Method: "GET", Path: data + "/state", Needs: policies.Account, Handle: d.dataState},
		{Method: "POST", Path: data + "/confirm", Needs: policies.Account, Handle: safe(d.confirmData)},
		{Method: "POST", Path: data + "/export", Needs: policies.Account, Handle: safe(d.askExport)},
		{Method: "GET", Path: data + "/exports/:export", Needs: policies.Account, Handle: d.exported},
		{Method: "POST", Path: data + "/erasure", Needs: policies.Account, Handle: safe(d.askErasure)},
		{Method: "POST", Path: data + "/undo", Needs: policies.Account, Handle: safe(d.undoErasure)},
		{Method: "POST", Path: own + "/confirm/question", Needs: policies.Account, Handle: safe(d.askConfirm)},
		{Method: "POST", Path: own + "/confirm", Needs: policies.Account, Handle: safe(d.confirm)},
		{Method: "POST", Path: own + "/password", Needs: policies.Account, Handle: safe(d.changePassword)},
		{Method: "POST", Path: own + "/payment", Needs: policies.Account, Handle: safe(d.changePayment)},
		{Method: "POST", Path: own + "/passkeys/question", Needs: policies.Account, Handle: safe(d.askNewPasskey)},
		{Method: "POST", Path: own + "/passkeys", Needs: policies.Account, Handle: safe(d.addPasskey)},
		{Method: "POST", Path: own + "/passkeys/:passkey/remove", Needs: policies.Account, Handle: safe(d.removePasskey)},
		{Method: "POST", Path: own + "/freeze", Needs: policies.Account, Handle: safe(d.freeze)},
		{Method: "POST", Path: own + "/sessions", Needs: policies.Account, Handle: safe(d.endSessions)},
		{Method: "POST", Path: own + "/sessions/:session/end", Needs: policies.Account, Handle: safe(d.endSessions)},
	}
}

// securityData is what the page shows of how somebody signs in.
type securityData struct {
	credential.Own
	Base     string
	Offer    bool // passkeys can be used at this address
	Done     string
	At       string // the form that fell short: confirm, password, payment, passkeys
	Problems []kyc.Problem
	Problem  string // message key, of a refusal that is no problem of a field
	Min      int
	Asks     field // of a new payment password
}

// secretField is a field for a secret that is set anew, as its market asks for it.
func secretField(f kyc.Field, problems []kyc.Problem) field {
	f.Label = "apply.security.payment_new"
	return builder{problems: problems}.field(pipeline.FieldView{Field: f, Applies: true})
}

// Wrong tells whether the last attempt fell short.
func (s securityData) Wrong() bool { return len(s.Problems) > 0 || s.Problem != "" }

// Of are the problems of one field.
func (s securityData) Of(path string) (list []kyc.Problem) {
	for _, p := range s.Problems {
		if p.Path == path {
			list = append(list, p)
		}
	}
	return list
}

// Others tells whether there are other sessions.
func (s securityData) Others() bool { return len(s.Sessions) > 1 }

// done are the changes that the page tells of.
var done = [...]string{"confirmed", "password", "payment", "passkey", "removed", "ended"}

func (d *Door) passkeys(c *fiber.Ctx) bool {
	return d.Owner.Passkeys(string(c.Request().Header.Host()))
}

func token(c *fiber.Ctx) string { return web.Cookie(c, sessionCookie) }

// security answers GET /t/:tenant/account/security.
func (d *Door) security(c *fiber.Ctx) error {
	data := securityData{}
	for _, what := range done {
		if c.Query("done") == what {
			data.Done = "apply.security.done." + what
		}
	}
	return d.securityPage(c, fiber.StatusOK, data)
}

func (d *Door) securityPage(c *fiber.Ctx, status int, data securityData) error {
	var err error
	if data.Own, err = d.Owner.Security(c.UserContext(), tenant(c), token(c)); err != nil {
		return d.outside(c, err)
	}
	data.Base, data.Offer, data.Min = base(c)+"/account/security", d.passkeys(c), credential.MinPassword
	if data.May {
		data.Asks = secretField(data.Own.Asks, data.Problems)
	}
	return d.Pages.Page(c, status, "apply/security", data)
}

// outside leads who is not signed in to where one signs in.
func (d *Door) outside(c *fiber.Ctx, err error) error {
	if kyc.CodeOf(err) != kyc.Unauthorized {
		return err
	}
	to := base(c) + "/sign-in"
	if token(c) != "" {
		to += "?ended=1"
	}
	return c.Redirect(to, fiber.StatusSeeOther)
}

// changed answers a form of the page: back to it, with what was done or fell short.
// Who has to show anew who they are finds the page asking for that.
func (d *Door) changed(c *fiber.Ctx, at, done string, problems []kyc.Problem, err error) error {
	key := keyOf(err)
	switch {
	case err == nil && len(problems) > 0:
		return d.securityPage(c, fiber.StatusUnprocessableEntity, securityData{At: at, Problems: problems})
	case err == nil:
		return c.Redirect(base(c)+"/account/security?done="+done, fiber.StatusSeeOther)
	case key == "error.reauthentication_required":
		return c.Redirect(base(c)+"/account/security#confirm", fiber.StatusSeeOther)
	case key == "error.second_factor", key == "error.budget", key == "error.passkey", key == "error.passkey_late", key == "error.factor_taken", key == "error.factors_full":
		return d.securityPage(c, web.StatusOf(err), securityData{At: at, Problem: key})
	case key == "error.not_found": // gone already
		return c.Redirect(base(c)+"/account/security", fiber.StatusSeeOther)
	}
	return d.outside(c, err)
}

func (d *Door) confirm(c *fiber.Ctx) error {
	err := d.Owner.Confirm(c.UserContext(), tenant(c), token(c), credential.Proof{Password: c.FormValue("password"), Passkey: []byte(c.FormValue("passkey"))})
	return d.changed(c, "confirm", "confirmed", nil, err)
}

func (d *Door) changePassword(c *fiber.Ctx) error {
	problems, err := d.Owner.ChangePassword(c.UserContext(), tenant(c), token(c), c.FormValue("new_password"), known(c))
	return d.changed(c, "password", "password", problems, err)
}

func (d *Door) changePayment(c *fiber.Ctx) error {
	problems, err := d.Owner.ChangePayment(c.UserContext(), tenant(c), token(c), c.FormValue("current"), c.FormValue("payment_password"), known(c))
	return d.changed(c, "payment", "payment", problems, err)
}

func (d *Door) addPasskey(c *fiber.Ctx) error {
	err := d.Owner.AddPasskey(c.UserContext(), tenant(c), token(c), []byte(c.FormValue("passkey")), c.FormValue("name"), known(c))
	return d.changed(c, "passkeys", "passkey", nil, err)
}

func (d *Door) removePasskey(c *fiber.Ctx) error {
	return d.changed(c, "passkeys", "removed", nil, d.Owner.RemovePasskey(c.UserContext(), tenant(c), token(c), c.Params("passkey"), known(c)))
}

func (d *Door) endSessions(c *fiber.Ctx) error {
	return d.changed(c, "sessions", "ended", nil, d.Owner.Revoke(c.UserContext(), tenant(c), token(c), c.Params("session"), known(c)))
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
	options, err := d.Owner.AskAnyone(c.UserContext(), tenant(c), known(c))
	return question(c, options, err)
}

func (d *Door) askConfirm(c *fiber.Ctx) error {
	options, err := d.Owner.AskConfirm(c.UserContext(), tenant(c), token(c))
	return question(c, options, err)
}

func (d *Door) askNewPasskey(c *fiber.Ctx) error {
	options, err := d.Owner.AskPasskey(c.UserContext(), tenant(c), token(c), web.VisitOf(c).Tenant.Name)
	return question(c, options, err)
}

// signInPasskey answers POST /t/:tenant/sign-in/passkey.
func (d *Door) signInPasskey(c *fiber.Ctx) error {
	signed, err := d.Owner.SignInPasskey(c.UserContext(), tenant(c), []byte(c.FormValue("passkey")), known(c))
	if key := keyOf(err); key == "error.sign_in" || key == "error.passkey_late" {
		return d.Pages.Page(c, fiber.StatusUnprocessableEntity, "apply/signin", signInData{Passkey: d.passkeys(c), Unfit: true})
	}
	if keyOf(err) == frozenKey {
		return d.frozenPage(c, fiber.StatusForbidden)
	}
	if err != nil {
		return err
	}
	return d.signed(c, signed)
}

// strength answers POST /t/:tenant/strength: how good the password is that is being
// typed, for the meter under its field. Nothing of it is kept.
func (d *Door) strength(c *fiber.Ctx) error {
	score, problems, err := d.Strength.Of(c.UserContext(), tenant(c), c.FormValue("password"), nil, known(c))
	if err != nil {
		return c.SendStatus(web.StatusOf(err)) // the form itself will tell
	}
	p := web.VisitOf(c).Printer
	text := p.T("apply.strength." + strconv.Itoa(score))
	if len(problems) > 0 {
		text = web.Sentence(p, "problem."+problems[0].Code, problems[0].Params)
	}
	c.Set(fiber.HeaderCacheControl, "no-store")
	return c.JSON(fiber.Map{"score": score, "text": text})
}
