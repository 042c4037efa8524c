package person

import (
	"context"
	"errors"
	"strconv"

	"github.com/paifang/paifang/core/audit"
	"github.com/paifang/paifang/core/kyc"
)

// retained is what the retention reads.
type retained interface {
	Tenants(ctx context.Context, after kyc.TenantID, limit int) ([]kyc.Tenant, error)
	Retentions(ctx context.Context, tenant kyc.TenantID) ([]kyc.Retention, error)
	// EndedPersons lists applicants all of whose applications ended and were kept
	// long enough; none has an account or was erased.
	EndedPersons(ctx context.Context, tenant kyc.TenantID, before kyc.Ended, limit int) ([]kyc.ApplicantID, error)
	KeptErasures(ctx context.Context, tenant kyc.TenantID, now kyc.Millis) ([]kyc.Erasure, error)
	PastExports(ctx context.Context, tenant kyc.TenantID, now kyc.Millis) ([]kyc.Export, error)
}

// MaxRetention bounds what can be set, in days: some 30 years.
const MaxRetention = 11_000

// DefaultRetentions are the states that applications of no use end in, and for
// how many days after it they are kept unless a tenant says otherwise. What was
// refused is kept longer: people complain, and come again. Activated is for how long
// the law wants the records of an account kept after its end, which people are told
// who ask to be erased; nobody is erased by it (FATF recommendation 11: five years at
// least).
func DefaultRetentions() []kyc.Retention {
	return []kyc.Retention{{State: kyc.Expired, Days: 30}, {State: kyc.Withdrawn, Days: 30}, {State: kyc.Rejected, Days: 365}, {State: kyc.Activated, Days: 1826}}
}

// Retentions are those of a tenant, with the defaults where it set none.
func (r *Rights) Retentions(ctx context.Context, tenant kyc.TenantID) ([]kyc.Retention, error) {
	set, err := r.Store.Retentions(ctx, tenant)
	if err != nil {
		return nil, err
	}
	all := DefaultRetentions()
	for i := range all {
		all[i].Tenant = tenant
		for _, s := range set {
			if s.State == all[i].State {
				all[i].Days = s.Days
			}
		}
	}
	return all, nil
}

// SetRetention says for how many days a tenant keeps what ended in a state; 0 is
// for ever. Invalid: a state that has no end, or days out of 0 to MaxRetention.
func (r *Rights) SetRetention(ctx context.Context, set kyc.Retention, actor kyc.Actor) error {
	known := false
	for _, d := range DefaultRetentions() {
		known = known || d.State == set.State
	}
	if !known || set.Days < 0 || set.Days > MaxRetention {
		return kyc.E(kyc.Invalid, "the retention is 0 to %d days for one of expired, withdrawn, rejected, activated", MaxRetention)
	}
	if _, err := r.Store.Tenant(ctx, set.Tenant); err != nil {
		return err
	}
	return r.Store.Commit(ctx, set.Tenant, kyc.Change{kyc.SaveRetention{Retention: set},
		audit.Line(r.Clock, r.IDs, set.Tenant, actor, audit.RetentionSet, "tenant", string(set.Tenant), "state", string(set.State), "days", strconv.Itoa(set.Days))})
}

// Retain erases the persons of all tenants whose applications have been kept long
// enough; it tells how many. One that fails does not hold up the others.
func (r *Rights) Retain(ctx context.Context) (int, error) {
	var failed []error
	erased := 0
	for after := kyc.TenantID(""); ; {
		page, err := r.Store.Tenants(ctx, after, 0)
		if err != nil || len(page) == 0 {
			return erased, errors.Join(append(failed, err)...)
		}
		for _, t := range page {
			n, err := r.retainTenant(ctx, t.ID)
			erased, after = erased+n, t.ID
			if err != nil {
				failed = append(failed, err)
			}
		}
	}
}

func (r *Rights) retainTenant(ctx context.Context, tenant kyc.TenantID) (int, error) {
	if err := errors.Join(r.endExports(ctx, tenant), r.endKept(ctx, tenant)); err != nil {
		return 0, err
	}
	list, err := r.Retentions(ctx, tenant)
	if err != nil {
		return 0, err
	}
	before := kyc.Ended{}
	for _, keep := range list {
		if keep.Days > 0 && keep.State != kyc.Activated {
			before[keep.State] = kyc.At(r.Clock().AddDate(0, 0, -keep.Days))
		}
	}
	for erased := 0; ; {
		ids, err := r.Store.EndedPersons(ctx, tenant, before, 0)
		if err != nil || len(ids) == 0 {
			return erased, err
		}
		for _, id := range ids {
			err := r.Erase(ctx, Order{Tenant: tenant, Applicant: id, Reason: ReasonRetention, Actor: audit.System("retention")})
			if err != nil && kyc.CodeOf(err) != kyc.NotFound { // another node was first
				return erased, err
			}
			erased++
		}
	}
}

// endKept grants the erasures that were refused until a day which has come. Who has
// money in an account still is asked to pay it out, by the answer of before.
func (r *Rights) endKept(ctx context.Context, tenant kyc.TenantID) error {
	list, err := r.Store.KeptErasures(ctx, tenant, kyc.At(r.Clock()))
	for _, e := range list {
		o := Order{Tenant: tenant, Applicant: e.Applicant, Reason: ReasonRequested, Actor: audit.System("retention"), Force: true}
		against := r.mayErase(ctx, tenant, e.Applicant)
		var known *kyc.Error
		switch {
		case errors.As(against, &known) && known.Key == "error.erase_balance":
		case against != nil && kyc.CodeOf(against) != kyc.Conflict:
			err = errors.Join(err, against)
		default:
			err = errors.Join(err, r.grant(ctx, e, o))
		}
	}
	return err
}
