package web_test

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/locales"
	"github.com/paifang/paifang/portal/web"
)

type tenants map[kyc.TenantID]kyc.Tenant

func (t tenants) Tenant(_ context.Context, id kyc.TenantID) (kyc.Tenant, error) {
	if found, ok := t[id]; ok {
		return found, nil
	}
	return kyc.Tenant{}, kyc.E(kyc.NotFound, "no tenant")
}

var page = fstest.MapFS{"form.html": {Data: []byte(
	`{{define "title"}}Form{{end}}{{define "main"}}<form method="post">{{template "csrf" $}}<p>{{.Data}}</p></form>{{end}}`)}}

func door(t *testing.T, log io.Writer) (*fiber.App, *web.Renderer) {
	t.Helper()
	bundle, err := locales.Load()
	if err != nil {
		t.Fatal(err)
	}
	r, err := web.New(web.Options{
		Printer: bundle.Printer, Locales: []kyc.Locale{"en", "zh-Hans", "ar", "fr", "ru", "zh-Hant"},
		Tenants: tenants{"demo": {ID: "demo", Name: "Demo", Accent: "#ffd400", Locales: kyc.LocaleList{"zh-Hans", "en", "ar", "fr", "ru", "zh-Hant"}}},
		Secret:  []byte(strings.Repeat("k", 32)), Random: rand.Reader, Clock: time.Now,
		Log: slog.New(slog.NewTextHandler(log, nil)),
	}, web.Area{Name: "apply", Pages: page, Styles: []string{"apply.css"},
		Assets: fs.FS(fstest.MapFS{"apply.css": {Data: []byte(".door{color:red}")}})})
	if err != nil {
		t.Fatal(err)
	}
	app := r.App(map[string]fiber.ErrorHandler{"/api/": func(c *fiber.Ctx, err error) error {
		return c.Status(web.StatusOf(err)).JSON(map[string]string{"door": "api"})
	}})
	app.Get("/t/:tenant/form", r.Scope, func(c *fiber.Ctx) error { return r.Page(c, 200, "apply/form", "<b>data</b>") })
	app.Post("/t/:tenant/form", r.Scope, r.Guard, func(c *fiber.Ctx) error { return c.SendString(c.FormValue("name")) })
	app.Get("/t/:tenant/fail/:code", r.Scope, func(c *fiber.Ctx) error {
		return &kyc.Error{Code: kyc.Code(c.Params("code")), RetryAfter: 90 * time.Second}
	})
	app.Get("/driver", func(*fiber.Ctx) error {
		return kyc.Wrap(kyc.Internal, errors.New("row (13800000000) conflicts"), "files")
	})
	app.Get("/panic", func(*fiber.Ctx) error { panic("secret 13800000000") })
	return app, r
}

func send(t *testing.T, app *fiber.App, req *http.Request) (*http.Response, string) {
	t.Helper()
	res, err := app.Test(req, -1)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, string(body)
}

func TestPageSpeaksTheVisitorsLanguage(t *testing.T) {
	app, _ := door(t, io.Discard)
	for _, c := range []struct{ query, accept, cookie, lang, dir string }{
		{"", "", "", "zh-Hans", "ltr"}, {"", "ar-EG,ar;q=0.9", "", "ar", "rtl"},
		{"", "ar", "pf_lang=en", "en", "ltr"}, {"?lang=ar", "en", "pf_lang=en", "ar", "rtl"},
		{"?lang=xx", "en", "", "en", "ltr"},
	} {
		req := httptest.NewRequest("GET", "/t/demo/form"+c.query, nil)
		req.Header.Set("Accept-Language", c.accept)
		req.Header.Set("Cookie", c.cookie)
		res, body := send(t, app, req)
		if want := `<html lang="` + c.lang + `" dir="` + c.dir + `">`; res.StatusCode != 200 || !strings.Contains(body, want) {
			t.Errorf("%+v: status %d, want %s in %.200s", c, res.StatusCode, want, body)
		}
	}
}

func TestSecurityHeadersAndEscaping(t *testing.T) {
	app, _ := door(t, io.Discard)
	res, body := send(t, app, httptest.NewRequest("GET", "/t/demo/form", nil))
	policy := res.Header.Get("Content-Security-Policy")
	if !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") {
		t.Errorf("policy %q", policy)
	}
	if strings.Contains(body, "<b>data") || regexp.MustCompile(`<style|<script>|\son\w+=|style=`).MatchString(body) {
		t.Error("page has markup from data, or inline code")
	}
	if res.Header.Get("X-Content-Type-Options") != "nosniff" {
		t.Error("nosniff is missing")
	}
}

