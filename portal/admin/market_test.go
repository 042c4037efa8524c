package admin_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/offer"
	"github.com/paifang/paifang/core/store"
	"github.com/paifang/paifang/core/store/storetest"
	"github.com/paifang/paifang/core/vault"
	"github.com/paifang/paifang/policies"
)

// marketSchema has a setting of each kind that a form knows.
const marketSchema = `{"type":"object","additionalProperties":false,"required":["min_age"],"properties":{
	"min_age":{"type":"integer","minimum":16,"maximum":99,"default":18,"title":"Least age","description":"Of whoever registers."},
	"greeting":{"type":"string","maxLength":40,"title":"Greeting"},
	"strict":{"type":"boolean","default":true,"title":"Ask for everything"},
	"currencies":{"type":"array","title":"Currencies","items":{"enum":["CNY","EUR","USD"]},"default":["CNY"]},
	"sites":{"type":"array","title":"Sites","items":{"type":"string"}},
	"club":{"type":"object","title":"Club","properties":{"name":{"type":"string","title":"Name"},"key":{"type":"string","writeOnly":true,"title":"Signing key"}}},
	"limits":{"type":"array","title":"Limits","items":{"type":"object","properties":{"currency":{"enum":["CNY","USD"],"title":"Currency"},"amount":{"type":"number","minimum":0,"title":"Amount"}}}},
	"map":{"type":"object","title":"Anything","additionalProperties":{"type":"string"}}}}`

// markets is a platform with three markets; it takes no age above 99 and keeps no
// secret to itself.
type markets struct{}

func (markets) Markets() []kyc.MarketID { return []kyc.MarketID{"mainland", "overseas", "spare"} }
func (markets) About(_ context.Context, market kyc.MarketID, pinned string) (offer.About, error) {
	if pinned == "0.9.0" {
		return offer.About{}, kyc.EKey(kyc.Unavailable, "error.market_pinned", "gone")
	}
	return offer.About{Version: "1.1.0", Title: string(market) + ".title", Schema: []byte(marketSchema), State: "ready"}, nil
}
func (m markets) Learn(ctx context.Context, market kyc.MarketID, pinned string) (offer.About, error) {
	return m.About(ctx, market, pinned)
}
func (markets) Versions(kyc.MarketID) []offer.Eligible {
	return []offer.Eligible{{Version: "1.1.0", Describes: "1.1.0"}, {Version: kyc.ShippedVersion}}
}
func (markets) Validate(_ context.Context, _ kyc.MarketID, _ string, settings []byte) (list []offer.Diagnostic, err error) {
	var s struct {
		MinAge *int `json:"min_age"`
		Club   struct{ Key string }
	}
	if err := json.Unmarshal(settings, &s); err != nil {
		return nil, err
	}
	switch {
	case s.MinAge == nil:
		list = append(list, offer.Diagnostic{Code: "schema.required", Path: "min_age"})
	case *s.MinAge > 99:
		list = append(list, offer.Diagnostic{Code: "schema.maximum", Path: "min_age", Params: map[string]string{"want": "99"}})
	}
	if s.Club.Key == "tell-tale-1" {
		list = append(list, offer.Diagnostic{Code: "config.key", Path: "club.key", Params: map[string]string{"key": s.Club.Key}})
	}
	return list, nil
}

func offers(s *store.Store, v *vault.Vault, may *policies.Authorizer) *offer.Desk {
	return offer.New(offer.Config{Store: s, Vault: v, Platform: markets{}, Authorizer: may, Clock: at, IDs: storetest.ID})
}

// filled is a form as a browser sends it when somebody has filled it in.
func filled(number string) url.Values {
	return url.Values{"number": {number}, "s/min_age": {"21"}, "s/greeting": {"Hello & welcome"}, "s/strict": {"false"}, "s/currencies": {`"CNY"`, `"USD"`}, "was/currencies": {"unset"},
		"s/sites": {"a.example\r\nb.example"}, "was/sites": {"unset"}, "unset/sites": {"yes"}, "s/club/name": {"Gold"}, "secret/club/key": {"hush-hush-77"},
		"rows/limits": {"2"}, "was/limits": {"unset"}, "s/limits/0/currency": {`"USD"`}, "s/limits/0/amount": {"250.50"}, "json/map": {`{"a":"b"}`}}
}

