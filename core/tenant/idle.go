package tenant

import (
	"context"
	"strconv"
	"time"

	"github.com/paifang/paifang/core/audit"
	"github.com/paifang/paifang/core/kyc"
)

// Bounds of the time after which a staff session ends unused. NIST SP 800-63B-4 asks for
// an hour at most (section 2.2.3, AAL2).
const (
	MinIdle = 2 * time.Minute
	MaxIdle = time.Hour
)

// SetStaffIdle sets after how long without a request a staff session of the tenant
// ends: whole minutes from MinIdle to MaxIdle; 0 is the default, 15 minutes. It holds for
// sessions that begin from now on.
func (o *Office) SetStaffIdle(ctx context.Context, id kyc.TenantID, idle time.Duration) error {
	if idle != 0 && (idle < MinIdle || idle > MaxIdle || idle%time.Minute != 0) {
		return kyc.E(kyc.Invalid, "give whole minutes from %d to %d, or 0 for the default", int(MinIdle.Minutes()), int(MaxIdle.Minutes()))
	}
	if err := o.Known(ctx, id); err != nil {
		return err
	}
	t, err := o.Store.Tenant(ctx, id)
	if err != nil {
		return err
	}
	t.StaffIdle = int64(idle.Minutes())
	return o.Store.Commit(ctx, id, kyc.Change{kyc.SaveTenant{Tenant: t},
		o.line(id, audit.TenantChanged, "tenant", string(id), "staff_idle_minutes", strconv.FormatInt(t.StaffIdle, 10))})
}
