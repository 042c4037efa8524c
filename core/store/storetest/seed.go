package storetest

import (
	"context"
	"crypto/sha256"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/store"
)

// ID makes a UUID version 7.
func ID() string { return uuid.Must(uuid.NewV7()).String() }

// Hash is a SHA-256, for tokens and indexes in tests.
func Hash(s string) []byte {
	h := sha256.Sum256([]byte(s))
	return h[:]
}

// Now is the time at which everything seeded was made.
var Now = kyc.At(time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC))

// Seeded is what Seed made.
type Seeded struct {
	Tenant      kyc.Tenant
	Applicant   kyc.ApplicantID
	Application kyc.Application // open, version 1, market "mainland", expires in 30 days
}

// Seed makes tenant "demo" with an applicant and an open application.
func Seed(t *testing.T, s *store.Store) Seeded {
	t.Helper()
	return SeedTenant(t, s, "demo")
}

// SeedTenant makes a tenant with an applicant and an open application.
func SeedTenant(t *testing.T, s *store.Store, id kyc.TenantID) Seeded {
	t.Helper()
	tenant := kyc.Tenant{ID: id, Name: "Tenant " + string(id), Locales: kyc.LocaleList{"en", "zh-Hans"}, Created: Now}
	Commit(t, s, id,
		kyc.SaveTenant{Tenant: tenant},
		kyc.SaveTenantKeys{TenantKeys: kyc.TenantKeys{Tenant: id, Seal: []byte("seal"), Index: []byte("index"), Created: Now}})
	app := SeedApplication(t, s, id)
	return Seeded{Tenant: tenant, Applicant: app.Applicant, Application: app}
}

// SeedApplication makes another applicant with an open application.
func SeedApplication(t *testing.T, s *store.Store, tenant kyc.TenantID) kyc.Application {
	t.Helper()
	app := Application(tenant)
	Commit(t, s, tenant,
		kyc.CreateApplicant{Tenant: tenant, ID: app.Applicant, Wrapped: []byte("wrapped"), At: Now},
		kyc.CreateApplication{Application: app})
	return app
}

// Application builds an open application of a new applicant; nothing is written.
func Application(tenant kyc.TenantID) kyc.Application {
	return kyc.Application{Tenant: tenant, ID: kyc.ApplicationID(ID()), Applicant: kyc.ApplicantID(ID()),
		Market: "mainland", Provider: "1.0.0", Locale: "en", State: kyc.Open, Version: 1,
		Created: Now, Updated: Now, Expires: kyc.At(Now.Time().AddDate(0, 0, 30))}
}

// Commit writes or fails the test.
func Commit(t *testing.T, s *store.Store, tenant kyc.TenantID, writes ...kyc.Write) {
	t.Helper()
	if err := s.Commit(context.Background(), tenant, writes); err != nil {
		t.Fatal(err)
	}
}
