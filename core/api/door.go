package api

import (
	"context"
	"log/slog"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/paifang/paifang/core/account"
	"github.com/paifang/paifang/core/contact"
	"github.com/paifang/paifang/core/credential"
	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/offer"
	"github.com/paifang/paifang/core/pipeline"
	"github.com/paifang/paifang/core/review"
	"github.com/paifang/paifang/core/roster"
	"github.com/paifang/paifang/core/tenant"
	"github.com/paifang/paifang/core/trace"
	"github.com/paifang/paifang/locales"
	"github.com/paifang/paifang/policies"
)

// Keys tells whose an API key is; *tenant.Office does.
type Keys interface {
	Resolve(ctx context.Context, key string) (kyc.APIKey, error)
}

// Tenants is what a tenant offers.
type Tenants interface {
	TenantMarkets(ctx context.Context, tenant kyc.TenantID) ([]kyc.TenantMarket, error)
	Tenant(ctx context.Context, tenant kyc.TenantID) (kyc.Tenant, error)
	Legal(ctx context.Context, tenant kyc.TenantID, document string, locale kyc.Locale, at kyc.Millis) (kyc.LegalDocument, error)
}

// Flows describes markets.
type Flows interface {
	Flow(ctx context.Context, market kyc.MarketID, version string) (*kyc.Flow, error)
	// Offered is a market by the version or channel that the tenant has chosen.
	Offered(ctx context.Context, market kyc.MarketID, pinned string) (*kyc.Flow, error)
}

// Puzzles makes human tests.
type Puzzles interface {
	Puzzle(ctx context.Context, tenant kyc.TenantID, now time.Time) (contact.Puzzle, error)
}

// Sessions signs account holders in and out; *credential.AccountSessions does.
type Sessions interface {
	SignIn(ctx context.Context, tenant kyc.TenantID, login, password string, c credential.Client) (credential.Signed, error)
	AskCode(ctx context.Context, tenant kyc.TenantID, login string, locale kyc.Locale, c credential.Client) (credential.Asked, error)
	SignInByCode(ctx context.Context, tenant kyc.TenantID, ticket, code string, c credential.Client) (credential.Signed, kyc.Problem, error)
	Account(ctx context.Context, tenant kyc.TenantID, token string) (kyc.AccountID, error)
	SignOut(ctx context.Context, tenant kyc.TenantID, token string) error
}

// Statements tells what an account is.
type Statements interface {
	Statement(ctx context.Context, tenant kyc.TenantID, id kyc.AccountID) (*account.Statement, error)
}

// Config is everything the door needs. All fields are required.
type Config struct {
	Service    pipeline.Service
	Keys       Keys
	Tenants    Tenants
	Flows      Flows
	Puzzles    Puzzles
	Sessions   Sessions
	Owner      Owners
	Strength   *credential.Strength
	Statements Statements
	Readers    Readers
	Rights     OwnRights
	Staff      StaffSessions
	Desk       *review.Desk
	Receipts   Receipts
	Roster     *roster.Roster
	Rollouts   Rollouts
	Offers     *offer.Desk
	KeyDesk    *tenant.Desk
	Printer    func(kyc.Locale) *locales.Printer // asked at every request, for catalogues can change
	Locales    []kyc.Locale                      // shipped languages
	Ready      func(ctx context.Context) error   // nil error: the process can serve
	Base       string                            // how people reach the server, as "https://host"; for links to pages
	Clock      kyc.Clock
	Log        *slog.Logger
}

// Door is the JSON door.
type Door struct {
	Config
	routes      []route
	description []byte // OpenAPI 3.1, JSON
}

// New makes the door. It fails when the description cannot be made.
func New(c Config) (*Door, error) {
	d := &Door{Config: c}
	d.routes = d.table()
	var err error
	d.description, err = d.describe()
	return d, err
}

// Mount adds the door's routes.
func (d *Door) Mount(app fiber.Router) {
	for _, r := range d.routes {
		app.Add(r.Method, r.Path, d.enter(r))
	}
}

// Lines lists the door's routes.
func (d *Door) Lines() []policies.Line {
	var list []policies.Line
	for _, r := range d.routes {
		list = append(list, policies.Line{Method: r.Method, Path: r.Path, Needs: r.Needs, Fresh: r.Fresh})
	}
	return list
}

// enter is what every route has in common: who is it, may they, answer errors.
func (d *Door) enter(r route) fiber.Handler {
	return func(c *fiber.Ctx) error {
		c.Set(fiber.HeaderCacheControl, "no-store")
		who, err := d.admit(c, r.Needs)
		if err != nil {
			return err
		}
		trace.Add(c.UserContext(), trace.Tenant(who.tenant))
		if r.Fresh {
			if err := d.Staff.Fresh(c.UserContext(), who.token); err != nil {
				return err
			}
		}
		c.Set(fiber.HeaderContentLanguage, string(who.locale)) // of what is not about one person
		return r.Handle.serve(c, who)
	}
}
