package api

import (
	"context"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/paifang/paifang/core/credential"
	"github.com/paifang/paifang/core/factor"
	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/review"
	"github.com/paifang/paifang/policies"
)

// StaffSessions signs staff in and knows who is signed in.
type StaffSessions interface {
	// SignInStaff checks the password; the entry says what is still missing.
	// Unauthorized when login and password do not fit, Limited past the budget.
	SignInStaff(ctx context.Context, tenant kyc.TenantID, login, password string, client credential.Client) (credential.Entry, error)
	Second(ctx context.Context, token string, proof credential.Proof, client credential.Client) (credential.Entry, error)
	OfferApp(ctx context.Context, token, ticket string) (factor.Offer, error)
	EnrolApp(ctx context.Context, token, ticket, code string, client credential.Client) (credential.Enrolled, error)
	// Fresh is Forbidden ("error.reauthentication_required") unless the holder has
	// just shown who they are, which Confirm does.
	Fresh(ctx context.Context, token string) error
	Confirm(ctx context.Context, token string, proof credential.Proof, client credential.Client) error
	OwnSignIn
	StaffPasskeys
	StaffLinks
	// StaffOf tells who holds a token; Unauthorized for anything else.
	StaffOf(ctx context.Context, token string) (kyc.Staff, error)
	SignOut(ctx context.Context, token string) error
}

// OwnSignIn is what somebody does about their own sign-in; *credential.StaffSessions
// says what each answers.
type OwnSignIn interface {
	Security(ctx context.Context, token string) (credential.Security, error)
	Revoke(ctx context.Context, token, id string) error
	OfferAnother(ctx context.Context, token, ticket string) (factor.Offer, error)
	AddApp(ctx context.Context, token, ticket, code, name string, client credential.Client) error
	RemoveFactor(ctx context.Context, token, id string) error
	RenewRecovery(ctx context.Context, token string) ([]string, error)
	ChangePassword(ctx context.Context, token, password string) error
}

// desk is the path below which the staff of a tenant work.
func desk(tenant kyc.TenantID) string { return base + "/tenants/" + string(tenant) }

