package review

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/paifang/paifang/core/audit"
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
	return []string{"applicant", "application", "case", "staff", "role", "account", "tenant", "market", "key", "signer", "provider", "message"}
}

// Actors lists the kinds of those who do something.
func Actors() []string { return []string{"applicant", "staff", "system", "marketplace"} }

// Wanted narrows the record; a zero field filters nothing.
type Wanted struct {
	ObjectKind string // one of Objects
	ObjectID   string
	ActorKind  string // one of Actors
	Actor      string // login or id of a member of the staff, id of anybody else
	Action     string // one of audit.Actions
	From, To   string // dates, YYYY-MM-DD in UTC; To is the last day
}

// Record lists the tenant's audit record, newest first. Invalid
// ("error.list_filter") for a filter or a place that is not known.
func (d *Desk) Record(ctx context.Context, w Who, wanted Wanted, before kyc.AuditID) (Record, error) {
	if err := d.may(w, policies.AuditRead); err != nil {
		return Record{}, err
	}
	f, err := d.filter(ctx, w, wanted)
	if err != nil || len(before) > 40 {
		return Record{}, cmp.Or(err, unknownPlace("filter"))
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

// filter makes sense of what is wanted.
func (d *Desk) filter(ctx context.Context, w Who, wanted Wanted) (kyc.AuditFilter, error) {
	f := kyc.AuditFilter{ObjectKind: wanted.ObjectKind, ObjectID: wanted.ObjectID, ActorKind: wanted.ActorKind, Action: wanted.Action}
	known := func(value string, list []string) bool { return value == "" || slices.Contains(list, value) }
	from, errFrom := day(wanted.From, 0)
	to, errTo := day(wanted.To, 1)
	if !known(f.ObjectKind, Objects()) || !known(f.ActorKind, Actors()) || !known(f.Action, audit.Actions()) ||
		len(f.ObjectID) > 64 || len(wanted.Actor) > 64 || errFrom != nil || errTo != nil {
		return f, unknownPlace("filter")
	}
	f.From, f.To = from, to
	if wanted.Actor == "" {
		return f, nil
	}
	who, err := d.Store.StaffByLogin(ctx, w.Tenant, strings.ToLower(wanted.Actor))
	if kyc.CodeOf(err) == kyc.NotFound {
		who, err = d.Store.Staff(ctx, w.Tenant, kyc.StaffID(wanted.Actor))
	}
	switch {
	case err == nil:
		f.Staff = who.ID
	case kyc.CodeOf(err) == kyc.NotFound:
		f.ActorID, err = wanted.Actor, nil
	}
	return f, err
}

// day is the beginning of a date in UTC, some days later; 0 for none.
func day(date string, later int) (kyc.Millis, error) {
	if date == "" {
		return 0, nil
	}
	at, err := time.Parse(time.DateOnly, date)
	return kyc.At(at.AddDate(0, 0, later)), err
}
