package pipeline

import (
	"context"
	"io"
	"log/slog"
	"time"

	"github.com/paifang/paifang/core/check"
	"github.com/paifang/paifang/core/contact"
	"github.com/paifang/paifang/core/credential"
	"github.com/paifang/paifang/core/evidence"
	"github.com/paifang/paifang/core/kyc"
)

// Markets are the rules of the regions; the provider host implements it.
type Markets interface {
	// Flow is a market as described by the given provider version ("" for the
	// current one). NotFound for a market that nobody supplies, Unavailable
	// while it has never been described.
	Flow(ctx context.Context, market kyc.MarketID, version string) (*kyc.Flow, error)
	// Choose tells which version a new application is bound to; key is its id.
	// pinned is the tenant's own choice of a version or a channel; "" is none. A
	// version that was chosen and does not run is Unavailable. The answer "" means
	// the current one.
	Choose(market kyc.MarketID, key, pinned string) (string, error)
	// Evaluate asks the market about one step. An error means "could not tell".
	Evaluate(ctx context.Context, q kyc.Question) (kyc.Finding, error)
}

// Store is what the pipeline reads and where its changes go.
type Store interface {
	reader
	Commit(ctx context.Context, tenant kyc.TenantID, change kyc.Change) error
}

type reader interface {
	applicationReader
	contactReader
	Tenant(ctx context.Context, tenant kyc.TenantID) (kyc.Tenant, error)
	TenantMarket(ctx context.Context, tenant kyc.TenantID, market kyc.MarketID) (kyc.TenantMarket, error)
	MarketVersion(ctx context.Context, tenant kyc.TenantID, market kyc.MarketID, number int64) (kyc.MarketVersion, error)
	Legal(ctx context.Context, tenant kyc.TenantID, document string, locale kyc.Locale, at kyc.Millis) (kyc.LegalDocument, error)
	AssertionKey(ctx context.Context, tenant kyc.TenantID, kid string) (kyc.AssertionKey, error)
	CaseOfApplication(ctx context.Context, tenant kyc.TenantID, id kyc.ApplicationID) (kyc.Case, error)
	Decisions(ctx context.Context, tenant kyc.TenantID, id kyc.ApplicationID) ([]kyc.Decision, error)
}

type applicationReader interface {
	Application(ctx context.Context, tenant kyc.TenantID, id kyc.ApplicationID) (kyc.Application, error)
	ApplicationOfSubject(ctx context.Context, tenant kyc.TenantID, market kyc.MarketID, subject string, test bool) (kyc.Application, error)
	Whole(ctx context.Context, tenant kyc.TenantID, id kyc.ApplicationID) (kyc.Whole, error)
	// Held reads who holds a token, and the application asked for, which may be another one or none.
	Held(ctx context.Context, tenant kyc.TenantID, hash []byte, id kyc.ApplicationID) (kyc.Holder, kyc.Whole, error)
	Files(ctx context.Context, tenant kyc.TenantID, id kyc.ApplicationID) ([]kyc.File, error)
	Account(ctx context.Context, tenant kyc.TenantID, id kyc.AccountID) (kyc.Account, error)
	AccountOfApplication(ctx context.Context, tenant kyc.TenantID, id kyc.ApplicationID) (kyc.Account, error)
	Recovery(ctx context.Context, tenant kyc.TenantID, id kyc.ApplicationID) (kyc.Recovery, error)
	Recoveries(ctx context.Context, tenant kyc.TenantID, account kyc.AccountID, since kyc.Millis, limit int) ([]kyc.Recovery, error)
	Balances(ctx context.Context, tenant kyc.TenantID, id kyc.AccountID) ([]kyc.Balance, error)
	Credentials(ctx context.Context, tenant kyc.TenantID, id kyc.ApplicantID) ([]kyc.Credential, error)
	Replay(ctx context.Context, tenant kyc.TenantID, scope string, key []byte) (kyc.Replay, error)
	// BudgetUsed tells how often a budget has been used in the window that starts at start.
	BudgetUsed(ctx context.Context, tenant kyc.TenantID, key string, start kyc.Millis) (int64, error)
	// Durable returns once all that was committed before survives a power cut.
	Durable(ctx context.Context) error
}

