package main

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"io"
	"maps"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v2"
	"github.com/google/go-cmp/cmp"

	"github.com/paifang/paifang/core/contact"
	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/store/storetest"
	"github.com/paifang/paifang/policies"
)

// TestEveryDoor walks the tables of all doors of a running server, so that a new
// route is covered without anybody thinking of it, or fails here:
//
//   - whoever lacks what a route needs is refused: nobody, made-up tokens, tokens
//     of another kind, another person's, another tenant's people of every role,
//     those who have left or not yet shown their second factor, every role that
//     lacks the permission, and who has not just shown who they are where the
//     route wants that;
//   - a form without its page's token does nothing;
//   - what is another tenant's is answered like what does not exist;
//   - neither leaves anything behind in the database but counts of budgets;
//   - whoever may, can;
//   - whatever is answered, to whomever, says what a browser may do with it, is kept by
//     no cache unless it is the same for everybody, and leads to no other site.
func TestEveryDoor(t *testing.T) {
	for name, database := range map[string]func(*testing.T) string{"sqlite": func(*testing.T) string { return "" }, "postgres": storetest.PostgresURL} {
		t.Run(name, func(t *testing.T) {
			at := database(t)
			v := newVillage(t, at)
			v.mounted()
			if at == "" {
				golden(t, "public_routes", v.open())
				golden(t, "fresh_routes", v.fresh())
			}
			traces, w := v.openTraces(at), v.walker()
			for _, line := range v.routes {
				w.serves(line)
			}
			left := traces.settled()
			for i, line := range v.routes {
				w.refuses(line)
				w.forgeries(line)
				w.tellsNothing(line)
				if at != "" && i < len(v.routes)-1 {
					continue // there the traces are read once, at the end
				}
				now := traces.all()
				if diff := cmp.Diff(left, now); diff != "" {
					t.Errorf("%s %s: who was refused has changed something (-was +is)\n%s", line.Method, line.Path, diff)
				}
				left = now
			}
			w.does()
			t.Logf("%d routes, %d requests", len(v.routes), w.asked)
		})
	}
}

// shared are the routes of no door's table: they are the same for everybody.
var shared = []string{"/assets/:file", "/favicon.ico", "/t", "/admin", "/t/:tenant/brand.css"}

// mounted wants every route that is answered to be in a table.
func (v *village) mounted() {
	for _, r := range v.app.GetRoutes(true) {
		listed := slices.ContainsFunc(v.routes, func(l policies.Line) bool {
			return l.Path == r.Path && (l.Method == r.Method || l.Method == fiber.MethodGet && r.Method == fiber.MethodHead)
		})
		if !listed && !slices.Contains(shared, r.Path) {
			v.t.Errorf("%s %s is in no table", r.Method, r.Path)
		}
	}
	if len(v.routes) < 130 {
		v.t.Errorf("the tables have %d routes", len(v.routes))
	}
}

// open are the routes of all doors that anybody can use who has neither key, token nor
// session: what a stranger can reach.
func (v *village) open() (lines []string) {
	for _, l := range v.routes {
		if l.Needs == policies.Public {
			lines = append(lines, l.Method+" "+l.Path)
		}
	}
	return lines
}

// fresh are the routes of staff, of both doors, that change or reveal something, and
// whether they ask who one is once more. Those of account holders ask in credential.AccountSessions,
// by what their session has shown.
func (v *village) fresh() (lines []string) {
	for _, l := range v.routes {
		if l.Method != fiber.MethodGet && slices.Contains(policies.StaffPermissions(), l.Needs) || l.Fresh {
			lines = append(lines, fmt.Sprintf("%-5t %s %s (%s)", l.Fresh, l.Method, l.Path, l.Needs))
		}
	}
	return lines
}

// golden holds a list against the one that was looked at. Whoever changes it says why.
func golden(t *testing.T, name string, lines []string) {
	t.Helper()
	slices.Sort(lines)
	got, name := strings.Join(lines, "\n")+"\n", "testdata/"+name+".txt"
	if os.Getenv("UPDATE") != "" {
		ok(t, os.WriteFile(name, []byte(got), 0o600))
	}
	want, err := os.ReadFile(name)
	ok(t, err)
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s has changed (UPDATE=1 writes it anew; -was +is)\n%s", name, diff)
	}
}

