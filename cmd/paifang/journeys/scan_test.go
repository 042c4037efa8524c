package journeys

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // reads the tables of PostgreSQL

	"github.com/paifang/paifang/core/vault/vaulttest"
)

// TestNothingIsKeptInClear: after whole journeys of four people and the reviews of three neither the
// database nor the files nor the key store nor the log hold anything that people typed, proved
// or signed in with.
func TestNothingIsKeptInClear(t *testing.T) {
	databases(t, func(t *testing.T, s *server) {
		secrets := s.fourPeople()
		s.stop(syscall.SIGTERM)
		left := t.TempDir()
		must(t, os.WriteFile(filepath.Join(left, "server.log"), []byte(s.log.String()), 0o600))
		for _, name := range []string{"blobs", "keys"} {
			must(t, os.CopyFS(filepath.Join(left, name), os.DirFS(filepath.Join(s.data, name))))
		}
		if s.database != "" {
			dump(t, s.database, filepath.Join(left, "tables"))
		}
		entries, err := os.ReadDir(s.data)
		must(t, err)
		for _, e := range entries {
			if !e.Type().IsRegular() || strings.HasPrefix(e.Name(), "demo-") {
				continue // the mailbox is meant to hold messages
			}
			raw, err := os.ReadFile(filepath.Join(s.data, e.Name()))
			must(t, err)
			must(t, os.WriteFile(filepath.Join(left, e.Name()), raw, 0o600))
		}
		proveTheScan(t, left)
		vaulttest.Scan(t, left, secrets...)
	})
}

// proveTheScan wants it to find what is there: ids are kept in clear.
func proveTheScan(t *testing.T, left string) {
	t.Helper()
	found, err := vaulttest.Find(left, "mainland", "application.submitted")
	must(t, err)
	if len(found) < 2 {
		t.Errorf("the scan does not see the database: %+v", found)
	}
}

// fourPeople complete a journey in every market, one of them for a company; it
// tells what must not be found.
func (s *server) fourPeople() []string {
	s.t.Helper()
	people := []struct {
		market, locale string
		answers        map[string]any
		contacts       []string
	}{
		{"mainland", "zh-Hans", mainlandPerson("+8613800138071"), []string{"+8613800138071"}},
		{"overseas", "en", overseasPerson("scan.me@example.com", "+201001234571", annas), []string{"scan.me@example.com", "+201001234571"}},
		{"crossborder", "en", crossborderPerson("+4915112345671", passport{number: "C01X0071H", surname: "ERIKSSON", given: "ANNA MARIA",
			birth: "1974-08-12", sex: "F", expiry: "2031-04-15"}), []string{"+4915112345671"}},
		{"crossborder", "en", companyPerson("+4915112345672", passport{number: "C01X0072H", birth: "1974-08-12"}), []string{"+4915112345672"}},
	}
	secrets := []string{"member-of-the-scan", "company-of-the-scan", s.password, "13800138071", "1001234571", "15112345671", "15112345672"}
	for i, query := range map[int]string{2: `?member=member-of-the-scan&membership=gold&phone=%2B4915112345671`, 3: `?member=company-of-the-scan&membership=gold`} {
		assertion := s.assertion(query)
		people[i].answers["assertion"] = assertion
		secrets = append(secrets, assertion, strings.Split(assertion, ".")[2])
	}
	for _, p := range people {
		c := newClient(s, "pk_test_demo", p.market, p.locale, newPerson(s.t, p.answers))
		c.run(p.market)
		if c.view.State == "in_review" {
			o := newOfficer(s, "demo")
			o.next()
			o.approve()
			c.run(p.market)
		}
		c.activated("")
		secrets = append(secrets, c.auth, strings.TrimPrefix(c.auth, "ht.demo."))
		for _, to := range p.contacts {
			secrets = append(secrets, s.sentTo(to)...)
		}
		secrets = append(secrets, told(p.answers)...)
		if p.market == "mainland" {
			c.signIn("+8613800138071")
		}
	}
	slices.Sort(secrets)
	return slices.Compact(secrets)
}

// sentTo are the codes and the secrets of the links that somebody was sent.
func (s *server) sentTo(to string) []string {
	s.t.Helper()
	list := []string{to}
	for _, m := range s.messages(to) {
		for _, word := range strings.Fields(m.Text) {
			if _, token, ok := strings.Cut(word, "/l/"); ok {
				list = append(list, token)
			}
		}
	}
	return list
}

// told are the answers that can only come from this person: no choices, no
// countries, and nothing that is too short to be told from chance.
func told(answers map[string]any) []string {
	var list []string
	for name, v := range answers {
		if rows, ok := v.([]map[string]any); ok {
			for _, row := range rows {
				list = append(list, told(row)...)
			}
			continue
		}
		text := fmt.Sprint(v)
		public := []string{"residence", "gender", "nationality", "document_kind", "issuing_country", "assertion", "kind", "registered"}
		if len(text) < 8 || slices.Contains(public, name) {
			continue
		}
		list = append(list, strings.Split(text, "\n")...)
	}
	return list
}

// dump writes every row of every table into a folder, as PostgreSQL prints it.
func dump(t *testing.T, url, dir string) {
	t.Helper()
	must(t, os.Mkdir(dir, 0o700))
	db, err := sql.Open("pgx", url)
	must(t, err)
	defer db.Close()
	ctx := background(t)
	tables := column(ctx, t, db, `SELECT quote_ident(table_schema) || '.' || quote_ident(table_name) FROM information_schema.tables
		WHERE table_schema NOT IN ('pg_catalog', 'information_schema') AND table_type = 'BASE TABLE'`)
	if len(tables) < 20 {
		t.Fatalf("only %d tables", len(tables))
	}
	for _, table := range tables {
		rows := column(ctx, t, db, "SELECT x::text FROM "+table+" x") // names come from the catalogue
		must(t, os.WriteFile(filepath.Join(dir, table), []byte(strings.Join(rows, "\n")), 0o600))
	}
}

func column(ctx context.Context, t *testing.T, db *sql.DB, query string) []string {
	t.Helper()
	rows, err := db.QueryContext(ctx, query)
	must(t, err)
	defer rows.Close()
	var list []string
	for rows.Next() {
		var text string
		must(t, rows.Scan(&text))
		list = append(list, text)
	}
	must(t, rows.Err())
	return list
}
