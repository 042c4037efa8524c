package factor_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/keyset"

	"github.com/paifang/paifang/core/factor"
	"github.com/paifang/paifang/core/factor/factortest"
	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/store"
	"github.com/paifang/paifang/core/store/storetest"
	"github.com/paifang/paifang/core/vault"
)

const origin = "https://id.example.com"

type bench struct {
	*factor.Keeper
	t     *testing.T
	store *store.Store
	now   time.Time
	lena  factor.Subject
}

func newBench(t *testing.T, s *store.Store) *bench {
	t.Helper()
	handle, err := keyset.NewHandle(aead.AES256GCMKeyTemplate())
	ok(t, err)
	master, err := aead.New(handle)
	ok(t, err)
	b := &bench{t: t, store: s, now: storetest.Now.Time(), lena: factor.Subject{Tenant: "demo", Of: "staff", ID: "lena"}}
	clock := func() time.Time { return b.now }
	v := vault.New(vault.Config{Master: master, Keys: s, Clock: clock})
	for _, tenant := range []kyc.TenantID{"demo", "other"} {
		keys, err := v.NewTenant(t.Context(), tenant)
		ok(t, err)
		storetest.Commit(t, s, tenant, kyc.SaveTenant{Tenant: kyc.Tenant{ID: tenant, Name: "Demo", Locales: kyc.LocaleList{"en"}}}, kyc.SaveTenantKeys{TenantKeys: keys})
	}
	b.Keeper = &factor.Keeper{Store: s, Vault: v, Clock: clock, IDs: storetest.ID, Random: rand.Reader, Site: factor.SiteOf(origin, nil)}
	return b
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func keyOf(err error) string {
	var e *kyc.Error
	if errors.As(err, &e) {
		return e.Key
	}
	return ""
}

func (b *bench) add(d *factortest.Device, s factor.Subject, name string) {
	b.t.Helper()
	options, err := b.AskNewPasskey(b.t.Context(), s, "Demo", "lena")
	ok(b.t, err)
	change, err := b.AddPasskey(b.t.Context(), s, d.Create(b.t, options), name)
	ok(b.t, err)
	ok(b.t, b.store.Commit(b.t.Context(), s.Tenant, change))
}

func (b *bench) ask(s factor.Subject, purpose string) []byte {
	b.t.Helper()
	options, err := b.AskPasskey(b.t.Context(), s, purpose)
	ok(b.t, err)
	return options
}

// fits checks an answer and says what came of it.
func (b *bench) fits(purpose string, answer []byte) string {
	b.t.Helper()
	used, fits, err := b.CheckPasskey(b.t.Context(), b.lena, purpose, answer)
	switch {
	case err != nil:
		return keyOf(err)
	case !fits:
		return "no"
	}
	ok(b.t, b.store.Commit(b.t.Context(), "demo", used.Change))
	return "yes"
}

func (b *bench) wants(got, want string) {
	b.t.Helper()
	if got != want {
		b.t.Errorf("got %q, want %q", got, want)
	}
}

func TestPasskey(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		b, d := newBench(t, s), &factortest.Device{Origin: origin, Knows: true, Counts: 5}
		b.add(d, b.lena, " Blue key\x00")
		holds, err := b.Of(t.Context(), b.lena)
		if err != nil || !holds.Strong() || !holds.Has(kyc.FactorPasskey) || holds.Factors[0].Name != " Blue key" {
			t.Errorf("%+v %v", holds, err)
		}
		for _, purpose := range []string{factor.PasskeySecond, factor.PasskeyConfirm} {
			answer := d.Get(t, b.ask(b.lena, purpose))
			b.wants(b.fits(purpose, answer), "yes")
			b.wants(b.fits(purpose, answer), "error.passkey_late") // once
		}
		who, used, fits, err := b.WhosePasskey(t.Context(), "demo", "staff", d.Get(t, b.ask(factor.Subject{Tenant: "demo", Of: "staff"}, factor.PasskeyAlone)), b.find)
		if err != nil || !fits || who != b.lena || used.Kind != kyc.FactorPasskey || len(used.Change) != 1 {
			t.Errorf("%+v %+v %v %v", who, used, fits, err)
		}
	})
}

