package apply_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/pipeline"
)

// serve listens on a free port, for clients that a test transport cannot stand for.
func serve(t *testing.T, h *house) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = h.Listener(l) }()
	t.Cleanup(func() { _ = h.Shutdown() })
	return "http://" + l.Addr().String()
}

func TestStartGivesThisBrowserTheApplication(t *testing.T) {
	h := open(t)
	h.service.view = *firstView()
	res, _ := h.post(t, "/t/demo/start/shop?lang=ar", nil)
	if res.StatusCode != 303 || res.Header.Get("Location") != app {
		t.Fatalf("%d %s", res.StatusCode, res.Header.Get("Location"))
	}
	if s := h.service.started; s.Market != "shop" || s.Locale != "ar" || !s.TestMode {
		t.Errorf("started %+v", s)
	}
	for _, c := range res.Cookies() {
		if c.Name == "pf_app" && (c.Value != token || c.Path != app || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode) {
			t.Errorf("cookie %v", c)
		}
	}
	if _, body := h.get(t, "/t/demo"); !strings.Contains(body, `href="`+app+`"`) {
		t.Error("home does not offer to go on")
	}
}

// What has ended is not offered any more, once the person has seen that it has.
func TestHomeForgetsWhatHasEnded(t *testing.T) {
	for _, v := range []*pipeline.View{doneView(), closedView(kyc.Rejected), closedView(kyc.Withdrawn)} {
		h := open(t)
		const other = "01939000-0000-7000-8000-000000000002"
		h.cookies += "; pf_recent=shop:" + appID + "|seller:" + other
		h.service.view = *v
		res, _ := h.get(t, app)
		for _, c := range res.Cookies() {
			if c.Name == "pf_recent" {
				h.cookies = "pf_recent=" + c.Value
			}
		}
		_, body := h.get(t, "/t/demo")
		if strings.Contains(body, appID) || !strings.Contains(body, other) {
			t.Errorf("%s: the home page offers what has ended, or not the rest", v.State)
		}
	}
}

// Journey M1: who has registered before is led to the sign-in beside the field.
func TestTakenContactLeadsToSignIn(t *testing.T) {
	h := open(t)
	h.service.view = *formView()
	_, body := h.get(t, app)
	const link = `<p><a href="/t/demo/sign-in">Sign in</a></p>`
	if strings.Contains(body, link) {
		t.Error("sign-in is offered without a reason")
	}
	h.service.view.Next.Problems = []kyc.Problem{kyc.P("phone", "contact.taken")}
	if _, body = h.get(t, app); !regexp.MustCompile(`(?s)id="f-phone-error">.*already registered.*` + link + `.*<input id="f-phone"`).MatchString(body) {
		t.Error("no way to sign in stands between the error and the field")
	}
}

// An answer that fell short leads back to its own step, whatever is next; one
// that was accepted goes on, whatever an earlier one fell short of.
func TestWhereAnAnswerLeads(t *testing.T) {
	h := open(t)
	bad := []kyc.Problem{kyc.P("phone", "field.phone")}
	for want, change := range map[string]func(v *pipeline.View){
		app:                    func(v *pipeline.View) { v.Next.Problems = bad },
		app + "/steps/account": func(v *pipeline.View) { v.Short = bad },
	} {
		h.service.view = *formView()
		h.service.view.Next.Step = "account"
		change(&h.service.view)
		res, _ := h.post(t, app+"/steps/profile", url.Values{})
		if at := res.Header.Get("Location"); at != want || res.StatusCode != http.StatusSeeOther {
			t.Errorf("answered %d with %q, want %q", res.StatusCode, at, want)
		}
	}
	h.service.view = *challengeView()
	h.service.view.Short = bad
	if res, _ := h.post(t, app+"/challenges/x", url.Values{"code": {"1"}}); res.Header.Get("Location") != app {
		t.Errorf("a wrong code leads to %q", res.Header.Get("Location"))
	}
}

