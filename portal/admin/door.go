package admin

import (
	"context"
	"embed"
	"encoding/json"
	"io/fs"
	"slices"

	"github.com/gofiber/fiber/v2"

	"github.com/paifang/paifang/core/credential"
	"github.com/paifang/paifang/core/factor"
	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/offer"
	"github.com/paifang/paifang/core/review"
	"github.com/paifang/paifang/core/roster"
	"github.com/paifang/paifang/core/tenant"
	"github.com/paifang/paifang/policies"
	"github.com/paifang/paifang/portal/web"
)

//go:embed all:pages assets
var embedded embed.FS

// Area is what this door adds to the renderer.
func Area() (web.Area, error) {
	pages, err := fs.Sub(embedded, "pages")
	if err != nil {
		return web.Area{}, err
	}
	assets, err := fs.Sub(embedded, "assets")
	if err != nil {
		return web.Area{}, err
	}
	return web.Area{Name: "admin", Pages: pages, Assets: assets,
		Styles: []string{"frame.css", "case.css"}}, nil
}

// Sessions signs staff in and knows who is signed in.
type Sessions interface {
	// SignInStaff checks the password; the entry says what is still missing.
	// Unauthorized when login and password do not fit, Limited past the budget.
	SignInStaff(ctx context.Context, tenant kyc.TenantID, login, password string, client credential.Client) (credential.Entry, error)
	// Second completes a sign-in with a second factor.
	Second(ctx context.Context, token string, proof credential.Proof, client credential.Client) (credential.Entry, error)
	// OfferApp and EnrolApp complete one by adding the first factor.
	OfferApp(ctx context.Context, token, ticket string) (factor.Offer, error)
	EnrolApp(ctx context.Context, token, ticket, code string, client credential.Client) (credential.Enrolled, error)
	// Fresh is Forbidden ("error.reauthentication_required") unless the holder has
	// just shown who they are, which Confirm does.
	Fresh(ctx context.Context, token string) error
	Confirm(ctx context.Context, token string, proof credential.Proof, client credential.Client) error
	Own
	Passkeys
	Links
	// StaffOf tells who holds a token; Unauthorized for anything else. The
	// answer has the tenant that the person works for.
	StaffOf(ctx context.Context, token string) (kyc.Staff, error)
	// SignOut ends the session; a token that is unknown is no error.
	SignOut(ctx context.Context, token string) error
}

// Own is what somebody does about their own sign-in; *credential.StaffSessions
// says what each answers.
type Own interface {
	Security(ctx context.Context, token string) (credential.Security, error)
	Revoke(ctx context.Context, token, id string) error
	OfferAnother(ctx context.Context, token, ticket string) (factor.Offer, error)
	AddApp(ctx context.Context, token, ticket, code, name string, client credential.Client) error
	RemoveFactor(ctx context.Context, token, id string) error
	RenewRecovery(ctx context.Context, token string) ([]string, error)
	ChangePassword(ctx context.Context, token, password string) error
}

// Passkeys is what the pages ask passkeys for; *credential.StaffSessions says what
// each answers. What is asked is JSON for navigator.credentials.
type Passkeys interface {
	// Passkeys tells whether a page at a host can offer them.
	Passkeys(host string) bool
	// Pending tells what the person of an incomplete sign-in can show.
	Pending(ctx context.Context, token string) (factor.Holds, error)
	AskAnyone(ctx context.Context, tenant kyc.TenantID, client credential.Client) (json.RawMessage, error)
	SignInPasskey(ctx context.Context, tenant kyc.TenantID, answer []byte, client credential.Client) (credential.Entry, error)
	AskSecond(ctx context.Context, token string) (json.RawMessage, error)
	AskConfirm(ctx context.Context, token string) (json.RawMessage, error)
	AskEnrol(ctx context.Context, token string) (json.RawMessage, error)
	EnrolPasskey(ctx context.Context, token string, answer []byte, name string, client credential.Client) (credential.Enrolled, error)
	AskAnother(ctx context.Context, token string) (json.RawMessage, error)
	AddPasskey(ctx context.Context, token string, answer []byte, name string, client credential.Client) error
}

// Config is everything a Door needs. All fields are required.
type Config struct {
	Renderer *web.Renderer
	Desk     *review.Desk
	Roster   *roster.Roster
	Sessions Sessions
	Rollouts Rollouts
	Offers   *offer.Desk
	Keys     *tenant.Desk
}

// Door serves the staff's pages.
type Door struct{ Config }

// New makes a Door.
func New(c Config) *Door { return &Door{c} }

