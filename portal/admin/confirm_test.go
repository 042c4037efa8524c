package admin_test

import (
	"fmt"
	"html"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/paifang/paifang/policies"
)

// The first sign-in adds a factor before anything else opens.
func TestEnrolPages(t *testing.T) {
	h := newHouse(t)
	v := h.as("")
	res, _ := v.post("/admin/demo/sign-in", "/admin/demo/sign-in", url.Values{"login": {"senior_reviewer"}, "password": {"correct"}, "next": {v.case1()}})
	enrol := res.Header.Get("Location")
	if !strings.HasPrefix(enrol, "/admin/demo/sign-in/enrol?next=") {
		t.Fatalf("the password leads to %s", enrol)
	}
	_, body := v.get(enrol)
	for _, want := range []string{"ABCD EFGH", `<svg class="qr"`, `name="ticket" value="ticket"`} {
		if !strings.Contains(body, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	res, body = v.post(enrol, "/admin/demo/sign-in/enrol", url.Values{"ticket": {"ticket"}, "code": {"1"}, "next": {v.case1()}})
	if res.StatusCode != 422 || !strings.Contains(body, "not the code that the app shows") || !strings.Contains(body, "ABCD EFGH") {
		t.Errorf("wrong code: %d", res.StatusCode)
	}
	res, body = v.post(enrol, "/admin/demo/sign-in/enrol", url.Values{"ticket": {"ticket"}, "code": {"123456"}, "next": {v.case1()}})
	for _, want := range []string{"abcd-efgh-jkmn", `href="data:text/plain;charset=utf-8;base64,`, `href="` + v.case1() + `"`} {
		if !strings.Contains(body, want) {
			t.Errorf("the codes' page lacks %s", want)
		}
	}
	if res.StatusCode != 200 || v.cookies["pf_staff"] != "dt.demo.senior_reviewer" || res.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("%d, %q", res.StatusCode, v.cookies["pf_staff"])
	}
	if res, _ := h.as("").get("/admin/demo/sign-in/enrol"); !strings.HasPrefix(res.Header.Get("Location"), "/admin/demo/sign-in?") {
		t.Errorf("without a sign-in: %d", res.StatusCode)
	}
}

var hidden = regexp.MustCompile(`<input type="hidden" name="([^"]+)" value="([^"]*)">`)

// Whoever has to show anew who they are loses nothing of what they typed: the
// page carries it, and the browser sends it where it was going.
func TestConfirmKeepsWhatWasTyped(t *testing.T) {
	h := newHouse(t)
	v := h.as("compliance_officer")
	_, _ = v.post(v.case1(), v.case1()+"/claim", nil)
	h.stale = true
	typed := url.Values{"what": {"everything"}, "why": {"complaint"}, "ticket": {`A-1"<b>`}, "also": {"1", "2"}}
	res, body := v.post(v.case1(), v.case1()+"/reveal", typed)
	if res.StatusCode != 403 || !strings.Contains(body, "Is it still you?") {
		t.Fatalf("revealed to somebody who may have left the desk: %d", res.StatusCode)
	}
	action := html.UnescapeString(regexp.MustCompile(`<form method="post" action="([^"]+/confirm[^"]+)"`).FindStringSubmatch(body)[1])
	kept := url.Values{}
	for _, m := range hidden.FindAllStringSubmatch(body, -1) {
		kept.Add(html.UnescapeString(m[1]), html.UnescapeString(m[2]))
	}
	forgery := kept.Get("_csrf")
	kept.Del("_csrf")
	for name, want := range typed {
		if strings.Join(kept[name], "|") != strings.Join(want, "|") {
			t.Errorf("%s was %q and is %q", name, want, kept[name])
		}
	}
	kept.Set("_csrf", forgery)
	kept.Set("confirm_password", "wrong")
	if res, body = v.do("POST", action, kept); res.StatusCode != 422 || !strings.Contains(body, "A-1&#34;") || strings.Contains(body, "wrong\"") && strings.Contains(body, `value="wrong"`) {
		t.Errorf("wrong password: %d", res.StatusCode)
	}
	kept.Set("confirm_password", "correct")
	res, _ = v.do("POST", action, kept)
	if res.StatusCode != 307 || res.Header.Get("Location") != v.case1()+"/reveal" {
		t.Fatalf("confirmed: %d to %s", res.StatusCode, res.Header.Get("Location"))
	}
	kept.Set("ticket", "A-1")
	if res, _ = v.do("POST", res.Header.Get("Location"), kept); res.StatusCode != 303 {
		t.Errorf("what was typed is not accepted any more: %d", res.StatusCode)
	}
}

// Only pages of the portal are gone on to.
func TestConfirmIsNoRedirector(t *testing.T) {
	h := newHouse(t)
	v := h.as("compliance_officer")
	for _, then := range []string{"", "https://evil.example/", "//evil.example", "/admin/other/cases", "/admin/demo/../other"} {
		res, _ := v.post("/admin/demo/cases", "/admin/demo/confirm?how=post&then="+url.QueryEscape(then), url.Values{"confirm_password": {"correct"}})
		if res.StatusCode < 400 {
			t.Errorf("%q leads to %q", then, res.Header.Get("Location"))
		}
	}
}

// TestFreshGolden is the table of all that is changed here, and whether somebody
// must just have shown who they are for it. Whoever changes it says why.
func TestFreshGolden(t *testing.T) {
	h := newHouse(t)
	var lines []string
	for _, route := range h.door.Routes() {
		if route.Method == "GET" || route.Needs == policies.Public {
			continue
		}
		lines = append(lines, fmt.Sprintf("%-5t %s %s", route.Fresh, route.Method, strings.TrimPrefix(route.Path, "/admin/:tenant")))
	}
	slices.Sort(lines)
	got, name := strings.Join(lines, "\n")+"\n", "testdata/fresh.txt"
	if os.Getenv("UPDATE") != "" {
		h.ok(os.WriteFile(name, []byte(got), 0o600))
	}
	want, err := os.ReadFile(name)
	h.ok(err)
	if got != string(want) {
		t.Errorf("who must have shown who they are has changed (UPDATE=1 writes it anew):\n%s", got)
	}
}

// Every route that reveals, decides or changes access asks for it.
func TestFreshRoutes(t *testing.T) {
	h := newHouse(t)
	for _, route := range h.door.Routes() {
		grave := regexp.MustCompile(`/security/.*(app|passkeys|remove|recovery|password)$`).MatchString(route.Path)
		switch route.Needs {
		case policies.DataReveal, policies.StaffAppoint, policies.RoleManage, policies.SendingRelease:
			grave = true
		case policies.CaseDecide:
			grave = !strings.HasSuffix(route.Path, "/preview") // changes nothing
		}
		if grave && route.Method == "POST" && !route.Fresh {
			t.Errorf("%s %s lets somebody act who may have left the desk", route.Method, route.Path)
		}
	}
}

// Everybody looks after their own sign-in.
func TestSecurityPage(t *testing.T) {
	h := newHouse(t)
	v := h.as("viewer")
	_, body := v.get("/admin/demo/security")
	for _, want := range []string{"Work &lt;b&gt;phone", "Firefox · Linux", "9 recovery codes left", "/security/factors/f1/remove", "/security/sessions/s2/revoke"} {
		if !strings.Contains(body, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if strings.Contains(body, "/security/sessions/s1/revoke") {
		t.Error("the session at hand is offered to be ended from elsewhere")
	}
	res, body := v.post("/admin/demo/security", "/admin/demo/security/password", url.Values{"new_password": {"short"}})
	if res.StatusCode != 422 || !strings.Contains(body, "At least 12 characters.") || strings.Contains(body, `value="short"`) {
		t.Errorf("a short password: %d", res.StatusCode)
	}
	if res, _ = v.post("/admin/demo/security", "/admin/demo/security/password", url.Values{"new_password": {"orbit teapot nineteen"}}); res.Header.Get("Location") != "/admin/demo/security?done=password" {
		t.Errorf("%d", res.StatusCode)
	}
	h.stale = true
	for _, path := range []string{"/security/password", "/security/recovery", "/security/factors/f1/remove", "/security/app"} {
		if res, body := v.post("/admin/demo/security", "/admin/demo"+path, url.Values{"new_password": {"orbit teapot nineteen"}}); res.StatusCode != 403 || !strings.Contains(body, "Is it still you?") {
			t.Errorf("%s changes access for somebody who may have left the desk: %d", path, res.StatusCode)
		}
	}
}

// The links of letters: opening one changes nothing, a bad password keeps it.
func TestLinks(t *testing.T) {
	h := newHouse(t)
	for path, next := range map[string]string{"/admin/demo/invitation/": "/admin/demo/sign-in/enrol", "/admin/demo/password/": "/admin/demo/sign-in?done=password"} {
		v := h.as("")
		if res, body := v.get(path + "bad"); res.StatusCode != 410 || !strings.Contains(body, "opens nothing any more") {
			t.Errorf("%s: %d", path, res.StatusCode)
		}
		res, body := v.get(path + "good")
		if res.StatusCode != 200 || res.Header.Get("Cache-Control") != "no-store" || !strings.Contains(body, "colleague") {
			t.Errorf("%s: %d", path, res.StatusCode)
		}
		res, body = v.post(path+"good", path+"good", url.Values{"new_password": {"short"}})
		if res.StatusCode != 422 || !strings.Contains(body, "At least 12 characters") || strings.Contains(body, `value="short"`) {
			t.Errorf("%s: a short password: %d", path, res.StatusCode)
		}
		if res, _ = v.post(path+"good", path+"good", url.Values{"new_password": {"orbit teapot nineteen"}}); res.Header.Get("Location") != next {
			t.Errorf("%s: %d to %s", path, res.StatusCode, res.Header.Get("Location"))
		}
	}
	v := h.as("")
	_, known := v.post("/admin/demo/forgotten", "/admin/demo/forgotten", url.Values{"login": {"reviewer"}})
	_, unknown := v.post("/admin/demo/forgotten", "/admin/demo/forgotten", url.Values{"login": {"nobody"}})
	strip := regexp.MustCompile(`value="[^"]*"`)
	if strip.ReplaceAllString(known, "") != strip.ReplaceAllString(unknown, "") || !strings.Contains(known, "a link is on its way") {
		t.Error("the answer tells who has a login")
	}
}

// Somebody is invited, seen in the list, invited again and uninvited.
func TestInvitationPages(t *testing.T) {
	h := newHouse(t)
	v := h.as("tenant_admin")
	for field, form := range map[string]url.Values{
		"email": {"email": {"nonsense"}, "name": {"Nora"}, "role": {"viewer"}},
		"name":  {"email": {"nora@example.com"}, "name": {" "}, "role": {"viewer"}},
		"role":  {"email": {"nora@example.com"}, "name": {"Nora"}, "role": {"king"}},
	} {
		res, body := v.post("/admin/demo/invitations", "/admin/demo/invitations", form)
		if res.StatusCode != 422 || !regexp.MustCompile(`name="`+field+`"[^>]*aria-invalid`).MatchString(body) {
			t.Errorf("%s: %d", field, res.StatusCode)
		}
	}
	form := url.Values{"email": {"Nora@Example.com"}, "name": {"Nora Helmer"}, "role": {"reviewer"}, "locale": {"ar"}}
	if res, _ := v.post("/admin/demo/invitations", "/admin/demo/invitations", form); res.StatusCode != 303 {
		t.Fatalf("%d", res.StatusCode)
	}
	_, body := v.get("/admin/demo/invitations")
	m := regexp.MustCompile(`/admin/demo/staff/([0-9a-f-]+)"><bdi>Nora Helmer`).FindStringSubmatch(body)
	if m == nil || !strings.Contains(body, "nora@example.com") || !strings.Contains(body, "waiting") {
		t.Fatal(body)
	}
	one := "/admin/demo/staff/" + m[1]
	for _, what := range []string{"/invite-again", "/uninvite"} {
		if res, _ := v.post(one, one+what, nil); res.Header.Get("Location") != one {
			t.Errorf("%s: %d", what, res.StatusCode)
		}
	}
	if res, _ := v.post(one, one+"/invite-again", nil); res.StatusCode != 409 {
		t.Errorf("invited again after all: %d", res.StatusCode)
	}
	if res, _ := v.post("/admin/demo/staff/colleague", "/admin/demo/staff/colleague/reset-factors", nil); res.StatusCode != 303 {
		t.Errorf("reset: %d", res.StatusCode)
	}
	_, body = h.as("viewer").get("/admin/demo/invitations")
	if strings.Contains(body, "Nora") {
		t.Error("shown to whom it does not concern")
	}
}
