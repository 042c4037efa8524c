package store

import (
	"context"
	"strings"

	"github.com/paifang/paifang/core/kyc"
)

var rotations = newTable[kyc.Rotation]("rotations", "tenant_id level")

// filled is what stands for no bytes where the column is not nullable.
func filled(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

func (t *tx) replaceTenantKeys(w kyc.ReplaceTenantKeys) error {
	w.LookupFirst, w.LookupSecond = filled(w.LookupFirst), filled(w.LookupSecond)
	return t.replace(func(rows int64, err error) error {
		if err == nil && rows == 0 {
			return kyc.EKey(kyc.Conflict, "error.conflict", "the tenant's keys have changed meanwhile")
		}
		return err
	}, tenantKeys, w.TenantKeys, "seal_wrapped = ? AND index_wrapped = ? AND lookup_first = ? AND lookup_second = ?",
		w.Was.Seal, w.Was.Index, filled(w.Was.LookupFirst), filled(w.Was.LookupSecond))
}

func (t *tx) replaceApplicantKey(w kyc.ReplaceApplicantKey) error {
	return t.exec(plainly, "UPDATE applicants SET key_wrapped = ? WHERE tenant_id = ? AND applicant_id = ? AND key_wrapped = ?",
		w.Wrapped, w.Tenant, w.ID, w.Was)
}

// WrappedKeys lists a page of the applicants of a tenant with their keys, by id,
// after the given one; who was erased has none and is left out. At most 500.
func (s *Store) WrappedKeys(ctx context.Context, tenant kyc.TenantID, after kyc.ApplicantID, limit int) ([]kyc.WrappedKey, error) {
	return many[kyc.WrappedKey](ctx, s.of(tenant), "wrapped keys", `SELECT applicant_id, key_wrapped FROM applicants
		WHERE tenant_id = ? AND applicant_id > ? AND length(key_wrapped) > 0 ORDER BY applicant_id LIMIT ?`, tenant, after, page(limit))
}

// Rotations lists how far the keys of a tenant have been rotated, by level.
func (s *Store) Rotations(ctx context.Context, tenant kyc.TenantID) ([]kyc.Rotation, error) {
	return many[kyc.Rotation](ctx, s.of(tenant), "rotations", rotations.selects("WHERE tenant_id = ? ORDER BY level"), tenant)
}

// InstallationKeys are the names and wrapped keys of the installation, which belong
// to no tenant.
func (s *Store) InstallationKeys(ctx context.Context) (map[string][]byte, error) {
	rows, err := many[struct {
		Name    string `db:"name"`
		Wrapped []byte `db:"wrapped"`
	}](ctx, s.of(""), "installation keys", "SELECT name, wrapped FROM installation_keys ORDER BY name")
	keys := map[string][]byte{}
	for _, r := range rows {
		keys[r.Name] = r.Wrapped
	}
	return keys, err
}

// ReplaceInstallationKey replaces a wrapped key while it is still the given one.
func (s *Store) ReplaceInstallationKey(ctx context.Context, name string, was, wrapped []byte) error {
	_, err := s.writer.ExecContext(ctx, s.writer.Rebind("UPDATE installation_keys SET wrapped = ? WHERE name = ? AND wrapped = ?"), wrapped, name, was)
	return coded(err, "replace an installation key")
}

// SealedBy names the columns of bytes, as "table.column", in which something holds
// the mark of a key, of one tenant or with "" of all there is. It reads every table
// from its beginning to its end, those that other parts of the program have made,
// too: it is the operator's, before a key is destroyed for ever.
func (s *Store) SealedBy(ctx context.Context, tenant kyc.TenantID, mark []byte) ([]string, error) {
	columns, holds := `SELECT m.name || '.' || c.name FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table' AND c.type = 'BLOB'
		AND (? = '' OR EXISTS (SELECT 1 FROM pragma_table_info(m.name) k WHERE k.name = 'tenant_id')) ORDER BY 1`, "instr(%s, ?) > 0"
	if s.dialect == postgresDialect {
		columns, holds = `SELECT table_name || '.' || column_name FROM information_schema.columns c WHERE table_schema = current_schema() AND data_type = 'bytea'
			AND (? = '' OR EXISTS (SELECT 1 FROM information_schema.columns k WHERE k.table_schema = c.table_schema AND k.table_name = c.table_name
			AND k.column_name = 'tenant_id')) ORDER BY 1`, "position(?::bytea in %s) > 0"
	}
	from := s.of(tenant)
	if tenant == "" {
		from = s.across(rotatingAll)
	}
	all, err := many[string](ctx, from, "columns of bytes", columns, tenant)
	if err != nil {
		return nil, err
	}
	var found []string
	for _, c := range all {
		there, err := from.columnHolds(ctx, c, holds, tenant, mark)
		if err != nil {
			return nil, err
		}
		if there {
			found = append(found, c)
		}
	}
	return found, nil
}

func (from scope) columnHolds(ctx context.Context, name, holds string, tenant kyc.TenantID, mark []byte) (bool, error) {
	table, column, _ := strings.Cut(name, ".") // of the catalogue, not of anybody
	query, args := "SELECT EXISTS (SELECT 1 FROM "+table+" WHERE "+strings.Replace(holds, "%s", column, 1), []any{mark}
	if tenant != "" {
		query, args = query+" AND tenant_id = ?", append(args, tenant)
	}
	return one[bool](ctx, from, "use of a key", query+")", args...)
}
