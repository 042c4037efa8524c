package api_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/keyset"

	"github.com/paifang/paifang/core/api"
	"github.com/paifang/paifang/core/contact"
	"github.com/paifang/paifang/core/credential"
	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/letter"
	"github.com/paifang/paifang/core/person"
	"github.com/paifang/paifang/core/review"
	"github.com/paifang/paifang/core/roster"
	"github.com/paifang/paifang/core/store"
	"github.com/paifang/paifang/core/store/storetest"
	"github.com/paifang/paifang/core/tenant"
	"github.com/paifang/paifang/core/vault"
	"github.com/paifang/paifang/locales"
	"github.com/paifang/paifang/policies"
)

// house is the door of staff on a real store, vault and desk.
type house struct {
	t     *testing.T
	app   *fiber.App
	store *store.Store
	vault *vault.Vault
	desk  *review.Desk
	case_ kyc.Case
	again letters
	file  kyc.File
	stale bool // staff have to show anew who they are
}

// letters notes whom something was sent to again, and by whom.
type letters struct {
	to  []kyc.ApplicationID
	by  []kyc.StaffID
	err error
}

func (l *letters) SendAgain(_ context.Context, _ kyc.TenantID, app kyc.ApplicationID, staff kyc.StaffID) error {
	l.to, l.by = append(l.to, app), append(l.by, staff)
	return l.err
}

var ctx = context.Background()

