package review

import (
	"context"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/policies"
)

// Record is a page of the audit record; More says that After leads to another.
type Record struct {
	Lines []Event
	After kyc.AuditID
	More  bool
}

// Record lists the tenant's audit record, newest first.
func (d *Desk) Record(ctx context.Context, w Who, f kyc.AuditFilter, before kyc.AuditID) (Record, error) {
	if err := d.may(w, policies.AuditRead); err != nil {
		return Record{}, err
	}
	lines, err := d.Store.AuditLines(ctx, w.Tenant, f, before, PageSize+1)
	if err != nil {
		return Record{}, err
	}
	r := Record{More: len(lines) > PageSize}
	if r.More {
		lines = lines[:PageSize]
		r.After = lines[PageSize-1].ID
	}
	names := d.directory(w.Tenant)
	for _, l := range lines {
		r.Lines = append(r.Lines, Event{AuditLine: l, By: names.actor(ctx, l.Actor)})
	}
	return r, nil
}

// actor tells the name of a member of staff, the id of anybody else.
func (n *directory) actor(ctx context.Context, a kyc.Actor) string {
	if a.Kind == "staff" {
		return n.staff(ctx, kyc.StaffID(a.ID))
	}
	return a.ID
}
