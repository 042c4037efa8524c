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
}

// MaxRetention bounds what can be set, in days: some 30 years.
const MaxRetention = 11_000

// DefaultRetentions are the states that applications of no use end in, and for
// how many days after it they are kept unless a tenant says otherwise. What was
// refused is kept longer: people complain, and come again.
func DefaultRetentions() []kyc.Retention {
	return []kyc.Retention{{State: kyc.Expired, Days: 30}, {State: kyc.Withdrawn, Days: 30}, {State: kyc.Rejected, Days: 365}}
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
		return kyc.E(kyc.Invalid, "the retention is 0 to %d days for one of expired, withdrawn, rejected", MaxRetention)
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
	list, err := r.Retentions(ctx, tenant)
	if err != nil {
		return 0, err
	}
	before := kyc.Ended{}
	for _, keep := range list {
		if keep.Days > 0 {
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
