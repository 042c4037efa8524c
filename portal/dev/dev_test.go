package dev_test

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/json"
	"html"
	"io"
	"log/slog"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	"github.com/gofiber/fiber/v2"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/locales"
	"github.com/paifang/paifang/portal/dev"
	"github.com/paifang/paifang/portal/web"
)

type fakes struct{}

func (fakes) Tenant(_ context.Context, id kyc.TenantID) (kyc.Tenant, error) {
	return kyc.Tenant{ID: id, Name: "Demo", Locales: kyc.LocaleList{"en"}}, nil
}
func (fakes) AnswerFor(_ context.Context, _ kyc.TenantID, id string, _ time.Time) (string, error) {
	if id != "known" {
		return "", kyc.E(kyc.NotFound, "no test")
	}
	return "123456", nil
}

func open(t *testing.T) (*fiber.App, string, ed25519.PublicKey) {
	t.Helper()
	bundle, err := locales.Load()
	if err != nil {
		t.Fatal(err)
	}
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	pages, err := web.New(web.Options{Printer: bundle.Printer, Locales: []kyc.Locale{"en", "zh-Hans", "ar", "fr", "ru", "zh-Hant"}, Tenants: fakes{},
		Secret: make([]byte, 32), Random: rand.Reader, Clock: time.Now, Development: true, Log: slog.New(slog.NewTextHandler(io.Discard, nil))},
		dev.Area())
	if err != nil {
		t.Fatal(err)
	}
	app, mailbox := pages.App(nil), t.TempDir()
	dev.New(dev.Config{Pages: pages, Mailbox: mailbox, Human: fakes{}, Signer: private, KeyID: "k1", Issuer: "https://m.example",
		Audience: func(t kyc.TenantID) string { return "paifang:" + string(t) }, Tenant: "demo",
		Keys: map[kyc.TenantID]string{"demo": "pk_test_demo"}, Random: rand.Reader, Clock: time.Now}).Mount(app)
	return app, mailbox, public
}

func fetch(t *testing.T, app *fiber.App, method, path, body string) (int, string) {
	t.Helper()
	req := httptest.NewRequest(method, path, strings.NewReader(body))
	req.Header.Set("Accept", "text/html")
	if body != "" {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	res, err := app.Test(req, -1)
	if err != nil {
		t.Fatal(err)
	}
	out, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(out)
}

func TestPagesSpeakEveryLanguage(t *testing.T) {
	app, _, _ := open(t)
	for _, path := range []string{"/", "/dev", "/dev/messages", "/dev/marketplace"} {
		for _, lang := range []string{"en", "zh-Hans", "ar", "fr", "ru", "zh-Hant"} {
			status, body := fetch(t, app, "GET", path+"?lang="+lang, "")
			if status != 200 || !strings.Contains(body, `lang="`+lang+`"`) || strings.Contains(body, ">dev.") {
				t.Errorf("%s %s: %d", path, lang, status)
			}
		}
	}
}

func TestMailboxIsFilteredNewestFirst(t *testing.T) {
	app, mailbox, _ := open(t)
	link := "https://host.example/t/demo/l/" + strings.Repeat("a", 43)
	for i, m := range []dev.Message{{ID: "1", To: "a@example.com", Text: "code 111111", Time: time.Unix(1, 0)},
		{ID: "2", To: "a@example.com", Text: "code 222222 " + link, Time: time.Unix(2, 0)}, {ID: "3", To: "+8613800138000", Text: "x", Time: time.Unix(3, 0)}} {
		raw, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(mailbox, string(rune('a'+i))+".json"), raw, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	_, body := fetch(t, app, "GET", "/dev/messages?format=json&to="+url.QueryEscape("A@example.com"), "")
	var list []dev.Message
	if err := json.Unmarshal([]byte(body), &list); err != nil || len(list) != 2 || list[0].ID != "2" {
		t.Fatalf("%v %s", err, body)
	}
	if list[0].Code() != "222222" || list[0].Link() != "/t/demo/l/"+strings.Repeat("a", 43) {
		t.Errorf("%q %q", list[0].Code(), list[0].Link())
	}
	if _, page := fetch(t, app, "GET", "/dev/messages", ""); !strings.Contains(page, "222222") {
		t.Error("page lacks the code")
	}
}

func TestMarketplaceSigns(t *testing.T) {
	app, _, public := open(t)
	_, body := fetch(t, app, "GET", "/dev/marketplace?member=m-1&membership=silver&phone=%2B8613800138000&format=json", "")
	var out struct{ Assertion, Enter string }
	if err := json.Unmarshal([]byte(body), &out); err != nil || out.Enter != "/t/demo/enter/crossborder" {
		t.Fatal(err, body)
	}
	token, err := jwt.ParseSigned(out.Assertion, []jose.SignatureAlgorithm{jose.EdDSA})
	if err != nil || token.Headers[0].KeyID != "k1" {
		t.Fatal(err)
	}
	var std jwt.Claims
	var own struct {
		Site       string `json:"site"`
		Membership string `json:"membership"`
		Phone      string `json:"phone"`
	}
	if err := token.Claims(public, &std, &own); err != nil {
		t.Fatal(err)
	}
	if std.Subject != "m-1" || own.Membership != "silver" || own.Site != "intl" || own.Phone != "+8613800138000" || std.ID == "" {
		t.Errorf("%+v %+v", std, own)
	}
	if err := std.Validate(jwt.Expected{Issuer: "https://m.example", AnyAudience: jwt.Audience{"paifang:demo"}, Time: time.Now()}); err != nil {
		t.Error(err)
	}
	_, page := fetch(t, app, "GET", "/dev/marketplace", "")
	link := regexp.MustCompile(`href="(\?[^"]*company-2001[^"]*)"`).FindStringSubmatch(page)
	if link == nil {
		t.Fatalf("no company to begin with: %s", page)
	}
	if _, page = fetch(t, app, "GET", "/dev/marketplace"+html.UnescapeString(link[1]), ""); !strings.Contains(page, `value="company-2001"`) || !strings.Contains(page, `value="&#43;4915112345679"`) {
		t.Errorf("the form is not filled in with the company: %s", page)
	}
	status, page := fetch(t, app, "POST", "/dev/marketplace", "member=m-2")
	if status != 200 || !strings.Contains(page, `action="/t/demo/enter/crossborder"`) || !strings.Contains(page, `name="assertion"`) {
		t.Errorf("%d %.300s", status, page)
	}
}

func TestHumanAnswer(t *testing.T) {
	app, _, _ := open(t)
	if status, body := fetch(t, app, "GET", "/dev/human/known", ""); status != 200 || body != `{"digits":"123456"}` {
		t.Errorf("%d %s", status, body)
	}
	if status, _ := fetch(t, app, "GET", "/dev/human/other", ""); status != 404 {
		t.Errorf("%d", status)
	}
}
