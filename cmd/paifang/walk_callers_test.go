package main

import (
	"database/sql"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/policies"
)

// bodies fit the operations, so that only the caller or the thing is refused.
var bodies = map[string]string{
	"POST /api/v1/applications":                                           `{"market":"{market}"}`,
	"POST /api/v1/applications/:application/way":                          `{"way":"phone"}`,
	"POST /api/v1/applications/:application/steps/:step":                  `{"values":{}}`,
	"POST /api/v1/applications/:application/steps/:step/available":        `{"contact":"+8613800138000","human":"x"}`,
	"POST /api/v1/applications/:application/challenges/:challenge/answer": `{"code":"000000"}`,
	"POST /t/:tenant/applications/:application/available":                 `{"step":"contact","contact":"+8613800138000","human":"x"}`,
	"POST /api/v1/handovers":                                              `{"token":"{handover}","code":"0000"}`,
	"POST /api/v1/recoveries":                                             `{"token":"{recover}","password":"x"}`,
	"POST /api/v1/recoveries/stop":                                        `{"token":"{stop}"}`,
	"POST /api/v1/freezes":                                                `{"token":"{freeze}"}`,
	"POST /api/v1/tenants/:tenant/deliveries/:application/freeze":         `{"why":"phone_lost"}`,
	"POST /api/v1/sessions":                                               `{"login":"x","password":"y"}`,
	"POST /api/v1/tenants/:tenant/staff-sessions/current/confirmation":    `{"code":"000000"}`,
	"POST /api/v1/tenants/:tenant/staff-sessions/invitation":              `{"token":"{invitation}","password":"x"}`,
	"POST /api/v1/tenants/:tenant/staff-sessions/password":                `{"token":"{password}","password":"x"}`,
	"POST /api/v1/tenants/:tenant/staff-sessions/forgotten":               `{"login":"x"}`,
	"POST /api/v1/tenants/:tenant/staff-sessions/passkey":                 `{"passkey":{}}`,
	"POST /api/v1/tenants/:tenant/staff-security/passkeys":                `{"passkey":{}}`,
	"POST /api/v1/tenants/:tenant/invitations":                            `{"email":"x@example.com","name":"x","role":"{role}"}`,
	"POST /api/v1/tenants/:tenant/staff-security/factors":                 `{"ticket":"x","code":"000000"}`,
	"PUT /api/v1/tenants/:tenant/staff-security/password":                 `{"password":"x"}`,
	"POST /api/v1/tenants/:tenant/cases/:case/reveal":                     `{"what":"everything","why":"complaint"}`,
	"POST /api/v1/tenants/:tenant/cases/:case/preview":                    `{"outcome":"approve"}`,
	"POST /api/v1/tenants/:tenant/cases/:case/decision":                   `{"outcome":"approve","evidence":"00","version":1}`,
	"POST /api/v1/tenants/:tenant/cases/:case/confirmation":               `{"evidence":"00","version":1}`,
	"POST /api/v1/tenants/:tenant/cases/:case/objection":                  `{"reason":"x"}`,
	"POST /api/v1/tenants/:tenant/sending/release":                        `{"what":"money","why":"examined"}`,
	"POST /api/v1/tenants/:tenant/people/:person/erasure-refusal":         `{"reason":"retention"}`,
	"POST /api/v1/tenants/:tenant/people/:person/export":                  `{"reason":"access_request"}`,
	"POST /api/v1/tenants/:tenant/people/:person/erasure":                 `{"reason":"requested"}`,
	"PUT /api/v1/tenants/:tenant/staff/:staff/role":                       `{"role":"{role}"}`,
	"POST /api/v1/tenants/:tenant/roles":                                  `{"name":"x","rules":[{"permission":"case.read","markets":["*"],"risks":["*"]}]}`,
	"PUT /api/v1/tenants/:tenant/roles/:role":                             `{"name":"x","version":1,"rules":[{"permission":"case.read","markets":["*"],"risks":["*"]}]}`,
	"POST /api/v1/tenants/:tenant/roles/:role/retire":                     `{"version":1}`,
	"PUT /api/v1/tenants/:tenant/markets/:market":                         `{"number":1,"enabled":false}`,
	"POST /api/v1/tenants/:tenant/markets/:market/preview":                `{"number":1,"settings":{}}`,
	"POST /api/v1/tenants/:tenant/markets/:market/restore":                `{"number":1,"back":1}`,
}

