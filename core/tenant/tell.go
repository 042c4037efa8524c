package tenant

import (
	"context"
	"strconv"

	"github.com/paifang/paifang/core/audit"
	"github.com/paifang/paifang/core/kyc"
)

// SetTellAfterProof sets when somebody who registers is told that a contact is an
// account's already: after showing that it is theirs, or (false, the default) after
// the human test. It holds at once.
func (o *Office) SetTellAfterProof(ctx context.Context, id kyc.TenantID, after bool) error {
	if err := o.Known(ctx, id); err != nil {
		return err
	}
	t, err := o.Store.Tenant(ctx, id)
	if err != nil {
		return err
	}
	t.TellAfterProof = after
	return o.Store.Commit(ctx, id, kyc.Change{kyc.SaveTenant{Tenant: t},
		o.line(id, audit.TenantChanged, "tenant", string(id), "tell_after_proof", strconv.FormatBool(after))})
}
