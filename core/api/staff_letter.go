package api

import (
	"context"

	"github.com/gofiber/fiber/v2"

	"github.com/paifang/paifang/core/credential"
	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/roster"
	"github.com/paifang/paifang/policies"
)

// StaffLinks is what the links of letters to staff lead to;
// *credential.StaffSessions says what each answers.
type StaffLinks interface {
	Join(ctx context.Context, tenant kyc.TenantID, token, password string, client credential.Client) (credential.Entry, error)
	Forgot(ctx context.Context, tenant kyc.TenantID, login string, client credential.Client) error
	SetForgotten(ctx context.Context, tenant kyc.TenantID, token, password string) error
}

// letterTable is the routes for invitations and forgotten passwords.
func (d *Door) letterTable(r func(method, path string, needs policies.Permission, id, summary string, h handler) route) []route {
	const at = base + "/tenants/:tenant"
	const one = at + "/staff/:staff"
	return []route{
		r("POST", at+"/staff-sessions/forgotten", policies.Public, "forgotStaffPassword", "Ask for a link to a new password by e-mail. The answer is the same whether there is such a login or not", call(d, 204, d.forgot)),
		r("POST", at+"/staff-sessions/password", policies.Public, "setForgottenPassword", "Set a new password with the token of the link; all sessions end, and the second factor is asked for with the next sign-in", call(d, 204, d.setForgotten)),
		r("POST", at+"/staff-sessions/invitation", policies.Public, "joinStaff", "Take an invitation up with a password of one's own; the second factor is to be added next", call(d, 201, d.join)),
		r("GET", at+"/invitations", policies.StaffAppoint, "listInvitations", "Who was invited and has not come, by login", call(d, 200, d.invitations)),
		r("POST", at+"/invitations", policies.StaffAppoint, "invite", "Invite somebody by e-mail to work for the tenant; the link is good for seven days. Nobody gives more than they have", call(d, 201, d.invite)).fresh(),
		r("POST", one+"/invite-again", policies.StaffAppoint, "inviteAgain", "Send a new link; the earlier one ends", call(d, 204, d.inviteAgain)).fresh(),
		r("POST", one+"/uninvite", policies.StaffAppoint, "uninvite", "Withdraw an invitation", call(d, 204, d.uninvite)).fresh(),
		r("POST", one+"/reset-factors", policies.StaffAppoint, "resetFactors", "Remove the second factors of a member of the staff who has lost them; their sessions end, and they are told", call(d, 204, d.resetFactors)).fresh(),
	}
}

// ForgottenRequest asks for a link to a new password.
type ForgottenRequest struct {
	Login string `json:"login" minLength:"1" maxLength:"320"`
}

// LinkedPassword sets a password with the token of a letter's link.
type LinkedPassword struct {
	Token    string `json:"token" minLength:"1" maxLength:"200" doc:"The last part of the link's path"`
	Password string `json:"password" minLength:"1" maxLength:"512"`
}

// InvitationRequest invites somebody.
type InvitationRequest struct {
	Email  string `json:"email" minLength:"3" maxLength:"254" doc:"They sign in with it"`
	Name   string `json:"name" minLength:"1" maxLength:"80"`
	Role   string `json:"role" minLength:"1" maxLength:"100"`
	Locale string `json:"locale,omitempty" maxLength:"20" doc:"Language of the letter and of the portal; absent: yours"`
}

// InvitationMade names who was invited.
type InvitationMade struct {
	ID string `json:"id" format:"uuid" doc:"Of the member of the staff to be"`
}

// Invitations are those that were not taken up.
type Invitations struct {
	Invitations []InvitationItem `json:"invitations"`
}

// InvitationItem is one of them.
type InvitationItem struct {
	Colleague
	Expires string `json:"expires_at,omitempty" format:"date-time" doc:"Absent: it is over"`
	Letter  string `json:"letter,omitempty" enum:"queued,sent,delivered,failed" doc:"Where the e-mail is"`
	Failure string `json:"failure,omitempty" doc:"Why it did not go out"`
}

func (d *Door) forgot(c *fiber.Ctx, who caller, in ForgottenRequest) (none, error) {
	tenant, err := d.tenantOf(c)
	if err != nil {
		return none{}, err
	}
	return none{}, d.Staff.Forgot(c.UserContext(), tenant, in.Login, clientOf(c, who))
}

func (d *Door) setForgotten(c *fiber.Ctx, _ caller, in LinkedPassword) (none, error) {
	tenant, err := d.tenantOf(c)
	if err != nil {
		return none{}, err
	}
	return none{}, d.Staff.SetForgotten(c.UserContext(), tenant, in.Token, in.Password)
}

func (d *Door) join(c *fiber.Ctx, who caller, in LinkedPassword) (StaffSession, error) {
	tenant, err := d.tenantOf(c)
	if err != nil {
		return StaffSession{}, err
	}
	entry, err := d.Staff.Join(c.UserContext(), tenant, in.Token, in.Password, clientOf(c, who))
	if err != nil {
		return StaffSession{}, err
	}
	return d.renderEntry(c, who, tenant, entry, nil)
}

func (d *Door) invitations(c *fiber.Ctx, who caller, _ none) (Invitations, error) {
	found, err := d.Roster.Invitations(c.UserContext(), roster.Who(who.desk))
	out := Invitations{Invitations: []InvitationItem{}}
	for _, x := range found {
		out.Invitations = append(out.Invitations, InvitationItem{Colleague: d.colleague(who, x.Member), Expires: stamp(x.Expires), Letter: string(x.Letter), Failure: x.Failure})
	}
	return out, err
}

func (d *Door) invite(c *fiber.Ctx, who caller, in InvitationRequest) (InvitationMade, error) {
	id, err := d.Roster.Invite(c.UserContext(), roster.Who(who.desk), roster.Invitation{Email: in.Email, Name: in.Name, Role: in.Role, Locale: kyc.Locale(in.Locale)})
	return InvitationMade{ID: string(id)}, err
}

func (d *Door) inviteAgain(c *fiber.Ctx, who caller, _ none) (none, error) {
	return none{}, d.Roster.InviteAgain(c.UserContext(), roster.Who(who.desk), kyc.StaffID(c.Params("staff")))
}

func (d *Door) uninvite(c *fiber.Ctx, who caller, _ none) (none, error) {
	return none{}, d.Roster.Uninvite(c.UserContext(), roster.Who(who.desk), kyc.StaffID(c.Params("staff")))
}

func (d *Door) resetFactors(c *fiber.Ctx, who caller, _ none) (none, error) {
	return none{}, d.Roster.ResetFactors(c.UserContext(), roster.Who(who.desk), kyc.StaffID(c.Params("staff")))
}