func TestAssetsAreImmutableAndCompressed(t *testing.T) {
	app, _ := door(t, io.Discard)
	_, body := send(t, app, httptest.NewRequest("GET", "/t/demo/form", nil))
	href := regexp.MustCompile(`/assets/apply\.[0-9a-f]{12}\.css`).FindString(body)
	req := httptest.NewRequest("GET", href, nil)
	req.Header.Set("Accept-Encoding", "gzip")
	res, _ := send(t, app, req)
	if res.StatusCode != 200 || res.Header.Get("Content-Encoding") != "gzip" || !strings.Contains(res.Header.Get("Cache-Control"), "immutable") {
		t.Errorf("%s: %d %v", href, res.StatusCode, res.Header)
	}
	if _, sheet := send(t, app, httptest.NewRequest("GET", href, nil)); !strings.Contains(sheet, "--paper") || !strings.Contains(sheet, ".door") {
		t.Error("the bundle lacks the tokens or the door's own sheet")
	}
	if res, _ := send(t, app, httptest.NewRequest("GET", "/assets/none.css", nil)); res.StatusCode != 404 {
		t.Errorf("unknown asset: %d", res.StatusCode)
	}
}

func TestForgedFormsAreRefused(t *testing.T) {
	app, _ := door(t, io.Discard)
	res, body := send(t, app, httptest.NewRequest("GET", "/t/demo/form", nil))
	token := regexp.MustCompile(`name="_csrf" value="([^"]+)"`).FindStringSubmatch(body)[1]
	cookie := strings.Split(res.Header.Get("Set-Cookie"), ";")[0]
	post := func(token, cookie, origin, site string, size int) int {
		form := url.Values{"_csrf": {token}, "name": {strings.Repeat("x", size)}}
		req := httptest.NewRequest("POST", "/t/demo/form", strings.NewReader(form.Encode()))
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Cookie", cookie)
		req.Header.Set("Origin", origin)
		req.Header.Set("Sec-Fetch-Site", site)
		res, _ := send(t, app, req)
		return res.StatusCode
	}
	for _, c := range []struct {
		name, token, cookie, origin, site string
		size, want                        int
	}{
		{"right", token, cookie, "http://example.com", "same-origin", 1, 200},
		{"no browser headers", token, cookie, "", "", 1, 200},
		{"no token", "", cookie, "", "", 1, 403},
		{"other cookie", token, "pf_csrf=aaaaaaaaaaaaaaaaaaaaaaaa", "", "", 1, 403},
		{"no cookie", token, "", "", "", 1, 403},
		{"other origin", token, cookie, "https://evil.example", "", 1, 403},
		{"other site", token, cookie, "", "cross-site", 1, 403},
		{"too large", token, cookie, "", "", web.MaxForm, 413},
	} {
		if got := post(c.token, c.cookie, c.origin, c.site, c.size); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
}

func TestErrorPagesSayWhatToDo(t *testing.T) {
	var log strings.Builder
	app, _ := door(t, &log)
	for _, lang := range []string{"en", "zh-Hans", "ar", "fr", "ru", "zh-Hant"} {
		for code, status := range map[string]int{"invalid": 400, "forbidden": 403, "not_found": 404, "conflict": 409,
			"gone": 410, "too_large": 413, "unsupported": 415, "limited": 429, "unavailable": 503, "internal": 500} {
			res, body := send(t, app, httptest.NewRequest("GET", "/t/demo/fail/"+code+"?lang="+lang, nil))
			if res.StatusCode != status || strings.Contains(body, "web.failed") || !strings.Contains(body, "<h1>") {
				t.Errorf("%s %s: %d %.300s", lang, code, res.StatusCode, body)
			}
			if res.Header.Get("Retry-After") != "90" {
				t.Errorf("%s: Retry-After %q", code, res.Header.Get("Retry-After"))
			}
		}
	}
	for _, path := range []string{"/t/nobody/form", "/nowhere", "/t/demo/nowhere", "/t/A%00/form"} {
		if res, _ := send(t, app, httptest.NewRequest("GET", path, nil)); res.StatusCode != 404 {
			t.Errorf("%s: %d", path, res.StatusCode)
		}
	}
	res, _ := send(t, app, httptest.NewRequest("GET", "/panic", nil))
	if res.StatusCode != 500 {
		t.Errorf("panic: %d", res.StatusCode)
	}
	if res, body := send(t, app, httptest.NewRequest("GET", "/api/none", nil)); res.StatusCode != 404 || !strings.Contains(body, `"api"`) {
		t.Errorf("api: %d %s", res.StatusCode, body)
	}
	if res, _ := send(t, app, httptest.NewRequest("GET", "/driver", nil)); res.StatusCode != 500 {
		t.Errorf("a driver's error: %d", res.StatusCode)
	}
	for _, want := range []string{"type=string", "web_test.door.func", "error=\"internal: files: *errors.errorString\""} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log lacks %s", want)
		}
	}
	if strings.Contains(log.String(), "13800000000") {
		t.Error("the log tells a phone number")
	}
	if !strings.Contains(log.String(), "route=/t/:tenant/fail/:code") || strings.Contains(log.String(), "lang=") {
		t.Errorf("access log %.400s", log.String())
	}
}

