package person

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/paifang/paifang/core/audit"
	"github.com/paifang/paifang/core/kyc"
)

// Store is what is read and where changes go; *store.Store is.
type Store interface {
	Tenant(ctx context.Context, tenant kyc.TenantID) (kyc.Tenant, error)
	Application(ctx context.Context, tenant kyc.TenantID, id kyc.ApplicationID) (kyc.Application, error)
	AskedErasures(ctx context.Context, tenant kyc.TenantID, limit int) ([]kyc.Erasure, error)
	Erasure(ctx context.Context, tenant kyc.TenantID, id kyc.ApplicantID) (kyc.Erasure, error)
	PersonApplications(ctx context.Context, tenant kyc.TenantID, id kyc.ApplicantID) ([]kyc.Application, error)
	PersonAccounts(ctx context.Context, tenant kyc.TenantID, id kyc.ApplicantID) ([]kyc.Account, error)
	PersonFiles(ctx context.Context, tenant kyc.TenantID, id kyc.ApplicantID) ([]kyc.File, error)
	Balances(ctx context.Context, tenant kyc.TenantID, id kyc.AccountID) ([]kyc.Balance, error)
	Account(ctx context.Context, tenant kyc.TenantID, id kyc.AccountID) (kyc.Account, error)
	Export(ctx context.Context, tenant kyc.TenantID, id string) (kyc.Export, error)
	PersonExports(ctx context.Context, tenant kyc.TenantID, id kyc.ApplicantID) ([]kyc.Export, error)
	Commit(ctx context.Context, tenant kyc.TenantID, change kyc.Change) error
	held
	retained
}

// Keys destroys what persons' keys can be computed from; *vault.Vault does.
type Keys interface {
	Destroy(ctx context.Context, tenant kyc.TenantID, applicants ...kyc.ApplicantID) error
	Forget(tenant kyc.TenantID, applicant kyc.ApplicantID)
	Unseal(ctx context.Context, tenant kyc.TenantID, applicant kyc.ApplicantID, column string, sealed []byte) ([]byte, error)
}

// Herald writes to every contact of an account; *account.Herald does.
type Herald interface {
	Rights(ctx context.Context, a kyc.Account, event, device string, now time.Time) (kyc.Change, error)
}

// Config is everything that Rights needs. Herald and Wait may be missing.
type Config struct {
	Store  Store
	Keys   Keys
	Files  Files
	Herald Herald // nil: nobody is told, as by the operator's commands
	Clock  kyc.Clock
	IDs    kyc.IDs
	// Wait is how long after somebody asked to be erased nothing is carried out, so that
	// they, or whoever's session was stolen, can take it back; 0: DefaultWait.
	Wait time.Duration
}

// DefaultWait is for how long an erasure can be taken back at least.
const DefaultWait = 72 * time.Hour

// Rights does what people can ask for. It is safe for concurrent use.
type Rights struct{ Config }

// New makes Rights.
func New(c Config) *Rights {
	if c.Wait == 0 {
		c.Wait = DefaultWait
	}
	return &Rights{c}
}

// Reasons why a person is erased. Free text is not accepted: the record must not
// hold personal data.
const (
	ReasonRequested  = "requested"   // the person asked for it
	ReasonRetention  = "retention"   // kept for as long as the tenant said
	ReasonMistake    = "mistake"     // taken in by mistake, such as a child's data
	ReasonLegalOrder = "legal_order" // a court or an authority said so
	ReasonTest       = "test"        // not a real person
)

// Reasons lists the reasons that staff can give.
func Reasons() []string {
	return []string{ReasonRequested, ReasonMistake, ReasonLegalOrder, ReasonTest}
}

// Order is the wish to erase a person.
type Order struct {
	Tenant    kyc.TenantID
	Applicant kyc.ApplicantID
	Reason    string
	Actor     kyc.Actor
	// Force also erases who has an account, or money in it: an officer answers
	// for that the law does not want the data kept.
	Force bool
}