func TestTimesCanBeWrittenInTheReadersZone(t *testing.T) {
	h := open(t)
	h.service.view = *challengeView()
	_, body := h.get(t, app)
	if want := `Valid until <time datetime="2026-11-23T12:00:00Z">November 23, 2026, 12:00` + "\u202fPM UTC</time>."; !strings.Contains(body, want) {
		t.Errorf("no %s", want)
	}
}

func TestWordsOfTheLanguage(t *testing.T) {
	h := open(t)
	h.service.view = *wrongView()
	if _, body := h.get(t, app+"?lang=zh-Hans"); !strings.Contains(body, `">姓名（拉丁字母）：`) || strings.Contains(body, "字母）: ") {
		t.Error("the summary has no Chinese colon")
	}
	h = open(t)
	h.service.view = *closedView(kyc.Rejected)
	if _, body := h.get(t, app); !strings.Contains(body, "have examined") { // a reviewer wrote a note
		t.Error("does not say that it was examined")
	}
	h.service.view.Next.Note = ""
	if _, body := h.get(t, app); strings.Contains(body, "examined") || !strings.Contains(body, "conditions for this account are not met") {
		t.Error("says that something was examined")
	}
}

func TestMarketplaceEntersWithAnAssertion(t *testing.T) {
	h := open(t)
	v := firstView()
	v.Next.Step = "entry"
	v.Next.Fields = fields([]kyc.Field{{Name: "assertion", Type: kyc.AssertionField, Required: true, Label: "field.assertion"}}, nil)
	h.service.view = *v
	req := httptest.NewRequest("POST", "/t/demo/enter/seller", strings.NewReader("assertion=a.b.c"))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Origin", "https://marketplace.example")
	req.Header.Set("Sec-Fetch-Site", "cross-site")
	res, body := h.do(t, req)
	if res.StatusCode != 200 || len(h.service.calls) != 0 || h.service.sent.Step != "" || !strings.Contains(body, "m-7") {
		t.Errorf("another site began something: %d %v %+v", res.StatusCode, h.service.calls, h.service.sent)
	}
	forged := httptest.NewRequest("POST", "/t/demo/enter/seller/continue", strings.NewReader("assertion=a.b.c"))
	forged.Header = req.Header.Clone()
	if res, _ := h.do(t, forged); res.StatusCode != 403 || h.service.sent.Step != "" {
		t.Errorf("another site goes on: %d", res.StatusCode)
	}
	res, _ = h.post(t, "/t/demo/enter/seller/continue", url.Values{"assertion": {"a.b.c"}})
	if res.StatusCode != 303 || h.service.sent.Values["assertion"] != "a.b.c" || h.service.sent.Step != "entry" {
		t.Errorf("%d %+v", res.StatusCode, h.service.sent)
	}
}

func TestFormBecomesValues(t *testing.T) {
	h := open(t)
	form := url.Values{"name_latin": {" Anna "}, "birth_date.day": {"٧"}, "birth_date.month": {"3"}, "birth_date.year": {"１９８８"},
		"kind": {"id"}, "number": {"X1"}, "address.country": {"JP"}, "address.line1": {"1-2"}, "phone": {"138 0013 8000"}, "phone.region": {"CN"},
		"password": {" pass word "}, "pin": {"123456"}, "questions.1.question": {"id"}, "questions.1.answer": {"a"},
		"unknown": {"x"}, "_action": {"submit"}}
	res, _ := h.post(t, app+"/steps/profile", form)
	if res.StatusCode != 303 || res.Header.Get("Location") != app {
		t.Fatalf("%d %s", res.StatusCode, res.Header.Get("Location"))
	}
	want := kyc.Values{"name_latin": " Anna ", "birth_date": "1988-03-07", "kind": "id", "number": "X1", "address.country": "JP", "address.line1": "1-2",
		"phone": "138 0013 8000", "phone.region": "CN", "bind": "false", "password": " pass word ", "pin": "123456",
		"questions.1.question": "id", "questions.1.answer": "a"}
	if diff := cmp.Diff(want, h.service.sent.Values); diff != "" {
		t.Error(diff)
	}
	if h.service.ref.Token != token || string(h.service.ref.Application) != appID {
		t.Errorf("ref %+v", h.service.ref)
	}
	h.service.view = *wrongView()
	h.service.view.Short = h.service.view.Next.Problems
	if res, _ := h.post(t, app+"/steps/profile", form); res.Header.Get("Location") != app+"/steps/profile" {
		t.Errorf("with problems it goes to %s", res.Header.Get("Location"))
	}
}

