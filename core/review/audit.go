package review

import (
	"context"
	"slices"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/policies"
)

// Record is a page of the audit record. After is the place of the next page,
// "" on the last.
type Record struct {
	Lines []Event
	After kyc.AuditID
}

// Objects lists the kinds of objects that the record can be filtered by.
func Objects() []string {
	return []string{"application", "case", "staff", "role", "account", "tenant", "market", "key", "message"}
}

// Record lists the tenant's audit record, newest first. Invalid
// ("error.list_filter") for a filter or a place that is not known.
func (d *Desk) Record(ctx context.Context, w Who, f kyc.AuditFilter, before kyc.AuditID) (Record, error) {
	if err := d.may(w, policies.AuditRead); err != nil {
		return Record{}, err
	}
	if f.ObjectKind != "" && !slices.Contains(Objects(), f.ObjectKind) || len(f.ObjectID) > 64 || len(before) > 40 {
		return Record{}, unknownPlace("filter")
	}
	lines, err := d.Store.AuditLines(ctx, w.Tenant, f, before, PageSize+1)
	if err != nil {
		return Record{}, err
	}
	var r Record
	if len(lines) > PageSize {
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