func TestMarketIsSetUp(t *testing.T) {
	h := newHouse(t)
	admin := h.as("tenant_admin")
	const page = "/admin/demo/markets/overseas"
	if res, body := admin.get("/admin/demo/markets"); res.StatusCode != 200 || strings.Count(body, "/markets/") < 3 || !strings.Contains(body, "spare") {
		t.Fatalf("the list: %d %s", res.StatusCode, body)
	}
	res, body := admin.get(page)
	for _, want := range []string{"Least age", "Default: 18", "From 16 to 99", `name="secret/club/key" type="password"`, `name="s/limits/0/amount"`, "1 application is under way", "Close registration"} {
		if res.StatusCode != 200 || !strings.Contains(body, want) {
			t.Errorf("%d, the page lacks %q", res.StatusCode, want)
		}
	}
	post := func(what string, form url.Values, status int, want ...string) string {
		t.Helper()
		res, body := admin.post(page, page+"/"+what, form)
		if res.StatusCode != status {
			t.Fatalf("%s: %d, want %d\n%s", what, res.StatusCode, status, body)
		}
		for _, w := range want {
			if !strings.Contains(body, w) {
				t.Errorf("%s: no %q in\n%s", what, w, body)
			}
		}
		if strings.Contains(body, "hush-hush") || strings.Contains(body, "tell-tale") {
			t.Errorf("%s shows a secret", what)
		}
		return body
	}
	wrong := filled("0")
	wrong.Set("s/min_age", "many")
	post("settings", wrong, 422, `value="many"`, "Write a number with digits", "Hello &amp; welcome", "never sent back to a page")
	wrong.Set("s/min_age", "120")
	post("settings", wrong, 422, `value="120"`, "Enter at most 99")
	wrong.Set("s/min_age", "20")
	wrong.Set("secret/club/key", "tell-tale-1")
	post("settings", wrong, 422, "one of the secret values")
	post("preview", filled("0"), 200, "What would change", "Least age", "changed (secret)")
	more := filled("0")
	more.Set("more", "/limits")
	post("preview", more, 200, `name="s/limits/2/amount"`)
	post("settings", filled("0"), 303)
	stored := h.offered("overseas")
	if string(stored.Config) != `{"club":{"name":"Gold"},"currencies":["CNY","USD"],"greeting":"Hello & welcome","limits":[{"amount":250.50,"currency":"USD"}],"map":{"a":"b"},"min_age":21,"sites":["a.example","b.example"],"strict":false}` {
		t.Errorf("stored: %s", stored.Config)
	}
	if got, err := offer.Settings(ctx, h.vault, stored.TenantMarket); err != nil || !strings.Contains(string(got), `"key":"hush-hush-77"`) {
		t.Errorf("the provider would get %s %v", got, err)
	}
	post("settings", filled("0"), 409, "Somebody else has changed", "not set", "Hello &amp; welcome")
	keep := filled("1")
	keep.Del("secret/club/key")
	keep.Set("s/min_age", "30")
	post("settings", keep, 303)
	if got, _ := offer.Settings(ctx, h.vault, h.offered("overseas").TenantMarket); !strings.Contains(string(got), "hush-hush-77") || !strings.Contains(string(got), `"min_age":30`) {
		t.Errorf("a secret that was left alone: %s", got)
	}
	post("state", url.Values{"number": {"2"}, "state": {"off"}}, 303)
	post("version", url.Values{"number": {"3"}, "pinned": {"1.1.0"}}, 303)
	post("version", url.Values{"number": {"4"}, "pinned": {"7.7.7"}}, 422, "not installed")
	post("restore", url.Values{"number": {"4"}, "back": {"1"}}, 303)
	if m := h.offered("overseas"); m.Number != 5 || m.Back != 1 || m.Enabled || m.Pinned != "" || !strings.Contains(string(m.Config), `"min_age":21`) {
		t.Errorf("restored: %+v", m)
	}
	entries := filled("5") // a list of objects is told by its entries
	entries.Set("s/limits/0/amount", "300")
	entries.Set("s/limits/1/amount", "10")
	entries.Set("s/limits/1/currency", `"CNY"`)
	if body := post("preview", entries, 200, "Limits › Entry 1 › Amount", "<bdi>250.50</bdi>", "<bdi>300</bdi>", "Limits › Entry 2", "Currency: CNY, Amount: 10"); strings.Contains(body[:strings.Index(body, "<form")], "&#34;amount&#34;") {
		t.Error("an entry is told as JSON")
	}
	gone := keep
	gone.Set("number", "5")
	gone.Set("clear/club/key", "yes")
	post("settings", gone, 303)
	if m := h.offered("overseas"); len(m.Secrets) > 0 {
		t.Error("a cleared secret is kept")
	}
	if _, body = admin.get(page); !strings.Contains(body, "restored from version 1") || !strings.Contains(body, "Tomas Admin") || strings.Contains(body, "hush") {
		t.Error("the history is not told, or tells too much")
	}
	lines, err := h.store.AuditLines(ctx, tenant, kyc.AuditFilter{}, "", 100)
	h.ok(err)
	if raw, _ := json.Marshal(lines); strings.Contains(string(raw), "hush") || strings.Contains(string(raw), "welcome") || strings.Count(string(raw), "market.changed") != 6 {
		t.Errorf("the record: %s", raw)
	}
}

