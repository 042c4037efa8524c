package apply

import (
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/paifang/paifang/core/contact"
	"github.com/paifang/paifang/core/credential"
	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/portal/web"
)

// askData is what the page shows that asks for a name to send a code to.
type askData struct {
	Login    string
	Problems []kyc.Problem // of the name
	Test     *field        // human test; nil for a device that is known
}

// Wrong tells whether the last attempt fell short.
func (a askData) Wrong() bool {
	return len(a.Problems) > 0 || a.Test != nil && len(a.Test.Problems) > 0
}

// wantCodePage answers GET /t/:tenant/sign-in/code.
func (d *Door) wantCodePage(c *fiber.Ctx) error {
	return d.asking(c, fiber.StatusOK, "", kyc.Problem{}, web.Cookie(c, knownCookie) == "")
}

// asking shows the page for a name. A human test is asked of devices that nobody has
// signed in on, and again where the last one fell short.
func (d *Door) asking(c *fiber.Ctx, status int, login string, problem kyc.Problem, test bool) error {
	data := askData{Login: login}
	if test {
		id, err := d.Human.Challenge(c.UserContext(), tenant(c))
		if err != nil {
			return err
		}
		data.Test = &field{Field: kyc.Field{Name: humanField, Type: kyc.HumanField, Label: "field.human"}, ID: "human",
			Human: &human{Base: base(c), ID: id, Name: humanField}}
	}
	switch {
	case problem.Code == "":
	case problem.Path == humanField && data.Test != nil:
		data.Test.Problems = []kyc.Problem{problem}
	default:
		data.Problems = []kyc.Problem{problem}
	}
	return d.Pages.Page(c, status, "apply/signin_code", data)
}

// wantCode answers POST /t/:tenant/sign-in/code.
func (d *Door) wantCode(c *fiber.Ctx) error {
	login, client := c.FormValue("login"), known(c)
	client.Human = solution(func(name string) string { return c.FormValue(name) }, humanField)
	asked, err := d.SignIn.AskCode(c.UserContext(), tenant(c), login, web.VisitOf(c).Locale, client)
	if err != nil {
		return err
	}
	if asked.Problem.Code != "" {
		return d.asking(c, fiber.StatusUnprocessableEntity, login, asked.Problem, client.Known == "" || asked.Problem.Path == humanField)
	}
	d.cookie(c, codeCookie, pack(asked), base(c)+"/sign-in", credential.CodeLife)
	return c.Redirect(base(c)+"/sign-in/code/enter", fiber.StatusSeeOther)
}

// pack and unpack keep a sign-in that is under way in a cookie.
func pack(a credential.Asked) string {
	return a.Ticket + "." + a.Channel + "." + strconv.FormatInt(int64(a.Expires), 10) + "." + strconv.FormatInt(int64(a.Again), 10)
}

func unpack(s string) (credential.Asked, bool) {
	parts := strings.Split(s, ".")
	if len(parts) != 4 || parts[1] != string(kyc.Phone) && parts[1] != string(kyc.Email) {
		return credential.Asked{}, false
	}
	expires, err := strconv.ParseInt(parts[2], 10, 64)
	again, bad := strconv.ParseInt(parts[3], 10, 64)
	return credential.Asked{Ticket: parts[0], Channel: parts[1], Expires: kyc.Millis(expires), Again: kyc.Millis(again)}, err == nil && bad == nil
}

// enterData is what the page shows on which a code is typed.
type enterCodeData struct {
	credential.Asked
	Digits   int
	Problems []kyc.Problem
	Over     bool // this code does nothing more
}

// Wrong tells whether the last attempt fell short.
func (e enterCodeData) Wrong() bool { return len(e.Problems) > 0 }

// enterCodePage answers GET /t/:tenant/sign-in/code/enter.
func (d *Door) enterCodePage(c *fiber.Ctx) error { return d.entering(c, fiber.StatusOK, kyc.Problem{}) }

func (d *Door) entering(c *fiber.Ctx, status int, problem kyc.Problem) error {
	asked, ok := unpack(web.Cookie(c, codeCookie))
	if !ok {
		return c.Redirect(base(c)+"/sign-in/code", fiber.StatusSeeOther)
	}
	data := enterCodeData{Asked: asked, Digits: contact.CodeDigits, Over: problem.Code == "code.spent" || problem.Code == "code.expired"}
	if problem.Code != "" {
		data.Problems = []kyc.Problem{problem}
	}
	return d.Pages.Page(c, status, "apply/signin_enter", data)
}

// enterCode answers POST /t/:tenant/sign-in/code/enter.
func (d *Door) enterCode(c *fiber.Ctx) error {
	asked, ok := unpack(web.Cookie(c, codeCookie))
	if !ok {
		return c.Redirect(base(c)+"/sign-in/code", fiber.StatusSeeOther)
	}
	signed, problem, err := d.SignIn.SignInByCode(c.UserContext(), tenant(c), asked.Ticket, c.FormValue("code"), known(c))
	if keyOf(err) == frozenKey {
		return d.frozenPage(c, fiber.StatusForbidden)
	}
	if err != nil {
		return err
	}
	if problem.Code != "" {
		return d.entering(c, fiber.StatusUnprocessableEntity, problem)
	}
	return d.signed(c, signed)
}
