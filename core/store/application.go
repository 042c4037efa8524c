package store

import (
	"context"

	"github.com/paifang/paifang/core/kyc"
)

var applications = newTable[kyc.Application]("applications", "tenant_id application_id")

func (t *tx) createApplication(w kyc.CreateApplication) error {
	return t.insert(applications, w.Application)
}

func (t *tx) updateApplication(w kyc.UpdateApplication) error {
	row := w.Application
	row.Version = w.Expect + 1
	done, err := t.replace(applications, row, "version = ?", w.Expect)
	if err == nil && !done {
		return kyc.EKey(kyc.Conflict, "error.version_stale", "application %s is not at version %d", row.ID, w.Expect)
	}
	return err
}

// Application reads one application.
func (s *Store) Application(ctx context.Context, tenant kyc.TenantID, id kyc.ApplicationID) (kyc.Application, error) {
	return one[kyc.Application](ctx, s, "application",
		applications.selects("WHERE tenant_id = ? AND application_id = ?"), tenant, id)
}

// ApplicationRef names an application of any tenant.
type ApplicationRef struct {
	Tenant kyc.TenantID      `db:"tenant_id"`
	ID     kyc.ApplicationID `db:"application_id"`
}

// UnverifiedApplications lists applications of all tenants that were submitted
// and are still not verified, though nothing happened to them since before: their
// job was given up.
func (s *Store) UnverifiedApplications(ctx context.Context, before kyc.Millis, limit int) ([]ApplicationRef, error) {
	return many[ApplicationRef](ctx, s, "unverified applications", `SELECT tenant_id, application_id FROM applications
		WHERE state IN ('submitted', 'verifying') AND updated_at < ? ORDER BY updated_at LIMIT ?`, before, page(limit))
}

// ExpiredApplications lists applications of all tenants that the applicant did
// not finish before the given time, those first that expired first. It is for
// the sweeper, which then asks each tenant's pipeline to expire them.
func (s *Store) ExpiredApplications(ctx context.Context, before kyc.Millis, limit int) ([]ApplicationRef, error) {
	return many[ApplicationRef](ctx, s, "expired applications",
		`SELECT tenant_id, application_id FROM applications
		WHERE state IN ('open', 'needs_applicant') AND expires_at > 0 AND expires_at <= ?
		ORDER BY expires_at, tenant_id, application_id LIMIT ?`, before, page(limit))
}