func newHouse(t *testing.T) *house {
	t.Helper()
	h := &house{t: t, store: storetest.SQLite(t)}
	clock := func() time.Time { return storetest.Now.Time() }
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
	h.desk = review.New(review.Config{Store: h.store, Vault: h.vault, Flows: passportFlow{}, Files: drawings{}, Messages: &h.again,
		Applications: effects{}, Authorizer: may, Sending: warden, Rights: person.New(person.Config{Store: h.store, Keys: h.vault, Files: drawings{}, Clock: clock, IDs: storetest.ID}), Clock: clock, IDs: storetest.ID,
		Providers: func(context.Context) []review.Provider {
			return []review.Provider{{Name: "smtp", Version: "1.0.0", Kind: "messenger", State: "backoff", Reason: "exit status 2", Restarts: 3, Since: storetest.Now}}
		}})
	texts, err := locales.Load()
	h.ok(err)
	behind := &refusing{t: t}
	door, err := api.New(api.Config{Service: behind, Keys: behind, Sessions: behind, Tenants: tenants{noTenants{}, h.store}, Flows: noFlows{}, Puzzles: noPuzzles{},
		Statements: noStatements{}, Readers: noReaders{}, Staff: badges{store: h.store, stale: &h.stale}, Desk: h.desk, Roster: roster.New(roster.Config{Store: h.store, Authorizer: may, Letters: &letter.Writer{Vault: h.vault, Clock: clock, IDs: storetest.ID, Random: rand.Reader}, Locales: []kyc.Locale{"en", "ar"}, Clock: clock, IDs: storetest.ID}), Rollouts: board(h.store), Printer: texts.Printer, Locales: []kyc.Locale{"en", "zh-Hans", "ar"},
		KeyDesk: &tenant.Desk{Authorizer: may, Office: &tenant.Office{Store: h.store, Clock: clock, IDs: storetest.ID, Random: rand.Reader}}, Clock: clock, Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
	h.ok(err)
	h.app = fiber.New(fiber.Config{Immutable: true, StreamRequestBody: true, ErrorHandler: door.Fail})
	door.Mount(h.app)
	h.found()
	return h
}

// found makes three tenants with a member of staff for each role, and one case.
func (h *house) found() {
	for _, id := range []kyc.TenantID{"demo", "other", policies.OperatorTenant} {
		keys, err := h.vault.NewTenant(context.Background(), id)
		h.ok(err)
		change := kyc.Change{kyc.SaveTenant{Tenant: kyc.Tenant{ID: id, Name: "Market", Locales: kyc.LocaleList{"en"}, Created: storetest.Now}},
			kyc.SaveTenantKeys{TenantKeys: keys}}
		for _, role := range policies.Roles() {
			for _, state := range []string{"active", "disabled"} {
				name := map[string]string{"active": role, "disabled": "gone_" + role}[state]
				change = append(change, kyc.SaveStaff{Staff: kyc.Staff{Tenant: id, ID: kyc.StaffID(name), Login: name, Name: "Name of " + role,
					Role: role, Hash: "x", Locale: "en", State: state, Created: storetest.Now}})
			}
		}
		h.ok(h.store.Commit(ctx, id, change))
	}
	for _, id := range []kyc.TenantID{"demo", "other"} {
		role := kyc.Role{Tenant: id, ID: kyc.OwnRole + string(id), Version: 1, Name: "Own of " + string(id), State: kyc.RoleActive, By: "tenant_admin", At: storetest.Now,
			Rules: []kyc.RoleRule{{Permission: "case.read", Markets: kyc.TextList{"mainland"}, Classes: kyc.TextList{"*"}, Risks: kyc.TextList{"*"}}}}
		h.ok(h.store.Commit(ctx, id, kyc.Change{kyc.SaveRole{Role: role},
			kyc.SaveStaff{Staff: kyc.Staff{Tenant: id, ID: kyc.StaffID("of_" + id), Login: "of_" + string(id), Name: "x", Role: "viewer", Hash: "x", State: "active"}}}))
	}
	h.case_, h.file = h.apply("demo", storetest.Now+3_600_000)
}

// apply makes an application in review with a profile, a passport and a check.
func (h *house) apply(tenant kyc.TenantID, due kyc.Millis) (kyc.Case, kyc.File) {
	app := storetest.Application(tenant)
	app.Market, app.State, app.Locale = "overseas", kyc.InReview, "ar"
	wrapped, err := h.vault.NewApplicant(ctx, tenant, app.Applicant)
	h.ok(err)
	seal := func(column string, v kyc.Values) []byte {
		plain, err := json.Marshal(v)
		h.ok(err)
		sealed, err := h.vault.Seal(ctx, tenant, app.Applicant, column, plain)
		h.ok(err)
		return sealed
	}
	c := kyc.Case{Tenant: tenant, ID: kyc.CaseID(storetest.ID()), Application: app.ID, Applicant: app.Applicant, Market: app.Market,
		Locale: app.Locale, State: kyc.CaseOpen, Version: 1, Risk: "medium", Opened: storetest.Now, Due: due}
	f := kyc.File{Tenant: tenant, ID: kyc.FileID(storetest.ID()), Application: app.ID, Applicant: app.Applicant, Requirement: "passport",
		Side: "data_page", State: kyc.FileCurrent, MediaType: "image/png", Size: 2345, Width: 12, Height: 8,
		Digest: storetest.Hash(string(app.ID)), Original: "o", Rendition: "r", Key: []byte("k"), Created: storetest.Now}
	h.ok(h.store.Commit(ctx, tenant, kyc.Change{
		kyc.CreateApplicant{Tenant: tenant, ID: app.Applicant, Wrapped: wrapped, At: storetest.Now},
		kyc.CreateApplication{Application: app},
		kyc.SaveStep{StepRecord: kyc.StepRecord{Tenant: tenant, Application: app.ID, Step: "profile", State: kyc.StepDone, Provider: "1.0.0",
			Updated: storetest.Now, Values: seal(kyc.OfStep(kyc.SealedStepValues, "profile"), kyc.Values{"name_latin": "ANNA MARIA ERIKSSON", "nationality": "SE"})}},
		kyc.SaveFile{File: f},
		kyc.SaveCheck{Check: kyc.Check{Tenant: tenant, ID: kyc.CheckID(storetest.ID()), Application: app.ID, Name: "agreement", CheckVersion: "1",
			Inputs: storetest.Hash("in"), Result: kyc.Refer, Source: "automatic", At: storetest.Now,
			Reasons:  kyc.ReasonList{kyc.NewReason("data.name_mismatch", kyc.Subject{Kind: "field"}, kyc.Source{Kind: "automatic"}, nil)},
			Evidence: seal(kyc.SealedEvidence, kyc.Values{"name": "differs", "name.typed": "ANNA MARIA ERIKSSON", "name.read": "ANNA ERIKSSON", "passport/data_page": "present", "others.passport:SE": "0"})}},
		kyc.SaveCase{Case: c},
	}))
	return c, f
}

func (h *house) ok(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

// reply is an answer as it came.
type reply struct {
	status int
	header http.Header
	body   []byte
}

// as makes a request with a staff token of the tenant "demo", as JSON.
func (h *house) as(staff, method, path string, body any) reply {
	h.t.Helper()
	token := ""
	if staff != "" {
		token = "dt.demo." + staff
	}
	return h.with(token, method, path, body)
}

func (h *house) with(token, method, path string, body any) reply {
	h.t.Helper()
	var text []byte
	if body != nil {
		var err error
		text, err = json.Marshal(body)
		h.ok(err)
	}
	req := httptest.NewRequest(method, path, bytes.NewReader(text))
	req.Header.Set("Content-Type", "application/json")
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := h.app.Test(req, -1)
	h.ok(err)
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	h.ok(err)
	return reply{resp.StatusCode, resp.Header, raw}
}

// into decodes an answer that must have a status.
func (r reply) into(t *testing.T, status int, out any) {
	t.Helper()
	if r.status != status {
		t.Fatalf("answers %d, want %d: %s", r.status, status, r.body)
	}
	if out != nil {
		if err := json.Unmarshal(r.body, out); err != nil {
			t.Fatal(err)
		}
	}
}

// refused wants a problem with a status and a code.
func (r reply) refused(t *testing.T, status int, code string) {
	t.Helper()
	var p api.Problem
	if err := json.Unmarshal(r.body, &p); err != nil || r.status != status || p.Code != code || p.Detail == "" {
		t.Errorf("answers %d %s, want %d %s", r.status, r.body, status, code)
	}
}

type tenants struct {
	noTenants
	store *store.Store
}

func (t tenants) Tenant(ctx context.Context, id kyc.TenantID) (kyc.Tenant, error) {
	return t.store.Tenant(ctx, id)
}

// badges knows a token "dt.<tenant>.<staff>".
type badges struct {
	api.StaffSessions
	store *store.Store
	stale *bool
}

func (b badges) SignInStaff(ctx context.Context, tenant kyc.TenantID, login, password string, _ credential.Client) (credential.Entry, error) {
	staff, err := b.store.StaffByLogin(ctx, tenant, login)
	if err != nil || password != "correct" {
		return credential.Entry{}, kyc.EKey(kyc.Unauthorized, "error.sign_in", "wrong")
	}
	return credential.Entry{Token: "dp." + string(tenant) + "." + string(staff.ID), Next: credential.NextSecond}, nil
}

func (badges) Second(_ context.Context, token string, proof credential.Proof, _ credential.Client) (credential.Entry, error) {
	if proof.Code != "123456" {
		return credential.Entry{}, kyc.EKey(kyc.Unauthorized, "error.second_factor", "wrong")
	}
	return credential.Entry{Token: strings.Replace(token, "dp.", "dt.", 1), Left: -1}, nil
}

func (b badges) Fresh(context.Context, string) error {
	if *b.stale {
		return kyc.EKey(kyc.Forbidden, "error.reauthentication_required", "too long ago")
	}
	return nil
}

func (b badges) Confirm(_ context.Context, _ string, proof credential.Proof, _ credential.Client) error {
	if proof.Password != "correct" {
		return kyc.EKey(kyc.Unauthorized, "error.second_factor", "wrong")
	}
	*b.stale = false
	return nil
}

func (b badges) StaffOf(ctx context.Context, token string) (kyc.Staff, error) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 || parts[0] != "dt" {
		return kyc.Staff{}, kyc.EKey(kyc.Unauthorized, "error.signed_out", "no session")
	}
	staff, err := b.store.Staff(ctx, kyc.TenantID(parts[1]), kyc.StaffID(parts[2]))
	if err != nil {
		return kyc.Staff{}, kyc.EKey(kyc.Unauthorized, "error.signed_out", "no session")
	}
	return staff, nil
}

func (badges) SignOut(context.Context, string) error { return nil }

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

// passportFlow is a market like "overseas".
type passportFlow struct{}

func (passportFlow) Flow(context.Context, kyc.MarketID, string) (*kyc.Flow, error) {
	return &kyc.Flow{Market: "overseas", Version: "1.0.0", Steps: []kyc.Step{
		{ID: "profile", Kind: kyc.ProfileStep, Title: "admin.case.data", Fields: []kyc.Field{
			{Name: "name_latin", Type: kyc.NameField, PII: kyc.PIIIdentity, Label: "admin.evidence.name"},
			{Name: "nationality", Type: kyc.CountryField, PII: kyc.PIINone, Label: "admin.evidence.nationality"},
		}},
		{ID: "documents", Kind: kyc.DocumentsStep, Documents: []kyc.Requirement{
			{ID: "passport", Kind: "passport", Label: "admin.identity.passport", Sides: []kyc.Side{{Name: "data_page", Label: "admin.case.documents"}}}}},
	}}, nil
}

type drawings struct{}

func (drawings) Open(_ context.Context, f kyc.File, rendition bool) (io.ReadCloser, string, error) {
	if rendition {
		return io.NopCloser(strings.NewReader("picture")), "image/jpeg", nil
	}
	return io.NopCloser(strings.NewReader("<script>alert(1)</script>")), f.MediaType, nil
}

func decode(r io.Reader, out any) error { return json.NewDecoder(r).Decode(out) }

func (effects) TakeBack(context.Context, kyc.TenantID, kyc.ApplicationID, kyc.StaffID) error {
	return nil
}

func (drawings) Keep(context.Context, *kyc.File, io.Reader) error { return nil }
func (drawings) Remove(context.Context, kyc.File) error           { return nil }
