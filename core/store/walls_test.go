package store_test

import (
	"context"
	"flag"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/paifang/paifang/core/store"
	"github.com/paifang/paifang/core/store/storetest"
)

var update = flag.Bool("update", false, "write testdata/across.golden anew")

// asOwner does something to a database with the rights of the user in its URL.
func asOwner(t *testing.T, database string, statements ...string) {
	t.Helper()
	ctx := context.Background() // also at the end of a test
	conn, err := pgx.Connect(ctx, database)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	for _, statement := range statements {
		if _, err := conn.Exec(ctx, statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
}

func opened(t *testing.T, database string) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), store.Config{DatabaseURL: database})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// TestWalls: the program works under a role that owns nothing, for which the
// database alone keeps tenants apart; a table without a wall is told, and has one
// after the next migration.
func TestWalls(t *testing.T) {
	database := storetest.PostgresURL(t)
	s := opened(t, database)
	w, err := s.Walls(t.Context())
	if err != nil || !strings.HasSuffix(w.Role, "_paifang_app") || w.Owner || w.Past || len(w.Missing) > 0 {
		t.Fatalf("%+v, %v", w, err)
	}
	storetest.WallsHold(t, s)
	asOwner(t, database, "CREATE TABLE later (tenant_id TEXT NOT NULL)", "INSERT INTO later VALUES ('demo'), ('other')", "GRANT SELECT ON later TO PUBLIC")
	if w, err := s.Walls(t.Context()); err != nil || !slices.Equal(w.Missing, []string{"later"}) {
		t.Errorf("%+v, %v", w, err)
	}
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if w, err := s.Walls(t.Context()); err != nil || len(w.Missing) > 0 || w.Owner {
		t.Errorf("%+v, %v", w, err)
	}
	var n int
	if err := s.Databases().Postgres.QueryRow(t.Context(), "SELECT COUNT(*) FROM later").Scan(&n); err != nil || n != 0 {
		t.Errorf("%d rows of the new table are seen, %v", n, err)
	}
}

// TestWallsOfAPlainOwner: a user who owns the database and may make no roles is
// held back by the walls as well, and backs everything up with one option.
func TestWallsOfAPlainOwner(t *testing.T) {
	super, err := url.Parse(storetest.PostgresURL(t))
	if err != nil {
		t.Fatal(err)
	}
	user := fmt.Sprintf("plain_%d", os.Getpid())
	asOwner(t, super.String(), "CREATE ROLE "+user+" LOGIN", "CREATE DATABASE "+user+" OWNER "+user)
	t.Cleanup(func() { asOwner(t, super.String(), "DROP DATABASE "+user+" WITH (FORCE)", "DROP ROLE "+user) })
	plain := *super
	plain.User, plain.Path = url.User(user), "/"+user
	s := opened(t, plain.String())
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if w, err := s.Walls(t.Context()); err != nil || w.Role != user || !w.Owner || w.Past || len(w.Missing) > 0 {
		t.Fatalf("%+v, %v", w, err)
	}
	storetest.WallsHold(t, s)
	file := filepath.Join(t.TempDir(), "dump.sql")
	dump := exec.Command("pg_dump", "--enable-row-security", "--file="+file, plain.String())
	dump.Env = append(os.Environ(), "PGOPTIONS=-c paifang.tenant=*")
	if out, err := dump.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	raw, err := os.ReadFile(file)
	if text := string(raw); err != nil || !strings.Contains(text, "Tenant demo") && !strings.Contains(text, "help@demo.example") || !strings.Contains(text, "help@other.example") {
		t.Errorf("the back-up lacks tenants (%d bytes), %v", len(raw), err)
	}
	historyBegins(t, s, func(statements string) error { asOwner(t, plain.String(), statements); return nil })
}

// TestAcross: who sees all tenants at once is few, and known by name.
func TestAcross(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	name, use := regexp.MustCompile(`^func (?:\([^)]*\) )?(\w+)`), regexp.MustCompile(`\bacross\((\w+)\)`)
	var list []string
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		at := ""
		for _, line := range strings.Split(string(raw), "\n") {
			if m := name.FindStringSubmatch(line); m != nil {
				at = m[1]
			}
			if m := use.FindStringSubmatch(line); m != nil && !strings.HasSuffix(file, "_test.go") {
				list = append(list, m[1]+": "+at)
			}
			if strings.Contains(line, `"*"`) && file != "across.go" && !strings.HasSuffix(file, "_test.go") {
				t.Errorf("%s passes the door: %s", file, line)
			}
		}
	}
	slices.Sort(list)
	got := strings.Join(list, "\n") + "\n"
	if *update {
		if err := os.WriteFile("testdata/across.golden", []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if want, err := os.ReadFile("testdata/across.golden"); err != nil || string(want) != got {
		t.Errorf("who crosses tenants has changed, %v; look at it and run with -update:\n%s", err, got)
	}
}
