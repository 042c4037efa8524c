package admin_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
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
	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/keyset"

	"github.com/paifang/paifang/core/contact"
	"github.com/paifang/paifang/core/credential"
	"github.com/paifang/paifang/core/factor"
	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/letter"
	"github.com/paifang/paifang/core/person"
	"github.com/paifang/paifang/core/review"
	"github.com/paifang/paifang/core/roster"
	"github.com/paifang/paifang/core/store"
	"github.com/paifang/paifang/core/store/storetest"
	keys "github.com/paifang/paifang/core/tenant"
	"github.com/paifang/paifang/core/vault"
	"github.com/paifang/paifang/locales"
	"github.com/paifang/paifang/policies"
	"github.com/paifang/paifang/portal/admin"
	"github.com/paifang/paifang/portal/web"
)

const tenant kyc.TenantID = "demo"

// own is a role of the tenant's own.
const own = kyc.OwnRole + "night"

var ctx = context.Background()

// house is the staff's door on a real store, vault and desk.
type house struct {
	t     testing.TB
	app   *fiber.App
	door  *admin.Door
	store *store.Store
	vault *vault.Vault
	now   time.Time
	case_ kyc.Case
	file  kyc.File
	stale bool // staff have to show anew who they are
}

func newHouse(t *testing.T) *house {
	t.Helper()
	h := &house{t: t, store: storetest.SQLite(t), now: storetest.Now.Time()}
	clock := func() time.Time { return h.now }
	handle, err := keyset.NewHandle(aead.AES256GCMKeyTemplate())
	h.ok(err)
	master, err := aead.New(handle)
	h.ok(err)
	h.vault = vault.New(vault.Config{Master: master, Keys: h.store, Clock: clock})
	may, err := policies.NewFor(h.store, clock, slog.New(slog.DiscardHandler))
	h.ok(err)
	known, err := contact.LoadKnown()
	h.ok(err)
	warden := &contact.Warden{Known: known, Store: h.store}
	desk := review.New(review.Config{Store: h.store, Vault: h.vault, Flows: flows{}, Files: files{},
		Applications: effects{}, Authorizer: may, Sending: warden, Rights: person.New(person.Config{Store: h.store, Keys: h.vault, Files: files{}, Clock: clock, IDs: storetest.ID}), Providers: providers, Clock: clock, IDs: storetest.ID})
	bundle, err := locales.Load()
	h.ok(err)
	area, err := admin.Area()
	h.ok(err)
	renderer, err := web.New(web.Options{Printer: bundle.Printer, Locales: []kyc.Locale{"zh-Hans", "en", "ar", "fr", "ru", "zh-Hant"}, Tenants: h.store,
		Secret: bytes.Repeat([]byte{7}, 32), Random: rand.Reader, Clock: clock}, area)
	h.ok(err)
	h.door = admin.New(admin.Config{Renderer: renderer, Desk: desk, Roster: roster.New(roster.Config{Store: h.store, Authorizer: may, Letters: &letter.Writer{Vault: h.vault, Clock: clock, IDs: storetest.ID, Random: rand.Reader}, Locales: []kyc.Locale{"en", "ar"}, Clock: clock, IDs: storetest.ID}), Sessions: sessions{store: h.store, stale: &h.stale}, Rollouts: board(h.store), Offers: offers(h.store, h.vault, may),
		Keys: &keys.Desk{Authorizer: may, Office: &keys.Office{Store: h.store, Clock: clock, IDs: storetest.ID, Random: rand.Reader}}})
	h.app = renderer.App(nil)
	h.door.Mount(h.app)
	h.found()
	return h
}