func TestAccentIsCorrected(t *testing.T) {
	for _, s := range []string{"#ffd400", "#0b6e5f", "#000000", "#ffffff", "#7f7f7f", "#e4002b", "#1a237e"} {
		a, ok := web.CorrectAccent(s)
		if !ok {
			t.Fatalf("%s was not read", s)
		}
		if got, want := a.Corrected, s == "#ffd400" || s == "#ffffff" || s == "#7f7f7f"; got != want {
			t.Errorf("%s corrected: %v (%s)", s, got, a.Light)
		}
		for _, pair := range [][2]string{{a.Light, "#ffffff"}, {a.Light, a.OnLight}, {a.Dark, "#101417"}, {a.Dark, a.OnDark}} {
			if ratio := web.Contrast(pair[0], pair[1]); ratio < 4.5 {
				t.Errorf("%s: %s upon %s is only %.2f", s, pair[0], pair[1], ratio)
			}
		}
	}
	if _, ok := web.CorrectAccent("red; }"); ok {
		t.Error("accepted what is no colour")
	}
}

// TestTheWayBack: the link back of an error page leads to where the person came
// from if that is a page of this site, and nowhere else.
func TestTheWayBack(t *testing.T) {
	app, _ := door(t, io.Discard)
	for referer, back := range map[string]string{"http://example.com/t/demo/form?x=1": `href="/t/demo/form"`, "http://evil.example/t": "", "": "",
		"http://example.com//evil.example/": "", "http://example.com/\\evil.example": "", "http://example.com/\tevil": "", "javascript:alert(1)": ""} {
		req := httptest.NewRequest("POST", "/t/demo/form", nil)
		req.Header.Set("Referer", referer)
		res, body := send(t, app, req)
		if res.StatusCode != 403 || regexp.MustCompile(`href="(//|/\\|https?:|javascript)`).MatchString(body) || back != "" && !strings.Contains(body, back) {
			t.Errorf("%q: %d, %.900s", referer, res.StatusCode, body)
		}
	}
}

// TestPlainHTTP: where people do not come by TLS, nothing claims that they do.
func TestPlainHTTP(t *testing.T) {
	app, _ := door(t, io.Discard)
	res, _ := send(t, app, httptest.NewRequest("GET", "/t/demo/form?lang=ar", nil))
	if res.Header.Get("Strict-Transport-Security") != "" || len(res.Cookies()) != 2 {
		t.Errorf("%v", res.Header)
	}
	for _, c := range res.Cookies() {
		if strings.HasPrefix(c.Name, "__") || c.Secure || !c.HttpOnly {
			t.Errorf("cookie %s", c)
		}
	}
}

// TestAnswersAreReadInTime: who reads, writes or rests for ever is sent away.
func TestAnswersAreReadInTime(t *testing.T) {
	c := func() fiber.Config { app, _ := door(t, io.Discard); return app.Config() }()
	for name, within := range map[string]time.Duration{"read": c.ReadTimeout, "write": c.WriteTimeout, "idle": c.IdleTimeout} {
		if within <= 0 || within > 5*time.Minute {
			t.Errorf("a connection may %s for %v", name, within)
		}
	}
}
