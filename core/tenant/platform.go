package tenant

import (
	"context"

	"github.com/paifang/paifang/core/audit"
	"github.com/paifang/paifang/core/kyc"
)

// Platform makes the tenant that operates the platform unless there is one. It
// has staff and a record, and no market: nobody registers with it.
func (o *Office) Platform(ctx context.Context, id kyc.TenantID) error {
	if _, err := o.Store.Tenant(ctx, id); kyc.CodeOf(err) != kyc.NotFound {
		return err
	}
	keys, err := o.Keys.NewTenant(ctx, id)
	if err != nil {
		return err
	}
	change, err := o.Record.Begin(ctx, id)
	if err != nil {
		return err
	}
	keys.Created = o.now()
	t := kyc.Tenant{ID: id, Name: "Paifang", Locales: o.Locales, Created: o.now()}
	err = o.Store.Commit(ctx, id, append(change, kyc.SaveTenant{Tenant: t}, kyc.SaveTenantKeys{TenantKeys: keys},
		o.line(id, audit.TenantFounded, "tenant", string(id))))
	if err == nil {
		return nil
	}
	// Two nodes that start for the first time come here together.
	if _, found := o.Store.Tenant(ctx, id); found == nil {
		return nil
	}
	return err
}