func TestHumanTestWithoutScripts(t *testing.T) {
	h := open(t)
	h.service.view = *firstView()
	h.post(t, app+"/steps/contact", url.Values{"human.id": {"abc"}, "human.digits": {"1 2٣4"}, "consent": {"true"}})
	if v := h.service.sent.Values; v["human"] != "img.abc.1234" || v["consent"] != "true" {
		t.Errorf("%v", v)
	}
}

func TestChangeOfCountryKeepsWhatWasTyped(t *testing.T) {
	h := open(t)
	res, body := h.post(t, app+"/steps/profile", url.Values{"_action": {"country"}, "address.country": {"US"}, "name_latin": {"Zoë"}, "password": {"geheim"}})
	if res.StatusCode != 200 || !strings.Contains(body, `value="Zoë"`) || !strings.Contains(body, "ZIP code") || strings.Contains(body, "geheim") {
		t.Errorf("%d zip %v", res.StatusCode, strings.Contains(body, "ZIP code"))
	}
	if h.service.sent.Values != nil {
		t.Error("was submitted")
	}
}

func TestLateAnswersShowWhereThingsStand(t *testing.T) {
	h := open(t)
	for _, key := range []string{"error.version_stale", "error.step_order", "error.not_open", "error.challenge_race"} {
		h.service.err = kyc.EKey(kyc.Conflict, key, "late")
		if res, _ := h.post(t, app+"/challenges/c1", url.Values{"code": {"1"}}); res.StatusCode != 303 {
			t.Errorf("%s: %d", key, res.StatusCode)
		}
	}
	h.service.err = kyc.E(kyc.Unavailable, "market is down")
	if res, body := h.post(t, app+"/steps/profile", nil); res.StatusCode != 503 || !strings.Contains(body, "What you typed is kept") {
		t.Errorf("%d", res.StatusCode)
	}
	h.service.err = nil
	for path, call := range map[string]string{"/challenges/c/resend": "resend", "/correct/phone": "correct", "/switch/phone": "switch", "/withdraw": "withdraw"} {
		if res, _ := h.post(t, app+path, nil); res.StatusCode != 303 || h.service.calls[len(h.service.calls)-1] != call {
			t.Errorf("%s: %d %v", path, res.StatusCode, h.service.calls)
		}
	}
}

func upload(t *testing.T, h *house, base, csrf, field string, size int) *http.Response {
	t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	_ = form.WriteField("_csrf", csrf)
	part, _ := form.CreateFormFile(field, "passport.jpg")
	_, _ = part.Write(make([]byte, size))
	_ = form.Close()
	req, _ := http.NewRequest("POST", base+app+"/documents/passport/data_page", &body)
	req.Header.Set("Content-Type", form.FormDataContentType())
	req.Header.Set("Cookie", h.cookies)
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	return res
}

func TestUploadIsStreamed(t *testing.T) {
	h := open(t)
	csrf, base := h.csrf(t), serve(t, h)
	for _, size := range []int{10, 9_000_000} {
		res := upload(t, h, base, csrf, "file", size)
		if res.StatusCode != 303 || h.service.uploaded != int64(size) || !strings.HasSuffix(res.Header.Get("Location"), "#f-file-passport-data-page") {
			t.Errorf("%d bytes: %d, %d arrived, %s", size, res.StatusCode, h.service.uploaded, res.Header.Get("Location"))
		}
	}
	h.service.uploaded = 0
	if res := upload(t, h, base, "forged", "file", 9_000_000); res.StatusCode != 403 || h.service.uploaded != 0 {
		t.Errorf("forged: %d, %d bytes", res.StatusCode, h.service.uploaded)
	}
	if res := upload(t, h, base, csrf, "other", 10); res.StatusCode != 400 {
		t.Errorf("no file: %d", res.StatusCode)
	}
	h.service.view = *againView()
	h.service.view.Short = h.service.view.Next.Problems
	if res := upload(t, h, base, csrf, "file", 10); res.StatusCode != 422 {
		t.Errorf("unreadable: %d", res.StatusCode)
	}
}