// call is a request, and reply what came back.
type call struct {
	method, path, bearer, json string
	form                       url.Values // of a page; its cookies are the bearer
	page, file                 bool
}

type reply struct {
	status         int
	location, body string
}

// direct follows no redirect.
var direct = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}

func (v *village) ask(c call) reply {
	v.t.Helper()
	var body io.Reader
	kind := "application/json"
	switch {
	case c.file && c.page:
		body, kind = multipartOf(v.t, c.form)
	case c.file:
		body, kind = strings.NewReader("x"), "image/jpeg"
	case c.json != "":
		body = strings.NewReader(c.json)
	case c.form != nil:
		body, kind = strings.NewReader(c.form.Encode()), "application/x-www-form-urlencoded"
	}
	req, err := http.NewRequestWithContext(v.t.Context(), c.method, v.base+c.path, body)
	ok(v.t, err)
	if body != nil {
		req.Header.Set("Content-Type", kind)
	}
	req.Header.Set("Accept-Language", "en")
	if c.page {
		req.Header.Set("X-CSRF-Token", c.form.Get("_csrf"))
		cookies := "__Host-pf_csrf=" + strings.Repeat("A", 24)
		for _, name := range []string{"pf_app", "pf_session", "pf_staff", "pf_staff_pending"} {
			if c.bearer != "" {
				cookies += "; __Secure-" + name + "=" + c.bearer
			}
		}
		req.Header.Set("Cookie", cookies)
	} else if c.bearer != "" {
		req.Header.Set("Authorization", "Bearer "+c.bearer)
	}
	resp, err := direct.Do(req)
	ok(v.t, err)
	defer resp.Body.Close()
	guarded(v.t, req, resp)
	raw, err := io.ReadAll(resp.Body)
	ok(v.t, err)
	return reply{resp.StatusCode, resp.Header.Get("Location"), string(raw)}
}

// multipartOf is a form with a file, its token first.
func multipartOf(t *testing.T, form url.Values) (io.Reader, string) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	ok(t, w.WriteField("_csrf", form.Get("_csrf")))
	part, err := w.CreateFormFile("file", "x.jpg")
	ok(t, err)
	_, err = part.Write([]byte("x"))
	ok(t, err)
	ok(t, w.Close())
	return &b, w.FormDataContentType()
}

// walker asks for every route in turn.
type walker struct {
	*village
	may    *policies.Authorizer
	forged string // a token for forms that fits the cookie: it must not be what refuses
	asked  int
}

var csrfToken = regexp.MustCompile(`name="_csrf" value="([^"]*)"`)

func (v *village) walker() *walker {
	v.t.Helper()
	may, err := policies.New()
	ok(v.t, err)
	found := csrfToken.FindStringSubmatch(v.ask(call{method: "GET", path: "/t/north/sign-in", page: true}).body)
	if found == nil {
		v.t.Fatal("no form on the sign-in page")
	}
	officer := v.mine.tokens[officerRole] // who works on a case sees its files
	if a := v.ask(call{method: "POST", path: "/api/v1/tenants/north/cases/" + v.mine.ids["case"] + "/claim", bearer: officer}); a.status != 200 {
		v.t.Fatal(a)
	}
	return &walker{village: v, may: may, forged: found[1]}
}

// named is what a parameter of a route stands for.
func named(path, parameter string) string {
	if parameter == "token" {
		return map[string]string{"invitation": "invitation", "password": "password", "l": "link", "r": "handover", "recover": "recover", "stop": "stop", "not-me": "freeze"}[strings.Split(path, "/")[3]]
	}
	if strings.Contains(path, "/human/") {
		return "puzzle"
	}
	return parameter
}

// nobodys are parameters that name nothing that belongs to somebody.
var nobodys = map[string]string{"puzzle": "none.png", "messenger": "twilio", "provider": "mainland"}

