package store

import (
	"context"
	"encoding/json"
	"strings"

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

func (t *tx) appendAudit(w kyc.AppendAudit) error {
	detail, err := json.Marshal(w.Detail)
	if err != nil {
		return err
	}
	if w.Detail == nil {
		detail = []byte("{}")
	}
	t.lines = append(t.lines, auditRow{
		Tenant: w.Tenant, ID: w.ID, At: w.At,
		ActorKind: w.Actor.Kind, ActorID: w.Actor.ID,
		Action: w.Action, ObjectKind: w.ObjectKind, ObjectID: w.ObjectID,
		Detail: string(detail),
	})
	return nil
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
	if before != "" {
		where, args = append(where, "audit_id < ?"), append(args, before)
	}
	rows, err := many[auditRow](ctx, s, "audit lines", auditLines.selects("WHERE "+strings.Join(where, " AND ")+
		" ORDER BY audit_id DESC LIMIT ?"), append(args, page(limit))...)
	if err != nil {
		return nil, err
	}
	lines := make([]kyc.AuditLine, len(rows))
	for i, row := range rows {
		if lines[i], err = row.line(); err != nil {
			return nil, kyc.Wrap(kyc.Internal, err, "audit line "+string(row.ID))
		}
	}
	return lines, nil
}

func (r auditRow) line() (kyc.AuditLine, error) {
	line := kyc.AuditLine{
		Tenant: r.Tenant, ID: r.ID, At: r.At,
		Actor:  kyc.Actor{Kind: r.ActorKind, ID: r.ActorID},
		Action: r.Action, ObjectKind: r.ObjectKind, ObjectID: r.ObjectID,
	}
	err := json.Unmarshal([]byte(r.Detail), &line.Detail)
	if len(line.Detail) == 0 {
		line.Detail = nil
	}
	return line, err
}
