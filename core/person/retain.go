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
	DueErasures(ctx context.Context, tenant kyc.TenantID, now kyc.Millis) ([]kyc.Erasure, error)
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
// enough; it tells how many. Erasures whose job was lost, as by a node whose clock was
// behind, are carried out, too. One that fails does not hold up the others.
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
	if err := errors.Join(r.endExports(ctx, tenant), r.endKept(ctx, tenant), r.endGranted(ctx, tenant)); err != nil {
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

// endGranted carries out what is due; the job of each then does the rest.
func (r *Rights) endGranted(ctx context.Context, tenant kyc.TenantID) error {
	list, err := r.Store.DueErasures(ctx, tenant, kyc.At(r.Clock()))
	for _, e := range list {
		err = errors.Join(err, r.carryOut(ctx, e))
	}
	return err
}

// endKept grants the erasures that were refused until a day which has come. Who has
// money in an account still is asked to pay it out, by the answer of before; who has
// frozen it gets it back first, and may have been robbed of it when it was asked.
func (r *Rights) endKept(ctx context.Context, tenant kyc.TenantID) error {
	list, err := r.Store.KeptErasures(ctx, tenant, kyc.At(r.Clock()))
	for _, e := range list {
		err = errors.Join(err, r.endOne(ctx, e))
	}
	return err
}

func (r *Rights) endOne(ctx context.Context, e kyc.Erasure) error {
	of, err := r.holds(ctx, e.Tenant, e.Applicant) // before it is looked at: what comes in then differs from it
	if err != nil {
		return err
	}
	s, err := r.Of(ctx, e.Tenant, e.Applicant)
	if err != nil || s.Against == "error.erase_balance" || frozen(s.Accounts) {
		return err
	}
	return r.grant(ctx, e, Order{Tenant: e.Tenant, Applicant: e.Applicant, Reason: ReasonRequested, Actor: audit.System("retention"), Force: true}, of)
}