func (h *house) offered(market kyc.MarketID) kyc.MarketVersion {
	h.t.Helper()
	found, err := h.store.MarketVersions(ctx, tenant, market, 1)
	h.ok(err)
	if len(found) == 0 {
		h.t.Fatal("nothing was saved")
	}
	return found[0]
}

// A version that is gone is told, and another can be chosen.
func TestChosenVersionIsGone(t *testing.T) {
	h := newHouse(t)
	h.ok(h.store.Commit(ctx, tenant, kyc.Change{kyc.SaveMarketVersion{MarketVersion: kyc.MarketVersion{
		TenantMarket: kyc.TenantMarket{Tenant: tenant, Market: "mainland", Number: 1, Enabled: true, Config: []byte(`{"min_age":18}`), Pinned: "0.9.0"}, ByKind: "system", ByID: "office", At: storetest.Now}}}))
	admin := h.as("tenant_admin")
	const page = "/admin/demo/markets/mainland"
	res, body := admin.get(page)
	for _, want := range []string{"0.9.0", "does not run", "not installed any more", "when the market can be asked again"} {
		if res.StatusCode != 200 || !strings.Contains(body, want) {
			t.Errorf("%d, the page lacks %q", res.StatusCode, want)
		}
	}
	if res, _ := admin.post(page, page+"/version", url.Values{"number": {"1"}, "pinned": {"stable"}}); res.StatusCode != 303 {
		t.Errorf("another version: %d", res.StatusCode)
	}
}

// A form of more fields than there can be is refused as a whole, and so are settings
// that are too large, which stay in the form.
func TestTooMuchIsRefused(t *testing.T) {
	h := newHouse(t)
	admin := h.as("tenant_admin")
	const page = "/admin/demo/markets/overseas"
	many := filled("0")
	for n := range 2001 {
		many.Set(fmt.Sprintf("s/limits/%d/amount", n), "5")
	}
	if res, body := admin.post(page, page+"/settings", many); res.StatusCode != 413 || !strings.Contains(body, "larger than we can take") {
		t.Errorf("%d %s", res.StatusCode, body)
	}
	large := filled("0")
	large.Set("json/map", `{"a":"`+strings.Repeat("b", offer.MaxSettings)+`"}`)
	if res, body := admin.post(page, page+"/settings", large); res.StatusCode != 413 || !strings.Contains(body, "at most 64 kB") || !strings.Contains(body, "Hello &amp; welcome") {
		t.Errorf("%d %.3000s", res.StatusCode, body)
	}
	if found, err := h.store.MarketVersions(ctx, tenant, "overseas", 1); err != nil || len(found) != 0 {
		t.Errorf("something was saved: %+v %v", found, err)
	}
}

// Who has to show anew who they are is asked, and a secret that they typed is in
// no page: it is to be typed again.
func TestSecretsAreNotCarriedAlong(t *testing.T) {
	h := newHouse(t)
	admin := h.as("tenant_admin")
	const page = "/admin/demo/markets/overseas"
	h.stale = true
	res, body := admin.post(page, page+"/settings", filled("0"))
	if res.StatusCode != 403 || strings.Contains(body, "hush-hush") || !strings.Contains(body, `name="lost_secrets"`) || !strings.Contains(body, `value="Hello &amp; welcome"`) {
		t.Errorf("%d %s", res.StatusCode, body)
	}
	h.stale = false
	again := filled("0")
	again.Del("secret/club/key")
	again.Set("lost_secrets", "yes")
	if res, body = admin.post(page, page+"/settings", again); res.StatusCode != 422 || !strings.Contains(body, "Type them again") || !strings.Contains(body, `value="21"`) {
		t.Errorf("%d %s", res.StatusCode, body)
	}
}

func TestWhoMaySetUpMarkets(t *testing.T) {
	h := newHouse(t)
	for role, reads := range map[string]bool{"viewer": false, "reviewer": false, "compliance_officer": true, "tenant_admin": true} {
		v := h.as(role)
		res, body := v.get("/admin/demo/markets/overseas")
		if (res.StatusCode == 200) != reads {
			t.Errorf("%s: %d", role, res.StatusCode)
		}
		changes := slices.Contains([]string{"tenant_admin"}, role)
		if reads && strings.Contains(body, "Save settings") != changes {
			t.Errorf("%s is offered to save", role)
		}
		res, _ = v.post("/admin/demo/markets/overseas", "/admin/demo/markets/overseas/state", url.Values{"number": {"0"}, "state": {"off"}})
		if (res.StatusCode == 303 || res.StatusCode == 422) != changes {
			t.Errorf("%s closes it: %d", role, res.StatusCode)
		}
	}
}