// foreign are those that name what belongs to a tenant, with the shape of one
// that does not exist.
var foreign = map[string]func() string{
	"application": newID, "person": newID, "case": newID, "file": newID, "staff": newID, "session": newID, "factor": newID, "passkey": newID, "challenge": newID, "key": newID, "signer": newID,
	"role": func() string { return kyc.OwnRole + "nobody" }, "market": func() string { return "atlantis" },
	"invitation": newToken, "password": newToken, "link": newToken, "handover": newToken, "recover": newToken, "stop": newToken, "freeze": newToken,
}

func newToken() string {
	token, _, err := contact.NewToken(rand.Reader)
	if err != nil {
		panic(err)
	}
	return token
}

var placeholder = regexp.MustCompile(`\{(\w+)\}`)

// request fills a route with things of somebody's, but for those given.
func (w *walker) request(line policies.Line, bearer string, instead map[string]string) call {
	w.t.Helper()
	value := func(name string) string {
		if x, ok := instead[name]; ok {
			return x
		}
		if x, ok := nobodys[name]; ok {
			return x
		}
		x, ok := w.mine.ids[name]
		if !ok {
			w.t.Fatalf("%s %s: the walk has no value for %q: give one to the estate", line.Method, line.Path, name)
		}
		return x
	}
	parts := strings.Split(line.Path, "/")
	for i, p := range parts {
		if name, is := strings.CutPrefix(p, ":"); is {
			parts[i] = value(named(line.Path, name))
		}
	}
	fill := func(text string) string {
		return placeholder.ReplaceAllStringFunc(text, func(x string) string { return value(strings.Trim(x, "{}")) })
	}
	c := call{method: line.Method, path: strings.Join(parts, "/"), bearer: bearer, page: !strings.HasPrefix(line.Path, "/api/"),
		file: strings.Contains(line.Path, "/:requirement/") && line.Method != fiber.MethodGet}
	if line.Method == fiber.MethodGet {
		return c
	}
	c.json = fill(bodies[line.Method+" "+line.Path])
	if c.page {
		c.form = url.Values{"_csrf": {w.forged}}
		for name, x := range fields {
			c.form.Set(name, fill(x))
		}
	}
	return c
}

// things are the names of what a route is about and belongs to a tenant.
func things(line policies.Line) []string {
	var list []string
	for _, p := range strings.Split(line.Path, "/") {
		if name, is := strings.CutPrefix(p, ":"); is {
			list = append(list, named(line.Path, name))
		}
	}
	for _, found := range placeholder.FindAllStringSubmatch(bodies[line.Method+" "+line.Path], -1) {
		list = append(list, found[1])
	}
	if line.Method == fiber.MethodPost && strings.HasSuffix(line.Path, "/staff/:staff/role") {
		list = append(list, "role") // of the form
	}
	return slices.DeleteFunc(list, func(name string) bool { return foreign[name] == nil })
}

func (w *walker) ask(c call) reply {
	w.t.Helper()
	w.asked++
	return w.village.ask(c)
}

// refused tells whether an answer gives nothing away.
func refused(r reply) bool {
	return r.status == fiber.StatusUnauthorized || r.status == fiber.StatusForbidden || r.status == fiber.StatusNotFound ||
		r.status == fiber.StatusSeeOther && strings.Contains(r.location, "/sign-in")
}

// refuses wants everybody to be refused who lacks what the route needs.
func (w *walker) refuses(line policies.Line) {
	w.t.Helper()
	if line.Needs == policies.Public {
		return
	}
	lacking := w.lacking(line)
	for _, name := range slices.Sorted(maps.Keys(lacking)) {
		r := w.ask(w.request(line, lacking[name], nil))
		out := line.Path == "/t/:tenant/sign-out" && r.location == "/t/north" // who is not signed in is out already
		if !refused(r) && !out || strings.HasPrefix(line.Path, "/api/") && !strings.Contains(r.body, `"code":`) {
			w.t.Errorf("%s %s as %s: %d %s %.200s", line.Method, line.Path, name, r.status, r.location, r.body)
		}
	}
	if !line.Fresh {
		return
	}
	role, stale := w.role(line), ""
	if stale = w.mine.tokens["stale "+role]; role == "" {
		role, stale = operatorRole, w.platform.tokens["stale "+operatorRole]
	}
	if r := w.ask(w.request(line, stale, nil)); r.status != fiber.StatusForbidden {
		w.t.Errorf("%s %s as a %s who has not just shown who they are: %d %.200s", line.Method, line.Path, role, r.status, r.body)
	}
}