// found makes two tenants with a member of staff for each role, and one case.
func (h *house) found() {
	for _, id := range []kyc.TenantID{tenant, "other", policies.OperatorTenant} {
		sealed, err := h.vault.NewTenant(context.Background(), id)
		h.ok(err)
		change := kyc.Change{kyc.SaveTenant{Tenant: kyc.Tenant{ID: id, Name: "Nordlicht Market", Locales: kyc.LocaleList{"en"}, Created: storetest.Now}},
			kyc.SaveTenantKeys{TenantKeys: sealed}}
		for _, role := range policies.Roles() {
			change = append(change, kyc.SaveStaff{Staff: kyc.Staff{Tenant: id, ID: kyc.StaffID(role), Login: role, Name: names[role],
				Role: role, Hash: "x", Locale: "en", State: "active", Created: storetest.Now}})
		}
		h.ok(h.store.Commit(ctx, id, change))
	}
	h.ok(h.store.Commit(ctx, tenant, kyc.Change{
		kyc.SaveTenantMarket{TenantMarket: kyc.TenantMarket{Tenant: tenant, Market: "overseas", Enabled: true}},
		kyc.SaveTenantMarket{TenantMarket: kyc.TenantMarket{Tenant: tenant, Market: "mainland", Enabled: true}},
		kyc.SaveRole{Role: kyc.Role{Tenant: tenant, ID: own, Version: 1, Name: "Night shift", State: kyc.RoleActive, By: "tenant_admin", At: storetest.Now,
			Rules: []kyc.RoleRule{{Permission: "case.read", Markets: kyc.TextList{"mainland"}, Classes: kyc.TextList{"*"}, Risks: kyc.TextList{"low"}}}}},
		kyc.SaveStaff{Staff: kyc.Staff{Tenant: tenant, ID: "colleague", Login: "colleague", Name: "Cora Colleague", Role: "viewer", Hash: "x", Locale: "en", State: "active", Created: storetest.Now}}}))
	h.case_, h.file = h.apply("ANNA MARIA ERIKSSON", "L898902C3", "ar", storetest.Now+kyc.Millis(3*time.Hour/time.Millisecond))
}

var names = map[string]string{"viewer": "Vera Viewer", "reviewer": "Rui Reviewer", "senior_reviewer": "Sana Senior",
	"compliance_officer": "Chen Compliance", "tenant_admin": "Tomas Admin", "platform_operator": "Olga Operator"}

// apply makes an application in review, with everything that a case can show.
func (h *house) apply(name, number string, locale kyc.Locale, due kyc.Millis) (kyc.Case, kyc.File) {
	h.t.Helper()
	app := storetest.Application(tenant)
	app.Market, app.State, app.Locale = "overseas", kyc.InReview, locale
	wrapped, err := h.vault.NewApplicant(ctx, tenant, app.Applicant)
	h.ok(err)
	seal := func(column string, v kyc.Values) []byte {
		plain, err := json.Marshal(v)
		h.ok(err)
		sealed, err := h.vault.Seal(ctx, tenant, app.Applicant, column, plain)
		h.ok(err)
		return sealed
	}
	index, err := h.vault.Index(ctx, tenant, "passport:DE", number)
	h.ok(err)
	c := kyc.Case{Tenant: tenant, ID: kyc.CaseID(storetest.ID()), Application: app.ID, Applicant: app.Applicant, Market: app.Market,
		Locale: locale, State: kyc.CaseOpen, Version: 1, Risk: "medium", Opened: storetest.Now - 5400_000, Due: due}
	f := kyc.File{Tenant: tenant, ID: kyc.FileID(storetest.ID()), Application: app.ID, Applicant: app.Applicant, Requirement: "passport",
		Side: "data_page", State: kyc.FileCurrent, MediaType: "image/png", Size: 2_345_678, Width: 1250, Height: 880,
		Digest: storetest.Hash(string(app.ID)), Original: "o", Rendition: "r", Key: []byte("k"), Created: storetest.Now - 5400_000}
	check := func(name string, result kyc.CheckResult, reason string, evidence kyc.Values) kyc.SaveCheck {
		k := kyc.Check{Tenant: tenant, ID: kyc.CheckID(storetest.ID()), Application: app.ID, Name: name, CheckVersion: "1",
			Inputs: storetest.Hash(string(app.ID)), Result: result, Evidence: seal(kyc.SealedEvidence, evidence),
			Source: "automatic", Duration: 180, At: storetest.Now - 60_000}
		if reason != "" {
			k.Reasons = kyc.ReasonList{kyc.NewReason(reason, kyc.Subject{Kind: "field"}, kyc.Source{Kind: "automatic"}, nil)}
		}
		return kyc.SaveCheck{Check: k}
	}
	h.ok(h.store.Commit(ctx, tenant, kyc.Change{
		kyc.CreateApplicant{Tenant: tenant, ID: app.Applicant, Wrapped: wrapped, At: storetest.Now},
		kyc.CreateApplication{Application: app},
		kyc.SaveStep{StepRecord: kyc.StepRecord{Tenant: tenant, Application: app.ID, Step: "profile", State: kyc.StepDone, Provider: "overseas 1.0.0",
			Updated: storetest.Now, Values: seal(kyc.OfStep(kyc.SealedStepValues, "profile"), kyc.Values{"name_latin": name, "birth_date": "1974-08-12", "gender": "female",
				"document_number": number, "nationality": "DE", "address.country": "DE", "address.locality": "Köln",
				"address.line1": "Domkloster 4", "refund_to_balance": "true"})}},
		kyc.SaveFile{File: f},
		kyc.SaveIdentifier{Identifier: kyc.Identifier{Tenant: tenant, ID: kyc.IdentifierID(storetest.ID()), Applicant: app.Applicant,
			Application: app.ID, Step: "profile", Kind: "id:passport:DE", Index: index, State: kyc.Reserved, Updated: storetest.Now}},
		check("mrz", kyc.Pass, "", kyc.Values{"check_digits": "agree"}),
		check("age", kyc.Pass, "", kyc.Values{"age": "52", "min_age": "18"}),
		check("agreement", kyc.Refer, "data.birth_date_mismatch", kyc.Values{
			"name": "agrees", "name.typed": name, "name.read": name, "document_number": "agrees", "document_number.typed": number, "document_number.read": number,
			"birth_date": "differs", "birth_date.typed": "1974-08-12", "birth_date.read": "1974-08-21"}),
		kyc.SaveCase{Case: c},
		kyc.AppendAudit{AuditLine: kyc.AuditLine{Tenant: tenant, ID: kyc.AuditID(storetest.ID()), At: storetest.Now - 5400_000,
			Actor: kyc.Actor{Kind: "applicant", ID: string(app.Applicant)}, Action: "application.submitted", ObjectKind: "application", ObjectID: string(app.ID)}},
	}))
	return c, f
}

