package store

import (
	"context"

	"github.com/paifang/paifang/core/kyc"
)

var staff = newTable[kyc.Staff]("staff", "tenant_id staff_id")

func (t *tx) saveStaff(w kyc.SaveStaff) error {
	return t.put(staff, w.Staff, takes("error.login_taken", "another member of the staff has this login"))
}

func (t *tx) sealStaff(w kyc.SealStaff) error {
	return t.exec(plainly, "UPDATE staff SET login = ?, name = '', names_sealed = ? WHERE tenant_id = ? AND staff_id = ? AND login = ? AND names_sealed IS NULL",
		w.Login, w.Names, w.Tenant, w.ID, w.Was)
}

func (t *tx) setStaff(w kyc.SetStaff) error {
	found := func(rows int64, err error) error {
		if err == nil && rows == 0 && w.From != "" {
			return kyc.EKey(kyc.Conflict, "error.staff_changed", "the member of the staff is not %s", w.From)
		}
		if err == nil && rows == 0 {
			return kyc.EKey(kyc.NotFound, "error.not_found", "nobody of the staff has this id")
		}
		return err
	}
	return t.exec(found, `UPDATE staff SET role = COALESCE(NULLIF(?, ''), role), state = COALESCE(NULLIF(?, ''), state),
		password_hash = CASE WHEN ? IN ('', password_hash) THEN COALESCE(NULLIF(?, ''), password_hash) ELSE password_hash END
		WHERE tenant_id = ? AND staff_id = ? AND ? IN ('', state)`, w.Role, w.State, w.Was, w.Hash, w.Tenant, w.ID, w.From)
}

// Staff reads one member of the staff.
func (s *Store) Staff(ctx context.Context, tenant kyc.TenantID, id kyc.StaffID) (kyc.Staff, error) {
	return one[kyc.Staff](ctx, s.of(tenant), "staff", staff.selects("WHERE tenant_id = ? AND staff_id = ?"), tenant, id)
}

// StaffByLogin finds a member of the staff by login, which is lower-case.
func (s *Store) StaffByLogin(ctx context.Context, tenant kyc.TenantID, login string) (kyc.Staff, error) {
	return one[kyc.Staff](ctx, s.of(tenant), "staff", staff.selects("WHERE tenant_id = ? AND login = ?"), tenant, login)
}

// StaffList lists the staff of a tenant by login, disabled members too. At most 500.
func (s *Store) StaffList(ctx context.Context, tenant kyc.TenantID) ([]kyc.Staff, error) {
	return many[kyc.Staff](ctx, s.of(tenant), "staff",
		staff.selects("WHERE tenant_id = ? ORDER BY login LIMIT 500"), tenant)
}

// ClearStaff lists staff of all tenants whose names stand in clear, as programs before
// version 30 of the tables wrote them.
func (s *Store) ClearStaff(ctx context.Context, limit int) ([]kyc.Staff, error) {
	return many[kyc.Staff](ctx, s.across(sealingNames), "staff", staff.selects("WHERE names_sealed IS NULL ORDER BY tenant_id, staff_id LIMIT ?"), page(limit))
}
