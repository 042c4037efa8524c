package storetest

import (
	"database/sql"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/stdlib"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/store"
)

// notPersonal are the columns of bytes that are not about an applicant. All
// others must be empty after an erasure.
var notPersonal = map[string]string{
	"tenant_keys.seal_wrapped":       "the tenant's",
	"tenant_keys.index_wrapped":      "the tenant's",
	"tenant_keys.lookup_first":       "the tenant's",
	"tenant_keys.lookup_second":      "the tenant's",
	"audit_keys.private_sealed":      "the tenant's",
	"audit_tiles.hashes":             "of lines, which hold nothing personal and outlive the person",
	"tenant_markets.config":          "the tenant's",
	"market_versions.config":         "the tenant's",
	"tenant_markets.secrets_sealed":  "the tenant's",
	"market_versions.secrets_sealed": "the tenant's",
	"api_keys.key_hash":              "the tenant's",
	"sending_rules.rules":            "the tenant's",
	"assertion_keys.public_key":      "a marketplace's",
	"staff.email_sealed":             "of staff",
	"staff.names_sealed":             "of staff",
	"staff_links.token_hash":         "of staff",
	"ceremonies.challenge_hash":      "of 256 bits of chance, gone in minutes",
	"factors.lookup":                 "of staff, here: see the account's below",
	"factors.secret_sealed":          "of staff, here: see the account's below",
	"used_tokens.token_hash":         "of 256 bits of chance, gone in hours",
}

// erasingLeavesNothing: in a tenant with one person, an erasure leaves no bytes in
// any column of bytes of any table, those of tomorrow included.
func erasingLeavesNothing(t *testing.T, s *store.Store) {
	w := newWorld("demo")
	Commit(t, s, "demo", w.make()...)
	passkey := w.factor
	passkey.ID, passkey.Of, passkey.Subject, passkey.Lookup = ID(), "account", string(w.account.ID), Hash("passkey")
	Commit(t, s, "demo", kyc.SaveFactor{Factor: passkey})
	Commit(t, s, "demo", kyc.ErasePerson{Tenant: "demo", Applicant: w.applicant.ID, At: Now})
	var left int
	if err := AsOwner(t, s).QueryRowContext(t.Context(), "SELECT COUNT(*) FROM factors WHERE subject_kind = 'account'").Scan(&left); err != nil || left != 0 {
		t.Errorf("%d factors of the account are left, %v", left, err)
	}
	db := AsOwner(t, s)
	seen := 0
	for _, c := range byteColumns(t, s, db) {
		table, column, _ := strings.Cut(c, ".")
		if notPersonal[c] != "" {
			continue
		}
		seen++
		for _, left := range bytesIn(t, db, table, column) {
			own := string(left) == string(w.identifier.ID) || string(left) == string(w.check.ID)
			if len(left) > 0 && !own {
				t.Errorf("%s still holds %d bytes", c, len(left))
			}
		}
	}
	if seen < 12 {
		t.Errorf("only %d columns", seen)
	}
	erasedApart(t, s, w)
	fails(t, s, "demo", kyc.NotFound, "error.not_found", kyc.ErasePerson{Tenant: "demo", Applicant: w.applicant.ID, At: Now})
}

// bytesIn reads a column of the tenant demo; the names are the catalogue's.
func bytesIn(t *testing.T, db *sql.DB, table, column string) [][]byte {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), "SELECT "+column+" FROM "+table+" WHERE tenant_id = 'demo'")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var found [][]byte
	for rows.Next() {
		var value []byte
		if err := rows.Scan(&value); err != nil {
			t.Fatal(err)
		}
		found = append(found, value)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return found
}

// erasedApart looks at what is not bytes.
func erasedApart(t *testing.T, s *store.Store, w *world) {
	t.Helper()
	ctx := t.Context()
	app, err := s.Application(ctx, "demo", w.application.ID)
	if err != nil || app.Subject != "" || app.State != kyc.Withdrawn || app.Version != w.application.Version+1 {
		t.Errorf("application %+v, %v", app, err)
	}
	account, err := s.Account(ctx, "demo", w.account.ID)
	if err != nil || account.State != "erased" {
		t.Errorf("account %+v, %v", account, err)
	}
	if kase, err := s.Case(ctx, "demo", w.kase.ID); err != nil || kase.State != kyc.CaseDecided || kase.ClaimedBy != "" {
		t.Errorf("case %+v, %v", kase, err)
	}
	if _, err := s.Session(ctx, "demo", w.session.Hash, "account"); kyc.CodeOf(err) != kyc.NotFound {
		t.Errorf("session: %v", err)
	}
	if taken, err := s.IdentifierTaken(ctx, "demo", "phone", w.identifier.Index, "another"); err != nil || taken {
		t.Errorf("identifier taken %v, %v", taken, err)
	}
	if list, err := s.Credentials(ctx, "demo", w.applicant.ID); err != nil || len(list) > 0 {
		t.Errorf("credentials %v, %v", list, err)
	}
	lines, err := s.AuditLines(ctx, "demo", kyc.AuditFilter{}, "", 9)
	if err != nil || len(lines) != 2 {
		t.Errorf("the record has %d lines, %v", len(lines), err)
	}
	files, err := s.PersonFiles(ctx, "demo", w.applicant.ID)
	if err != nil || len(files) != 1 || files[0].Original == "" {
		t.Fatalf("the blobs cannot be found any more: %+v, %v", files, err)
	}
	Commit(t, s, "demo", kyc.DropFiles{Tenant: "demo", Applicant: w.applicant.ID})
	if files, err = s.PersonFiles(ctx, "demo", w.applicant.ID); err != nil || files[0].Original != "" || files[0].Rendition != "" {
		t.Errorf("%+v, %v", files, err)
	}
}

