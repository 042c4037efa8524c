package store_test

import (
	"context"
	"database/sql"
	"os"
	"strings"
	"testing"
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