type contactReader interface {
	Identifiers(ctx context.Context, tenant kyc.TenantID, id kyc.ApplicationID) ([]kyc.Identifier, error)
	AccountIdentifiers(ctx context.Context, tenant kyc.TenantID, id kyc.AccountID) ([]kyc.Identifier, error)
	IdentifierTaken(ctx context.Context, tenant kyc.TenantID, kind string, index []byte, except kyc.ApplicationID) (bool, error)
	CountIdentity(ctx context.Context, tenant kyc.TenantID, kind string, index []byte, except kyc.ApplicantID) (int, error)
	Challenge(ctx context.Context, tenant kyc.TenantID, id kyc.ChallengeID) (kyc.Challenge, error)
	ChallengeByLink(ctx context.Context, tenant kyc.TenantID, hash []byte) (kyc.Challenge, error)
	PendingChallenge(ctx context.Context, tenant kyc.TenantID, id kyc.ApplicationID, step kyc.StepID) (kyc.Challenge, error)
	StepChallenges(ctx context.Context, tenant kyc.TenantID, id kyc.ApplicationID, step kyc.StepID, since kyc.Millis) ([]kyc.Challenge, error)
}

// Vault seals what is personal.
type Vault interface {
	NewApplicant(ctx context.Context, tenant kyc.TenantID, applicant kyc.ApplicantID) ([]byte, error)
	Seal(ctx context.Context, tenant kyc.TenantID, applicant kyc.ApplicantID, column string, plain []byte) ([]byte, error)
	Unseal(ctx context.Context, tenant kyc.TenantID, applicant kyc.ApplicantID, column string, sealed []byte) ([]byte, error)
	UnsealTenant(ctx context.Context, tenant kyc.TenantID, column string, sealed []byte) ([]byte, error)
	Index(ctx context.Context, tenant kyc.TenantID, class, canonical string) ([]byte, error)
}

// Human verifies solved human tests.
type Human interface {
	Verify(ctx context.Context, tenant kyc.TenantID, value string, now time.Time) (kyc.UseOnce, kyc.Problem, error)
}

// Passwords checks and hashes secrets.
type Passwords interface {
	Hash(ctx context.Context, password string) (string, error)
	Verify(ctx context.Context, phc, password string) (ok, rehash bool, err error)
}

// Files takes in and gives back uploaded files.
type Files interface {
	Take(ctx context.Context, u evidence.Upload, body io.Reader) (kyc.File, []kyc.Problem, error)
	Open(ctx context.Context, f kyc.File, rendition bool) (io.ReadCloser, string, error)
	Remove(ctx context.Context, f kyc.File) error
}

// Logins knows login names as people type them.
type Logins interface {
	// Bearer is the account that a login name opens; "" for none.
	Bearer(ctx context.Context, tenant kyc.TenantID, login string) (kyc.AccountID, error)
}

// Checks runs the named checks after submission.
type Checks interface {
	Run(ctx context.Context, in check.Input, names []string) []check.Outcome
}

// Geography knows countries and how their addresses are written.
type Geography interface {
	Country(code string) bool
	// Address checks the parts of an address (kyc.AddressParts) and names the
	// parts that fell short.
	Address(prefix string, values kyc.Values) []kyc.Problem
}

// Config is everything a Pipeline needs. All fields are required but Limits and Breached.
type Config struct {
	Store     Store
	Vault     Vault
	Markets   Markets
	Human     Human
	Codes     *contact.Maker
	Passwords Passwords
	Breached  *credential.Breached // an installation's own list; nil: what is shipped alone
	Logins    Logins
	Files     Files
	Checks    Checks
	Geography Geography
	Limits    contact.Limits
	Warden    *contact.Warden // over the same limits
	Herald    credential.Herald
	// StartsPerAddress bounds the applications started from one network address
	// in an hour.
	StartsPerAddress int64
	// RecoveryWait is how long the contacts of an account have to stop a recovery
	// that was granted, before its one-time link is sent; 0: it is sent at once.
	RecoveryWait time.Duration
	Clock        kyc.Clock
	IDs          kyc.IDs
	Random       io.Reader
	Log          *slog.Logger
}

// Pipeline implements Service.
type Pipeline struct {
	Config
	underway underway
}

// New makes a Pipeline.
func New(c Config) *Pipeline { return &Pipeline{Config: c} }

var _ Service = (*Pipeline)(nil)