// Erase destroys the person's key and empties what was sealed with it; the job
// that it queues does the rest. NotFound: there is no such person. Gone: erased
// already. Conflict: the person has money ("error.erase_balance") or an account
// ("error.erase_account"), and Force was not given; or the wish has changed meanwhile
// ("error.conflict"), as when it was taken back. It asks for no second person: see
// Propose.
func (r *Rights) Erase(ctx context.Context, o Order) error {
	if !slices.Contains(append(Reasons(), ReasonRetention), o.Reason) {
		return kyc.EKey(kyc.Invalid, "error.erase_reason", "unknown reason for erasing")
	}
	apps, err := r.applications(ctx, o.Tenant, o.Applicant)
	if err != nil {
		return err
	}
	earlier, err := r.erasure(ctx, o.Tenant, o.Applicant)
	if err != nil {
		return err
	}
	if earlier.Erased != 0 {
		return kyc.EKey(kyc.Gone, "error.erased", "the person was erased before")
	}
	if !o.Force {
		if err := r.mayErase(ctx, o.Tenant, o.Applicant); err != nil {
			return err
		}
	}
	now := kyc.At(r.Clock())
	asked := earlier.Asked
	if asked == 0 {
		asked = now
	}
	change := kyc.Change{
		kyc.ErasePerson{Tenant: o.Tenant, Applicant: o.Applicant, At: now},
		kyc.MoveErasure{From: earlier.State, Before: earlier.Staged, Erasure: kyc.Erasure{Tenant: o.Tenant, Applicant: o.Applicant, State: kyc.ErasureErased, Reason: o.Reason,
			ActorKind: o.Actor.Kind, ActorID: o.Actor.ID, Asked: asked, Erased: now}},
		kyc.Enqueue{Job: kyc.Job{Tenant: o.Tenant, Kind: kyc.JobErase, Ref: string(o.Applicant)}},
		r.line(o, audit.PersonErased, "applicant", string(o.Applicant)),
	}
	for _, a := range apps {
		change = append(change, r.line(o, audit.PersonErased, "application", string(a.ID)))
	}
	if err := r.Store.Commit(ctx, o.Tenant, change); err != nil {
		return err
	}
	r.Keys.Forget(o.Tenant, o.Applicant)
	return nil
}

// applications are those of a person that the tenant knows.
func (r *Rights) applications(ctx context.Context, tenant kyc.TenantID, id kyc.ApplicantID) ([]kyc.Application, error) {
	apps, err := r.Store.PersonApplications(ctx, tenant, id)
	if err == nil && len(apps) == 0 {
		err = kyc.EKey(kyc.NotFound, "error.not_found", "there is no such person")
	}
	return apps, err
}

// erasure is the zero value when nobody asked for one.
func (r *Rights) erasure(ctx context.Context, tenant kyc.TenantID, id kyc.ApplicantID) (kyc.Erasure, error) {
	e, err := r.Store.Erasure(ctx, tenant, id)
	if kyc.CodeOf(err) == kyc.NotFound {
		return kyc.Erasure{}, nil
	}
	return e, err
}

// mayErase refuses where money or the law stands against it: who has an account
// has business with the marketplace, whose records must be kept.
func (r *Rights) mayErase(ctx context.Context, tenant kyc.TenantID, id kyc.ApplicantID) error {
	accounts, err := r.Store.PersonAccounts(ctx, tenant, id)
	if err != nil {
		return err
	}
	for _, a := range accounts {
		balances, err := r.Store.Balances(ctx, tenant, a.ID)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(balances, func(b kyc.Balance) bool { return b.Minor != 0 }) {
			return kyc.EKey(kyc.Conflict, "error.erase_balance", "there is money in the account")
		}
	}
	if len(accounts) > 0 {
		return kyc.EKey(kyc.Conflict, "error.erase_account", "there is an account, whose records the law wants kept")
	}
	return nil
}

func (r *Rights) line(o Order, action, kind, id string) kyc.AppendAudit {
	force := ""
	if o.Force {
		force = "yes"
	}
	return audit.Line(r.Clock, r.IDs, o.Tenant, o.Actor, action, kind, id, "reason", o.Reason, "force", force)
}

// Finish is the work of kyc.JobErase: what was granted and is due is carried out, the
// blobs are deleted and the leaf is destroyed. It may be done again.
func (r *Rights) Finish(ctx context.Context, job kyc.Job, _ int) error {
	id := kyc.ApplicantID(job.Ref)
	e, err := r.Store.Erasure(ctx, job.Tenant, id)
	if err == nil && e.State == kyc.ErasureGranted && e.Due <= kyc.At(r.Clock()) {
		if err = r.carryOut(ctx, e); err == nil {
			e, err = r.Store.Erasure(ctx, job.Tenant, id)
		}
	}
	if err != nil || e.State != kyc.ErasureErased {
		return err
	}
	r.Keys.Forget(job.Tenant, id)
	files, err := r.Store.PersonFiles(ctx, job.Tenant, id)
	if err != nil {
		return err
	}
	copies, err := r.Store.PersonExports(ctx, job.Tenant, id)
	if err != nil {
		return err
	}
	for _, x := range copies {
		files = append(files, x.File())
	}
	var failed error
	for _, f := range files {
		failed = errors.Join(failed, r.Files.Remove(ctx, f))
	}
	if failed != nil {
		return failed
	}
	if err := r.Keys.Destroy(ctx, job.Tenant, id); err != nil {
		return err
	}
	e.State, e.Destroyed = kyc.ErasureDestroyed, kyc.At(r.Clock())
	return r.Store.Commit(ctx, job.Tenant, kyc.Change{kyc.DropFiles{Tenant: job.Tenant, Applicant: id}, kyc.SaveErasure{Erasure: e},
		audit.Line(r.Clock, r.IDs, job.Tenant, audit.System("erasure"), audit.PersonDestroyed, "applicant", string(id))})
}