func (b *bench) find(_ context.Context, id string) (factor.Subject, error) {
	if id != b.lena.ID {
		return factor.Subject{}, kyc.E(kyc.NotFound, "nobody")
	}
	return b.lena, nil
}

// What is asked counts for the purpose, the person and the time that were meant.
func TestPasskeyQuestions(t *testing.T) {
	b, d := newBench(t, storetest.SQLite(t)), &factortest.Device{Origin: origin, Knows: true}
	b.add(d, b.lena, "")
	b.wants(b.fits(factor.PasskeyConfirm, d.Get(t, b.ask(b.lena, factor.PasskeySecond))), "error.passkey_late")
	b.wants(b.fits(factor.PasskeySecond, d.Get(t, b.ask(factor.Subject{Tenant: "demo", Of: "staff"}, factor.PasskeyAlone))), "error.passkey_late")
	late := d.Get(t, b.ask(b.lena, factor.PasskeySecond))
	b.now = b.now.Add(factor.PasskeyLife)
	b.wants(b.fits(factor.PasskeySecond, late), "error.passkey_late")
	invented := []byte(strings.ReplaceAll(`{"publicKey":{"challenge":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA","rpId":"id.example.com"}}`, "\n", ""))
	b.wants(b.fits(factor.PasskeySecond, d.Get(t, invented)), "error.passkey_late")
	for _, rubbish := range []string{"", "{}", "null", strings.Repeat("x", 1<<20), `{"id":"a","rawId":"a","type":"public-key"}`} {
		b.wants(b.fits(factor.PasskeySecond, []byte(rubbish)), "no")
		if _, err := b.AddPasskey(t.Context(), b.lena, []byte(rubbish), ""); keyOf(err) != "error.passkey" {
			t.Errorf("%.10q: %v", rubbish, err)
		}
	}
	b.wants(b.fits(factor.PasskeySecond, d.Get(t, b.ask(b.lena, factor.PasskeySecond))), "yes") // a device without a counter
}

// Answers that must not count, and use their question up.
func TestPasskeyRefused(t *testing.T) {
	for name, bad := range map[string]func(*factortest.Device){
		"another site":           func(d *factortest.Device) { d.Origin = "https://id.example.com.evil.example" },
		"another port":           func(d *factortest.Device) { d.Origin = origin + ":8443" },
		"another key":            func(d *factortest.Device) { d.Forge = true },
		"nobody there":           func(d *factortest.Device) { d.Absent = true },
		"nobody known":           func(d *factortest.Device) { d.Knows = false },
		"a copy, behind":         func(d *factortest.Device) { d.Counts = 3 },
		"a copy, at the same":    func(d *factortest.Device) { d.Counts = 8 },
		"a counter that is gone": func(d *factortest.Device) { d.Counts = 0 },
	} {
		t.Run(name, func(t *testing.T) {
			b, d := newBench(t, storetest.SQLite(t)), &factortest.Device{Origin: origin, Knows: true, Counts: 8}
			b.add(d, b.lena, "")
			b.wants(b.fits(factor.PasskeyConfirm, d.Get(t, b.ask(b.lena, factor.PasskeyConfirm))), "yes") // now at 9
			options := b.ask(b.lena, factor.PasskeyConfirm)
			was := *d
			bad(d)
			b.wants(b.fits(factor.PasskeyConfirm, d.Get(t, options)), "no")
			*d = was
			b.wants(b.fits(factor.PasskeyConfirm, d.Get(t, options)), "error.passkey_late")
			b.wants(b.fits(factor.PasskeyConfirm, d.Get(t, b.ask(b.lena, factor.PasskeyConfirm))), "yes")
		})
	}
}

func TestPasskeySecondNeedsATouchOnly(t *testing.T) {
	b, d := newBench(t, storetest.SQLite(t)), &factortest.Device{Origin: origin}
	b.add(d, b.lena, "")
	b.wants(b.fits(factor.PasskeySecond, d.Get(t, b.ask(b.lena, factor.PasskeySecond))), "yes")
	b.wants(b.fits(factor.PasskeyConfirm, d.Get(t, b.ask(b.lena, factor.PasskeyConfirm))), "no")
}