// fields fit every form of the pages; none minds those of another.
var fields = map[string]string{"outcome": "approve", "what": "everything", "why": "complaint", "evidence": "00", "version": "1", "answer": "x", "role": "{role}", "name": "x",
	"password": "x", "code": "0000", "way": "phone", "rule.case.read": "on", "assertion": "x",
	"kind": "publishable", "kid": "x", "iss": "y", "pem": "z", "number": "1", "state": "off", "pinned": "stable", "back": "1"}

// role is one that may use a route of staff; the officer's where it can be.
func (w *walker) role(line policies.Line) string {
	for _, role := range append([]string{officerRole}, policies.Roles()...) {
		if w.roleMay(mineTenant, role, line) {
			return role
		}
	}
	return ""
}

// roleMay tells whether somebody of a tenant may use a route of mine.
func (w *walker) roleMay(tenant kyc.TenantID, role string, line policies.Line) bool {
	at := mineTenant
	if !strings.Contains(line.Path, ":tenant") {
		at = policies.OperatorTenant
	}
	return w.may.May(kyc.Staff{Tenant: tenant, Role: role, State: kyc.StaffActive}, at, line.Needs)
}

// bearer is the token of somebody who may use a route.
func (w *walker) bearer(line policies.Line) string {
	switch line.Needs {
	case policies.Public:
		return ""
	case policies.Key, keyOrHolder:
		return w.mine.tokens["key"]
	case policies.Holder:
		return w.mine.tokens["holder"]
	case policies.Account:
		return w.mine.tokens["account"]
	}
	if role := w.role(line); role != "" {
		return w.mine.tokens[role]
	}
	if w.roleMay(policies.OperatorTenant, operatorRole, line) {
		return w.platform.tokens[operatorRole]
	}
	w.t.Fatalf("%s %s needs %q, which nobody has", line.Method, line.Path, line.Needs)
	return ""
}

// keyOrHolder is what the JSON door's puzzles need.
const keyOrHolder policies.Permission = "key_or_holder"

const operatorRole = "platform_operator"

// lacking are the tokens of those who lack what a route needs.
func (w *walker) lacking(line policies.Line) map[string]string {
	secret := strings.Repeat("A", 43)
	out := map[string]string{"nobody": "", "rubbish": "a.b", "a made-up holder": "ht.north." + secret, "a made-up account": "st.north." + secret,
		"made-up staff": "dt.north." + secret, "staff of nowhere": "dt.." + secret, "a holder of nowhere": "ht.nowhere." + secret, "a made-up key": "pk_test_nobody"}
	mine, others := w.mine.tokens, w.others.tokens
	for name, kind := range map[string]policies.Permission{"key": policies.Key, "holder": policies.Holder, "account": policies.Account, officerRole: policies.CaseRead} {
		if kind != line.Needs && (kind != policies.CaseRead || !w.ofStaff(line)) {
			out["who has the "+name+" token only"] = mine[name]
		}
	}
	right := w.bearer(line)
	for name, token := range map[string]string{"longer": right + "A", "shorter": right[:len(right)-1], "lower case": strings.ToLower(right), "long": strings.Repeat("A", 700),
		"bare": right[strings.LastIndexByte(right, '.')+1:], "odd": strings.Replace(right, ".north.", ".../north.", 1)} {
		if token != right {
			out["a token that is "+name] = token
		}
	}
	moved := func(token string) string { // to the other tenant
		return strings.Replace(strings.Replace(token, ".south.", ".NORTH.", 1), ".north.", ".south.", 1)
	}
	switch line.Needs {
	case keyOrHolder: // a puzzle has no personal data: the form of the token is enough
		for _, name := range []string{"a made-up holder", "a holder of nowhere", "who has the key token only", "who has the holder token only"} {
			delete(out, name)
		}
	case policies.Holder:
		out["the holder of another application"], out["another tenant's holder"] = mine["stranger"], others["holder"]
		out["a holder with another tenant's name"] = strings.Replace(others["holder"], ".south.", ".north.", 1)
		out["the holder under another tenant's name"] = moved(mine["holder"])
	case policies.Account:
		out["an account with another tenant's name"] = strings.Replace(others["account"], ".south.", ".north.", 1)
		out["the account under another tenant's name"] = moved(mine["account"])
		out["an account whose session has ended"] = mine["ended account"]
		if strings.Contains(line.Path, ":tenant") {
			out["another tenant's account"] = others["account"]
		}
	}
	if w.ofStaff(line) {
		w.colleagues(line, out)
	}
	return out
}