func (h *house) ok(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

// visitor is a browser without scripts.
type visitor struct {
	*house
	cookies map[string]string
}

func (h *house) as(role string) *visitor {
	v := &visitor{house: h, cookies: map[string]string{}}
	if role != "" {
		v.cookies["pf_staff"] = "dt." + string(tenant) + "." + role
	}
	return v
}

func (v *visitor) do(method, path string, form url.Values) (*http.Response, string) {
	v.t.Helper()
	req := httptest.NewRequest(method, path, strings.NewReader(form.Encode()))
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for name, value := range v.cookies {
		req.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	res, err := v.app.Test(req, -1)
	v.ok(err)
	body, err := io.ReadAll(res.Body)
	v.ok(err)
	v.ok(res.Body.Close())
	for _, c := range res.Cookies() {
		v.cookies[c.Name] = c.Value
	}
	return res, string(body)
}

func (v *visitor) get(path string) (*http.Response, string) { return v.do("GET", path, nil) }

var token = regexp.MustCompile(`name="_csrf" value="([^"]+)"`)

// post sends a form as it stands on the page, with more.
func (v *visitor) post(page, path string, form url.Values) (*http.Response, string) {
	v.t.Helper()
	_, body := v.get(page)
	all := url.Values{}
	for name, values := range form {
		all[name] = values
	}
	if m := token.FindStringSubmatch(body); m != nil {
		all.Set("_csrf", m[1])
	}
	for _, name := range []string{"evidence", "version"} {
		if m := regexp.MustCompile(`name="` + name + `" value="([^"]+)"`).FindStringSubmatch(body); m != nil && !all.Has(name) {
			all.Set(name, m[1])
		}
	}
	return v.do("POST", path, all)
}

// sessions knows a token "dt.<tenant>.<staff>".
type sessions struct {
	admin.Sessions
	store *store.Store
	stale *bool // somebody has to show anew who they are
}

func (s sessions) SignInStaff(ctx context.Context, tenant kyc.TenantID, login, password string, _ credential.Client) (credential.Entry, error) {
	staff, err := s.store.StaffByLogin(ctx, tenant, login)
	if err != nil || password != "correct" {
		return credential.Entry{}, kyc.EKey(kyc.Unauthorized, "error.sign_in", "wrong")
	}
	e := credential.Entry{Token: "dp." + string(tenant) + "." + string(staff.ID), Next: credential.NextSecond}
	if login == "senior_reviewer" {
		e.Next = credential.NextEnrol
	}
	return e, nil
}

func (sessions) Second(_ context.Context, token string, proof credential.Proof, _ credential.Client) (credential.Entry, error) {
	if proof.Code != "123456" {
		return credential.Entry{}, kyc.EKey(kyc.Unauthorized, "error.second_factor", "wrong")
	}
	return credential.Entry{Token: strings.Replace(token, "dp.", "dt.", 1), Left: -1}, nil
}

func (s sessions) linked(ctx context.Context, token string) (kyc.Staff, error) {
	if token != "good" && token != ":token" {
		return kyc.Staff{}, kyc.EKey(kyc.Gone, "error.link_gone", "no link")
	}
	return s.store.Staff(ctx, tenant, "colleague")
}

func (s sessions) Invited(ctx context.Context, _ kyc.TenantID, token string) (kyc.Staff, error) {
	return s.linked(ctx, token)
}

func (s sessions) Resetting(ctx context.Context, _ kyc.TenantID, token string) (kyc.Staff, error) {
	return s.linked(ctx, token)
}

func (s sessions) Join(ctx context.Context, _ kyc.TenantID, token, password string, _ credential.Client) (credential.Entry, error) {
	if _, err := s.linked(ctx, token); err != nil {
		return credential.Entry{}, err
	}
	return credential.Entry{Token: "dp.demo.colleague", Next: credential.NextEnrol}, s.ChangePassword(ctx, "", password)
}

func (s sessions) SetForgotten(ctx context.Context, _ kyc.TenantID, token, password string) error {
	if _, err := s.linked(ctx, token); err != nil {
		return err
	}
	return s.ChangePassword(ctx, "", password)
}

func (sessions) Forgot(context.Context, kyc.TenantID, string, credential.Client) error { return nil }

func (sessions) Passkeys(host string) bool { return host == "example.com" }

func (sessions) Pending(_ context.Context, token string) (factor.Holds, error) {
	if !strings.HasPrefix(token, "dp.") {
		return factor.Holds{}, kyc.EKey(kyc.Unauthorized, "error.signed_out", "no sign-in")
	}
	return factor.Holds{Factors: []factor.Held{{ID: "f1", Kind: "totp"}, {ID: "f3", Kind: "passkey"}}}, nil
}

func (sessions) OfferApp(_ context.Context, token, _ string) (factor.Offer, error) {
	if !strings.HasPrefix(token, "dp.") {
		return factor.Offer{}, kyc.EKey(kyc.Unauthorized, "error.signed_out", "no sign-in")
	}
	return factor.Offer{Secret: "ABCD EFGH", URI: "otpauth://totp/Demo:lena?secret=ABCDEFGH", Ticket: "ticket"}, nil
}

func (sessions) EnrolApp(_ context.Context, token, ticket, code string, _ credential.Client) (credential.Enrolled, error) {
	if code != "123456" || ticket != "ticket" {
		return credential.Enrolled{}, kyc.EKey(kyc.Invalid, "error.code_wrong", "wrong")
	}
	return credential.Enrolled{Entry: credential.Entry{Token: strings.Replace(token, "dp.", "dt.", 1), Left: -1}, Codes: []string{"abcd-efgh-jkmn"}}, nil
}

func (sessions) Security(context.Context, string) (credential.Security, error) {
	return credential.Security{Holds: factor.Holds{Recovery: 9, Factors: []factor.Held{{ID: "f1", Kind: "totp", Name: "Work <b>phone"}, {ID: "f2", Kind: "totp"}}},
		Sessions: []credential.SeenSession{{ID: "s1", Agent: "Firefox · Linux", Created: storetest.Now, Seen: storetest.Now, Current: true}, {ID: "s2", Created: storetest.Now, Seen: storetest.Now}}}, nil
}

func (s sessions) OfferAnother(ctx context.Context, _, ticket string) (factor.Offer, error) {
	return s.OfferApp(ctx, "dp.", ticket)
}

func (sessions) ChangePassword(_ context.Context, _, password string) error {
	if len(password) < 12 {
		return kyc.EKey(kyc.Invalid, "problem.password.short", "short")
	}
	return nil
}

func (s sessions) Fresh(context.Context, string) error {
	if *s.stale {
		return kyc.EKey(kyc.Forbidden, "error.reauthentication_required", "too long ago")
	}
	return nil
}

func (s sessions) Confirm(_ context.Context, _ string, proof credential.Proof, _ credential.Client) error {
	if proof.Password != "correct" {
		return kyc.EKey(kyc.Unauthorized, "error.second_factor", "wrong")
	}
	*s.stale = false
	return nil
}

func (s sessions) StaffOf(ctx context.Context, token string) (kyc.Staff, error) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return kyc.Staff{}, kyc.EKey(kyc.Unauthorized, "error.signed_out", "no session")
	}
	staff, err := s.store.Staff(ctx, kyc.TenantID(parts[1]), kyc.StaffID(parts[2]))
	if err != nil {
		return kyc.Staff{}, kyc.EKey(kyc.Unauthorized, "error.signed_out", "no session")
	}
	return staff, nil
}

