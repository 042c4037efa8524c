package apply_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"image"
	"image/color"
	"image/png"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/paifang/paifang/core/account"
	"github.com/paifang/paifang/core/contact"
	"github.com/paifang/paifang/core/credential"
	"github.com/paifang/paifang/core/factor"
	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/pipeline"
	"github.com/paifang/paifang/locales"
	"github.com/paifang/paifang/portal/apply"
	"github.com/paifang/paifang/portal/web"
)

const (
	appID = "01939000-0000-7000-8000-000000000001"
	app   = "/t/demo/applications/" + appID
	token = "ht.demo.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

	handOverToken = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// service is a pipeline that answers with one view and remembers what it was asked.
type service struct {
	view     pipeline.View
	err      error // answered to everything that changes something
	link     pipeline.Link
	started  pipeline.Start
	ref      pipeline.Ref
	sent     pipeline.Submission
	code     string
	uploaded int64
	calls    []string
	shown    map[kyc.ApplicationID]*pipeline.View // for pictures: open to everybody
}

func (s *service) did(r pipeline.Ref, what string) (*pipeline.View, error) {
	s.calls, s.ref = append(s.calls, what), r
	if v, ok := s.shown[r.Application]; ok {
		copied := *v
		copied.ID = r.Application
		return &copied, nil
	}
	if r.Token != token {
		return nil, kyc.EKey(kyc.Unauthorized, "error.holder", "no token")
	}
	if s.err != nil && what != "get" && what != "step" {
		return nil, s.err
	}
	v := s.view
	return &v, nil
}

func (s *service) Start(_ context.Context, st pipeline.Start) (*pipeline.View, string, error) {
	s.started = st
	v := s.view
	return &v, token, s.err
}
func (s *service) Get(_ context.Context, r pipeline.Ref) (*pipeline.View, error) {
	return s.did(r, "get")
}
func (s *service) GetStep(_ context.Context, r pipeline.Ref, _ kyc.StepID) (*pipeline.View, error) {
	return s.did(r, "step")
}
func (s *service) Preview(_ context.Context, r pipeline.Ref, step kyc.StepID, _ kyc.Values) (*pipeline.View, error) {
	return s.did(r, "preview "+string(step))
}

func (s store) Offered(ctx context.Context, market kyc.MarketID, _ string) (*kyc.Flow, error) {
	return s.Flow(ctx, market, "")
}

func (s *service) Choose(_ context.Context, r pipeline.Ref, way string) (*pipeline.View, error) {
	return s.did(r, "choose "+way)
}

func (s *service) Submit(_ context.Context, r pipeline.Ref, sub pipeline.Submission) (*pipeline.View, error) {
	s.sent = sub
	return s.did(r, "submit")
}
func (s *service) Answer(_ context.Context, r pipeline.Ref, _ kyc.ChallengeID, code string) (*pipeline.View, error) {
	s.code = code
	return s.did(r, "answer")
}
func (s *service) Resend(_ context.Context, r pipeline.Ref, _ kyc.ChallengeID) (*pipeline.View, error) {
	return s.did(r, "resend")
}
func (s *service) Switch(_ context.Context, r pipeline.Ref, _ kyc.StepID) (*pipeline.View, error) {
	return s.did(r, "switch")
}

func (s *service) Correct(_ context.Context, r pipeline.Ref, _ kyc.StepID) (*pipeline.View, error) {
	return s.did(r, "correct")
}
func (s *service) Upload(_ context.Context, r pipeline.Ref, _, _ string, body io.Reader) (*pipeline.View, error) {
	s.uploaded, _ = io.Copy(io.Discard, body)
	return s.did(r, "upload")
}
func (s *service) File(_ context.Context, r pipeline.Ref, _, _ string) (io.ReadCloser, string, error) {
	if _, err := s.did(r, "file"); err != nil {
		return nil, "", err
	}
	return io.NopCloser(bytes.NewReader(photo())), "image/png", nil
}
func (s *service) Withdraw(_ context.Context, r pipeline.Ref) (*pipeline.View, error) {
	return s.did(r, "withdraw")
}
func (s *service) Available(_ context.Context, r pipeline.Ref, _ kyc.StepID, contact, human string) (bool, []kyc.Problem, error) {
	if _, err := s.did(r, "available"); err != nil {
		return false, nil, err
	}
	return contact == "free@example.com" && human != "", nil, nil
}
func (s *service) ReadLink(context.Context, kyc.TenantID, string) (pipeline.Link, error) {
	if s.link.State == "" {
		return s.link, kyc.EKey(kyc.NotFound, "error.link_unknown", "no link")
	}
	return s.link, nil
}
func (s *service) FollowLink(context.Context, kyc.TenantID, string, pipeline.Client) (*pipeline.View, string, error) {
	s.calls = append(s.calls, "follow")
	v := s.view
	return &v, token, s.err
}
func (s *service) RenewLink(context.Context, kyc.TenantID, string, pipeline.Client) error {
	s.calls = append(s.calls, "renew")
	return s.err
}
func (s *service) ReadRecovery(context.Context, kyc.TenantID, string) (pipeline.Link, error) {
	return pipeline.Link{State: "ready", Locale: "en", Payment: &kyc.Field{Name: "payment_password", Type: kyc.PasswordField, MinLen: 8, MaxLen: 128, Help: "payment.help"}}, nil
}

func (s *service) Recover(_ context.Context, _ kyc.TenantID, _ string, set pipeline.NewSecrets) ([]kyc.Problem, error) {
	if len(set.Password) < 8 {
		return []kyc.Problem{kyc.P("password", "password.short").With("min", "8")}, nil
	}
	return nil, nil
}

func (s *service) ReadAssertion(context.Context, kyc.TenantID, string) (pipeline.Vouched, error) {
	return pipeline.Vouched{Issuer: "https://marketplace.example", Member: "m-7"}, s.err
}

func (s *service) ReadFreeze(_ context.Context, _ kyc.TenantID, token string) (pipeline.Link, error) {
	if token == "unknown" {
		return pipeline.Link{}, kyc.EKey(kyc.NotFound, "error.link_unknown", "no such link")
	}
	return pipeline.Link{State: token, Locale: "en"}, nil // the token of a test is the state of its link
}

func (s *service) FreezeByLink(_ context.Context, _ kyc.TenantID, token, _ string) error {
	s.calls = append(s.calls, "freeze "+token)
	if token == "expired" {
		return kyc.EKey(kyc.Gone, "error.link_expired", "too late")
	}
	return nil
}

func (s *service) ReadStop(context.Context, kyc.TenantID, string) (pipeline.Link, error) {
	return pipeline.Link{State: "ready", Locale: "en"}, nil
}

func (s *service) StopRecovery(context.Context, kyc.TenantID, string) error {
	s.calls = append(s.calls, "stop")
	return s.err
}

func (s *service) HandOver(_ context.Context, r pipeline.Ref) (pipeline.HandOver, error) {
	if _, err := s.did(r, "handover"); err != nil {
		return pipeline.HandOver{}, err
	}
	return pipeline.HandOver{Token: handOverToken, Code: "0427", Expires: kyc.At(noon.Add(pipeline.HandOverLife))}, nil
}
func (s *service) ReadHandOver(context.Context, kyc.TenantID, string) (pipeline.HandOverState, error) {
	if s.link.State == "" {
		return pipeline.HandOverState{}, kyc.EKey(kyc.NotFound, "error.handover_unknown", "no handover")
	}
	return pipeline.HandOverState{Locale: s.link.Locale, State: s.link.State, TriesLeft: 3, Expires: kyc.At(noon.Add(pipeline.HandOverLife))}, nil
}
func (s *service) TakeOver(_ context.Context, _ kyc.TenantID, _, code string, _ pipeline.Client) (*pipeline.View, string, error) {
	s.calls = append(s.calls, "takeover")
	if s.err != nil {
		return nil, "", s.err
	}
	if code != "0427" {
		return &pipeline.View{Short: []kyc.Problem{kyc.P("code", "handover.wrong").With("left", "2")}}, "", nil
	}
	v := s.view
	return &v, token, nil
}

// photo is a picture of nobody's document.
func photo() []byte {
	m := image.NewRGBA(image.Rect(0, 0, 240, 168))
	for y := range 168 {
		for x := range 240 {
			m.Set(x, y, color.RGBA{uint8(180 + x/8), uint8(200 + y/8), 210, 255})
		}
	}
	var out bytes.Buffer
	_ = png.Encode(&out, m)
	return out.Bytes()
}

// store is the tenants, their texts and their markets.
type store struct{ empty bool }

func (store) Tenant(_ context.Context, id kyc.TenantID) (kyc.Tenant, error) {
	if id != "demo" {
		return kyc.Tenant{}, kyc.E(kyc.NotFound, "no tenant")
	}
	return kyc.Tenant{ID: "demo", Name: "Harbour Market", Support: "help@harbour.example", Locales: kyc.LocaleList{"en", "zh-Hans", "ar", "fr", "ru", "zh-Hant"}, TestMode: true}, nil
}
func (s store) TenantMarkets(context.Context, kyc.TenantID) ([]kyc.TenantMarket, error) {
	if s.empty {
		return nil, nil
	}
	return []kyc.TenantMarket{{Market: "shop", Enabled: true}, {Market: "seller", Enabled: true}, {Market: "off"}, {Market: "down", Enabled: true}}, nil
}
func (store) Legal(_ context.Context, _ kyc.TenantID, doc string, l kyc.Locale, _ kyc.Millis) (kyc.LegalDocument, error) {
	title := map[string]string{"terms": "Terms of use", "privacy": "Privacy policy"}[doc]
	if title == "" {
		return kyc.LegalDocument{}, kyc.E(kyc.NotFound, "no document")
	}
	return kyc.LegalDocument{Name: doc, Version: "3", Locale: l, Title: title, Text: "First <b>paragraph</b>.\n\nSecond.", From: kyc.At(noon)}, nil
}
func (store) Flow(_ context.Context, m kyc.MarketID, _ string) (*kyc.Flow, error) {
	switch m {
	case "shop":
		return shopFlow(), nil
	case "seller":
		f := shopFlow()
		f.Market, f.Title = "seller", "shop.seller"
		f.Steps[0].Kind = kyc.FederatedStep
		for _, row := range []string{"1", "2", "10"} {
			f.Steps[4].Documents = append(f.Steps[4].Documents, kyc.Requirement{ID: "owner_" + row, Label: "shop.passport",
				When: kyc.Condition{Field: "owners.owners." + row + ".kind", In: []string{"passport"}}})
		}
		return f, nil
	}
	return nil, kyc.E(kyc.Unavailable, "market is down")
}

type humans struct{}

func (humans) Puzzle(context.Context, kyc.TenantID) ([]byte, error) {
	const salt = "0123456789abcdef01234567?expires=1795348800&"
	sum := sha256.Sum256([]byte(salt + "4711"))
	return json.Marshal(contact.Puzzle{Algorithm: "SHA-256", Challenge: hex.EncodeToString(sum[:]), Salt: salt, Signature: "x", MaxNumber: 100_000})
}
func (humans) Challenge(context.Context, kyc.TenantID) (string, error) { return "abc123", nil }
func (humans) Image(context.Context, kyc.TenantID, string) ([]byte, error) {
	return photo(), nil
}
func (humans) Audio(context.Context, kyc.TenantID, string, kyc.Locale) ([]byte, error) {
	return []byte("RIFF"), nil
}

type sessions struct{}

func (sessions) SignIn(_ context.Context, _ kyc.TenantID, login, password string, _ credential.Client) (credential.Signed, error) {
	if login == "frozen" {
		return credential.Signed{}, kyc.EKey(kyc.Forbidden, "error.account_frozen", "it is frozen")
	}
	if password != "right" {
		return credential.Signed{}, kyc.EKey(kyc.Unauthorized, "error.sign_in", "no")
	}
	return credential.Signed{Token: "st.demo.x", Known: "known"}, nil
}

func (sessions) AskCode(_ context.Context, _ kyc.TenantID, login string, _ kyc.Locale, c credential.Client) (credential.Asked, error) {
	switch {
	case login == "nonsense":
		return credential.Asked{Problem: kyc.P("login", "signin.contact")}, nil
	case c.Known == "" && c.Human == "":
		return credential.Asked{Problem: kyc.P("human", "human.required")}, nil
	}
	return credential.Asked{Ticket: "ticket", Channel: "email", Expires: kyc.At(noon.Add(credential.CodeLife)), Again: kyc.At(noon.Add(time.Minute))}, nil
}

func (sessions) SignInByCode(_ context.Context, _ kyc.TenantID, ticket, code string, _ credential.Client) (credential.Signed, kyc.Problem, error) {
	if ticket != "ticket" || code != "123456" {
		return credential.Signed{}, kyc.P("code", "code.wrong").With("left", "4"), nil
	}
	return credential.Signed{Token: "st.demo.x", Known: "known"}, kyc.Problem{}, nil
}

func (sessions) Passkeys(host string) bool { return host == "example.com" }

func (sessions) Security(_ context.Context, _ kyc.TenantID, token string) (credential.Own, error) {
	if token != "st.demo.x" && token != "st.demo.stale" {
		return credential.Own{}, kyc.E(kyc.Unauthorized, "no session")
	}
	return credential.Own{Password: true, Payment: true, Asks: credential.PaymentField(&kyc.Flow{}), Level: 1, May: token == "st.demo.x",
		Passkeys: []factor.Held{{ID: "k1", Kind: "passkey", Name: "My phone", Created: kyc.At(noon)}, {ID: "k2", Kind: "passkey", Created: kyc.At(noon), Used: kyc.At(noon)}},
		Sessions: []credential.SeenSession{{ID: "s1", Agent: "Firefox · Linux", Created: kyc.At(noon), Seen: kyc.At(noon), Current: true, Place: "192.0.2.1"},
			{ID: "s2", Created: kyc.At(noon), Seen: kyc.At(noon), Place: "2001:db8:1:2::/64"}}}, nil
}
func (sessions) Confirm(_ context.Context, _ kyc.TenantID, _ string, p credential.Proof) error {
	if p.Password != "right" {
		return kyc.EKey(kyc.Unauthorized, "error.second_factor", "no")
	}
	return nil
}
func (sessions) AskConfirm(context.Context, kyc.TenantID, string) (json.RawMessage, error) {
	return json.RawMessage(`{"publicKey":{}}`), nil
}
func (sessions) Revoke(_ context.Context, _ kyc.TenantID, _, id string, _ credential.Client) error {
	if id != "" && id != "s2" {
		return kyc.EKey(kyc.NotFound, "error.not_found", "none")
	}
	return nil
}
func (sessions) ChangePassword(_ context.Context, _ kyc.TenantID, token, password string, _ credential.Client) ([]kyc.Problem, error) {
	switch {
	case token == "st.demo.stale":
		return nil, kyc.EKey(kyc.Forbidden, "error.reauthentication_required", "stale")
	case password == "password":
		return []kyc.Problem{kyc.P("password", "password.breached")}, nil
	}
	return nil, nil
}
func (sessions) ChangePayment(_ context.Context, _ kyc.TenantID, _, current, pin string, _ credential.Client) ([]kyc.Problem, error) {
	if pin == "123456" {
		return []kyc.Problem{kyc.P("payment_password", "pin.simple")}, nil
	}
	switch current {
	case "804213":
		return nil, nil
	case "limit":
		return nil, kyc.EKey(kyc.Limited, "error.budget", "too often")
	}
	return []kyc.Problem{kyc.P("current", "payment.wrong")}, nil
}
func (sessions) Freeze(_ context.Context, _ kyc.TenantID, token string, _ credential.Client) error {
	if token != "st.demo.x" {
		return kyc.EKey(kyc.Unauthorized, "error.signed_out", "no session")
	}
	return nil
}
func (sessions) AskAnyone(context.Context, kyc.TenantID, credential.Client) (json.RawMessage, error) {
	return json.RawMessage(`{"publicKey":{}}`), nil
}
func (sessions) SignInPasskey(_ context.Context, _ kyc.TenantID, answer []byte, _ credential.Client) (credential.Signed, error) {
	if string(answer) == "frozen" {
		return credential.Signed{}, kyc.EKey(kyc.Forbidden, "error.account_frozen", "it is frozen")
	}
	if string(answer) != "fits" {
		return credential.Signed{}, kyc.EKey(kyc.Unauthorized, "error.sign_in", "no")
	}
	return credential.Signed{Token: "st.demo.x", Known: "known"}, nil
}
func (sessions) AskPasskey(context.Context, kyc.TenantID, string, string) (json.RawMessage, error) {
	return json.RawMessage(`{"publicKey":{}}`), nil
}
func (sessions) AddPasskey(_ context.Context, _ kyc.TenantID, _ string, answer []byte, _ string, _ credential.Client) error {
	if string(answer) != "fits" {
		return kyc.EKey(kyc.Invalid, "error.passkey", "no")
	}
	return nil
}
func (sessions) RemovePasskey(context.Context, kyc.TenantID, string, string, credential.Client) error {
	return nil
}

// Of rates by length.
func (sessions) Of(_ context.Context, _ kyc.TenantID, password string, _ []string, _ credential.Client) (int, []kyc.Problem, error) {
	if password == "password" {
		return 0, []kyc.Problem{kyc.P("", "password.breached")}, nil
	}
	return min(4, len(password)/5), nil, nil
}

func (sessions) Account(_ context.Context, _ kyc.TenantID, token string) (kyc.AccountID, error) {
	if token != "st.demo.x" && token != "st.demo.stale" {
		return "", kyc.E(kyc.Unauthorized, "no session")
	}
	return "acc", nil
}
func (sessions) SignOut(context.Context, kyc.TenantID, string) error { return nil }
func (sessions) Statement(context.Context, kyc.TenantID, kyc.AccountID) (*account.Statement, error) {
	return &account.Statement{Account: kyc.Account{ID: "acc", State: "active", Created: kyc.At(noon)}, Market: "shop.title",
		Tier: shopFlow().Tiers[0], Higher: shopFlow().Tiers[1:], Logins: []account.Login{{Kind: kyc.Email, Masked: "m•••@example.com"}},
		Balances: []kyc.Balance{{Currency: "USD"}, {Currency: "CNY", Minor: 123456}}}, nil
}

type house struct {
	*fiber.App
	service *service
	log     *bytes.Buffer
	cookies string
}

func open(t testing.TB) *house { return openWith(t, &asked{}) }

func openWith(t testing.TB, rights apply.Rights) *house {
	t.Helper()
	bundle, err := locales.Load()
	if err != nil {
		t.Fatal(err)
	}
	if bundle, err = bundle.With(words()); err != nil {
		t.Fatal(err)
	}
	h := &house{service: &service{view: *formView()}, log: &bytes.Buffer{}, cookies: "pf_app=" + token}
	pages, err := web.New(web.Options{Printer: bundle.Printer, Locales: []kyc.Locale{"en", "zh-Hans", "ar", "fr", "ru", "zh-Hant"}, Tenants: store{},
		Secret: []byte(strings.Repeat("k", 32)), Random: rand.Reader, Clock: func() time.Time { return noon },
		Log: slog.New(slog.NewTextHandler(h.log, nil))}, apply.Area())
	if err != nil {
		t.Fatal(err)
	}
	h.App = pages.App(nil)
	apply.New(apply.Config{Pages: pages, Service: h.service, Tenants: store{}, Flows: store{}, Human: humans{},
		SignIn: sessions{}, Owner: sessions{}, Strength: sessions{}, Accounts: sessions{}, Readers: readings{}, Rights: rights, Base: "https://pay.example"}).Mount(h.App)
	return h
}

func (h *house) do(t testing.TB, req *http.Request) (*http.Response, string) {
	t.Helper()
	req.Header.Set("Cookie", h.cookies)
	res, err := h.Test(req, -1)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range res.Cookies() {
		h.cookies += "; " + c.Name + "=" + c.Value
	}
	body, err := io.ReadAll(res.Body)
	if err != nil && !errors.Is(err, io.EOF) {
		t.Fatal(err)
	}
	return res, string(body)
}

func (h *house) get(t testing.TB, path string) (*http.Response, string) {
	return h.do(t, httptest.NewRequest("GET", path, nil))
}

var tokenPattern = regexp.MustCompile(`name="_csrf" value="([^"]+)"`)

// csrf is a token of a page with a form.
func (h *house) csrf(t testing.TB) string {
	t.Helper()
	_, body := h.get(t, "/t/demo/start/shop")
	return tokenPattern.FindStringSubmatch(body)[1]
}

func (h *house) post(t testing.TB, path string, form url.Values) (*http.Response, string) {
	t.Helper()
	if form == nil {
		form = url.Values{}
	}
	form.Set("_csrf", h.csrf(t))
	req := httptest.NewRequest("POST", path, strings.NewReader(form.Encode()))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return h.do(t, req)
}
