package review_test

import (
	"context"
	"encoding/json"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/keyset"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/review"
	"github.com/paifang/paifang/core/store"
	"github.com/paifang/paifang/core/store/storetest"
	"github.com/paifang/paifang/core/vault"
	"github.com/paifang/paifang/policies"
)

// house is a desk on a real store and vault, with one case about the passport
// of the Utopian specimen.
type house struct {
	*review.Desk
	t      testing.TB
	store  *store.Store
	vault  *vault.Vault
	mu     sync.Mutex
	now    time.Time
	app    kyc.Application
	case_  kyc.Case
	file   kyc.File
	events *effects
}

const tenant kyc.TenantID = "demo"

var ctx = context.Background()

func newHouse(t *testing.T, s *store.Store) *house {
	t.Helper()
	handle, err := keyset.NewHandle(aead.AES256GCMKeyTemplate())
	check(t, err)
	master, err := aead.New(handle)
	check(t, err)
	h := &house{t: t, store: s, now: storetest.Now.Time(), events: &effects{}}
	h.vault = vault.New(vault.Config{Master: master, Keys: s, Clock: h.clock})
	may, err := policies.New()
	check(t, err)
	h.Desk = review.New(review.Config{Store: s, Vault: h.vault, Flows: flows{}, Files: files{},
		Applications: h.events, Authorizer: may, Providers: func(context.Context) []review.Provider { return nil }, Clock: h.clock, IDs: storetest.ID})
	keys, err := h.vault.NewTenant(context.Background(), tenant)
	check(t, err)
	h.commit(kyc.SaveTenant{Tenant: kyc.Tenant{ID: tenant, Name: "Demo", Locales: kyc.LocaleList{"en"}, Created: storetest.Now}},
		kyc.SaveTenantKeys{TenantKeys: keys})
	for _, role := range policies.Roles() {
		h.hire(role, role)
	}
	h.app, h.case_ = h.apply("ERIKSSON ANNA MARIA", "L898902C3", storetest.Now+kyc.Millis(time.Hour.Milliseconds()))
	found, err := s.Files(ctx, tenant, h.app.ID)
	check(t, err)
	h.file = found[0]
	return h
}

func (h *house) clock() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.now
}

func (h *house) later(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.now = h.now.Add(d)
}

func (h *house) commit(writes ...kyc.Write) {
	h.t.Helper()
	check(h.t, h.store.Commit(ctx, tenant, writes))
}

func (h *house) hire(id, role string) {
	h.commit(kyc.SaveStaff{Staff: kyc.Staff{Tenant: tenant, ID: kyc.StaffID(id), Login: id, Name: "Name of " + id,
		Role: role, Hash: "x", Locale: "en", State: "active", Created: storetest.Now}})
}

func (h *house) who(id string) review.Who {
	s, err := h.store.Staff(ctx, tenant, kyc.StaffID(id))
	check(h.t, err)
	return review.Who{Staff: s, Tenant: tenant}
}

// apply makes an application in review with profile, passport, check and case.
func (h *house) apply(name, number string, due kyc.Millis) (kyc.Application, kyc.Case) {
	h.t.Helper()
	return h.applyTo("overseas", name, number, due)
}

func (h *house) applyTo(market kyc.MarketID, name, number string, due kyc.Millis) (kyc.Application, kyc.Case) {
	h.t.Helper()
	app := storetest.Application(tenant)
	app.Market, app.State, app.Locale = market, kyc.InReview, "ar"
	wrapped, err := h.vault.NewApplicant(ctx, tenant, app.Applicant)
	check(h.t, err)
	h.commit(kyc.CreateApplicant{Tenant: tenant, ID: app.Applicant, Wrapped: wrapped, At: storetest.Now},
		kyc.CreateApplication{Application: app})
	values := h.seal(app, kyc.OfStep(kyc.SealedStepValues, "profile"), kyc.Values{"name_latin": name, "birth_date": "1974-08-12",
		"document_number": number, "nationality": "UTO", "address.country": "DE", "address.locality": "Köln", "refund_to_balance": "true"})
	evidence := h.seal(app, kyc.SealedEvidence, kyc.Values{"name": "agrees", "name.typed": name, "name.read": "ANNA MARIA ERIKSSON",
		"birth_date": "differs", "birth_date.typed": "1974-08-12", "birth_date.read": "1974-08-21"})
	index, err := h.vault.Index(ctx, tenant, "passport:UTO", number)
	check(h.t, err)
	c := kyc.Case{Tenant: tenant, ID: kyc.CaseID(storetest.ID()), Application: app.ID, Applicant: app.Applicant, Market: app.Market,
		Locale: app.Locale, State: kyc.CaseOpen, Version: 1, Risk: "medium", Opened: storetest.Now, Due: due}
	h.commit(
		kyc.SaveStep{StepRecord: kyc.StepRecord{Tenant: tenant, Application: app.ID, Step: "profile", State: kyc.StepDone,
			Values: values, Provider: "1.0.0", Updated: storetest.Now}},
		kyc.SaveFile{File: kyc.File{Tenant: tenant, ID: kyc.FileID(storetest.ID()), Application: app.ID, Applicant: app.Applicant,
			Requirement: "passport", Side: "data_page", State: kyc.FileCurrent, MediaType: "image/jpeg", Size: 7, Width: 3, Height: 2,
			Digest: storetest.Hash(string(app.ID)), Original: "o", Rendition: "r", Key: []byte("k"), Created: storetest.Now}},
		kyc.SaveIdentifier{Identifier: kyc.Identifier{Tenant: tenant, ID: kyc.IdentifierID(storetest.ID()), Applicant: app.Applicant,
			Application: app.ID, Step: "profile", Kind: "id:passport:UTO", Index: index, State: kyc.Reserved, Updated: storetest.Now}},
		h.found(app, evidence), kyc.SaveCase{Case: c})
	return app, c
}

