package pipeline

import (
	"context"
	"io"

	"github.com/paifang/paifang/core/kyc"
)

// Client is where a request came from. Address is sealed when kept.
type Client struct {
	Address string
	Device  string // what the browser is known by, for budgets; "" for none
	Human   string // solution of a human test that came along, where no step has it for a field
	Known   string // token of a device that has signed in before; "" without
	Agent   string // how the browser names itself; "" when unknown
}

// Ref names an application and who acts on it.
type Ref struct {
	Tenant      kyc.TenantID
	Application kyc.ApplicationID
	Token       string // holder token
	Client      Client
}

// Start asks for a new application.
type Start struct {
	Tenant   kyc.TenantID
	Market   kyc.MarketID
	Way      string // into the market; "" for its default
	Locale   kyc.Locale
	TestMode bool
	Client   Client

	// IdempotencyKey makes a repeated request answer the application that the
	// first one started, with its token, as long as nothing has happened to it; ""
	// for none. It counts for the API key and the network address, within a day,
	// and must be hard to guess: 16 bytes at least.
	IdempotencyKey string
	Key            kyc.KeyID // API key that asks
}

// Submission is the answers to one step.
type Submission struct {
	Step           kyc.StepID
	Version        int64 // of the application as the applicant saw it; 0: not said
	Values         kyc.Values
	IdempotencyKey string
	Agreed         []Agreed // the legal documents shown with the step; none: not said
}

// Agreed names a legal document as the applicant was shown it.
type Agreed struct {
	Document string     `json:"document"`
	Version  string     `json:"version"`
	Locale   kyc.Locale `json:"locale"`
}

// Link is what an e-mail link would do, told without consuming it.
type Link struct {
	Application kyc.ApplicationID
	Locale      kyc.Locale
	State       string     // ready, used, expired; of a link that stops a recovery also LinkLate and LinkEnded
	Ended       kyc.State  // activated, expired or withdrawn: there is nothing to come back to; "" else
	To          string     // masked
	Back        bool       // it leads back to the application and proves nothing
	Payment     *kyc.Field // of a granted recovery: how a new payment password is asked for; nil when the account has none
}

// States of a link that stops a recovery request, beside those of other links.
const (
	LinkLate  = "late"  // the new password is set
	LinkEnded = "ended" // the request came to nothing
)

// Service is what the doors call. *Pipeline implements it. A returned View with
// Short is of a request that fell short, with Next as the step that is to be
// answered again; an error is a refusal or a fault.
type Service interface {
	// Start makes an application and returns its first view and the holder token.
	Start(ctx context.Context, s Start) (*View, string, error)
	// ReadAssertion tells whom an assertion names; it uses nothing up.
	ReadAssertion(ctx context.Context, tenant kyc.TenantID, raw string) (Vouched, error)
	// Get resumes: the application as it stands.
	Get(ctx context.Context, r Ref) (*View, error)
	// GetStep is Get with Next showing a step that is already done, if it may be changed.
	GetStep(ctx context.Context, r Ref, step kyc.StepID) (*View, error)
	// Preview is GetStep with what is being typed in place of what is kept, to see
	// which fields apply then. It writes nothing.
	Preview(ctx context.Context, r Ref, step kyc.StepID, typed kyc.Values) (*View, error)
	// Choose takes another way into the market, while no step is done.
	Choose(ctx context.Context, r Ref, way string) (*View, error)
	// Submit answers one step.
	Submit(ctx context.Context, r Ref, s Submission) (*View, error)
	// Answer answers a challenge with the code typed.
	Answer(ctx context.Context, r Ref, id kyc.ChallengeID, code string) (*View, error)
	// Resend sends a fresh code once the countdown is over.
	Resend(ctx context.Context, r Ref, id kyc.ChallengeID) (*View, error)
	// Correct goes back from a challenge to where the contact was typed.
	Correct(ctx context.Context, r Ref, step kyc.StepID) (*View, error)
	Switch(ctx context.Context, r Ref, step kyc.StepID) (*View, error)
	// Upload keeps one side of a document of the current documents step.
	Upload(ctx context.Context, r Ref, requirement, side string, body io.Reader) (*View, error)
	// File opens the safe rendition of an uploaded side for its applicant.
	File(ctx context.Context, r Ref, requirement, side string) (io.ReadCloser, string, error)
	// Withdraw gives the application up.
	Withdraw(ctx context.Context, r Ref) (*View, error)
	// Available tells whether a contact is free. It needs a solved human test.
	Available(ctx context.Context, r Ref, step kyc.StepID, contact, human string) (bool, []kyc.Problem, error)
	// ReadLink tells about an e-mail link without consuming it (mail scanners).
	ReadLink(ctx context.Context, tenant kyc.TenantID, token string) (Link, error)
	// FollowLink consumes it and returns a holder token for this device.
	FollowLink(ctx context.Context, tenant kyc.TenantID, token string, c Client) (*View, string, error)
	// RenewLink sends a new link in place of an expired one.
	RenewLink(ctx context.Context, tenant kyc.TenantID, token string, c Client) error
	// ReadRecovery tells about the one-time link of a recovery request that was
	// granted, without consuming it.
	// ReadFreeze and FreezeByLink are the link in news of changes that somebody else made.
	ReadFreeze(ctx context.Context, tenant kyc.TenantID, token string) (Link, error)
	FreezeByLink(ctx context.Context, tenant kyc.TenantID, token, device string) error
	ReadRecovery(ctx context.Context, tenant kyc.TenantID, token string) (Link, error)
	// Recover consumes it: the account gets a new login password and its sessions
	// end. With Problems the password fell short and the link still works.
	Recover(ctx context.Context, tenant kyc.TenantID, token string, set NewSecrets) ([]kyc.Problem, error)
	// ReadStop tells about a link that stops a recovery request.
	ReadStop(ctx context.Context, tenant kyc.TenantID, token string) (Link, error)
	// StopRecovery consumes it.
	StopRecovery(ctx context.Context, tenant kyc.TenantID, token string) error
	// HandOver makes a link and a code with which another device can go on, too.
	HandOver(ctx context.Context, r Ref) (HandOver, error)
	// ReadHandOver tells about such a link without consuming it.
	ReadHandOver(ctx context.Context, tenant kyc.TenantID, token string) (HandOverState, error)
	// TakeOver consumes it and returns a holder token for this device. With a
	// wrong code the View has Short and the language, and nothing else.
	TakeOver(ctx context.Context, tenant kyc.TenantID, token, code string, c Client) (*View, string, error)
}
