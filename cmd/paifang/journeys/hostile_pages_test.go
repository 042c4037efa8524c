package journeys

import (
	"html"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// errorTitle is what a page of an error begins with, by language.
var errorTitle = regexp.MustCompile(`<title>(Error: |有误：|錯誤：|خطأ: |Erreur[\x{a0}\x{202f}]:|Ошибка: )`)

// sorry wants a page for people: one of the statuses, in the language asked for,
// with a way on, and nothing of what was sent.
func (r reply) sorry(t *testing.T, language string, statuses ...int) {
	t.Helper()
	r.discreet(t)
	if !slices.Contains(statuses, r.status) {
		t.Errorf("%s answers %d, want %v: %.200s", r.what, r.status, statuses, r.body)
		return
	}
	if r.status < 400 {
		return
	}
	body := html.UnescapeString(r.body)
	if !strings.HasPrefix(r.header.Get("Content-Type"), "text/html") || !strings.Contains(body, `<html lang="`+language+`"`) || !errorTitle.MatchString(body) {
		t.Errorf("%s is no page of an error in %q: %.300s", r.what, language, body)
	}
	if !strings.Contains(body, "<a ") && !strings.Contains(body, "<form") {
		t.Errorf("%s leaves no way on", r.what)
	}
	for _, name := range []string{"Content-Security-Policy", "X-Content-Type-Options"} {
		if r.header.Get(name) == "" {
			t.Errorf("%s has no %s", r.what, name)
		}
	}
}

// form is the header of a form in a language.
func form(language, cookie string) map[string]string {
	return map[string]string{"Content-Type": "application/x-www-form-urlencoded", "Accept-Language": language, "Cookie": cookie}
}

// TestHostilePages: every page that changes something refuses what is not its
// own form, and what nobody may see is not shown.
func TestHostilePages(t *testing.T) {
	s := newServer(t, "")
	c := newClient(s, "pk_test_demo", "mainland", "en", newPerson(t, mainlandPerson("+8613800138041")))
	c.once("mainland")
	other := newClient(s, "pk_test_demo", "mainland", "en", nil)
	foreign := newClient(s, "pk_test_harbor", "overseas", "ar", nil)
	here := "/t/demo/applications/" + c.view.ID
	for _, language := range []string{"en", "zh-Hans", "ar", "fr", "ru", "zh-Hant"} {
		for path, statuses := range map[string][]int{
			"/t/" + needle: {404}, "/t/%00": {404}, "/t/..%2fdemo": {404}, "/t/demo/" + needle: {404}, "/t/demo/start/" + needle: {404},
			"/t/demo/start/%ff": {404}, "/t/demo/legal/" + needle: {404}, "/t/demo/legal/..%2f..%2fterms": {404}, "/t/demo/legal/%00": {404},
			"/t/demo/human/" + needle + ".png": {404, 410}, "/t/demo/human/..%2f..": {404}, "/t/demo/l/" + needle: {404}, "/t/demo/l/%00": {404},
			"/t/demo/applications/" + needle: {401, 403, 404}, here: {401, 403, 404},
			here + "/steps/profile": {401, 403, 404}, here + "/documents/passport/data_page": {401, 403, 404}, "/t/demo/account": {303, 401, 403},
			"/assets/..%2f..%2fgo.mod": {404}, "/assets/%00": {404}, "/" + needle: {404}, "/admin/" + needle + "/cases": {404},
			"/admin/demo/cases": {303, 401, 403}, "/admin/demo/cases/" + needle: {303, 401, 403}, "/t/demo/" + strings.Repeat("a", 2000): {404},
		} {
			s.send("GET", path, form(language, ""), nil).sorry(t, language, statuses...)
		}
	}
	for name, cookie := range map[string]string{"nobody": "", "another person": other.auth, "another tenant": foreign.auth,
		"nonsense": needle, "quotes": "\"\\;pf_app=x", "the tenant changed": strings.Replace(c.auth, "demo", "harbor", 1)} {
		for _, path := range []string{here, here + "/state", here + "/steps/account", here + "/withdraw", "/t/harbor/applications/" + c.view.ID} {
			r := s.send("GET", path, form("en", "pf_app="+cookie), nil)
			r.what += " as " + name
			r.sorry(t, "en", 401, 403, 404)
		}
	}
	s.send("GET", "/t/harbor/start/mainland", form("ar", ""), nil).sorry(t, "ar", 404)
	s.forgedForms(here, c)
	c.unchanged()
	s.unharmed()
}

// forgedForms posts to every form without its token, with a token of somebody
// else's, and with bodies that are no form.
func (s *server) forgedForms(here string, c *client) {
	s.t.Helper()
	posts := []string{"/t/demo/start/mainland", here + "/steps/account", here + "/challenges/" + c.view.Next.Challenge.ID, here + "/correct/account",
		here + "/challenges/" + c.view.Next.Challenge.ID + "/resend", here + "/available", here + "/withdraw", "/t/demo/sign-in", "/t/demo/l/" + strings.Repeat("A", 43),
		"/t/demo/l/" + strings.Repeat("A", 43) + "/renew", "/t/demo/sign-out", "/admin/demo/sign-in", "/admin/demo/cases/next", "/admin/demo/cases/" + c.view.ID + "/decide"}
	stolen := newBrowserless(s)
	stolen.get("/t/demo/sign-in")
	token := ""
	for _, input := range inputTag.FindAllStringSubmatch(stolen.page, -1) {
		if a := attributes(input[1]); a["name"] == "_csrf" {
			token = a["value"]
		}
	}
	if token == "" {
		s.t.Fatal("the page has no token")
	}
	long := "x=" + strings.Repeat(needle, 20<<20/len(needle))
	for _, path := range posts {
		for name, body := range map[string]string{"nothing": "", "no token": "login=" + needle, "a made-up token": "_csrf=" + needle,
			"another visitor's token": "_csrf=" + url.QueryEscape(token), "two tokens": "_csrf=a&_csrf=b", "not a form": "%zz&&==;" + needle,
			"not UTF-8": "login=%ff%fe\xff", "NUL": "_csrf=%00&login=%00"} {
			r := s.send("POST", path, form("en", "pf_app="+c.auth), strings.NewReader(body))
			r.what += " with " + name
			r.sorry(s.t, "en", 303, 400, 403)
			if r.status == 303 && !strings.HasPrefix(path, "/admin/") && !strings.HasSuffix(path, "/sign-out") {
				s.t.Errorf("%s is let through", r.what)
			}
		}
		r := s.send("POST", path, form("ar", "pf_app="+c.auth), strings.NewReader(long))
		r.sorry(s.t, "ar", 303, 403, 413)
		for _, kind := range []string{"application/json", "multipart/form-data", "multipart/form-data; boundary=", "text/plain"} {
			header := form("en", "pf_app="+c.auth)
			header["Content-Type"] = kind
			s.send("POST", path, header, strings.NewReader(`{"_csrf":"`+needle+`"}`)).sorry(s.t, "en", 303, 400, 403)
		}
		header := form("en", "pf_app="+c.auth)
		header["Origin"], header["Sec-Fetch-Site"] = "https://evil.example", "cross-site"
		s.send("POST", path, header, strings.NewReader("_csrf="+url.QueryEscape(token))).sorry(s.t, "en", 303, 400, 403)
	}
}
