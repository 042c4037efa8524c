package admin

import (
	"github.com/gofiber/fiber/v2"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/roster"
	"github.com/paifang/paifang/policies"
	"github.com/paifang/paifang/portal/web"
)

// inviteRoutes is the part of the table for invitations, and for people who have
// lost their second factors.
func (d *Door) inviteRoutes(base string) []policies.Route[fiber.Handler] {
	one := base + "/staff/:staff"
	return []policies.Route[fiber.Handler]{
		{Method: fiber.MethodGet, Path: base + "/invitations", Needs: policies.StaffAppoint, Handle: d.invitePage},
		{Method: fiber.MethodPost, Path: base + "/invitations", Needs: policies.StaffAppoint, Handle: d.invite, Fresh: true},
		{Method: fiber.MethodPost, Path: one + "/invite-again", Needs: policies.StaffAppoint, Handle: d.inviteAgain, Fresh: true},
		{Method: fiber.MethodPost, Path: one + "/uninvite", Needs: policies.StaffAppoint, Handle: d.uninvite, Fresh: true},
		{Method: fiber.MethodPost, Path: one + "/reset-factors", Needs: policies.StaffAppoint, Handle: d.resetFactors, Fresh: true},
	}
}

// inviteData is the page of the invitations.
type inviteData struct {
	Bar                       bar
	Email, Name, Role, Locale string // as typed
	Roles                     []roleOption
	Locales                   []roleOption
	Pending                   []invitedRow
	Problem                   string // message key
	At                        string // the field that it is about: email, name, role
}

// Wrong makes the title begin with "Error:".
func (d inviteData) Wrong() bool { return d.Problem != "" }

// invitedRow is an invitation that has not been taken up.
type invitedRow struct {
	personRow
	Expires moment
	Over    bool
	Letter  string // state of the letter in words
	Bad     bool   // it did not go out
}

func (d *Door) invitedRow(c *fiber.Ctx, x roster.Invited) invitedRow {
	p := web.VisitOf(c).Printer
	row := invitedRow{personRow: d.person(c, x.Member), Over: x.Expires == 0, Bad: x.Letter == kyc.MessageFailed,
		Expires: clockwork{d.Renderer.Clock(), p}.at(x.Expires)}
	if x.Letter != "" {
		row.Letter = p.T("admin.sent.state." + string(x.Letter))
	}
	return row
}

func (d *Door) invitePage(c *fiber.Ctx) error { return d.inviteAs(c, fiber.StatusOK, inviteData{}) }

func (d *Door) inviteAs(c *fiber.Ctx, status int, page inviteData) error {
	w, p := rosterWho(c), web.VisitOf(c).Printer
	found, err := d.Roster.Invitations(c.UserContext(), w)
	if err != nil {
		return err
	}
	for _, x := range found {
		page.Pending = append(page.Pending, d.invitedRow(c, x))
	}
	choices, err := d.Roster.Givable(c.UserContext(), w)
	if err != nil {
		return err
	}
	for _, r := range choices {
		page.Roles = append(page.Roles, roleOption{r.ID, roleName(p, r.ID, r.Name)})
	}
	for _, l := range d.Renderer.Locales {
		page.Locales = append(page.Locales, roleOption{string(l), d.Renderer.Printer(l).Language(l)})
	}
	if page.Locale == "" {
		page.Locale = p.Lang()
	}
	page.Bar = d.bar(c, "staff")
	return d.Renderer.Page(c, status, "admin/invitations", page)
}

func (d *Door) invite(c *fiber.Ctx) error {
	in := roster.Invitation{Email: c.FormValue("email"), Name: c.FormValue("name"), Role: c.FormValue("role"), Locale: kyc.Locale(c.FormValue("locale"))}
	_, err := d.Roster.Invite(c.UserContext(), rosterWho(c), in)
	if err == nil {
		return seeOther(c, "/invitations")
	}
	key, status, ok := mendable(err)
	if !ok {
		return err
	}
	at := map[string]string{"error.staff_name": "name", "error.role_unknown": "role", "error.beyond_own": "role"}[key]
	if at == "" {
		at = "email"
	}
	return d.inviteAs(c, status, inviteData{Email: in.Email, Name: in.Name, Role: in.Role, Locale: string(in.Locale), Problem: key, At: at})
}

func (d *Door) inviteAgain(c *fiber.Ctx) error {
	return d.aboutMember(c, d.Roster.InviteAgain(c.UserContext(), rosterWho(c), kyc.StaffID(c.Params("staff"))))
}

func (d *Door) uninvite(c *fiber.Ctx) error {
	return d.aboutMember(c, d.Roster.Uninvite(c.UserContext(), rosterWho(c), kyc.StaffID(c.Params("staff"))))
}

func (d *Door) resetFactors(c *fiber.Ctx) error {
	return d.aboutMember(c, d.Roster.ResetFactors(c.UserContext(), rosterWho(c), kyc.StaffID(c.Params("staff"))))
}
