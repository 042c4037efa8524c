package person

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/paifang/paifang/core/audit"
	"github.com/paifang/paifang/core/kyc"
)

// AnswerWithin is how long after they asked people get an answer at the latest
// (GDPR, article 12 (3): one month).
const AnswerWithin = 30 * 24 * time.Hour

// Reasons why an erasure is refused.
const (
	RefusedRetention = "retention"  // the law wants records of the business kept
	RefusedHold      = "legal_hold" // an authority or a court wants them kept
	RefusedBalance   = "balance"    // there is money in the account
	RefusedIdentity  = "identity"   // it is not sure that the person asked
)

// Refusals lists them.
func Refusals() []string {
	return []string{RefusedRetention, RefusedHold, RefusedBalance, RefusedIdentity}
}

// Standing is what is held of a person in outline, and what was asked.
type Standing struct {
	Applicant    kyc.ApplicantID
	Applications []kyc.Application
	Accounts     []kyc.Account
	Erasure      kyc.Erasure // without a state: nobody asked
	Due          kyc.Millis  // when an answer is due; 0: none is
	Against      string      // key of what stands against an erasure; "": nothing does
}

// Ask notes that a person wants to be erased; staff decides. What has been asked
// and not been answered stays as it is. NotFound: there is no such person. Gone:
// erased already.
func (r *Rights) Ask(ctx context.Context, tenant kyc.TenantID, id kyc.ApplicantID, by kyc.Actor) error {
	if _, err := r.applications(ctx, tenant, id); err != nil {
		return err
	}
	e, err := r.erasure(ctx, tenant, id)
	if err != nil || e.State == kyc.ErasureAsked {
		return err
	}
	if e.Erased != 0 {
		return kyc.EKey(kyc.Gone, "error.erased", "the person was erased before")
	}
	asked := kyc.Erasure{Tenant: tenant, Applicant: id, State: kyc.ErasureAsked, Reason: ReasonRequested, ActorKind: by.Kind, ActorID: by.ID, Asked: kyc.At(r.Clock())}
	return r.Store.Commit(ctx, tenant, kyc.Change{kyc.AskErasure{Erasure: asked},
		audit.Line(r.Clock, r.IDs, tenant, by, audit.ErasureAsked, "applicant", string(id))})
}

// Refuse answers that a person is not erased, and why: one of Refusals. Conflict
// ("error.erase_not_asked"): nobody asks for it.
func (r *Rights) Refuse(ctx context.Context, tenant kyc.TenantID, id kyc.ApplicantID, by kyc.Actor, why string) error {
	if !slices.Contains(Refusals(), why) {
		return kyc.EKey(kyc.Invalid, "error.erase_reason", "unknown reason for refusing an erasure")
	}
	return r.Store.Commit(ctx, tenant, kyc.Change{kyc.RefuseErasure{Tenant: tenant, Applicant: id, Reason: why, By: by},
		audit.Line(r.Clock, r.IDs, tenant, by, audit.ErasureRefused, "applicant", string(id), "reason", why)})
}

// Of tells how a person stands. NotFound: there is no such person.
func (r *Rights) Of(ctx context.Context, tenant kyc.TenantID, id kyc.ApplicantID) (Standing, error) {
	s := Standing{Applicant: id}
	var err error
	if s.Applications, err = r.applications(ctx, tenant, id); err != nil {
		return s, err
	}
	if s.Erasure, err = r.erasure(ctx, tenant, id); err != nil {
		return s, err
	}
	if s.Erasure.State == kyc.ErasureAsked {
		s.Due = due(s.Erasure)
	}
	if s.Accounts, err = r.Store.PersonAccounts(ctx, tenant, id); err != nil || s.Erasure.Erased != 0 {
		return s, err
	}
	against := r.mayErase(ctx, tenant, id)
	var known *kyc.Error
	if errors.As(against, &known) && known.Code == kyc.Conflict {
		s.Against = known.Key
		return s, nil
	}
	return s, against
}

// Requests lists what people asked for and nobody has answered, the oldest first; at
// most 500.
func (r *Rights) Requests(ctx context.Context, tenant kyc.TenantID) ([]Standing, error) {
	asked, err := r.Store.AskedErasures(ctx, tenant, 0)
	var list []Standing
	for _, e := range asked {
		list = append(list, Standing{Applicant: e.Applicant, Erasure: e, Due: due(e)})
	}
	return list, err
}

func due(e kyc.Erasure) kyc.Millis { return kyc.At(e.Asked.Time().Add(AnswerWithin)) }

// Find is the person of an application, or the person of that id.
func (r *Rights) Find(ctx context.Context, tenant kyc.TenantID, id string) (kyc.ApplicantID, error) {
	app, err := r.Store.Application(ctx, tenant, kyc.ApplicationID(id))
	if err == nil {
		return app.Applicant, nil
	}
	if kyc.CodeOf(err) != kyc.NotFound {
		return "", err
	}
	_, err = r.applications(ctx, tenant, kyc.ApplicantID(id))
	return kyc.ApplicantID(id), err
}
