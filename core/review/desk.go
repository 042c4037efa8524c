package review

import (
	"context"
	"io"
	"sync"
	"time"

	"github.com/paifang/paifang/core/audit/trail"
	"github.com/paifang/paifang/core/contact"
	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/policies"
)

// Lease is how long a claim lasts without activity.
const Lease = 30 * time.Minute

// RevealFor is how long revealed data stays in clear for the one who asked.
const RevealFor = 15 * time.Minute

// Store is what the desk reads and where its changes go.
type Store interface {
	caseReader
	evidenceReader
	MessageStore
	trail.Source // the sealed record; Durable is part of it
	// StaffByLogin finds a member of the staff by login.
	StaffByLogin(ctx context.Context, tenant kyc.TenantID, login string) (kyc.Staff, error)
	Staff(ctx context.Context, tenant kyc.TenantID, id kyc.StaffID) (kyc.Staff, error)
	Tenant(ctx context.Context, tenant kyc.TenantID) (kyc.Tenant, error)
	// AuditLines reads the tenant's record, newest first, before the given line ("" for the newest).
	AuditLines(ctx context.Context, tenant kyc.TenantID, f kyc.AuditFilter, before kyc.AuditID, limit int) ([]kyc.AuditLine, error)
	// Replay finds the answer kept for an idempotency key.
	Replay(ctx context.Context, tenant kyc.TenantID, scope string, key []byte) (kyc.Replay, error)
	Commit(ctx context.Context, tenant kyc.TenantID, change kyc.Change) error
}

type caseReader interface {
	Case(ctx context.Context, tenant kyc.TenantID, id kyc.CaseID) (kyc.Case, error)
	// Cases reads the queue by due date and id, after the cursor.
	Cases(ctx context.Context, tenant kyc.TenantID, f kyc.CaseFilter, after kyc.CaseCursor, limit int) ([]kyc.Case, error)
	CaseOfApplication(ctx context.Context, tenant kyc.TenantID, id kyc.ApplicationID) (kyc.Case, error)
}

// evidenceReader reads what a decision can rest on.
type evidenceReader interface {
	Application(ctx context.Context, tenant kyc.TenantID, id kyc.ApplicationID) (kyc.Application, error)
	Steps(ctx context.Context, tenant kyc.TenantID, id kyc.ApplicationID) ([]kyc.StepRecord, error)
	// AllFiles reads the files in whatever state: current, replaced, refused.
	AllFiles(ctx context.Context, tenant kyc.TenantID, id kyc.ApplicationID) ([]kyc.File, error)
	File(ctx context.Context, tenant kyc.TenantID, id kyc.FileID) (kyc.File, error)
	Checks(ctx context.Context, tenant kyc.TenantID, id kyc.ApplicationID) ([]kyc.Check, error)
	Decisions(ctx context.Context, tenant kyc.TenantID, id kyc.ApplicationID) ([]kyc.Decision, error)
	// Proposals lists those of a case, newest first.
	Proposals(ctx context.Context, tenant kyc.TenantID, id kyc.CaseID) ([]kyc.Proposal, error)
	Account(ctx context.Context, tenant kyc.TenantID, id kyc.AccountID) (kyc.Account, error)
	AccountOfApplication(ctx context.Context, tenant kyc.TenantID, id kyc.ApplicationID) (kyc.Account, error)
	Recovery(ctx context.Context, tenant kyc.TenantID, id kyc.ApplicationID) (kyc.Recovery, error)
	// Recoveries lists the requests about an account since a time, newest first.
	Recoveries(ctx context.Context, tenant kyc.TenantID, account kyc.AccountID, since kyc.Millis, limit int) ([]kyc.Recovery, error)
	Identifiers(ctx context.Context, tenant kyc.TenantID, id kyc.ApplicationID) ([]kyc.Identifier, error)
	Messages(ctx context.Context, tenant kyc.TenantID, id kyc.ApplicationID, limit int) ([]kyc.Message, error)
	// SameIdentity finds identifiers of other applicants with the same kind and
	// index.
	SameIdentity(ctx context.Context, tenant kyc.TenantID, kind string, index []byte, except kyc.ApplicantID, limit int) ([]kyc.Identifier, error)
}