// erasingLeavesOthers: neither another person nor another tenant loses anything.
func erasingLeavesOthers(t *testing.T, s *store.Store) {
	w, other := newWorld("demo"), newWorld("other")
	Commit(t, s, "demo", w.make()...)
	Commit(t, s, "other", other.make()...)
	neighbour := SeedApplication(t, s, "demo")
	step := kyc.StepRecord{Tenant: "demo", Application: neighbour.ID, Step: "profile", State: kyc.StepDone, Values: []byte{7}, Updated: Now}
	Commit(t, s, "demo", kyc.SaveStep{StepRecord: step}, kyc.ErasePerson{Tenant: "demo", Applicant: w.applicant.ID, At: Now})
	if kept, err := s.Step(t.Context(), "demo", neighbour.ID, "profile"); err != nil || len(kept.Values) != 1 {
		t.Errorf("the neighbour's step: %+v, %v", kept, err)
	}
	if key, err := s.ApplicantKey(t.Context(), "demo", neighbour.Applicant); err != nil || len(key) == 0 {
		t.Errorf("the neighbour's key: %x, %v", key, err)
	}
	for name, read := range reads {
		if got, err := read.ask(t.Context(), s, "other", other); err != nil {
			t.Errorf("%s of the other tenant: %+v, %v", name, got, err)
		}
	}
}

func endedPersonsAreListed(t *testing.T, s *store.Store) {
	Seed(t, s)
	const day = 86_400_000
	ended := func(state kyc.State, daysAgo kyc.Millis) kyc.Application {
		app := SeedApplication(t, s, "demo")
		app.State, app.Updated = state, Now-daysAgo*day
		Commit(t, s, "demo", kyc.UpdateApplication{Application: app, Expect: 1})
		return app
	}
	want := map[kyc.ApplicantID]bool{ended(kyc.Expired, 31).Applicant: true, ended(kyc.Rejected, 400).Applicant: true}
	ended(kyc.Expired, 29)
	ended(kyc.Rejected, 31)
	ended(kyc.Withdrawn, 4000) // for ever
	both := ended(kyc.Expired, 31)
	second := Application("demo")
	second.Applicant = both.Applicant // goes on
	Commit(t, s, "demo", kyc.CreateApplication{Application: second})
	erased := ended(kyc.Expired, 31)
	Commit(t, s, "demo", kyc.ErasePerson{Tenant: "demo", Applicant: erased.Applicant, At: Now})
	got, err := s.EndedPersons(t.Context(), "demo", kyc.Ended{kyc.Expired: Now - 30*day, kyc.Rejected: Now - 365*day}, 0)
	if err != nil || len(got) != len(want) {
		t.Fatalf("%d persons, want %d: %v", len(got), len(want), err)
	}
	for _, id := range got {
		if !want[id] {
			t.Errorf("%s is listed", id)
		}
	}
}

// AsOwner is the database past the store, with all rights: no walls stand between
// tenants.
func AsOwner(t *testing.T, s *store.Store) *sql.DB {
	t.Helper()
	if db := s.Databases(); db.Postgres == nil {
		return db.SQLite
	}
	db := stdlib.OpenDB(*s.Databases().Postgres.Config().ConnConfig)
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// byteColumns lists "table.column" of every column of bytes in a table with tenants.
func byteColumns(t *testing.T, s *store.Store, db *sql.DB) []string {
	t.Helper()
	query := `SELECT m.name || '.' || c.name FROM sqlite_master m, pragma_table_info(m.name) c
		WHERE m.type = 'table' AND c.type = 'BLOB' AND EXISTS (SELECT 1 FROM pragma_table_info(m.name) k WHERE k.name = 'tenant_id')`
	if s.Databases().Postgres != nil {
		query = `SELECT table_name || '.' || column_name FROM information_schema.columns c
			WHERE table_schema = current_schema() AND data_type = 'bytea'
			AND EXISTS (SELECT 1 FROM information_schema.columns k WHERE k.table_schema = c.table_schema AND k.table_name = c.table_name AND k.column_name = 'tenant_id')`
	}
	rows, err := db.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var list []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			t.Fatal(err)
		}
		list = append(list, name)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return list
}
