package pipeline_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"image"
	"image/color"
	"image/jpeg"
	"io"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"gocloud.dev/blob/memblob"

	"github.com/paifang/paifang/core/account"
	"github.com/paifang/paifang/core/check"
	"github.com/paifang/paifang/core/contact"
	"github.com/paifang/paifang/core/contact/humantest"
	"github.com/paifang/paifang/core/credential"
	"github.com/paifang/paifang/core/evidence"
	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/pipeline"
	"github.com/paifang/paifang/core/recovery"
	"github.com/paifang/paifang/core/store"
	"github.com/paifang/paifang/core/vault"
)

const tenant kyc.TenantID = "demo"

// house is a pipeline on a real store with a made-up market.
type house struct {
	t      *testing.T
	store  *store.Store
	vault  *vault.Vault
	human  *contact.Human
	market *market
	*pipeline.Pipeline
	mu  sync.Mutex
	now time.Time
}

func newHouse(t *testing.T, s *store.Store) *house {
	t.Helper()
	h := &house{t: t, store: s, now: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)}
	master, err := keyset.NewHandle(aead.AES256GCMKeyTemplate())
	h.must(err)
	sealer, err := aead.New(master)
	h.must(err)
	h.vault = vault.New(vault.Config{Master: sealer, Keys: s, Clock: h.clock})
	h.human = &contact.Human{Index: h.vault, Random: rand.Reader, MaxNumber: 50}
	h.market = newMarket()
	keys, err := h.vault.NewTenant(context.Background(), tenant)
	h.must(err)
	h.must(s.Commit(context.Background(), tenant, kyc.Change{
		kyc.SaveTenant{Tenant: kyc.Tenant{ID: tenant, Name: "Demo", Locales: kyc.LocaleList{"en", "ar"}}},
		kyc.SaveTenantKeys{TenantKeys: keys},
		kyc.SaveTenantMarket{TenantMarket: kyc.TenantMarket{Tenant: tenant, Market: "made-up", Enabled: true, Config: []byte("{}")}},
		kyc.SaveLegal{LegalDocument: kyc.LegalDocument{Tenant: tenant, Name: "terms", Version: "1", Locale: "en", Title: "Terms", Text: "Be kind.", From: 1}},
		kyc.SaveLegal{LegalDocument: kyc.LegalDocument{Tenant: tenant, Name: "privacy", Version: "1", Locale: "en", Title: "Privacy", Text: "Be discreet.", From: 1}},
	}))
	h.build(memory{})
	return h
}

// memory are blobs that outlive a restart of the pipeline.
type memory struct{}

func (h *house) build(memory) {
	files := evidence.New(evidence.Config{Vault: h.vault, Blobs: memblob.OpenBucket(nil), Files: h.store.Files, Clock: h.clock, IDs: newID})
	h.Pipeline = pipeline.New(pipeline.Config{
		Store: h.store, Vault: h.vault, Markets: recovery.Markets{Next: h.market}, Human: h.human,
		Logins:    &credential.AccountSessions{Gate: credential.Gate{Store: h.store, Index: h.vault, Clock: h.clock}, Region: "CN"},
		Codes:     &contact.Maker{Index: h.vault, Sealer: h.vault, IDs: newID, Random: rand.Reader},
		Passwords: credential.NewHasher(credential.Options{Random: rand.Reader, Cost: credential.Cost{Memory: 64, Time: 1, Threads: 1}}),
		Files:     files, Checks: check.New(nil, h.clock).With("plain", "1", h.market.check), Geography: world{},
		Warden: &contact.Warden{Known: known(), Store: h.store},
		Herald: &account.Herald{Store: h.store, Names: opener{h.vault}, Codes: &contact.Maker{Index: h.vault, Sealer: h.vault, IDs: newID, Random: rand.Reader},
			Warden: &contact.Warden{Known: known(), Store: h.store}},
		StartsPerAddress: 1000, RecoveryWait: 24 * time.Hour, Clock: h.clock, IDs: newID, Random: rand.Reader, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
	})
}

// known is the shipped data, read once for all tests.
var known = sync.OnceValue(func() *contact.Known {
	k, err := contact.LoadKnown()
	if err != nil {
		panic(err)
	}
	return k
})

func (h *house) clock() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.now
}

func (h *house) pass(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.now = h.now.Add(d)
}

func (h *house) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

func newID() string { return uuid.Must(uuid.NewV7()).String() }

// solved is the solution of a fresh human test.
func (h *house) solved() string {
	h.t.Helper()
	p, err := h.human.Puzzle(context.Background(), tenant, h.clock())
	h.must(err)
	v, err := humantest.Solve(p)
	h.must(err)
	return v
}

// person is an applicant with an application.
type person struct {
	*house
	ref  pipeline.Ref
	view *pipeline.View
}

func (h *house) start() *person {
	h.t.Helper()
	v, token, err := h.Start(context.Background(), pipeline.Start{Tenant: tenant, Market: "made-up", Locale: "en", Client: pipeline.Client{Address: "192.0.2.1"}})
	h.must(err)
	return &person{h, pipeline.Ref{Tenant: tenant, Application: v.ID, Token: token, Client: pipeline.Client{Address: "192.0.2.1"}}, v}
}

func (p *person) submit(step string, values kyc.Values) *pipeline.View {
	p.t.Helper()
	v, err := p.Submit(context.Background(), p.ref, pipeline.Submission{Step: kyc.StepID(step), Values: values})
	p.must(err)
	p.view = v
	return v
}

func (p *person) account(phone string) *pipeline.View {
	p.t.Helper()
	return p.submit("account", kyc.Values{"phone": phone, "consent": "true", "human": p.solved()})
}

