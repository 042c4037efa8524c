package store_test

import (
	"context"
	"database/sql"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/store"
)

// whole are reads that may go through all that a tenant has, or all there is:
// each has few rows, is bounded, or is the operator's.
var whole = []string{
	"FROM tenants", "FROM tenant_markets", "FROM tenant_keys", "FROM legal_documents", "FROM sending_rules", "FROM staff", "FROM audit_lines",
	"FROM retentions", "FROM rotations", "FROM installation_keys", "FROM applicants WHERE tenant_id = ? AND applicant_id > ?",
	"FROM identifiers WHERE tenant_id = ? AND identifier_id > ?",
	"FROM erasures WHERE tenant_id = ? AND state IN ('asked', 'proposed', 'granted') ORDER BY",
	"FROM replays WHERE tenant_id = ? AND application_id IN", "FROM factors WHERE tenant_id = ? AND subject_kind = 'staff'", // of a day; the operator's
	"FROM audit_logs", "FROM audit_keys",
	"FROM schema_migrations", "FROM river_migration", "sqlite_master", "FROM nodes",
	"FROM roles", "FROM role_rules", "FROM policy_versions", // at most 20 roles that are not retired
	"FROM rollouts", "FROM node_reports", "FROM node_lines",
	"FROM applications WHERE market = ? ORDER BY application_id DESC LIMIT",                                     // before a version is put in force
	"FROM assertion_keys WHERE tenant_id = ? ORDER BY kid", "FROM api_keys WHERE tenant_id = ? ORDER BY key_id", // the operator's; few
	"FROM market_versions WHERE tenant_id = ? AND length(secrets_sealed) > 0", // while keys are rotated
	"SELECT COUNT(*) FROM (SELECT 1 AS one FROM applications",                 // bounded by its limit
	"COUNT(*) AS bound FROM applications",                                     // before a version is removed
	"FROM cases WHERE tenant_id = ? ORDER BY due_at, case_id LIMIT",           // a page, in the order of its index
}

// TestReadsAreNarrow asks SQLite how it would run every read of the store: none
// may go through a tenant's whole table, for that is quick in every test and
// slower with each person who registers.
func TestReadsAreNarrow(t *testing.T) {
	var queries []string
	path := filepath.Join(t.TempDir(), "p.db")
	s, err := store.Open(t.Context(), store.Config{Path: path, Meter: &store.Meter{Seen: func(q string) { queries = append(queries, q) }}})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	queries = nil
	for name, method := range reads(s) {
		before := len(queries)
		call(t, method)
		if len(queries) == before && name != "BudgetUsed" {
			t.Logf("%s asked the database nothing", name)
		}
	}
	if len(queries) < 40 {
		t.Fatalf("only %d reads were seen", len(queries))
	}
	plain, err := sql.Open("sqlite3", path)
	if err != nil {
		t.Fatal(err)
	}
	defer plain.Close()
	for _, q := range queries {
		if strings.HasPrefix(q, "SELECT") && !strings.Contains(q, "sqlite_master") && (strings.Contains(q, " = ?") || strings.Contains(q, "LIMIT ?")) {
			t.Errorf("%s\n\tis planned anew each time: see statement.go", q)
		}
		for _, step := range plan(t, plain, q) {
			broad := strings.HasSuffix(step, "(tenant_id=?)") || strings.HasPrefix(step, "SCAN ") && step != "SCAN CONSTANT ROW" && !strings.HasPrefix(step, "SCAN others")
			if broad && !oneOf(strings.ReplaceAll(q, "+?", "?"), whole) {
				t.Errorf("%s\n\tis answered by %s", q, step)
			}
		}
	}
}

// TestQueueByRiskIsInOrder: the queue is read in the order of its index, not sorted each
// time.
func TestQueueByRiskIsInOrder(t *testing.T) {
	var asked string
	path := filepath.Join(t.TempDir(), "p.db")
	s, err := store.Open(t.Context(), store.Config{Path: path, Meter: &store.Meter{Seen: func(q string) { asked = q }}})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Cases(t.Context(), "x", kyc.CaseFilter{ByRisk: true, States: []kyc.CaseState{kyc.CaseOpen, kyc.CaseClaimed}}, kyc.CaseCursor{}, 9); err != nil {
		t.Fatal(err)
	}
	plain, err := sql.Open("sqlite3", path)
	if err != nil {
		t.Fatal(err)
	}
	defer plain.Close()
	if steps := strings.Join(plan(t, plain, asked), "; "); !strings.Contains(steps, "cases_by_risk") || strings.Contains(steps, "TEMP B-TREE") {
		t.Errorf("%s\n\tis answered by %s", asked, steps)
	}
}

func oneOf(query string, known []string) bool {
	for _, k := range known {
		if strings.Contains(query, k) {
			return true
		}
	}
	return false
}

// reads are the store's exported methods that take a context and only read.
func reads(s *store.Store) map[string]reflect.Value {
	found := map[string]reflect.Value{}
	v := reflect.ValueOf(s)
	for i := range v.NumMethod() {
		name, f := v.Type().Method(i).Name, v.Method(i)
		switch name {
		case "Commit", "Durable", "ReplaceInstallationKey", "SealedBy", "Migrate", "Ping", "ReviveJobs", "TakenJobs", "Sweep":
			continue
		}
		if f.Type().NumIn() > 0 && f.Type().In(0) == reflect.TypeFor[context.Context]() {
			found[name] = f
		}
	}
	return found
}

// call calls a read with a context and something of each type.
func call(t *testing.T, f reflect.Value) {
	t.Helper()
	args := []reflect.Value{reflect.ValueOf(t.Context())}
	for i := 1; i < f.Type().NumIn(); i++ {
		arg := reflect.New(f.Type().In(i)).Elem()
		switch arg.Kind() {
		case reflect.String:
			arg.SetString("x")
		case reflect.Int, reflect.Int64:
			arg.SetInt(1)
		case reflect.Slice:
			if arg.Type().Elem().Kind() == reflect.Uint8 {
				arg.SetBytes([]byte("x"))
			}
			if arg.Type().Elem().Kind() == reflect.Struct {
				arg.Set(reflect.MakeSlice(arg.Type(), 2, 2))
			}
		case reflect.Func:
			return
		}
		args = append(args, arg)
	}
	f.Call(args) // finds nothing; what was asked is what counts
}

func plan(t *testing.T, db *sql.DB, query string) []string {
	t.Helper()
	rows, err := db.Query("EXPLAIN QUERY PLAN "+query, make([]any, strings.Count(query, "?"))...)
	if err != nil {
		t.Fatalf("%v: %s", err, query)
	}
	defer rows.Close()
	var steps []string
	for rows.Next() {
		var id, parent, unused int
		var detail string
		if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
			t.Fatal(err)
		}
		steps = append(steps, detail)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return steps
}