// Vault opens and seals what is personal.
type Vault interface {
	contact.Indexer
	Seal(ctx context.Context, tenant kyc.TenantID, applicant kyc.ApplicantID, column string, plain []byte) ([]byte, error)
	Unseal(ctx context.Context, tenant kyc.TenantID, applicant kyc.ApplicantID, column string, sealed []byte) ([]byte, error)
}

// Flows describes markets, so that data has names and privacy classes.
type Flows interface {
	Flow(ctx context.Context, market kyc.MarketID, version string) (*kyc.Flow, error)
}

// Files opens stored files.
type Files interface {
	Open(ctx context.Context, f kyc.File, rendition bool) (io.ReadCloser, string, error)
}

// Applications is what a decision does to the application. Each answers the
// writes that belong into the same transaction as the decision.
type Applications interface {
	Approve(ctx context.Context, tenant kyc.TenantID, app kyc.Application, d kyc.Decision) (kyc.Change, error)
	// AskAgain wants the listed document requirements and steps once more; the
	// reasons' subjects tell which kind a key is ("document" or "step"). Note is
	// the reviewer's own words, in clear.
	AskAgain(ctx context.Context, tenant kyc.TenantID, app kyc.Application, d kyc.Decision, again map[string][]kyc.Reason, note string) (kyc.Change, error)
	Reject(ctx context.Context, tenant kyc.TenantID, app kyc.Application, d kyc.Decision) (kyc.Change, error)
	// TakeBack takes a granted recovery request back to the reviewers; it commits.
	TakeBack(ctx context.Context, tenant kyc.TenantID, app kyc.ApplicationID, staff kyc.StaffID) error
}

// Messages writes to applicants; the pipeline does.
type Messages interface {
	// SendAgain sends the applicant once more what matters now.
	SendAgain(ctx context.Context, tenant kyc.TenantID, app kyc.ApplicationID, staff kyc.StaffID) error
}

// Authorizer answers who may do what; *policies.Authorizer does.
type Authorizer interface {
	May(staff kyc.Staff, tenant kyc.TenantID, need policies.Permission, about ...policies.Attribute) bool
	// Reach tells for which cases: in none of them for an empty answer.
	Reach(staff kyc.Staff, tenant kyc.TenantID, need policies.Permission) []kyc.CaseScope
}

// Config is everything a Desk needs. All fields are required.
type Config struct {
	Store        Store
	Vault        Vault
	Flows        Flows
	Files        Files
	Applications Applications
	Messages     Messages
	Freezer      Freezer
	Authorizer   Authorizer
	Sending      Sending
	Rights       Rights
	Providers    func(ctx context.Context) []Provider
	Clock        kyc.Clock
	IDs          kyc.IDs
}

// Desk is where staff reviews cases. It keeps no state of its own and is safe
// for concurrent use.
type Desk struct {
	Config
	proving sync.Mutex // one record is proved at a time
}

// New makes a Desk.
func New(c Config) *Desk { return &Desk{Config: c} }

// Who is a member of staff at work in a tenant.
type Who struct {
	Staff  kyc.Staff
	Tenant kyc.TenantID
}

func (d *Desk) may(w Who, need policies.Permission, about ...policies.Attribute) error {
	if d.Authorizer.May(w.Staff, w.Tenant, need, about...) {
		return nil
	}
	return kyc.EKey(kyc.Forbidden, "error.forbidden", "role lacks %s", need)
}

// mayCase asks for a permission on one case.
func (d *Desk) mayCase(w Who, c kyc.Case, need policies.Permission, about ...policies.Attribute) error {
	return d.may(w, need, append(about, policies.Market(c.Market), policies.Risk(c.Risk))...)
}

// mayClass asks for a permission on documents of a class of one case.
func (d *Desk) mayClass(w Who, c kyc.Case, need policies.Permission, class kyc.DocumentClass) error {
	return d.mayCase(w, c, need, policies.Class(class))
}

// line makes an audit line about a case.
func (d *Desk) line(w Who, id kyc.CaseID, action string, detail map[string]string) kyc.AppendAudit {
	return kyc.AppendAudit{AuditLine: kyc.AuditLine{
		Tenant: w.Tenant, ID: kyc.AuditID(d.IDs()), At: kyc.At(d.Clock()),
		Actor:  kyc.Actor{Kind: "staff", ID: string(w.Staff.ID)},
		Action: action, ObjectKind: "case", ObjectID: string(id), Detail: detail,
	}}
}