// message is the newest message of the application, opened.
func (p *person) message() kyc.MessageBody {
	p.t.Helper()
	list, err := p.store.Messages(context.Background(), tenant, p.ref.Application, 1)
	p.must(err)
	if len(list) == 0 {
		p.t.Fatal("no message")
	}
	return p.opened(list[0])
}

func (p *person) opened(m kyc.Message) kyc.MessageBody {
	p.t.Helper()
	plain, err := p.vault.Unseal(context.Background(), tenant, m.Applicant, contactColumn, m.Sealed)
	p.must(err)
	var body kyc.MessageBody
	p.must(json.Unmarshal(plain, &body))
	return body
}

const contactColumn = kyc.SealedMessage

func (p *person) prove() *pipeline.View {
	p.t.Helper()
	v, err := p.Answer(context.Background(), p.ref, p.view.Next.Challenge.ID, p.message().Params[contact.ParamCode])
	p.must(err)
	p.view = v
	return v
}

func (p *person) upload(requirement, side string) *pipeline.View {
	p.t.Helper()
	v, err := p.Upload(context.Background(), p.ref, requirement, side, bytes.NewReader(picture()))
	p.must(err)
	p.view = v
	return v
}

func (p *person) verify() *pipeline.View {
	p.t.Helper()
	p.must(p.Verify(context.Background(), kyc.Job{Tenant: tenant, Kind: kyc.JobVerify, Ref: string(p.ref.Application)}, 1))
	v, err := p.Get(context.Background(), p.ref)
	p.must(err)
	p.view = v
	return v
}

func picture() []byte {
	img := image.NewRGBA(image.Rect(0, 0, 800, 600))
	for x := range 800 {
		for y := range 600 {
			img.Set(x, y, color.RGBA{uint8(x), uint8(y), uint8(x * y), 255})
		}
	}
	var b bytes.Buffer
	_ = jpeg.Encode(&b, img, nil)
	return b.Bytes()
}

// world has two countries.
type world struct{}

func (world) Country(code string) bool                 { return code == "UT" || code == "CN" }
func (world) Address(string, kyc.Values) []kyc.Problem { return nil }

// market is a made-up provider: a phone, a name, a password, a picture.
type market struct {
	mu      sync.Mutex
	flow    kyc.Flow
	down    bool
	result  kyc.CheckResult
	finding func(q kyc.Question) kyc.Finding
	shipped func() (string, error) // how what the gateway came with describes itself
}

func newMarket() *market {
	return &market{result: kyc.Pass, flow: kyc.Flow{Market: "made-up", Provider: "made-up", Version: "1.0.0", Title: "made-up.title",
		Review: kyc.ReviewOnReferral, Checks: []string{"plain"}, Currencies: []string{"CNY", "USD"},
		Tiers: []kyc.Tier{{ID: "low", Label: "made-up.low"}, {ID: "high", Label: "made-up.high"}},
		Steps: []kyc.Step{
			{ID: "account", Kind: kyc.ContactStep, Title: "made-up.account", Consents: []string{"terms"},
				Proof: &kyc.Proof{Channel: "phone", Field: "phone", TTL: 10 * time.Minute, Login: true},
				Fields: []kyc.Field{{Name: "phone", Type: kyc.PhoneField, Required: true, Regions: []string{"CN"}},
					{Name: "consent", Type: kyc.ConsentField, Required: true}, {Name: "human", Type: kyc.HumanField, Required: true}}},
			{ID: "profile", Kind: kyc.ProfileStep, Title: "made-up.profile", Fields: []kyc.Field{
				{Name: "name", Type: kyc.NameField, Required: true, MaxLen: 60}, {Name: "kind", Type: kyc.SelectField, Required: true,
					Options: []kyc.Option{{Value: "plain"}, {Value: "pictured"}}}}},
			// The step and its document have the same id, as they may.
			{ID: "passport", Kind: kyc.DocumentsStep, Title: "made-up.picture", When: kyc.Condition{Field: "profile.kind", In: []string{"pictured"}},
				Documents: []kyc.Requirement{{ID: "passport", Kind: "passport", Sides: []kyc.Side{{Name: "data_page"}}}}},
			{ID: "secrets", Kind: kyc.CredentialsStep, Title: "made-up.secrets",
				Fields: []kyc.Field{{Name: "login_password", Type: kyc.PasswordField, Required: true}}},
		}}}
}

func (m *market) Flow(_ context.Context, id kyc.MarketID, _ string) (*kyc.Flow, error) {
	if id != m.flow.Market {
		return nil, kyc.E(kyc.NotFound, "no such market")
	}
	return &m.flow, nil
}

func (m *market) Choose(_ kyc.MarketID, _, pinned string) (string, error) {
	if pinned == kyc.ShippedVersion && m.shipped != nil {
		return m.shipped()
	}
	return m.flow.Version, nil
}

func (m *market) Evaluate(_ context.Context, q kyc.Question) (kyc.Finding, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.down {
		return kyc.Finding{}, kyc.E(kyc.Unavailable, "provider is down")
	}
	if m.finding != nil {
		return m.finding(q), nil
	}
	f := kyc.Finding{Tier: "high", Provider: kyc.Source{Kind: "provider", Name: "made-up", Version: "1.0.0"}}
	if q.Step == "profile" {
		f.Identities = []kyc.Identity{{Class: "name", Value: q.Values["name"]}}
	}
	return f, nil
}

func (m *market) check(context.Context, check.Input) check.Outcome {
	m.mu.Lock()
	defer m.mu.Unlock()
	return check.Outcome{Result: m.result, Evidence: kyc.Values{"seen": "yes"}}
}

func (m *market) set(change func(*market)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	change(m)
}