// fromElsewhere are the forms that come from a marketplace's site, change nothing
// and have no token; the second is development mode's stand-in for that site.
var fromElsewhere = []string{"/t/:tenant/enter/:market", "/dev/marketplace"}

// forgeries wants a form without its page's token to be refused, whoever sends it.
func (w *walker) forgeries(line policies.Line) {
	w.t.Helper()
	c := w.request(line, w.bearer(line), nil)
	if !c.page || line.Method == fiber.MethodGet || slices.Contains(fromElsewhere, line.Path) || strings.HasPrefix(line.Path, "/receipts/") {
		return
	}
	for _, token := range []string{"", "forged", strings.Repeat("A", 36)} {
		c.form.Set("_csrf", token)
		if r := w.ask(c); r.status != fiber.StatusForbidden {
			w.t.Errorf("%s %s with the token %q: %d %.200s", line.Method, line.Path, token, r.status, r.body)
		}
	}
}

// unlike leaves out of an answer what no two answers share.
var unlike = regexp.MustCompile(`name="_csrf" value="[^"]*"|"request_id":"[^"]*"|data-csrf="[^"]*"|"instance":"[^"]*"|<bdi class="mono">[0-9a-f]{16}</bdi>`)

// tellsNothing wants what is another tenant's to be answered like what does not
// exist, to somebody who may use the route.
func (w *walker) tellsNothing(line policies.Line) {
	w.t.Helper()
	for _, thing := range things(line) {
		if thing == "market" && (line.Needs == policies.MarketRead || line.Needs == policies.MarketManage) {
			continue // the platform's, which every tenant can offer
		}
		theirs, none := w.others.ids[thing], foreign[thing]()
		if thing == "market" {
			theirs = "crossborder" // which only they offer
		}
		ask := func(id string) (reply, string) {
			r := w.ask(w.request(line, w.bearer(line), map[string]string{thing: id}))
			return r, strings.ReplaceAll(unlike.ReplaceAllString(r.body, ""), id, "ID")
		}
		a, told := ask(theirs)
		b, known := ask(none)
		if a.status != b.status || told != known || strings.ReplaceAll(a.location, theirs, none) != b.location {
			w.t.Errorf("%s %s with another tenant's %s: %d %s\n%s\nwith none: %d %s\n%s", line.Method, line.Path, thing,
				a.status, a.location, from(told, known), b.status, b.location, from(known, told))
		}
		said := !strings.Contains(line.Path, ":"+thing) && (a.status == fiber.StatusBadRequest || a.status == fiber.StatusUnprocessableEntity) // in a body
		led := a.status == fiber.StatusSeeOther                                                                                                // to a page that the walk asks for, too: it was gone already
		if !refused(a) && a.status != fiber.StatusGone && !said && !led {
			w.t.Errorf("%s %s with another tenant's %s: %d %s %.300s", line.Method, line.Path, thing, a.status, a.location, a.body)
		}
	}
}

// from is a piece of a text from where it is not like another.
func from(text, other string) string {
	n := 0
	for n < min(len(text), len(other)) && text[n] == other[n] {
		n++
	}
	return text[max(0, n-60):min(len(text), n+100)]
}

// serves wants whoever may to be served; what changes something has tests of its
// own.
func (w *walker) serves(line policies.Line) {
	w.t.Helper()
	if line.Method != fiber.MethodGet || strings.HasPrefix(line.Path, "/dev/human/") || strings.HasSuffix(line.Path, "/human/:file") {
		return
	}
	r := w.ask(w.request(line, w.bearer(line), nil))
	late := r.status == fiber.StatusConflict || r.status == fiber.StatusGone // for a change of what is in review, or for who works here already
	if r.status != fiber.StatusOK && !late && (r.status != fiber.StatusSeeOther || line.Needs != policies.Public && strings.Contains(r.location, "/sign-in")) {
		w.t.Errorf("%s for who may: %d %s %.300s", line.Path, r.status, r.location, r.body)
	}
}

func (c call) String() string { return fmt.Sprintf("%s %s", c.method, c.path) }
