package store

import (
	"context"

	"github.com/paifang/paifang/core/kyc"
)

var applications = newTable[kyc.Application]("applications", "tenant_id application_id").keeping("applicant_id")

func (t *tx) createApplication(w kyc.CreateApplication) error {
	return t.insert(applications, w.Application, plainly)
}

func (t *tx) updateApplication(w kyc.UpdateApplication) error {
	row := w.Application
	row.Version = w.Expect + 1
	then := func(rows int64, err error) error {
		if err == nil && rows == 0 {
			return kyc.EKey(kyc.Conflict, "error.version_stale", "application %s is not at version %d", row.ID, w.Expect)
		}
		return taken(err, "error.subject_taken", "the member has another application in this market")
	}
	if was := w.Was; was != nil && was.ID == row.ID && was.Version == w.Expect {
		return t.alter(then, applications, row, *was, "version = ?", w.Expect)
	}
	return t.replace(then, applications, row, "version = ?", w.Expect)
}

// checkApplication writes the version over itself: the row is locked by that until
// the transaction ends.
func (t *tx) checkApplication(w kyc.CheckApplication) error {
	return t.exec(func(rows int64, err error) error {
		if err == nil && rows == 0 {
			return kyc.EKey(kyc.Conflict, "error.version_stale", "application %s is not at version %d", w.ID, w.Version)
		}
		return err
	}, `UPDATE applications SET version = version WHERE tenant_id = ? AND application_id = ? AND version = ?`, w.Tenant, w.ID, w.Version)
}

// Application reads one application.
func (s *Store) Application(ctx context.Context, tenant kyc.TenantID, id kyc.ApplicationID) (kyc.Application, error) {
	return one[kyc.Application](ctx, s.of(tenant), "application",
		applications.selects("WHERE tenant_id = ? AND application_id = ?"), tenant, id)
}

// ApplicationOfSubject finds the application of a marketplace's member in a
// market, in test mode or out of it, that was not rejected, withdrawn or expired.
// There is at most one.
func (s *Store) ApplicationOfSubject(ctx context.Context, tenant kyc.TenantID, market kyc.MarketID, subject string, test bool) (kyc.Application, error) {
	return one[kyc.Application](ctx, s.of(tenant), "application of member",
		applications.selects(`WHERE tenant_id = ? AND market = ? AND subject = ? AND subject <> '' AND test_mode = ?
		AND state NOT IN ('rejected', 'withdrawn', 'expired')`), tenant, market, subject, test)
}

// ApplicationRef names an application of any tenant.
type ApplicationRef = kyc.ApplicationRef

// RecentApplications lists applications of a market, of all tenants, the newest
// first, for the operator who rehearses another version of its rules. It looks at
// all of the market.
func (s *Store) RecentApplications(ctx context.Context, market kyc.MarketID, limit int) ([]ApplicationRef, error) {
	return many[ApplicationRef](ctx, s.across(operating), "recorded applications",
		"SELECT tenant_id, application_id FROM applications WHERE market = ? ORDER BY application_id DESC LIMIT ?", market, limit)
}

// UnverifiedApplications lists applications of all tenants that were submitted
// and are still not verified, though nothing happened to them since before: their
// job was given up.
func (s *Store) UnverifiedApplications(ctx context.Context, before kyc.Millis, limit int) ([]ApplicationRef, error) {
	return many[ApplicationRef](ctx, s.across(dueSomehow), "unverified applications", `SELECT tenant_id, application_id FROM applications
		WHERE state IN ('submitted', 'verifying') AND updated_at < ? ORDER BY updated_at LIMIT ?`, before, page(limit))
}

// ExpiredApplications lists applications of all tenants that the applicant did
// not finish before the given time, those first that expired first, after skip others.
// It is for the sweeper, which then asks the pipeline to expire them.
func (s *Store) ExpiredApplications(ctx context.Context, before kyc.Millis, limit, skip int) ([]ApplicationRef, error) {
	return many[ApplicationRef](ctx, s.across(dueSomehow), "expired applications",
		`SELECT tenant_id, application_id FROM applications
		WHERE state IN ('open', 'needs_applicant') AND expires_at > 0 AND expires_at <= ?
		ORDER BY expires_at, tenant_id, application_id LIMIT ? OFFSET ?`, before, page(limit), skip)
}

// UnremindedApplications lists applications of all tenants that the applicant has
// not finished, that expire after now but before the given time, are past the middle
// of their life, and of which nobody has reminded them. Those that expire first come first,
// after skip others.
func (s *Store) UnremindedApplications(ctx context.Context, now, before kyc.Millis, limit, skip int) ([]ApplicationRef, error) {
	return many[ApplicationRef](ctx, s.across(dueSomehow), "applications to remind of",
		`SELECT tenant_id, application_id FROM applications
		WHERE state IN ('open', 'needs_applicant') AND reminded_at = 0 AND expires_at > ? AND expires_at <= ?
		AND expires_at - (expires_at - created_at) / 2 <= ?
		ORDER BY expires_at, tenant_id, application_id LIMIT ? OFFSET ?`, now, before, now, page(limit), skip)
}
