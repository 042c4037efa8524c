package store

import (
	"context"

	"github.com/paifang/paifang/core/kyc"
)

var (
	files  = newTable[kyc.File]("files", "tenant_id file_id")
	checks = newTable[kyc.Check]("checks", "tenant_id check_id")
)

func (t *tx) saveFile(w kyc.SaveFile) error {
	err := t.exec(plainly, `UPDATE files SET state = 'replaced'
		WHERE tenant_id = ? AND application_id = ? AND requirement = ? AND side = ? AND state = 'current'`,
		w.Tenant, w.Application, w.Requirement, w.Side)
	if err != nil {
		return err
	}
	// Another upload of the same side that commits at this very moment.
	return t.insert(files, w.File, takes("error.version_stale", "file, or a current one of its side, is there already"))
}

func (t *tx) refuseFiles(w kyc.RefuseFiles) error {
	return t.exec(plainly, `UPDATE files SET state = 'refused'
		WHERE tenant_id = ? AND application_id = ? AND requirement = ? AND state = 'current'`,
		w.Tenant, w.Application, w.Requirement)
}

func (t *tx) saveCheck(w kyc.SaveCheck) error {
	t.checks = append(t.checks, w.Check)
	return nil
}

// Files lists the current files of an application.
func (s *Store) Files(ctx context.Context, tenant kyc.TenantID, id kyc.ApplicationID) ([]kyc.File, error) {
	return many[kyc.File](ctx, s.of(tenant), "files",
		files.selects(`WHERE tenant_id = ? AND application_id = ? AND state = 'current'
		ORDER BY requirement, side`), tenant, id)
}

// AllFiles lists the files of an application in whatever state, of each side
// the oldest first.
func (s *Store) AllFiles(ctx context.Context, tenant kyc.TenantID, id kyc.ApplicationID) ([]kyc.File, error) {
	return many[kyc.File](ctx, s.of(tenant), "files",
		files.selects(`WHERE tenant_id = ? AND application_id = ?
		ORDER BY requirement, side, created_at, file_id`), tenant, id)
}

// File reads one file in whatever state.
func (s *Store) File(ctx context.Context, tenant kyc.TenantID, id kyc.FileID) (kyc.File, error) {
	return one[kyc.File](ctx, s.of(tenant), "file", files.selects("WHERE tenant_id = ? AND file_id = ?"), tenant, id)
}

// Checks lists the checks of an application in the order they were made.
func (s *Store) Checks(ctx context.Context, tenant kyc.TenantID, id kyc.ApplicationID) ([]kyc.Check, error) {
	return many[kyc.Check](ctx, s.of(tenant), "checks",
		checks.selects("WHERE tenant_id = ? AND application_id = ? ORDER BY created_at, check_id"), tenant, id)
}
