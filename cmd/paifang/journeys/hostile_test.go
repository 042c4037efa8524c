package journeys

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// reply is an answer as it came.
type reply struct {
	what   string
	status int
	header http.Header
	body   string
}

// send makes a request with exactly this header and body.
func (s *server) send(method, path string, header map[string]string, body io.Reader) reply {
	s.t.Helper()
	req, err := http.NewRequestWithContext(background(s.t), method, s.base+path, body)
	must(s.t, err)
	for name, value := range header {
		if name == "Host" {
			req.Host = value
		}
		req.Header.Set(name, value)
	}
	resp, err := direct.Do(req)
	if err != nil {
		s.t.Fatalf("%s %.100s: %v", method, path, err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	must(s.t, err)
	if len(path) > 100 {
		path = path[:100]
	}
	return reply{method + " " + path, resp.StatusCode, resp.Header, string(raw)}
}

// direct follows no redirects and keeps no cookies.
var direct = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}

// asJSON is the header of a JSON request.
func asJSON(token string) map[string]string {
	return map[string]string{"Content-Type": "application/json", "Authorization": "Bearer " + token}
}

// innards are words that only the inside of the program uses. Short ones count as words:
// the token of a form is letters, too, and has any four in it one day.
var innards = regexp.MustCompile(`(?i)\.go\b|goroutine|\bpanic|select \w|insert into|sqlite|postgres|sqlstate|/tmp/|/work|json: |strconv|invalid character|unexpected end|unmarshal|\bfiber\b|\bhuma\b|nil pointer|\btink\b|rpc error|kyc\.`)

// needle is part of what is sent and must never come back.
const needle = "Zq7needle"

// refused wants a whole problem detail with one of the statuses that repeats
// nothing of what was sent and tells nothing of the program.
func (r reply) refused(t *testing.T, statuses ...int) failure {
	t.Helper()
	var f failure
	if !slices.Contains(statuses, r.status) {
		t.Errorf("%s answers %d, want %v: %.300s", r.what, r.status, statuses, r.body)
	}
	if got := r.header.Get("Content-Type"); got != "application/problem+json" {
		t.Errorf("%s: an error is %q", r.what, got)
	}
	if err := json.Unmarshal([]byte(r.body), &f); err != nil || f.Status != r.status || f.Code == "" || f.Title == "" || f.Detail == "" {
		t.Errorf("%s: problem is not whole: %.300s", r.what, r.body)
	}
	if strings.Contains(f.Detail, "error.") || strings.Contains(f.Title, "error.") {
		t.Errorf("%s: has no words: %.300s", r.what, r.body)
	}
	for _, e := range f.Errors {
		if e.Detail == "" || strings.HasPrefix(e.Detail, "problem.") {
			t.Errorf("%s: %s has no words", r.what, e.Code)
		}
	}
	r.discreet(t)
	return f
}

// discreet wants an answer without what was sent and without our innards.
func (r reply) discreet(t *testing.T) {
	t.Helper()
	if strings.Contains(r.body, needle) {
		t.Errorf("%s repeats what was sent: %.300s", r.what, r.body)
	}
	if found := innards.FindString(r.body); found != "" {
		t.Errorf("%s tells of its inside (%q): %.300s", r.what, found, r.body)
	}
	if r.status >= 500 {
		t.Errorf("%s answers %d: %.300s", r.what, r.status, r.body)
	}
}

// unharmed is run at the end of every attack: the server serves, has not
// panicked, and took no request for a fault of its own.
func (s *server) unharmed() {
	s.t.Helper()
	if r := s.send("GET", "/healthz/ready", nil, nil); r.status != 200 {
		s.t.Errorf("the server is not well: %d %s", r.status, r.body)
	}
	log := s.log.String()
	for _, line := range strings.Split(log, "\n") {
		if strings.Contains(line, "msg=panic") || strings.Contains(line, "status=500") {
			s.t.Errorf("the log has a fault: %.600s", line)
		}
	}
	if strings.Contains(log, needle) {
		s.t.Error("the log holds what was sent")
	}
}

// unchanged wants the application as it was.
func (c *client) unchanged() {
	c.t.Helper()
	var now answer
	if _, f := c.request("GET", "/api/v1/applications/"+c.view.ID, c.auth, nil, &now); f != nil {
		c.t.Fatalf("read: %+v", f)
	}
	if now.Version != c.view.Version || now.State != c.view.State || now.Next.Step != c.view.Next.Step || now.Next.Kind != c.view.Next.Kind {
		c.t.Errorf("application changed from version %d (%s %s) to %d (%s %s)", c.view.Version, c.view.State, c.view.Next.Step, now.Version, now.State, now.Next.Step)
	}
}

// TestHostileBodies: what is no request is refused before anything is done.
func TestHostileBodies(t *testing.T) {
	databases(t, func(t *testing.T, s *server) {
		c, officer := newClient(s, "pk_test_demo", "mainland", "en", nil), newClerk(s, "demo", "officer", s.password)
		targets := map[string]string{ // path to token
			c.action("submit").Href: c.auth,
			"/api/v1/applications/" + c.view.ID + "/steps/account/available":          c.auth,
			"/api/v1/applications/" + c.view.ID + "/challenges/" + needle + "/answer": c.auth,
			"/api/v1/applications":                               "pk_test_demo",
			"/api/v1/sessions":                                   "pk_test_demo",
			"/api/v1/tenants/demo/staff-sessions":                "",
			"/api/v1/tenants/demo/cases/" + needle + "/decision": officer.token,
			"/api/v1/tenants/demo/cases/" + needle + "/preview":  officer.token,
			"/api/v1/tenants/demo/cases/" + needle + "/reveal":   officer.token,
		}
		for path, token := range targets {
			for name, body := range brokenBodies() {
				r := s.send("POST", path, asJSON(token), strings.NewReader(body))
				r.what += " (" + name + ")"
				r.refused(t, 400, 413, 422)
			}
			for _, kind := range []string{"", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "application/jsonp", "image/jpeg; charset=\x22"} {
				header := asJSON(token)
				header["Content-Type"] = kind
				s.send("POST", path, header, strings.NewReader(`{"values":{}}`)).refused(t, 415)
			}
		}
		c.unchanged()
		s.unharmed()
	})
}

// brokenBodies fit no request of the API.
func brokenBodies() map[string]string {
	return map[string]string{
		"nothing": "", "null": "null", "list": "[]", "number": "7", "text": `"` + needle + `"`, "true": "true",
		"open": `{"values":`, "two": `{} {}`, "tail": `{"values":{}}` + needle, "form": "values=" + needle,
		"not UTF-8":       "{\"values\":{\"phone\":\"" + needle + "\xff\"}}",
		"UTF-16":          "\xff\xfe{\x00}\x00",
		"deep":            strings.Repeat("[", 100_000),
		"deep value":      `{"values":{"phone":` + strings.Repeat(`{"a":`, 20_000) + "1" + strings.Repeat("}", 20_000) + "}}",
		"null group":      `{"values":null,"market":null,"code":null,"login":null,"contact":null}`,
		"list group":      `{"values":["` + needle + `"],"market":["x"],"code":["x"],"login":["x"],"contact":["x"]}`,
		"numbers":         `{"values":{"phone":13800138000},"market":7,"code":123456,"login":1,"contact":1}`,
		"huge":            `{"values":{"phone":1e400},"market":1e400,"code":1e400,"login":1e400,"contact":1e400}`,
		"nested":          `{"values":{"phone":{"$ne":"` + needle + `"}},"market":{"$ne":1},"code":{},"login":{},"contact":{}}`,
		"version":         `{"version":99999999999999999999,"values":{}}`,
		"text as version": `{"version":"` + needle + `","values":{}}`,
		"below zero":      `{"version":-1,"values":{}}`,
		"unknown":         `{"` + needle + `":"` + needle + `","values":{},"market":"mainland","code":"1","login":"a","password":"b","contact":"c","human":"d"}`,
		"1 MB":            `{"values":{"phone":"` + strings.Repeat("7", 1<<20) + `"}}`,
		"20 MB":           `{"values":{"phone":"` + strings.Repeat(needle, 20<<20/len(needle)) + `"}}`,
	}
}

// TestHostileValues: every value is judged by its own field, none is repeated,
// and a refused step sends nothing.
func TestHostileValues(t *testing.T) {
	databases(t, func(t *testing.T, s *server) {
		for name, x := range map[string]struct{ field, value, code string }{
			"NUL":        {"phone", "+86\x00" + needle, "field.control_characters"},
			"bidi":       {"phone", "\u202e" + needle, "field.control_characters"},
			"isolate":    {"phone", "\u2066" + needle, "field.control_characters"},
			"escape":     {"phone", "\x1b[2J" + needle, "field.control_characters"},
			"words":      {"phone", needle, "field.phone_code"},
			"SQL":        {"phone", "' OR 1=1 --" + needle, "field.phone_code"},
			"long":       {"phone", strings.Repeat("7", 600), "field.too_long"},
			"elsewhere":  {"phone", "+12025550123", "field.phone_region"},
			"landline":   {"phone", "+861065529988", "field.phone_type"},
			"not agreed": {"consent", "false", "field.consent"},
			"maybe":      {"consent", needle, "field.consent"},
			"no test":    {"human", "", "human.required"},
			"any test":   {"human", needle, "human.invalid"},
			"long test":  {"human", strings.Repeat("A", 5000), "field.too_long"},
			"unknown":    {needle, needle, "field.unknown"},
			"dotted":     {"phone." + needle, "1", "field.unknown"},
			"prototype":  {"__proto__", needle, "field.unknown"},
			"path":       {"../../account", needle, "field.unknown"},
		} {
			c := newClient(s, "pk_test_demo", "mainland", "ar", newPerson(t, mainlandPerson("+8613800138090")))
			values := c.fill("mainland")
			values[x.field] = x.value
			r := s.send("POST", c.action("submit").Href, asJSON(c.auth), encoded(t, map[string]any{"values": values}))
			r.what = name
			f := r.refused(t, 422)
			if x.code != "" && !slices.ContainsFunc(f.Errors, func(e struct{ Path, Code, Detail string }) bool { return e.Code == x.code }) {
				t.Errorf("%s: problems are %+v, want %s", name, f.Errors, x.code)
			}
			if c.wants("form", "account"); len(s.messages("+8613800138090")) > 0 {
				t.Fatalf("%s: a message was sent", name)
			}
		}
		s.unharmed()
	})
}

// wants reads the application again and checks where it stands.
func (c *client) wants(kind, step string) {
	c.t.Helper()
	c.request("GET", "/api/v1/applications/"+c.view.ID, c.auth, nil, &c.view)
	if c.view.Next.Kind != kind || c.view.Next.Step != step {
		c.t.Errorf("stands at %s %s, want %s %s", c.view.Next.Kind, c.view.Next.Step, kind, step)
	}
}

func encoded(t *testing.T, v any) io.Reader {
	t.Helper()
	raw, err := json.Marshal(v)
	must(t, err)
	return bytes.NewReader(raw)
}

// TestDigitsOfOtherScripts: who types full-width or Arabic-Indic digits is
// understood, in numbers and in codes.
func TestDigitsOfOtherScripts(t *testing.T) {
	s := newServer(t, "")
	wide := strings.NewReplacer("0", "０", "1", "１", "2", "２", "3", "３", "4", "４", "5", "５", "6", "６", "7", "７", "8", "８", "9", "９", "+", "＋")
	arabic := strings.NewReplacer("0", "٠", "1", "١", "2", "٢", "3", "٣", "4", "٤", "5", "٥", "6", "٦", "7", "٧", "8", "٨", "9", "٩")
	for number, digits := range map[string]*strings.Replacer{"+8613800138081": wide, "+8613800138082": arabic} {
		answers := mainlandPerson(digits.Replace(number))
		answers["id_number"] = digits.Replace(specimenID)
		c := newClient(s, "pk_test_demo", "mainland", "zh-Hans", newPerson(t, answers))
		c.check(c.do(c.action("submit"), map[string]any{"values": c.fill("mainland")}))
		code := s.newMessage(number, 1).code(t)
		c.check(c.do(c.action("answer"), map[string]string{"code": " " + digits.Replace(code[:3]) + " " + digits.Replace(code[3:])}))
		c.check(c.do(c.action("submit"), map[string]any{"values": c.fill("mainland")}))
		if c.view.Next.Step != "credentials" {
			t.Errorf("%s stands at %s", number, c.view.Next.Step)
		}
	}
}