// Routes is the table of this door: what it answers and what one needs for it.
func (d *Door) Routes() []policies.Route[fiber.Handler] {
	const base, one = "/admin/:tenant", "/admin/:tenant/cases/:case"
	return append([]policies.Route[fiber.Handler]{
		{Method: fiber.MethodGet, Path: base + "/sign-in", Needs: policies.Public, Handle: d.signInPage},
		{Method: fiber.MethodPost, Path: base + "/sign-in", Needs: policies.Public, Handle: d.signIn},
		{Method: fiber.MethodGet, Path: base + "/sign-in/second", Needs: policies.Public, Handle: d.secondPage},
		{Method: fiber.MethodPost, Path: base + "/sign-in/second", Needs: policies.Public, Handle: d.second},
		{Method: fiber.MethodGet, Path: base + "/sign-in/enrol", Needs: policies.Public, Handle: d.enrolPage},
		{Method: fiber.MethodPost, Path: base + "/sign-in/enrol", Needs: policies.Public, Handle: d.enrol},
		{Method: fiber.MethodPost, Path: base + "/confirm", Needs: policies.StaffSelf, Handle: d.confirm},
		{Method: fiber.MethodPost, Path: base + "/sign-out", Needs: policies.StaffSelf, Handle: d.signOut},
		{Method: fiber.MethodGet, Path: base + "/security", Needs: policies.StaffSelf, Handle: d.security},
		{Method: fiber.MethodGet, Path: base + "/security/app", Needs: policies.StaffSelf, Handle: d.anotherPage},
		{Method: fiber.MethodPost, Path: base + "/security/app", Needs: policies.StaffSelf, Handle: d.addApp, Fresh: true},
		{Method: fiber.MethodPost, Path: base + "/security/factors/:factor/remove", Needs: policies.StaffSelf, Handle: d.removeFactor, Fresh: true},
		{Method: fiber.MethodPost, Path: base + "/security/recovery", Needs: policies.StaffSelf, Handle: d.renewRecovery, Fresh: true},
		{Method: fiber.MethodPost, Path: base + "/security/password", Needs: policies.StaffSelf, Handle: d.changePassword, Fresh: true},
		{Method: fiber.MethodPost, Path: base + "/security/sessions", Needs: policies.StaffSelf, Handle: d.revoke},
		{Method: fiber.MethodPost, Path: base + "/security/sessions/:session/revoke", Needs: policies.StaffSelf, Handle: d.revoke},
		{Method: fiber.MethodGet, Path: base, Needs: policies.StaffSelf, Handle: d.home},
		{Method: fiber.MethodGet, Path: base + "/cases", Needs: policies.CaseRead, Handle: d.queue},
		{Method: fiber.MethodPost, Path: base + "/cases/next", Needs: policies.CaseClaim, Handle: d.next},
		{Method: fiber.MethodGet, Path: one, Needs: policies.CaseRead, Handle: d.showCase},
		{Method: fiber.MethodPost, Path: one + "/claim", Needs: policies.CaseClaim, Handle: d.claim},
		{Method: fiber.MethodPost, Path: one + "/release", Needs: policies.CaseClaim, Handle: d.release},
		{Method: fiber.MethodPost, Path: one + "/send-again", Needs: policies.CaseClaim, Handle: d.sendAgain},
		{Method: fiber.MethodPost, Path: one + "/take-back", Needs: policies.CaseDecide, Handle: d.takeBack, Fresh: true},
		{Method: fiber.MethodPost, Path: one + "/reveal", Needs: policies.DataReveal, Handle: d.reveal, Fresh: true},
		{Method: fiber.MethodPost, Path: one + "/preview", Needs: policies.CaseDecide, Handle: d.preview},
		{Method: fiber.MethodPost, Path: one + "/decide", Needs: policies.CaseDecide, Handle: d.decide, Fresh: true},
		{Method: fiber.MethodPost, Path: one + "/agree", Needs: policies.CaseDecide, Handle: d.agree, Fresh: true},
		{Method: fiber.MethodPost, Path: one + "/oppose", Needs: policies.CaseDecide, Handle: d.oppose, Fresh: true},
		{Method: fiber.MethodPost, Path: one + "/withdraw", Needs: policies.CaseDecide, Handle: d.withdraw, Fresh: true},
		{Method: fiber.MethodGet, Path: one + "/files/:file", Needs: policies.DocumentView, Handle: d.file},
		{Method: fiber.MethodGet, Path: base + "/audit", Needs: policies.AuditRead, Handle: d.audit},
		{Method: fiber.MethodPost, Path: base + "/audit/proof", Needs: policies.AuditRead, Handle: d.prove},
		{Method: fiber.MethodGet, Path: base + "/audit/export", Needs: policies.AuditRead, Handle: d.exportRecord},
		{Method: fiber.MethodGet, Path: base + "/audit/checkpoint", Needs: policies.AuditRead, Handle: d.checkpoint},
		{Method: fiber.MethodGet, Path: base + "/deliveries", Needs: policies.MessageRead, Handle: d.seek},
		{Method: fiber.MethodPost, Path: base + "/deliveries", Needs: policies.MessageRead, Handle: d.found},
		{Method: fiber.MethodGet, Path: base + "/deliveries/:application", Needs: policies.MessageRead, Handle: d.delivery},
		{Method: fiber.MethodPost, Path: base + "/deliveries/:application/freeze", Needs: policies.AccountFreeze, Handle: d.freezeAccount, Fresh: true},
		{Method: fiber.MethodPost, Path: base + "/deliveries/:application/send-again", Needs: policies.MessageRepeat, Handle: d.repeatMessage},
		{Method: fiber.MethodGet, Path: base + "/sending", Needs: policies.SendingRead, Handle: d.sending},
		{Method: fiber.MethodPost, Path: base + "/sending/release", Needs: policies.SendingRelease, Handle: d.releaseSending, Fresh: true},
		{Method: fiber.MethodGet, Path: base + "/providers", Needs: policies.ProviderRead, Handle: d.providers},
	}, slices.Concat(d.rightsRoutes(base), d.passkeyRoutes(base), d.letterRoutes(base), d.inviteRoutes(base), d.rosterRoutes(base), d.rolloutRoutes(base), d.marketRoutes(base), d.keyRoutes(base))...)
}

// Mount adds the door to the app.
func (d *Door) Mount(app fiber.Router) { d.Renderer.Mount(app, d.Routes(), d.may) }
