package store

import (
	"context"
	"slices"
	"strings"

	"github.com/paifang/paifang/core/kyc"
)

// cell is a column of sealed values: by which column its rows are found, and as an
// expression the name that its values are bound to.
type cell struct{ table, column, row, bound, of string }

// Those of a person and those of a tenant; a test holds them against the columns that
// there are.
var (
	personCells = []cell{
		{"steps", "values_sealed", "application_id", "'" + kyc.SealedStepValues + "/' || step_id", ofApplications},
		{"steps", "derived_sealed", "application_id", "'" + kyc.SealedStepDerived + "/' || step_id", ofApplications},
		{"steps", "draft_sealed", "application_id", "'" + kyc.SealedStepDraft + "/' || step_id", ofApplications},
		{"consents", "address_sealed", "application_id", "'" + kyc.SealedConsent + "'", ofApplications},
		{"checks", "evidence_sealed", "application_id", "'" + kyc.SealedEvidence + "'", ofApplications},
		{"decisions", "note_sealed", "application_id", "'" + kyc.SealedNote + "'", ofApplications},
		{"proposals", "note_sealed", "application_id", "'" + kyc.SealedProposal + "'", ofApplications},
		{"proposals", "answer_sealed", "application_id", "'" + kyc.SealedAnswer + "'", ofApplications},
		{"identifiers", "value_sealed", "application_id", "'" + kyc.SealedIdentifier + "'", ofApplications},
		{"messages", "body_sealed", "application_id", "'" + kyc.SealedMessage + "'", ofApplications},
		{"replays", "body_sealed", "application_id", "'" + kyc.SealedReplay + "'", ofApplications},
		{"files", "key_sealed", "application_id", "file_id", ofApplications},
		{"exports", "key_sealed", "export_id", "export_id", ofExports},
		{"sessions", "place_sealed", "subject_id", "'sessions.place'", ofAccounts},
		{"factors", "secret_sealed", "subject_id", "'factors.secret/account/' || subject_id || '/' || factor_id", ofSubjects},
	}
	tenantCells = []cell{
		{"audit_keys", "private_sealed", "key_id", "'" + kyc.SealedAuditKey + "/' || key_id", " WHERE tenant_id = ?"},
		{"factors", "secret_sealed", "subject_id", "'factors.secret/staff/' || subject_id || '/' || factor_id", " WHERE tenant_id = ? AND subject_kind = 'staff'"},
		{"tenant_markets", "secrets_sealed", "market", "'markets.secrets/' || market", " WHERE tenant_id = ?"},
		{"market_versions", "secrets_sealed", "market", "'markets.secrets/' || market", " WHERE tenant_id = ?"},
		{"staff", "names_sealed", "staff_id", "'staff.names/' || staff_id", " WHERE tenant_id = ?"},
		{"staff", "email_sealed", "staff_id", "'staff.email/' || staff_id", " WHERE tenant_id = ?"},
	}
)

func (c cell) selects() string {
	return "SELECT '" + c.table + "." + c.column + "' AS place, " + c.row + " AS row_id, " + c.bound + " AS bound_to, " + c.column + " AS sealed FROM " +
		c.table + c.of + " AND length(" + c.column + ") > 0"
}

// PersonCells lists all that is sealed under a person's key.
func (s *Store) PersonCells(ctx context.Context, tenant kyc.TenantID, id kyc.ApplicantID) ([]kyc.SealedCell, error) {
	var all []kyc.SealedCell
	for _, c := range personCells {
		some, err := many[kyc.SealedCell](ctx, s.of(tenant), "sealed values of a person", c.selects(), tenant, tenant, id)
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	return all, nil
}

// TenantCells lists what is sealed under a tenant's key and belongs to no applicant:
// the keys of its record, what its staff sign in with, what is secret of its markets' settings.
func (s *Store) TenantCells(ctx context.Context, tenant kyc.TenantID) ([]kyc.SealedCell, error) {
	var all []kyc.SealedCell
	for _, c := range tenantCells {
		some, err := many[kyc.SealedCell](ctx, s.of(tenant), "sealed values of a tenant", c.selects(), tenant)
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	return all, nil
}

func (t *tx) replaceSealed(w kyc.ReplaceSealed) error {
	table, column, _ := strings.Cut(w.Cell.Place, ".")
	at := slices.IndexFunc(slices.Concat(personCells, tenantCells), func(c cell) bool { return c.table == table && c.column == column })
	if at < 0 {
		return kyc.E(kyc.Internal, "there is no place %q for sealed values", w.Cell.Place)
	}
	c := slices.Concat(personCells, tenantCells)[at]
	return t.exec(plainly, "UPDATE "+c.table+" SET "+c.column+" = ? WHERE tenant_id = ? AND "+c.row+" = ? AND "+c.column+" = ?",
		w.Sealed, w.Tenant, w.Cell.Row, w.Cell.Sealed)
}