func TestSignInAndOut(t *testing.T) {
	h := open(t)
	if res, _ := h.get(t, "/t/demo/account"); res.Header.Get("Location") != "/t/demo/sign-in" {
		t.Error("account is open")
	}
	res, body := h.post(t, "/t/demo/sign-in", url.Values{"login": {`a"b`}, "password": {"wrong"}})
	if res.StatusCode != 422 || strings.Contains(body, "wrong\"") || !strings.Contains(body, "a&#34;b") {
		t.Errorf("%d", res.StatusCode)
	}
	if res, _ := h.post(t, "/t/demo/sign-in", url.Values{"login": {"a"}, "password": {"right"}}); res.StatusCode != 303 {
		t.Errorf("%d", res.StatusCode)
	}
	for _, lang := range []string{"en", "zh-Hans", "ar", "fr", "ru", "zh-Hant"} {
		_, body := h.get(t, "/t/demo/account?lang="+lang)
		examine(t, body, lang)
	}
	if res, _ := h.post(t, "/t/demo/sign-out", nil); res.Header.Get("Location") != "/t/demo" {
		t.Errorf("%d", res.StatusCode)
	}
}

func TestSignInByCode(t *testing.T) {
	h := open(t)
	if res, _ := h.get(t, "/t/demo/sign-in/code/enter"); res.Header.Get("Location") != "/t/demo/sign-in/code" {
		t.Errorf("a code is typed that nobody asked for: %d", res.StatusCode)
	}
	res, body := h.post(t, "/t/demo/sign-in/code", url.Values{"login": {`m"x`}})
	if res.StatusCode != 422 || !strings.Contains(body, `id="human-error"`) || !strings.Contains(body, "m&#34;x") {
		t.Errorf("without a human test: %d", res.StatusCode)
	}
	res, body = h.post(t, "/t/demo/sign-in/code", url.Values{"login": {"nonsense"}, "human": {"solved"}})
	if res.StatusCode != 422 || !strings.Contains(body, `id="login-error"`) {
		t.Errorf("what is no contact: %d", res.StatusCode)
	}
	res, _ = h.post(t, "/t/demo/sign-in/code", url.Values{"login": {"m@example.com"}, "human": {"solved"}})
	if res.StatusCode != 303 || res.Header.Get("Location") != "/t/demo/sign-in/code/enter" {
		t.Fatalf("%d", res.StatusCode)
	}
	for _, lang := range []string{"en", "zh-Hans", "ar", "fr", "ru", "zh-Hant"} {
		_, body := h.get(t, "/t/demo/sign-in/code/enter?lang="+lang)
		examine(t, body, lang)
		if strings.Contains(body, "m@example.com") {
			t.Error("the page repeats the address")
		}
	}
	if res, _ := h.post(t, "/t/demo/sign-in/code/enter", url.Values{"code": {"000000"}}); res.StatusCode != 422 {
		t.Errorf("a wrong code: %d", res.StatusCode)
	}
	res, _ = h.post(t, "/t/demo/sign-in/code/enter", url.Values{"code": {"123456"}})
	if res.StatusCode != 303 || res.Header.Get("Location") != "/t/demo/account" {
		t.Errorf("%d", res.StatusCode)
	}
}

