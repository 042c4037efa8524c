package person

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/paifang/paifang/core/account"
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
	Stale        bool        // what is held has changed since somebody proposed to erase the person
}

// Ask notes that a person wants to be erased, and tells the contacts of their accounts;
// staff decides. What has been asked and not been answered stays as it is, but that
// what staff had noted is the person's own wish when they ask themselves. NotFound:
// there is no such person. Gone: erased already. Limited: asked too often.
func (r *Rights) Ask(ctx context.Context, tenant kyc.TenantID, id kyc.ApplicantID, by kyc.Actor, device string) error {
	if _, err := r.applications(ctx, tenant, id); err != nil {
		return err
	}
	e, err := r.erasure(ctx, tenant, id)
	if err != nil {
		return err
	}
	asked := kyc.Erasure{Tenant: tenant, Applicant: id, State: kyc.ErasureAsked, Reason: ReasonRequested, ActorKind: by.Kind, ActorID: by.ID, Asked: kyc.At(r.Clock())}
	line := audit.Line(r.Clock, r.IDs, tenant, by, audit.ErasureAsked, "applicant", string(id))
	switch {
	case e.Erased != 0:
		return kyc.EKey(kyc.Gone, "error.erased", "the person was erased before")
	case e.State == kyc.ErasureGranted, e.State == kyc.ErasureAsked && (e.ActorKind == by.Kind || !own(by)):
		return nil
	case e.State == kyc.ErasureAsked:
		asked.Asked = e.Asked
		return r.Store.Commit(ctx, tenant, kyc.Change{kyc.MoveErasure{Erasure: asked, From: e.State, Before: e.Staged}, line})
	}
	return r.commitTold(ctx, tenant, id, account.ErasureAsked, device, kyc.Change{kyc.AskErasure{Erasure: asked}, line, r.often("erasure", tenant, id)})
}

// own tells whether somebody acts for themselves.
func own(by kyc.Actor) bool { return by.Kind == audit.Applicant("").Kind }

// askedADay is how often a day somebody can ask for one thing: each time all their
// contacts are told.
const askedADay = 3

func (r *Rights) often(what string, tenant kyc.TenantID, id kyc.ApplicantID) kyc.Write {
	const day = 24 * time.Hour
	return kyc.TakeBudget{Tenant: tenant, Key: "rights:" + what + ":" + string(id), Start: kyc.At(r.Clock().UTC().Truncate(day)), Window: day, Limit: askedADay}
}

// commitTold commits with messages to all contacts of the person's accounts.
func (r *Rights) commitTold(ctx context.Context, tenant kyc.TenantID, id kyc.ApplicantID, event, device string, change kyc.Change) error {
	if r.Herald != nil {
		accounts, err := r.Store.PersonAccounts(ctx, tenant, id)
		if err != nil {
			return err
		}
		for _, a := range accounts {
			told, err := r.Herald.Rights(ctx, a, event, device, r.Clock())
			if err != nil {
				return err
			}
			change = append(change, told...)
		}
	}
	return r.Store.Commit(ctx, tenant, change)
}

// Refuse answers that a person is not erased, and why: one of Refusals. With until,
// which must be to come, the person is told for how long the data must be kept, and is
// erased then without asking again. Conflict ("error.erase_not_asked"): nobody asks
// for it. Invalid ("error.erase_until"): a day that has passed or is too far.
func (r *Rights) Refuse(ctx context.Context, tenant kyc.TenantID, id kyc.ApplicantID, by kyc.Actor, why string, until kyc.Millis) error {
	if !slices.Contains(Refusals(), why) {
		return kyc.EKey(kyc.Invalid, "error.erase_reason", "unknown reason for refusing an erasure")
	}
	if now := r.Clock(); until != 0 && (until <= kyc.At(now) || until > kyc.At(now.AddDate(0, 0, MaxRetention))) {
		return kyc.EKey(kyc.Invalid, "error.erase_until", "the day until when data is kept has passed, or is too far")
	}
	return r.commitTold(ctx, tenant, id, account.ErasureRefused, "", kyc.Change{
		kyc.RefuseErasure{Tenant: tenant, Applicant: id, Reason: why, By: by, Until: until},
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
	if s.Erasure.By != "" {
		of, err := r.held(ctx, s.Applications, s.Accounts)
		if s.Stale = of != s.Erasure.Of; err != nil {
			return s, err
		}
	}
	against := r.mayErase(ctx, tenant, id)
	var known *kyc.Error
	if errors.As(against, &known) && known.Code == kyc.Conflict {
		s.Against = known.Key
		return s, nil
	}
	return s, against
}

// Requests lists what people asked for and nobody has answered, and what waits for
// another one of the staff or for its day, the oldest first; at most 500.
func (r *Rights) Requests(ctx context.Context, tenant kyc.TenantID) ([]Standing, error) {
	asked, err := r.Store.AskedErasures(ctx, tenant, 0)
	var list []Standing
	for _, e := range asked {
		s := Standing{Applicant: e.Applicant, Erasure: e}
		if e.State == kyc.ErasureAsked {
			s.Due = due(e)
		}
		list = append(list, s)
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