// staffTable is the routes of staff. Whatever a route needs is asked again by
// the desk, with what the case is about.
func (d *Door) staffTable() []route {
	const at = base + "/tenants/:tenant"
	const one = at + "/cases/:case"
	r := func(method, path string, needs policies.Permission, id, summary string, h handler) route {
		return route{Route: policies.Route[handler]{Method: method, Path: path, Needs: needs, Handle: h}, id: id, summary: summary, public: true}
	}
	return append([]route{
		r("POST", at+"/staff-sessions", policies.Public, "signInStaff", "Sign a member of staff in: the password, and with it or in the next request the second factor", call(d, 201, d.signInStaff)),
		r("POST", at+"/staff-sessions/second-factor", policies.Public, "secondFactor", "Complete a sign-in with a second factor", call(d, 201, d.secondFactor)),
		r("POST", at+"/staff-sessions/enrolment", policies.Public, "offerFactor", "Begin to add an authenticator app, which the first sign-in asks for", call(d, 200, d.offerFactor)),
		r("POST", at+"/staff-sessions/enrolment/complete", policies.Public, "enrolFactor", "Add the authenticator app with its first code; the sign-in is complete", call(d, 201, d.enrolFactor)),
		r("GET", at+"/staff-sessions/current", policies.StaffSelf, "readStaff", "Who am I, and what may I do", call(d, 200, d.readStaff)),
		r("DELETE", at+"/staff-sessions/current", policies.StaffSelf, "signOutStaff", "End the staff session", call(d, 204, d.signOutStaff)),
		r("POST", at+"/staff-sessions/current/confirmation", policies.StaffSelf, "confirmStaff", "Show once more who one is. Routes that answer 403 reauthentication_required want that within the last ten minutes", call(d, 204, d.confirmStaff)),
		r("GET", at+"/staff-security", policies.StaffSelf, "readSecurity", "How one signs in, and where one is signed in", call(d, 200, d.staffSecurity)),
		r("DELETE", at+"/staff-security/sessions", policies.StaffSelf, "revokeSessions", "End all of one's other sessions", call(d, 204, d.revokeSession)),
		r("DELETE", at+"/staff-security/sessions/:session", policies.StaffSelf, "revokeSession", "End another of one's sessions", call(d, 204, d.revokeSession)),
		r("POST", at+"/staff-security/offer", policies.StaffSelf, "offerAnotherFactor", "Begin to add one more authenticator app", call(d, 200, d.offerAnother)),
		r("POST", at+"/staff-security/factors", policies.StaffSelf, "addFactor", "Add the authenticator app with its first code", call(d, 204, d.addFactor)).fresh(),
		r("DELETE", at+"/staff-security/factors/:factor", policies.StaffSelf, "removeFactor", "Remove a factor, but for the last one; one's other sessions end", call(d, 204, d.removeFactor)).fresh(),
		r("POST", at+"/staff-security/recovery-codes", policies.StaffSelf, "renewRecoveryCodes", "Make ten new recovery codes; the earlier ones end", call(d, 200, d.renewRecovery)).fresh(),
		r("PUT", at+"/staff-security/password", policies.StaffSelf, "changeStaffPassword", "Change one's own password; one's other sessions end", call(d, 204, d.changePassword)).fresh(),
		r("GET", at+"/cases", policies.CaseRead, "listCases", "The queue", call(d, 200, d.cases)).with(caseFilter...),
		r("POST", at+"/cases/next", policies.CaseClaim, "nextCase", "Claim the free case that is due first", call(d, 200, d.nextCase)).with(repeatable(
			"Up to 200 bytes. Asked again with the same key within 24 hours, the answer is the case that was claimed the first time.")),
		r("GET", one, policies.CaseRead, "readCase", "A case: documents, data, checks, history, and what you may do", call(d, 200, d.readCase)),
		r("POST", one+"/claim", policies.CaseClaim, "claimCase", "Claim a case for 30 minutes, so that nobody else decides it; claiming one's own renews it", call(d, 200, d.claimCase)),
		r("POST", one+"/release", policies.CaseClaim, "releaseCase", "Give a claimed case back", call(d, 200, d.releaseCase)),
		r("POST", one+"/send-again", policies.CaseClaim, "sendAgain", "Send the applicant once more what matters now, when it did not arrive: the code they are waited for, or the news of the decision. At most five an hour", call(d, 200, d.sendAgain)),
		r("POST", one+"/take-back", policies.CaseDecide, "takeBackCase", "Take a granted recovery request back to the queue, before its link was used", call(d, 200, d.takeBack)).fresh(),
		r("POST", one+"/reveal", policies.DataReveal, "revealCase", "See personal data in clear for 15 minutes, for a reason that is recorded", call(d, 200, d.revealCase)).fresh(),
		r("POST", one+"/preview", policies.CaseDecide, "previewDecision", "What the applicant would read of a decision, in their language", call(d, 200, d.previewCase)),
		r("POST", one+"/decision", policies.CaseDecide, "decideCase", "Decide a case that you have claimed. Where takes_two says so, to approve and to reject take two people: the first proposes it and the case goes back to the queue. The very same decision sent again is answered as the first time", call(d, 200, d.decideCase)).fresh(),
		r("POST", one+"/confirmation", policies.CaseDecide, "confirmProposal", "Decide a case that you have claimed as somebody else has proposed", call(d, 200, d.confirmCase)).fresh(),
		r("POST", one+"/objection", policies.CaseDecide, "opposeProposal", "Send back what somebody else has proposed about a case that you have claimed; the case goes back to the queue", call(d, 200, d.opposeCase)).fresh(),
		r("POST", one+"/withdrawal", policies.CaseDecide, "withdrawProposal", "Withdraw what you have proposed", call(d, 200, d.withdrawCase)).fresh(),
		r("GET", one+"/files/:file", policies.DocumentView, "viewCaseFile", "A file of the case; that it was viewed is recorded", d.caseFileHandler()).with(fileForm),
		r("POST", at+"/deliveries/search", policies.MessageRead, "findDeliveries", "Find applications by number or contact, with a case or without; every search is recorded. At most 60 an hour", call(d, 200, d.seekDeliveries)),
		r("GET", at+"/deliveries/:application", policies.MessageRead, "readDeliveries", "What became of the messages of an application", call(d, 200, d.deliveries)),
		r("POST", at+"/deliveries/:application/send-again", policies.MessageRepeat, "repeatMessage", "Send the applicant once more what matters now, when it did not arrive. At most five an hour", call(d, 200, d.repeatMessage)),
		r("POST", at+"/deliveries/:application/freeze", policies.AccountFreeze, "freezeFor", "Freeze the account that an application led to, on its holder's word, for a reason that is recorded", call(d, 200, d.freezeFor)).fresh(),
		r("GET", at+"/sending", policies.SendingRead, "readSending", "The budgets of messages: money spent today, how many were sent this hour, numbers of which few codes come back", call(d, 200, d.sendingState)),
		r("POST", at+"/sending/release", policies.SendingRelease, "releaseSending", "Re-open a budget or the numbers that begin alike, for a reason that is recorded; a budget three times a day", call(d, 200, d.releaseSending)).fresh(),
		r("GET", at+"/providers", policies.ProviderRead, "listProviders", "The state of the providers", call(d, 200, d.providerStates)),
	}, slices.Concat(d.recordTable(r), d.rightsTable(r), d.passkeyTable(r), d.letterTable(r), d.rosterTable(r), d.rolloutTable(r), d.marketTable(r), d.keyTable(r))...)
}

// staffed tells whether a permission is one of staff.
func staffed(needs policies.Permission) bool { return strings.Contains(string(needs), ".") }

// admitStaff finds out who a staff token belongs to and whether they may do what
// the route is for in the tenant of the path.
func (d *Door) admitStaff(c *fiber.Ctx, who caller, token string, needs policies.Permission) (caller, error) {
	staff, err := d.Staff.StaffOf(c.UserContext(), token)
	if err != nil {
		return who, err
	}
	if c.Get(fiber.HeaderAcceptLanguage) == "" && staff.Locale != "" {
		who.locale = staff.Locale
		c.Locals(spoken, staff.Locale)
	}
	who.token = token
	// A path without a tenant is of the platform.
	who.desk = review.Who{Staff: staff, Tenant: kyc.TenantID(c.Params("tenant", string(policies.OperatorTenant)))}
	if !d.Desk.Authorizer.May(staff, who.desk.Tenant, needs) {
		return who, kyc.EKey(kyc.Forbidden, "error.forbidden", "role lacks %s", needs)
	}
	if who.desk.Tenant != staff.Tenant { // who works for the platform reaches every tenant that there is
		_, err = d.Tenants.Tenant(c.UserContext(), who.desk.Tenant)
	}
	return who, err
}

func (d *Door) readStaff(_ *fiber.Ctx, who caller, _ none) (Staff, error) {
	return d.renderStaff(who), nil
}

func (d *Door) renderStaff(who caller) Staff {
	s := who.desk.Staff
	out := Staff{ID: string(s.ID), Tenant: string(s.Tenant), Login: s.Login, Name: s.Name, Role: s.Role,
		RoleName: d.roleName(who, s.Role), Locale: string(s.Locale), Permissions: []string{}}
	for _, p := range d.Desk.Permissions(who.desk) {
		out.Permissions = append(out.Permissions, string(p))
	}
	return out
}
