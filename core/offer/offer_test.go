package offer_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/keyset"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/offer"
	"github.com/paifang/paifang/core/store"
	"github.com/paifang/paifang/core/store/storetest"
	"github.com/paifang/paifang/core/vault"
	"github.com/paifang/paifang/policies"
)

// platform offers one market, whose provider wants "limit" and can be told what
// else it says.
type platform struct {
	schema string
	down   bool
	asked  []string
	refuse []offer.Diagnostic
	waited int    // how often somebody waited for a version
	mean   func() // what happens while the provider judges
}

const schema = `{"type":"object","properties":{"limit":{"type":"integer"},"club":{"type":"object","properties":{
	"name":{"type":"string"},"key":{"type":"string","x-secret":true}}}}}`

func (*platform) Markets() []kyc.MarketID { return []kyc.MarketID{"fair"} }
func (p *platform) About(_ context.Context, _ kyc.MarketID, pinned string) (offer.About, error) {
	if p.down || pinned == "gone" {
		return offer.About{}, kyc.EKey(kyc.Unavailable, "error.market_pinned", "it does not run")
	}
	return offer.About{Version: "1.0.0", Schema: []byte(p.schema), State: "ready"}, nil
}
func (p *platform) Learn(ctx context.Context, m kyc.MarketID, pinned string) (offer.About, error) {
	p.waited++
	return p.About(ctx, m, pinned)
}
func (*platform) Versions(kyc.MarketID) []offer.Eligible {
	return []offer.Eligible{{Version: "1.0.0"}, {Version: "gone"}}
}
func (p *platform) Validate(_ context.Context, _ kyc.MarketID, pinned string, settings []byte) ([]offer.Diagnostic, error) {
	if p.down {
		return nil, kyc.E(kyc.Unavailable, "down")
	}
	p.asked = append(p.asked, pinned+" "+string(settings))
	if mean := p.mean; mean != nil {
		p.mean = nil
		mean()
	}
	return slices.Clone(p.refuse), nil
}

type fair struct {
	t     *testing.T
	store *store.Store
	vault *vault.Vault
	may   *policies.Authorizer
	desk  *offer.Desk
	on    *platform
	who   offer.Who
}