// A passkey is its owner's, in its tenant, of its kind of subject.
func TestPasskeyOfSomebodyElse(t *testing.T) {
	b, d := newBench(t, storetest.SQLite(t)), &factortest.Device{Origin: origin, Knows: true}
	tom := factor.Subject{Tenant: "demo", Of: "staff", ID: "tom"}
	b.add(d, tom, "")
	if _, err := b.AskPasskey(t.Context(), b.lena, factor.PasskeySecond); keyOf(err) != "error.no_passkey" {
		t.Error(err)
	}
	mine := &factortest.Device{Origin: origin, Knows: true}
	b.add(mine, b.lena, "")
	swap := func(options []byte) []byte { // the question to Lena, answered by Tom's device
		var asked map[string]map[string]any
		ok(t, json.Unmarshal(options, &asked))
		delete(asked["publicKey"], "allowCredentials")
		raw, err := json.Marshal(asked)
		ok(t, err)
		return raw
	}
	b.wants(b.fits(factor.PasskeySecond, d.Get(t, swap(b.ask(b.lena, factor.PasskeySecond)))), "no")
	options := b.ask(factor.Subject{Tenant: "demo", Of: "account"}, factor.PasskeyAlone)
	if _, _, fits, err := b.WhosePasskey(t.Context(), "demo", "account", mine.Get(t, options), b.find); fits || err != nil {
		t.Errorf("a passkey of staff opens an account: %v", err)
	}
	options = b.ask(factor.Subject{Tenant: "other", Of: "staff"}, factor.PasskeyAlone)
	if _, _, fits, err := b.WhosePasskey(t.Context(), "other", "staff", mine.Get(t, options), b.find); fits || err != nil {
		t.Errorf("a passkey opens another tenant: %v", err)
	}
	again, err := b.AskNewPasskey(t.Context(), b.lena, "Demo", "lena")
	if err != nil || !strings.Contains(string(again), "excludeCredentials") {
		t.Errorf("%s %v", again, err)
	}
}

func TestPasskeysAreBounded(t *testing.T) {
	b, d := newBench(t, storetest.SQLite(t)), &factortest.Device{Origin: origin, Knows: true}
	for range factor.MaxFactors {
		b.add(d, b.lena, "")
	}
	if _, err := b.AskNewPasskey(t.Context(), b.lena, "Demo", "lena"); keyOf(err) != "error.factors_full" {
		t.Error(err)
	}
	b.Site = factor.Site{}
	if _, err := b.AskPasskey(t.Context(), b.lena, factor.PasskeySecond); keyOf(err) != "error.no_passkeys" {
		t.Error(err)
	}
}

func TestSite(t *testing.T) {
	for _, x := range []struct {
		base    string
		names   []string
		id      string
		origins string
	}{
		{"https://id.example.com", []string{"eu.id.example.com", "kyc.example.net", "id.example.com", "example.com"}, "id.example.com", "https://id.example.com https://eu.id.example.com"},
		{"https://ID.example.com:8443", nil, "id.example.com", "https://id.example.com:8443"},
		{"http://localhost:8080", []string{"localhost", "127.0.0.1"}, "localhost", "http://localhost:8080"},
		{"http://127.0.0.1:8080", []string{"localhost", "127.0.0.1", "::1"}, "localhost", "http://localhost:8080"},
		{"http://[::1]:8080", []string{"localhost"}, "localhost", "http://localhost:8080"},
		{"http://127.0.0.1:8080", nil, "", ""},
		{"http://192.0.2.1", []string{"localhost"}, "", ""},
		{"https://192.0.2.1", nil, "", ""},
		{"http://id.example.com", nil, "", ""},
		{"", nil, "", ""},
		{"::", nil, "", ""},
	} {
		s := factor.SiteOf(x.base, x.names)
		if s.ID != x.id || strings.Join(s.Origins, " ") != x.origins {
			t.Errorf("%s: %+v", x.base, s)
		}
		for _, o := range s.Origins {
			if _, host, _ := strings.Cut(o, "://"); !s.Serves(strings.ToUpper(host)) {
				t.Errorf("%s does not serve %s", x.base, host)
			}
		}
		if s.Serves("evil.example") || s.Serves("") {
			t.Errorf("%s serves anybody", x.base)
		}
	}
}