func (h *house) found(app kyc.Application, evidence []byte) kyc.SaveCheck {
	id := storetest.ID()
	return kyc.SaveCheck{Check: kyc.Check{Tenant: tenant, ID: kyc.CheckID(id), Application: app.ID, Name: "agreement",
		CheckVersion: "1", Inputs: storetest.Hash(id), Result: kyc.Refer, Evidence: evidence, Source: "automatic", At: storetest.Now}}
}

func (h *house) seal(app kyc.Application, column string, v kyc.Values) []byte {
	h.t.Helper()
	plain, err := json.Marshal(v)
	check(h.t, err)
	sealed, err := h.vault.Seal(ctx, tenant, app.Applicant, column, plain)
	check(h.t, err)
	return sealed
}

// lines are the actions recorded about the case, oldest first.
func (h *house) lines() []kyc.AuditLine {
	h.t.Helper()
	found, err := h.store.AuditLines(ctx, tenant, kyc.AuditFilter{ObjectKind: "case", ObjectID: string(h.case_.ID)}, "", 0)
	check(h.t, err)
	for i, j := 0, len(found)-1; i < j; i, j = i+1, j-1 {
		found[i], found[j] = found[j], found[i]
	}
	return found
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wants(t testing.TB, err error, code kyc.Code, key string) {
	t.Helper()
	if kyc.CodeOf(err) != code || !strings.Contains(keyOf(err), key) {
		t.Errorf("error is %v (key %q), want %s %s", err, keyOf(err), code, key)
	}
}

// effects is what the pipeline would write, and a note of what it was asked.
type effects struct {
	again map[string][]kyc.Reason
	note  string
	asked []kyc.Outcome
}

func (e *effects) move(app kyc.Application, o kyc.Outcome, to kyc.State) (kyc.Change, error) {
	e.asked = append(e.asked, o)
	expect := app.Version
	app.State = to
	return kyc.Change{kyc.UpdateApplication{Application: app, Expect: expect}}, nil
}

func (e *effects) Approve(_ context.Context, _ kyc.TenantID, app kyc.Application, d kyc.Decision) (kyc.Change, error) {
	return e.move(app, d.Outcome, kyc.Activated)
}

func (e *effects) Reject(_ context.Context, _ kyc.TenantID, app kyc.Application, d kyc.Decision) (kyc.Change, error) {
	return e.move(app, d.Outcome, kyc.Rejected)
}

func (e *effects) AskAgain(_ context.Context, _ kyc.TenantID, app kyc.Application, d kyc.Decision, again map[string][]kyc.Reason, note string) (kyc.Change, error) {
	e.again, e.note = again, note
	return e.move(app, d.Outcome, kyc.NeedsApplicant)
}

// flows is a market like "overseas".
type flows struct{}

func (flows) Flow(context.Context, kyc.MarketID, string) (*kyc.Flow, error) {
	return &kyc.Flow{Market: "overseas", Title: "overseas.title", Version: "1.0.0", Steps: []kyc.Step{
		{ID: "profile", Kind: kyc.ProfileStep, Title: "overseas.profile.title", Fields: []kyc.Field{
			{Name: "name_latin", Type: kyc.NameField, PII: kyc.PIIIdentity, Label: "overseas.name"},
			{Name: "birth_date", Type: kyc.DateField, PII: kyc.PIIIdentity},
			{Name: "document_number", Type: kyc.NumberField, PII: kyc.PIIIdentity},
			{Name: "nationality", Type: kyc.CountryField},
			{Name: "address", Type: kyc.AddressField, PII: kyc.PIISensitive},
			{Name: "refund_to_balance", Type: kyc.CheckboxField, PII: kyc.PIINone},
		}},
		{ID: "credentials", Kind: kyc.CredentialsStep},
		{ID: "documents", Kind: kyc.DocumentsStep, Documents: []kyc.Requirement{
			{ID: "passport", Kind: "passport", Label: "overseas.passport", Sides: []kyc.Side{{Name: "data_page", Label: "overseas.page"}}}}},
	}}, nil
}

type files struct{}

func (files) Open(_ context.Context, f kyc.File, rendition bool) (io.ReadCloser, string, error) {
	if rendition {
		return io.NopCloser(strings.NewReader("picture")), "image/jpeg", nil
	}
	return io.NopCloser(strings.NewReader("original")), f.MediaType, nil
}

func (e *effects) TakeBack(context.Context, kyc.TenantID, kyc.ApplicationID, kyc.StaffID) error {
	return nil
}
