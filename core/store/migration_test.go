package store_test

import (
	"context"
	"database/sql"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/store"
	"github.com/paifang/paifang/core/store/storetest"
)

// TestOneApplicationOfAMember: what an older version let through twice is told
// apart so that an account stays its member's.
func TestOneApplicationOfAMember(t *testing.T) {
	update := func(dialect string) string {
		t.Helper()
		file, err := os.ReadFile("migrations/" + dialect + "/0003_members_and_reminders.sql")
		if err != nil {
			t.Fatal(err)
		}
		_, after, _ := strings.Cut(string(file), "UPDATE ")
		statement, _, found := strings.Cut(after, ";")
		if !found {
			t.Fatal("no update")
		}
		return "UPDATE " + statement
	}
	if update("sqlite") != update("postgres") {
		t.Error("the dialects differ")
	}
	ctx := context.Background()
	db, err := sql.Open("sqlite3", ":memory:")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	db.SetMaxOpenConns(1)
	for _, statement := range []string{
		`CREATE TABLE applications (tenant_id, application_id, market, subject, test_mode, state)`,
		`INSERT INTO applications VALUES
		('t', 'a1', 'm', 'anna', 0, 'activated'), ('t', 'a2', 'm', 'anna', 0, 'open'), ('t', 'a3', 'm', 'anna', 0, 'withdrawn'),
		('t', 'b1', 'm', 'bert', 0, 'open'), ('t', 'b2', 'm', 'bert', 0, 'in_review'), ('t', 'b3', 'n', 'bert', 0, 'open'),
		('t', 'c1', 'm', 'carl', 0, 'activated'), ('t', 'c2', 'm', 'carl', 0, 'activated'), ('u', 'c3', 'm', 'carl', 0, 'open')`,
		update("sqlite"),
	} {
		if _, err := db.ExecContext(ctx, statement); err != nil {
			t.Fatal(err)
		}
	}
	var kept string
	err = db.QueryRowContext(ctx, `SELECT group_concat(application_id, ' ') FROM
		(SELECT application_id FROM applications WHERE subject <> '' ORDER BY application_id)`).Scan(&kept)
	if want := "a1 a3 b2 b3 c2 c3"; err != nil || kept != want {
		t.Errorf("kept are %q (%v), want %q", kept, err, want)
	}
}

// TestHistoryOfMarketsBegins: what was offered before settings had versions has a
// first one, and the applications under way keep it.
func TestHistoryOfMarketsBegins(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		historyBegins(t, s, func(statements string) error {
			d := s.Databases()
			if d.Postgres == nil {
				_, err := d.SQLite.ExecContext(t.Context(), statements)
				return err
			}
			config := d.Postgres.Config().ConnConfig
			asOwner(t, config.ConnString(), statements)
			return nil
		})
	})
}

// historyBegins runs the migration's statements, as they are in its file, over what
// an older program left.
func historyBegins(t *testing.T, s *store.Store, run func(statements string) error) {
	t.Helper()
	dialect := "sqlite"
	if s.Databases().Postgres != nil {
		dialect = "postgres"
	}
	file, err := os.ReadFile("migrations/" + dialect + "/0029_market_history.sql")
	if err != nil {
		t.Fatal(err)
	}
	_, statements, found := strings.Cut(string(file), "-- +goose Up\n")
	if !found {
		t.Fatal("nothing to run")
	}
	old := kyc.TenantMarket{Tenant: "old", Market: "mainland", Enabled: true, Config: []byte(`{"min_age":20}`), Pinned: "stable"}
	newer := kyc.MarketVersion{TenantMarket: kyc.TenantMarket{Tenant: "old", Market: "overseas", Config: []byte(`{}`), Number: 1}, ByKind: "staff", ByID: "s1", At: 7}
	under := storetest.SeedTenant(t, s, "old").Application
	over := under
	over.ID, over.State = kyc.ApplicationID(storetest.ID()), kyc.Rejected
	storetest.Commit(t, s, "old", kyc.SaveTenantMarket{TenantMarket: old}, kyc.SaveMarketVersion{MarketVersion: newer}, kyc.CreateApplication{Application: over})
	for range 2 { // a second time changes nothing
		if err := run(statements); err != nil {
			t.Fatal(err)
		}
	}
	want := kyc.MarketVersion{TenantMarket: old, ByKind: "system", ByID: "office", At: storetest.Now}
	want.Number = 1
	for market, want := range map[kyc.MarketID]kyc.MarketVersion{"mainland": want, "overseas": newer} {
		history, err := s.MarketVersions(t.Context(), "old", market, 0)
		if d := cmp.Diff([]kyc.MarketVersion{want}, history); d != "" || err != nil {
			t.Error(market, d, err)
		}
		if now, err := s.TenantMarket(t.Context(), "old", market); err != nil || cmp.Diff(want.TenantMarket, now) != "" {
			t.Errorf("%s: %+v %v", market, now, err)
		}
	}
	for id, want := range map[kyc.ApplicationID]int64{under.ID: 1, over.ID: 0} {
		if a, err := s.Application(t.Context(), "old", id); err != nil || a.Offer != want {
			t.Errorf("an application began with %d (%v), want %d", a.Offer, err, want)
		}
	}
}