func newFair(t *testing.T, s *store.Store) *fair {
	t.Helper()
	clock := func() time.Time { return storetest.Now.Time() }
	handle, err := keyset.NewHandle(aead.AES256GCMKeyTemplate())
	ok(t, err)
	master, err := aead.New(handle)
	ok(t, err)
	v := vault.New(vault.Config{Master: master, Keys: s, Clock: clock})
	may, err := policies.NewFor(s, clock, slog.New(slog.DiscardHandler))
	ok(t, err)
	keys, err := v.NewTenant(t.Context(), "shop")
	ok(t, err)
	staff := kyc.Staff{Tenant: "shop", ID: "ada", Login: "ada", Name: "Ada", Role: policies.TenantAdmin, Hash: "x", Locale: "en", State: "active", Created: storetest.Now}
	storetest.Commit(t, s, "shop", kyc.SaveTenant{Tenant: kyc.Tenant{ID: "shop", Name: "Shop", Locales: kyc.LocaleList{"en"}, Created: storetest.Now}},
		kyc.SaveTenantKeys{TenantKeys: keys}, kyc.SaveStaff{Staff: staff})
	on := &platform{schema: schema}
	return &fair{t: t, store: s, vault: v, may: may, on: on, who: offer.Who{Staff: staff, Tenant: "shop"},
		desk: offer.New(offer.Config{Store: s, Vault: v, Platform: on, Authorizer: may, Clock: clock, IDs: storetest.ID})}
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (f *fair) change(d offer.Draft) error {
	f.t.Helper()
	_, err := f.desk.Change(f.t.Context(), f.who, "fair", d)
	return err
}

func (f *fair) set(number int64, settings string) error {
	f.t.Helper()
	return f.change(offer.Draft{Number: number, Settings: []byte(settings)})
}

func (f *fair) view() *offer.View {
	f.t.Helper()
	v, err := f.desk.Market(f.t.Context(), f.who, "fair")
	ok(f.t, err)
	return v
}

// full is what the provider gets.
func (f *fair) full() string {
	f.t.Helper()
	m, err := f.store.TenantMarket(f.t.Context(), "shop", "fair")
	ok(f.t, err)
	raw, err := offer.Settings(f.t.Context(), f.vault, m)
	ok(f.t, err)
	return string(raw)
}

// TestOffers runs on both databases.
func TestOffers(t *testing.T) {
	for name, open := range map[string]func(*testing.T) *store.Store{"sqlite": storetest.SQLite, "postgres": storetest.Postgres} {
		t.Run(name, func(t *testing.T) {
			t.Run("secrets", func(t *testing.T) { secrets(newFair(t, open(t))) })
			t.Run("kept along", func(t *testing.T) { keptAlong(newFair(t, open(t))) })
			t.Run("versions", func(t *testing.T) { versions(newFair(t, open(t))) })
			t.Run("nobody to ask", func(t *testing.T) { nobodyToAsk(newFair(t, open(t))) })
			t.Run("two processes", func(t *testing.T) { twoProcesses(newFair(t, open(t))) })
		})
	}
}

// secrets are kept unless they are changed or cleared, and are nowhere but with the
// provider.
func secrets(f *fair) {
	t := f.t
	ok(t, f.set(0, `{"limit":1,"club":{"name":"Gold","key":"hush-1"}}`))
	if got := f.full(); got != `{"club":{"key":"hush-1","name":"Gold"},"limit":1}` {
		t.Error(got)
	}
	ok(t, f.set(1, `{"limit":12345678901234567890,"club":{"name":"Gold"}}`)) // left alone
	if got := f.full(); got != `{"club":{"key":"hush-1","name":"Gold"},"limit":12345678901234567890}` {
		t.Error(got)
	}
	ok(t, f.set(2, `{"limit":2}`)) // also where its object is left out
	ok(t, f.set(3, `{"limit":2,"club":{"key":"hush-2"}}`))
	ok(t, f.set(4, `{"limit":2,"club":{"key":null}}`))
	if got := f.full(); got != `{"limit":2}` {
		t.Error(got)
	}
	if _, err := f.desk.Restore(t.Context(), f.who, "fair", 5, 1); err != nil {
		t.Fatal(err)
	}
	if got := f.full(); got != `{"club":{"key":"hush-1","name":"Gold"},"limit":1}` {
		t.Error(got)
	}
	v := f.view()
	var secretly []int64
	for _, h := range v.History {
		for _, c := range h.Changes {
			if c.Secret && (c.From+c.To != "" || c.Pointer != "/club/key") {
				t.Errorf("tells %+v", c)
			}
			if c.Secret {
				secretly = append(secretly, h.Number)
			}
		}
	}
	if d := cmp.Diff([]int64{6, 5, 4, 1}, secretly); d != "" {
		t.Error(d)
	}
	lines, err := f.store.AuditLines(t.Context(), "shop", kyc.AuditFilter{}, "", 100)
	ok(t, err)
	for what, x := range map[string]any{"view": v, "record": lines} {
		if raw, err := json.Marshal(x); err != nil || strings.Contains(string(raw), "hush") {
			t.Errorf("%s: %v %s", what, err, raw)
		}
	}
	f.on.refuse = []offer.Diagnostic{{Code: "x", Path: "club.key", Params: map[string]string{"was": "hush-3!"}}, {Code: "y", Path: "limit"}}
	var refused *offer.Refused
	if err := f.set(6, `{"limit":3,"club":{"key":"hush-3"}}`); !errors.As(err, &refused) {
		t.Fatal(err)
	}
	if d := cmp.Diff([]offer.Diagnostic{{Code: "schema.secret"}, {Code: "y", Path: "limit"}}, refused.Diagnostics); d != "" {
		t.Error(d)
	}
	f.on.refuse = nil
	f.on.schema = `{"type":"object","properties":{"limit":{"type":"integer","writeOnly":true}}}` // a later version knows better
	if v = f.view(); v.Settings["limit"] != nil || !slices.Equal(v.Kept, []string{"/club/key", "/limit"}) {
		t.Errorf("%v %v", v.Settings, v.Kept)
	}
}

// versions: who comes second is told what has changed; only what can be asked is
// saved; closing asks nobody; nothing is saved for nothing.
func versions(f *fair) {
	t := f.t
	on, off, stable, gone, made := true, false, "stable", "gone", "made-up"
	ok(t, f.set(0, `{"limit":1}`))
	ok(t, f.change(offer.Draft{Number: 1, Enabled: &on}))
	ok(t, f.change(offer.Draft{Number: 2, Enabled: &on})) // as it is
	var stale *offer.Stale
	if err := f.set(1, `{"limit":9}`); !errors.As(err, &stale) || kyc.CodeOf(err) != kyc.Conflict {
		t.Fatal(err)
	}
	if d := cmp.Diff(&offer.Stale{Number: 2, Changes: []offer.Change{{Of: offer.OfState, From: "off", To: "on"}}}, stale); d != "" {
		t.Error(d)
	}
	p, err := f.desk.Preview(t.Context(), f.who, "fair", offer.Draft{Number: 2, Pinned: &stable, Settings: []byte(`{"limit":2,"more":[1]}`)})
	ok(t, err)
	if d := cmp.Diff([]offer.Change{{Of: offer.OfVersion, To: "stable"}, {Of: offer.OfSetting, Pointer: "/limit", From: "1", To: "2"},
		{Of: offer.OfSetting, Pointer: "/more", To: "[1]"}}, p.Changes); d != "" {
		t.Error(d)
	}
	if err := f.change(offer.Draft{Number: 2, Pinned: &made}); kyc.CodeOf(err) != kyc.Invalid {
		t.Error(err)
	}
	if err := f.change(offer.Draft{Number: 2, Pinned: &gone}); kyc.CodeOf(err) != kyc.Unavailable {
		t.Error(err)
	}
	f.on.down = true
	if err := f.set(2, `{"limit":3}`); kyc.CodeOf(err) != kyc.Unavailable {
		t.Error(err)
	}
	ok(t, f.change(offer.Draft{Number: 2, Enabled: &off}))
	if err := f.change(offer.Draft{Number: 3, Enabled: &on}); kyc.CodeOf(err) != kyc.Unavailable {
		t.Error(err)
	}
	if v := f.view(); v.Trouble == "" || v.Number != 3 || len(v.History) != 3 {
		t.Errorf("%+v", v.Market)
	}
	f.on.down = false
	for _, bad := range []string{`[]`, `null`, `{`, `{}{}`} {
		var refused *offer.Refused
		if err := f.set(3, bad); !errors.As(err, &refused) {
			t.Errorf("%s: %v", bad, err)
		}
	}
	if err := f.set(3, `{"x":"`+strings.Repeat("y", offer.MaxSettings)+`"}`); kyc.CodeOf(err) != kyc.TooLarge {
		t.Error(err)
	}
	f.who.Staff.Role = "compliance_officer"
	if err := f.set(3, `{}`); kyc.CodeOf(err) != kyc.Forbidden {
		t.Error(err)
	}
	f.who.Staff.Role = "viewer"
	if _, err := f.desk.Markets(t.Context(), f.who); kyc.CodeOf(err) != kyc.Forbidden {
		t.Error(err)
	}
}

// keptAlong: a secret of another schema stays until it is cleared, sealed as it was;
// an empty object is a change; a number that is secret is not repeated.
func keptAlong(f *fair) {
	t := f.t
	ok(t, f.set(0, `{"limit":1,"club":{"name":"Gold","key":"hush-1"}}`))
	f.on.schema = `{"type":"object","properties":{"limit":{"type":"integer"},"pin":{"type":"integer","x-secret":true},"box":{"type":"object","properties":{"open":{"type":"boolean"}}}}}`
	ok(t, f.set(1, `{"limit":2}`))
	if got := f.full(); got != `{"club":{"key":"hush-1"},"limit":2}` {
		t.Error(got)
	}
	m, err := f.store.TenantMarket(t.Context(), "shop", "fair")
	if ok(t, err); strings.Contains(string(m.Config), "hush") {
		t.Errorf("in clear: %s", m.Config)
	}
	ok(t, f.set(2, `{"limit":2,"club":{"key":null}}`))
	if got := f.full(); got != `{"limit":2}` {
		t.Error(got)
	}
	ok(t, f.set(3, `{"limit":2,"box":{}}`))
	if got := f.full(); got != `{"box":{},"limit":2}` {
		t.Error(got)
	}
	f.on.refuse = []offer.Diagnostic{{Code: "x", Params: map[string]string{"was": "4711"}}}
	var refused *offer.Refused
	if err := f.set(4, `{"limit":2,"pin":4711}`); !errors.As(err, &refused) || refused.Diagnostics[0].Code != "schema.secret" {
		t.Error(err, refused)
	}
	f.on.refuse = nil
	f.on.schema = `{"type":"object","x-secret":true,"properties":{"club":{"type":"object"}}}`
	ok(t, f.set(4, `{"club":{"name":"Gold","key":"hush-2"}}`))
	f.on.schema = schema // now one of its members alone is secret
	ok(t, f.set(5, `{"limit":3}`))
	if got := f.full(); got != `{"club":{"key":"hush-2"},"limit":3}` {
		t.Error(got)
	}
}

// A schema tells what is secret wherever it hides it.
func TestSecretsOfASchema(t *testing.T) {
	for schema, want := range map[string][]string{
		`{"type":"object","properties":{"a":{"type":"string","writeOnly":true},"b":{"type":"string"}}}`:                                                                                 {"/a"},
		`{"type":"object","properties":{"a":{"type":"object","x-secret":true,"properties":{"b":{"type":"string"}}}}}`:                                                                   {"/a"},
		`{"type":"object","properties":{"a":{"type":"object","properties":{"b":{"type":"object","properties":{"c":{"type":"string","writeOnly":true}}}}}}}`:                             {"/a/b"},
		`{"type":"object","properties":{"a":{"type":"array","items":{"type":"object","properties":{"k":{"type":"string","writeOnly":true}}}}}}`:                                         {"/a"},
		`{"type":"object","properties":{"a":{"anyOf":[{"type":"string"},{"type":"object","properties":{"k":{"writeOnly":true}}}]}}}`:                                                    {"/a"},
		`{"type":"object","properties":{"a":{"$ref":"#/$defs/s"}},"$defs":{"s":{"type":"string","writeOnly":true}}}`:                                                                    {"/a"},
		`{"type":"object","properties":{"a":{"type":"string"}},"allOf":[{"properties":{"a":{"writeOnly":true}}}]}`:                                                                      {""},
		`{"type":"object","properties":{"a":{"type":"string"}},"additionalProperties":{"writeOnly":true}}`:                                                                              {""},
		`{"type":"object","properties":{"a/b":{"type":"integer","writeOnly":true}}}`:                                                                                                    {"/a~1b"},
		`{"type":"object","properties":{"a":{"$ref":"#/$defs/x"}},"$defs":{"x":{"type":"object","properties":{"y":{"$ref":"#/$defs/x"},"z":{"$ref":"#/$defs/x"}}}}}`:                    {"/a/y", "/a/z"}, // without an end
		`{"type":"object","properties":{"a":{"type":"string","allOf":[{"$ref":"#/$defs/s"}]},"b":{"type":"integer","oneOf":[{"x-secret":true}]}},"$defs":{"s":{"writeOnly":true}}}`:     {"/a", "/b"},
		`{"type":"object","properties":{"a":{"type":"string","$ref":"elsewhere.json"},"b":{"$ref":"#/$defs/s"},"c":{"type":"string"}},"$defs":{"s":{"type":"string","$ref":"#/gone"}}}`: {"/a", "/b"},
		`{"type":"object","properties":{"writeOnly":{"type":"boolean"}}}`:                                                                                                               nil,
	} {
		s, err := offer.ReadSchema([]byte(schema))
		if d := cmp.Diff(want, s.SecretAt()); d != "" || err != nil {
			t.Errorf("%s: %v %s", schema, err, d)
		}
	}
}