func (sessions) SignOut(context.Context, string) error { return nil }

func providers(context.Context) []review.Provider {
	return []review.Provider{
		{Name: "mainland", Version: "1.0.0", Kind: "market", State: "ready", Since: storetest.Now - 86_400_000},
		{Name: "smtp", Version: "1.0.0", Kind: "messenger", State: "backoff", Reason: "exit status 2", Restarts: 3, Since: storetest.Now - 5000},
	}
}

// effects is what the pipeline would do with the application.
type effects struct{}

func (effects) to(app kyc.Application, s kyc.State) (kyc.Change, error) {
	expect := app.Version
	app.State = s
	return kyc.Change{kyc.UpdateApplication{Application: app, Expect: expect}}, nil
}

func (e effects) Approve(_ context.Context, _ kyc.TenantID, app kyc.Application, _ kyc.Decision) (kyc.Change, error) {
	return e.to(app, kyc.Activated)
}

func (e effects) Reject(_ context.Context, _ kyc.TenantID, app kyc.Application, _ kyc.Decision) (kyc.Change, error) {
	return e.to(app, kyc.Rejected)
}

func (e effects) AskAgain(_ context.Context, _ kyc.TenantID, app kyc.Application, _ kyc.Decision, _ map[string][]kyc.Reason, _ string) (kyc.Change, error) {
	return e.to(app, kyc.NeedsApplicant)
}

