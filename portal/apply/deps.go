package apply

import (
	"context"
	"embed"
	"encoding/json"
	"io"
	"io/fs"

	"github.com/paifang/paifang/core/account"
	"github.com/paifang/paifang/core/credential"
	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/person"
	"github.com/paifang/paifang/core/pipeline"
	"github.com/paifang/paifang/portal/web"
)

//go:embed all:pages assets
var embedded embed.FS

// Area is the door's pages and assets, for web.New.
func Area() web.Area {
	pages, _ := fs.Sub(embedded, "pages") // a sub-folder of an embedded tree is always there
	assets, _ := fs.Sub(embedded, "assets")
	return web.Area{Name: "apply", Pages: pages, Assets: assets, Styles: []string{"apply.css", "drawings.css"}}
}

// Tenants is what a tenant offers.
type Tenants interface {
	// TenantMarkets lists the markets of a tenant, also those not enabled.
	TenantMarkets(ctx context.Context, tenant kyc.TenantID) ([]kyc.TenantMarket, error)
	// Legal is the version of a legal document in force, in the language or the
	// nearest one there is.
	Legal(ctx context.Context, tenant kyc.TenantID, document string, locale kyc.Locale, at kyc.Millis) (kyc.LegalDocument, error)
}

// Flows describes a market in its current version.
type Flows interface {
	Flow(ctx context.Context, market kyc.MarketID, version string) (*kyc.Flow, error)
	// Offered is a market by the version or channel that the tenant has chosen.
	Offered(ctx context.Context, market kyc.MarketID, pinned string) (*kyc.Flow, error)
}

// Human gives out human tests; contact.Giver does. Answers are verified by the
// pipeline.
type Human interface {
	// Puzzle is a fresh proof of work as ALTCHA-compatible JSON.
	Puzzle(ctx context.Context, tenant kyc.TenantID) ([]byte, error)
	// Challenge is the id of a fresh digit test, for people without JavaScript.
	Challenge(ctx context.Context, tenant kyc.TenantID) (string, error)
	// Image draws a digit test as PNG, Audio reads it out as WAV.
	Image(ctx context.Context, tenant kyc.TenantID, id string) ([]byte, error)
	Audio(ctx context.Context, tenant kyc.TenantID, id string, locale kyc.Locale) ([]byte, error)
}

// SignIn opens and closes sessions of accounts; *credential.AccountSessions does.
type SignIn interface {
	// SignIn is Unauthorized when name or password is wrong, without saying
	// which, and Limited past the budget.
	SignIn(ctx context.Context, tenant kyc.TenantID, login, password string, c credential.Client) (credential.Signed, error)
	// AskCode has a code sent if the name is somebody's; its answer does not tell.
	AskCode(ctx context.Context, tenant kyc.TenantID, login string, locale kyc.Locale, c credential.Client) (credential.Asked, error)
	// SignInByCode signs in with it, or has a Problem.
	SignInByCode(ctx context.Context, tenant kyc.TenantID, ticket, code string, c credential.Client) (credential.Signed, kyc.Problem, error)
	// Account tells whose session a token is; Unauthorized when it is none.
	Account(ctx context.Context, tenant kyc.TenantID, token string) (kyc.AccountID, error)
	SignOut(ctx context.Context, tenant kyc.TenantID, token string) error
}

// Owner is what account holders do about how they sign in;
// *credential.AccountSessions does.
type Owner interface {
	Holder(ctx context.Context, tenant kyc.TenantID, token string) (kyc.Account, error)
	Proved(ctx context.Context, tenant kyc.TenantID, token string) (kyc.Account, error)
	Passkeys(host string) bool
	Security(ctx context.Context, tenant kyc.TenantID, token string) (credential.Own, error)
	Confirm(ctx context.Context, tenant kyc.TenantID, token string, proof credential.Proof) error
	AskConfirm(ctx context.Context, tenant kyc.TenantID, token string) (json.RawMessage, error)
	Revoke(ctx context.Context, tenant kyc.TenantID, token, id string, c credential.Client) error
	ChangePassword(ctx context.Context, tenant kyc.TenantID, token, password string, c credential.Client) ([]kyc.Problem, error)
	ChangePayment(ctx context.Context, tenant kyc.TenantID, token, current, pin string, c credential.Client) ([]kyc.Problem, error)
	Freeze(ctx context.Context, tenant kyc.TenantID, token string, c credential.Client) error
	AskAnyone(ctx context.Context, tenant kyc.TenantID, c credential.Client) (json.RawMessage, error)
	SignInPasskey(ctx context.Context, tenant kyc.TenantID, answer []byte, c credential.Client) (credential.Signed, error)
	AskPasskey(ctx context.Context, tenant kyc.TenantID, token, site string) (json.RawMessage, error)
	AddPasskey(ctx context.Context, tenant kyc.TenantID, token string, answer []byte, name string, c credential.Client) error
	RemovePasskey(ctx context.Context, tenant kyc.TenantID, token, id string, c credential.Client) error
}

// Strength tells how good a password is; *credential.Strength does.
type Strength interface {
	Of(ctx context.Context, tenant kyc.TenantID, password string, personal []string, c credential.Client) (int, []kyc.Problem, error)
}

// Accounts shows an account to its owner; *account.Teller does.
type Accounts interface {
	Statement(ctx context.Context, tenant kyc.TenantID, id kyc.AccountID) (*account.Statement, error)
}

// Readers tells who read a person's documents; *person.Readers does.
type Readers interface {
	OfApplication(ctx context.Context, tenant kyc.TenantID, id kyc.ApplicationID) ([]person.Reading, error)
	OfAccount(ctx context.Context, tenant kyc.TenantID, id kyc.AccountID) ([]person.Reading, error)
}

// Rights is what account holders ask of those who hold their data; *person.Rights does.
type Rights interface {
	Own(ctx context.Context, tenant kyc.TenantID, id kyc.AccountID) (person.Own, error)
	AskExport(ctx context.Context, holder kyc.Account, device string) (kyc.Export, error)
	OpenExport(ctx context.Context, holder kyc.Account, id string) (io.ReadCloser, kyc.Export, error)
	AskOwn(ctx context.Context, holder kyc.Account, device string) error
	Undo(ctx context.Context, holder kyc.Account, device string) error
}

// Config is everything the door needs. Pages must know Area().
type Config struct {
	Pages    *web.Renderer
	Service  pipeline.Service
	Tenants  Tenants
	Flows    Flows
	Human    Human
	SignIn   SignIn
	Owner    Owner
	Strength Strength
	Accounts Accounts
	Readers  Readers
	Rights   Rights
	Base     string // how people reach this server, as "https://host"; for links on pages
}

// Door is the applicants' door. Its routes are in Routes.
type Door struct{ Config }

// New makes the door.
func New(c Config) *Door { return &Door{c} }
