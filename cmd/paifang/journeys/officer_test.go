package journeys

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// officer is a member of staff who uses the portal's forms without JavaScript.
type officer struct {
	*server
	http   *http.Client
	tenant string
	page   string
	at     *url.URL
}

func newOfficer(s *server, tenant string) *officer {
	s.t.Helper()
	return signedIn(s, tenant, "officer", s.password)
}

// signedIn is the member of staff with that login.
func signedIn(s *server, tenant, login, password string) *officer {
	s.t.Helper()
	jar, err := cookiejar.New(nil)
	must(s.t, err)
	o := &officer{server: s, http: &http.Client{Jar: jar}, tenant: tenant}
	o.get("/admin/" + tenant + "/sign-in")
	o.submit("/sign-in", url.Values{"login": {login}, "password": {password}})
	o.second(s.authenticator(tenant, login, password))
	return o
}

var (
	shownSecret = regexp.MustCompile(`<code id="secret"[^>]*>([A-Z2-7 ]+)</code>`)
	shownCode   = regexp.MustCompile(`<li><code>([a-z2-9-]{19})</code></li>`)
)

// second adds an authenticator at the first sign-in, and shows its code at others.
func (o *officer) second(a *authenticator) {
	o.t.Helper()
	switch {
	case strings.HasSuffix(o.at.Path, "/sign-in/enrol"):
		o.submit("/sign-in/enrol", url.Values{"code": {a.enrol(o.t, shownSecret.FindStringSubmatch(o.page)[1])}})
		var codes []string
		for _, m := range shownCode.FindAllStringSubmatch(o.page, -1) {
			codes = append(codes, m[1])
		}
		a.keep(codes)
		o.get("/admin/" + o.tenant)
	case strings.HasSuffix(o.at.Path, "/sign-in/second"):
		o.submit("/sign-in/second", url.Values{"confirm_recovery": {a.code(o.t)}})
	}
}

func (o *officer) get(path string) {
	o.t.Helper()
	resp, err := o.http.Get(o.base + path)
	must(o.t, err)
	o.take(resp)
}

func (o *officer) take(resp *http.Response, status ...int) {
	o.t.Helper()
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	must(o.t, err)
	if resp.StatusCode != 200 && !slices.Contains(status, resp.StatusCode) {
		o.t.Fatalf("%s answers %d: %.2000s", resp.Request.URL.Path, resp.StatusCode, raw)
	}
	o.page, o.at = string(raw), resp.Request.URL
}

var (
	formTag   = regexp.MustCompile(`(?s)<form\b([^>]*)>(.*?)</form>`)
	attribute = regexp.MustCompile(`([a-z-]+)="([^"]*)"`)
	inputTag  = regexp.MustCompile(`<input\b([^>]*)>`)
)

func attributes(tag string) map[string]string {
	m := map[string]string{}
	for _, a := range attribute.FindAllStringSubmatch(tag, -1) {
		m[a[1]] = strings.NewReplacer("&amp;", "&", "&#43;", "+", "&#34;", `"`).Replace(a[2])
	}
	return m
}

// submit sends the form of the page whose action ends so, with its hidden values.
// The answer is 200, or one of the given statuses.
func (o *officer) submit(action string, values url.Values, status ...int) {
	o.t.Helper()
	for _, form := range formTag.FindAllStringSubmatch(o.page, -1) {
		target := attributes(form[1])["action"]
		if target == "" {
			target = o.at.Path
		}
		if !strings.HasSuffix(strings.SplitN(target, "?", 2)[0], action) {
			continue
		}
		for _, input := range inputTag.FindAllStringSubmatch(form[2], -1) {
			if a := attributes(input[1]); a["type"] == "hidden" && !values.Has(a["name"]) {
				values.Set(a["name"], a["value"])
			}
		}
		where, err := o.at.Parse(target)
		must(o.t, err)
		o.spy.form(values)
		resp, err := o.http.PostForm(where.String(), values)
		must(o.t, err)
		o.take(resp, status...)
		return
	}
	o.t.Fatalf("%s has no form for %s: %.3000s", o.at, action, o.page)
}

// next takes the next case of the queue.
func (o *officer) next() {
	o.t.Helper()
	o.get("/admin/" + o.tenant + "/cases")
	o.submit("/cases/next", url.Values{})
	if !strings.Contains(o.at.Path, "/cases/") {
		o.t.Fatalf("there is no next case: %s", o.at.Path)
	}
}

// approve approves the case that is open. Where that takes two people a colleague
// confirms it.
func (o *officer) approve() {
	o.t.Helper()
	o.favours()
	o.seconded()
}

// seconded has a colleague confirm what was decided, where that takes two.
func (o *officer) seconded() {
	o.t.Helper()
	here := o.at.Path
	if !strings.Contains(o.page, here+`/withdraw"`) {
		return
	}
	// Without digits: the login names of staff are words, and kept in clear.
	login := "colleague-" + strings.Map(func(r rune) rune { return r - '0' + 'a' }, strconv.FormatInt(time.Now().UnixNano(), 10))
	o.hire(o.tenant, login, "senior_reviewer")
	colleague := signedIn(o.server, o.tenant, login, password)
	colleague.get(here)
	colleague.submit("/claim", url.Values{})
	colleague.submit("/agree", url.Values{})
	o.get(here)
}

// favours is what one person can say of the case that is open.
func (o *officer) favours() {
	o.t.Helper()
	o.submit("/decide", url.Values{"outcome": {"approve"}})
}