func (w *walker) ofStaff(line policies.Line) bool {
	return slices.Contains(policies.StaffPermissions(), line.Needs)
}

// colleagues adds the staff who lack a permission.
func (w *walker) colleagues(line policies.Line, out map[string]string) {
	for _, role := range policies.Roles() {
		for _, e := range []*estate{w.mine, w.others, w.platform} {
			if !w.roleMay(e.tenant, role, line) {
				out[role+" of "+string(e.tenant)] = e.tokens[role]
			}
		}
		out[role+" who has left"] = w.mine.tokens["gone "+role]
		out[role+" whose session has ended"] = w.mine.tokens["ended "+role]
		out[role+" who has shown the password only"] = w.mine.tokens["half "+role]
		out[role+" with another tenant's name"] = strings.Replace(w.others.tokens[role], ".south.", ".north.", 1)
	}
}

// traces reads what is in the database, past the server.
type traces struct {
	t      *testing.T
	db     *sql.DB
	tables []string
}

// movingTables change by themselves: the queue, what nodes say of themselves, the
// counts of budgets, and what the sealer of the audit record makes of its lines.
var movingTables = []string{"river_", "node", "budgets", "audit_logs", "audit_tiles", "audit_checkpoints", "audit_keys", "sqlite_", "goose_", "schema_migrations"}

// partly is what counts of tables of which the rest changes by itself.
var partly = map[string]string{"audit_lines": "SELECT tenant_id, audit_id, action, object_id FROM audit_lines",
	// That a proof was relied on is noted anew when a minute has passed; one that was too old stays so.
	"sessions": "SELECT tenant_id, kind, subject_id, expires_at, freshened_at < created_at FROM sessions WHERE expires_at > created_at"}

func (v *village) openTraces(database string) *traces {
	v.t.Helper()
	driver, list := "pgx", "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
	if database == "" {
		driver, list = "sqlite3", "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY 1"
		database = v.data + "/paifang.db"
	}
	db, err := sql.Open(driver, database)
	ok(v.t, err)
	v.t.Cleanup(func() { _ = db.Close() })
	x := &traces{t: v.t, db: db}
	for _, row := range x.read(list) {
		name := strings.Trim(row, "[]")
		if !slices.ContainsFunc(movingTables, func(p string) bool { return strings.HasPrefix(name, p) }) {
			x.tables = append(x.tables, name)
		}
	}
	if len(x.tables) < 30 {
		v.t.Fatalf("the tables are %v", x.tables)
	}
	return x
}

// read is the rows of a query, each as text.
func (x *traces) read(query string) []string {
	x.t.Helper()
	rows, err := x.db.Query(query)
	ok(x.t, err)
	defer rows.Close()
	columns, err := rows.Columns()
	ok(x.t, err)
	var list []string
	for rows.Next() {
		values := make([]any, len(columns))
		for i := range values {
			values[i] = new(any)
		}
		ok(x.t, rows.Scan(values...))
		for i := range values {
			values[i] = *values[i].(*any)
			if raw, is := values[i].([]byte); is {
				values[i] = string(raw)
			}
		}
		list = append(list, fmt.Sprint(values))
	}
	ok(x.t, rows.Err())
	slices.Sort(list)
	return list
}

// all is what there is: the rows of each table, as text.
func (x *traces) all() map[string][]string {
	x.t.Helper()
	found := map[string][]string{}
	for _, table := range x.tables {
		query := partly[table]
		if query == "" {
			query = "SELECT * FROM " + table
		}
		found[table] = x.read(query)
	}
	return found
}

// settled is all there is once nobody writes any more: no job is at work or about to
// be, and nothing has changed for a while. A job that the start of the server has queued
// writes its lines late on a machine with much to do.
func (x *traces) settled() map[string][]string {
	x.t.Helper()
	was, quiet := x.all(), 0
	for range 100 {
		time.Sleep(200 * time.Millisecond)
		is := x.all()
		busy := x.read("SELECT kind, state FROM river_job WHERE state IN ('available', 'running', 'retryable')")
		if quiet++; len(busy) > 0 || !reflect.DeepEqual(was, is) {
			quiet = 0
		}
		if quiet == 3 {
			return is
		}
		was = is
	}
	return was
}