func TestLinksAreConsumedByPostOnly(t *testing.T) {
	h := open(t)
	h.service.link.State = "ready"
	h.get(t, "/t/demo/l/x")
	if len(h.service.calls) > 0 {
		t.Fatal("reading consumed it")
	}
	if res, _ := h.post(t, "/t/demo/l/x", nil); res.Header.Get("Location") != app {
		t.Error("does not lead to the application")
	}
	h.service.err = kyc.EKey(kyc.Gone, "error.link_used", "used")
	if res, _ := h.post(t, "/t/demo/l/x", nil); res.Header.Get("Location") != "/t/demo/l/x" {
		t.Error("used: no explanation")
	}
	h.service.err = nil
	if res, body := h.post(t, "/t/demo/l/x/renew", nil); res.StatusCode != 200 || !strings.Contains(body, "on its way") {
		t.Error("not renewed")
	}
	h.service.link.Back = true
	if _, body := h.get(t, "/t/demo/l/x"); strings.Contains(body, "confirms the address") || !strings.Contains(body, "leads back") {
		t.Error("a link that leads back is said to confirm")
	}
}

// On another device the application goes on in its own language, unless the
// visitor has chosen one there.
func TestALinkBringsItsLanguage(t *testing.T) {
	h := open(t)
	h.service.link.State, h.service.link.Locale, h.service.view.Locale = "ready", "fr", "fr"
	if _, body := h.post(t, "/t/demo/l/x/renew", nil); !strings.Contains(body, `lang="fr"`) {
		t.Error("the answer to a French link is not French")
	}
	kept := func() string {
		res, _ := h.post(t, "/t/demo/l/x", nil)
		for _, c := range res.Cookies() {
			if c.Name == "pf_lang" {
				return c.Value
			}
		}
		return ""
	}
	if got := kept(); got != "fr" {
		t.Errorf("the language kept is %q", got)
	}
	h.get(t, "/t/demo?lang=ru")
	if got := kept(); got != "" {
		t.Errorf("a language that was chosen became %q", got)
	}
}

func TestLiveAnswers(t *testing.T) {
	h := open(t)
	csrf := h.csrf(t)
	ask := func(contact string) map[string]any {
		req := httptest.NewRequest("POST", app+"/available", strings.NewReader(`{"step":"contact","contact":"`+contact+`","human":"x"}`))
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("X-CSRF-Token", csrf)
		_, body := h.do(t, req)
		var out map[string]any
		if err := json.Unmarshal([]byte(body), &out); err != nil {
			t.Fatal(err, body)
		}
		return out
	}
	if got := ask("free@example.com"); got["free"] != true || got["text"] != "This address can be used." {
		t.Errorf("%v", got)
	}
	if got := ask("taken@example.com"); got["free"] != false {
		t.Errorf("%v", got)
	}
	if strings.Contains(h.log.String(), "example.com") {
		t.Error("the log has an address")
	}
}

// TestFirstPageIsLight weighs what a browser fetches for the first form: page,
// style sheets, script and worker, compressed.
func TestFirstPageIsLight(t *testing.T) {
	for _, lang := range []string{"en", "zh-Hans", "ar", "fr", "ru", "zh-Hant"} {
		h := open(t)
		h.service.view = *firstView()
		total, report := 0, ""
		weigh := func(path string) string {
			req := httptest.NewRequest("GET", path, nil)
			req.Header.Set("Accept-Encoding", "gzip")
			res, body := h.do(t, req)
			if res.StatusCode != 200 {
				t.Fatalf("%s: %d", path, res.StatusCode)
			}
			total += len(body)
			report += fmt.Sprintf(" %s %d", path, len(body))
			if res.Header.Get("Content-Encoding") == "gzip" {
				r, err := gzip.NewReader(strings.NewReader(body))
				if err != nil {
					t.Fatal(err)
				}
				plain, err := io.ReadAll(r)
				if err != nil {
					t.Fatal(err)
				}
				body = string(plain)
			}
			return body
		}
		page := weigh(app + "?lang=" + lang)
		for _, m := range regexp.MustCompile(`"(/assets/[^"]+|/t/demo/brand.css[^"]*)"`).FindAllStringSubmatch(page, -1) {
			weigh(m[1])
		}
		t.Logf("%s: %d bytes:%s", lang, total, report)
		if total > 30_000 {
			t.Errorf("%s: %d bytes", lang, total)
		}
	}
}
