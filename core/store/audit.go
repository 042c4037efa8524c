package store

import (
	"context"
	"encoding/json"
	"strings"
	"unicode/utf8"

	"github.com/paifang/paifang/core/audit"
	"github.com/paifang/paifang/core/kyc"
)

// auditRow is how a line is kept.
type auditRow struct {
	Tenant     kyc.TenantID `db:"tenant_id"`
	ID         kyc.AuditID  `db:"audit_id"`
	At         kyc.Millis   `db:"at"`
	ActorKind  string       `db:"actor_kind"`
	ActorID    string       `db:"actor_id"`
	Action     string       `db:"action"`
	ObjectKind string       `db:"object_kind"`
	ObjectID   string       `db:"object_id"`
	Detail     string       `db:"detail"` // JSON
}

var auditLines = newTable[auditRow]("audit_lines", "tenant_id audit_id")

// auditRead is a line as it is read, with its place in the log.
type auditRead struct {
	auditRow
	Seq int64 `db:"seq"`
}

// readLines is a SELECT of lines with the given rest.
func readLines(rest string) string {
	return "SELECT " + auditLines.columnList + ", COALESCE(seq, 0) AS seq FROM audit_lines " + rest
}

// longestLine is what a line may take in bytes, so that it can be sealed for sure.
const longestLine = 16 << 10

// sealable refuses what could never be sealed and would keep all lines behind it
// from being.
func (r auditRow) sealable() error {
	texts := []string{string(r.ID), r.ActorKind, r.ActorID, r.Action, r.ObjectKind, r.ObjectID, r.Detail}
	length := 0
	for _, text := range texts {
		length += len(text)
		if !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
			return kyc.E(kyc.Invalid, "an audit line is not UTF-8 or holds a zero byte")
		}
	}
	if length > longestLine {
		return kyc.E(kyc.Invalid, "an audit line of %d bytes is too long", length)
	}
	if year := r.At.Time().Year(); r.At == 0 || year < 1 || year > 9999 {
		return kyc.E(kyc.Invalid, "an audit line has no time")
	}
	return nil
}

func (t *tx) appendAudit(w kyc.AppendAudit) error {
	for name, value := range w.Detail {
		if !utf8.ValidString(name) || !utf8.ValidString(value) { // JSON would mend it
			return kyc.E(kyc.Invalid, "the detail of an audit line is not UTF-8")
		}
	}
	fit := make(map[string]string, len(w.Detail))
	for name, value := range w.Detail {
		fit[name] = audit.Fit(name, value) // whoever built the line
	}
	detail, err := json.Marshal(fit)
	if err != nil {
		return err
	}
	row := auditRow{
		Tenant: w.Tenant, ID: w.ID, At: w.At,
		ActorKind: w.Actor.Kind, ActorID: w.Actor.ID,
		Action: w.Action, ObjectKind: w.ObjectKind, ObjectID: w.ObjectID,
		Detail: string(detail),
	}
	t.lines = append(t.lines, row)
	return row.sealable()
}

// AuditLines lists a page of the tenant's record, newest first, before the line
// with the given id ("" for the newest). Ids sort by time. At most 500 lines,
// which is also what limit 0 means.
func (s *Store) AuditLines(ctx context.Context, tenant kyc.TenantID, filter kyc.AuditFilter, before kyc.AuditID, limit int) ([]kyc.AuditLine, error) {
	where := []string{"tenant_id = ?"}
	args := []any{tenant}
	if filter.ObjectKind != "" {
		where, args = append(where, "object_kind = ?"), append(args, filter.ObjectKind)
	}
	if filter.ObjectID != "" {
		where, args = append(where, "object_id = ?"), append(args, filter.ObjectID)
	}
	and := func(given bool, condition string, value any) {
		if given {
			where, args = append(where, condition), append(args, value)
		}
	}
	and(filter.Staff != "", "actor_kind = 'staff' AND actor_id = ?", filter.Staff) // in the words of its index
	and(filter.ActorKind != "", "actor_kind = ?", filter.ActorKind)
	and(filter.ActorID != "", "actor_id = ?", filter.ActorID)
	and(filter.Action != "", "action = ?", filter.Action)
	and(filter.From != 0, "at >= ?", filter.From)
	and(filter.To != 0, "at < ?", filter.To)
	and(before != "", "audit_id < ?", before)
	rows, err := many[auditRead](ctx, s.of(tenant), "audit lines", readLines("WHERE "+strings.Join(where, " AND ")+
		" ORDER BY audit_id DESC LIMIT ?"), append(args, page(limit))...)
	return asRecorded(rows), err
}

// asRecorded turns rows into lines. A detail that cannot be read, which nobody
// but somebody with a tool of his own can have written, comes as it is: then the
// line is not what was sealed, and whoever verifies says so.
func asRecorded(rows []auditRead) []kyc.AuditLine {
	if rows == nil {
		return nil
	}
	lines := make([]kyc.AuditLine, len(rows))
	for i, row := range rows {
		lines[i] = kyc.AuditLine{
			Tenant: row.Tenant, ID: row.ID, At: row.At,
			Actor:  kyc.Actor{Kind: row.ActorKind, ID: row.ActorID},
			Action: row.Action, ObjectKind: row.ObjectKind, ObjectID: row.ObjectID, Seq: row.Seq,
		}
		if err := json.Unmarshal([]byte(row.Detail), &lines[i].Detail); err != nil {
			lines[i].Detail = map[string]string{"": row.Detail}
		} else if len(lines[i].Detail) == 0 {
			lines[i].Detail = nil
		}
	}
	return lines
}