// flows is a market like "overseas".
type flows struct{}

func (flows) Flow(context.Context, kyc.MarketID, string) (*kyc.Flow, error) {
	return &kyc.Flow{Market: "overseas", Title: "Overseas", Version: "1.0.0", Steps: []kyc.Step{
		{ID: "profile", Kind: kyc.ProfileStep, Title: "admin.case.data", Fields: []kyc.Field{
			{Name: "name_latin", Type: kyc.NameField, PII: kyc.PIIIdentity, Label: "admin.evidence.name"},
			{Name: "birth_date", Type: kyc.DateField, PII: kyc.PIIIdentity, Label: "admin.evidence.birth_date"},
			{Name: "gender", Type: kyc.TextField, PII: kyc.PIIIdentity, Label: "admin.evidence.gender"},
			{Name: "document_number", Type: kyc.NumberField, PII: kyc.PIIIdentity, Label: "admin.evidence.document_number"},
			{Name: "nationality", Type: kyc.CountryField, PII: kyc.PIINone, Label: "admin.evidence.nationality"},
			{Name: "address", Type: kyc.AddressField, PII: kyc.PIISensitive},
			{Name: "refund_to_balance", Type: kyc.CheckboxField, PII: kyc.PIINone},
		}},
		{ID: "documents", Kind: kyc.DocumentsStep, Documents: []kyc.Requirement{
			{ID: "passport", Kind: "passport", Label: "admin.identity.passport", Sides: []kyc.Side{{Name: "data_page", Label: "data page"}, {Name: "back", Label: "back"}}}}},
	}}, nil
}

// files draws something like a passport's page.
type files struct{}

func (files) Open(_ context.Context, f kyc.File, rendition bool) (io.ReadCloser, string, error) {
	if !rendition {
		return io.NopCloser(strings.NewReader("<script>alert(1)</script>")), f.MediaType, nil
	}
	m := image.NewRGBA(image.Rect(0, 0, 1250, 880))
	fill := func(x0, y0, x1, y1 int, c color.Color) {
		draw.Draw(m, image.Rect(x0, y0, x1, y1), &image.Uniform{c}, image.Point{}, draw.Src)
	}
	fill(0, 0, 1250, 880, color.RGBA{226, 232, 224, 255})
	fill(60, 120, 420, 600, color.RGBA{150, 165, 160, 255})
	for i := range 7 {
		fill(480, 140+i*66, 480+300+(i*97)%380, 164+i*66, color.RGBA{70, 80, 84, 255})
	}
	for i := range 44 {
		fill(60+i*26, 700, 76+i*26, 732, color.RGBA{30, 34, 36, 255})
		fill(60+i*26, 770, 72+i*26, 802, color.RGBA{30, 34, 36, 255})
	}
	var b bytes.Buffer
	return io.NopCloser(&b), "image/jpeg", jpeg.Encode(&b, m, nil)
}

func (effects) TakeBack(context.Context, kyc.TenantID, kyc.ApplicationID, kyc.StaffID) error {
	return nil
}

func (files) Keep(context.Context, *kyc.File, io.Reader) error { return nil }
func (files) Remove(context.Context, kyc.File) error           { return nil }
