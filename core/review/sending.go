package review

import (
	"context"
	"slices"
	"time"

	"github.com/paifang/paifang/core/audit"
	"github.com/paifang/paifang/core/contact"
	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/policies"
)

// Sending tells how the budgets of messages stand, and re-opens them;
// *contact.Warden does.
type Sending interface {
	State(ctx context.Context, tenant kyc.TenantID, now time.Time) (contact.State, error)
	Release(tenant kyc.TenantID, what string, now time.Time) (kyc.Write, error)
}

// reasons for which sending may be re-opened. Free text is not accepted: the audit
// record must not hold personal data.
var releaseReasons = []string{"expected_rush", "examined", "vendor_trouble"}

// ReleaseReasons lists the reasons for which sending may be re-opened.
func ReleaseReasons() []string { return slices.Clone(releaseReasons) }

// Release is a wish to re-open a budget or a prefix.
type Release struct {
	What   string // as contact.State names it
	Why    string // one of ReleaseReasons
	Ticket string // number of a ticket or file, optional; letters, digits and ._/-
}

// SendingState tells how sending stands today.
func (d *Desk) SendingState(ctx context.Context, w Who) (contact.State, error) {
	if err := d.may(w, policies.SendingRead); err != nil {
		return contact.State{}, err
	}
	return d.Sending.State(ctx, w.Tenant, d.Clock())
}

// ReleaseSending re-opens a budget or a prefix, and records who did it and why.
// Limited ("error.released") when it was re-opened often enough today.
func (d *Desk) ReleaseSending(ctx context.Context, w Who, r Release) error {
	if err := d.may(w, policies.SendingRelease); err != nil {
		return err
	}
	if !slices.Contains(releaseReasons, r.Why) {
		return kyc.EKey(kyc.Invalid, "error.release_reason", "unknown reason for re-opening")
	}
	if r.Ticket != "" && !audit.Ticket(r.Ticket) {
		return kyc.EKey(kyc.Invalid, "error.reveal_ticket", "ticket is not a number of letters, digits and ._/-")
	}
	write, err := d.Sending.Release(w.Tenant, r.What, d.Clock())
	if err != nil {
		return err
	}
	return d.Store.Commit(ctx, w.Tenant, kyc.Change{write, audit.Line(d.Clock, d.IDs, w.Tenant, audit.Staff(w.Staff.ID),
		audit.SendingReleased, "tenant", string(w.Tenant), "what", r.What, "why", r.Why, "ticket", r.Ticket)})
}
