package tenant

import (
	"context"

	"github.com/paifang/paifang/core/audit"
	"github.com/paifang/paifang/core/kyc"
)

// SetTwoFrom sets from which risk on it takes two people to approve or to reject:
// kyc.HighRisk, which is the default, or kyc.MediumRisk. That high risks take two
// is nobody's to switch off.
func (o *Office) SetTwoFrom(ctx context.Context, id kyc.TenantID, risk string) error {
	if risk != kyc.HighRisk && risk != kyc.MediumRisk {
		return kyc.E(kyc.Invalid, "give %q or %q", kyc.HighRisk, kyc.MediumRisk)
	}
	if err := o.Known(ctx, id); err != nil {
		return err
	}
	t, err := o.Store.Tenant(ctx, id)
	if err != nil {
		return err
	}
	t.TwoFrom = risk
	return o.Store.Commit(ctx, id, kyc.Change{kyc.SaveTenant{Tenant: t},
		o.line(id, audit.TenantChanged, "tenant", string(id), "two_people_from", risk)})
}
