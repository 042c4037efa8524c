package tenant_test

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"strings"
	"testing"
	"time"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/keyset"

	"github.com/paifang/paifang/core/audit"
	"github.com/paifang/paifang/core/audit/trail"
	"github.com/paifang/paifang/core/credential"
	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/letter"
	"github.com/paifang/paifang/core/store"
	"github.com/paifang/paifang/core/store/storetest"
	"github.com/paifang/paifang/core/tenant"
	"github.com/paifang/paifang/core/vault"
)

const good = "orbit-teapot walnut 19"

// office is an office on a database, with hashes that cost little.
func office(t *testing.T, s *store.Store) (*tenant.Office, *credential.Hasher, *vault.Vault) {
	t.Helper()
	handle, err := keyset.NewHandle(aead.AES256GCMKeyTemplate())
	if err != nil {
		t.Fatal(err)
	}
	master, err := aead.New(handle)
	if err != nil {
		t.Fatal(err)
	}
	v := vault.New(vault.Config{Master: master, Keys: s, Clock: time.Now})
	hasher := credential.NewHasher(credential.Options{Random: rand.Reader, Cost: credential.Cost{Memory: 64, Time: 1, Threads: 1}})
	record := trail.NewSealer(trail.Config{Store: s, Vault: v, Clock: storetest.Now.Time, IDs: storetest.ID, Random: rand.Reader})
	return &tenant.Office{Letters: &letter.Writer{Vault: v, Clock: time.Now, IDs: storetest.ID, Random: rand.Reader}, Store: s, Keys: v, Record: record, Passwords: hasher, Locales: []kyc.Locale{"en", "ar"}, Roles: []string{"viewer"},
		Clock: storetest.Now.Time, IDs: storetest.ID, Random: rand.Reader}, hasher, v
}

func each(t *testing.T, test func(t *testing.T, o *tenant.Office, s *store.Store)) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		o, _, _ := office(t, s)
		test(t, o, s)
	})
}

// plan is a plan that is accepted.
func plan(id kyc.TenantID) tenant.Plan {
	text := func(name string) kyc.LegalDocument {
		return kyc.LegalDocument{Tenant: id, Name: name, Version: "1", Locale: "en", Title: name, Text: "You agree.", From: 1}
	}
	return tenant.Plan{Tenant: kyc.Tenant{ID: id, Name: "Shop", Locales: kyc.LocaleList{"en"}},
		Markets: []kyc.TenantMarket{{Tenant: id, Market: "overseas", Enabled: true, Config: []byte("{}")}},
		Legal:   []kyc.LegalDocument{text("terms"), text("privacy")}}
}

func found(t *testing.T, o *tenant.Office, id kyc.TenantID) {
	t.Helper()
	if err := o.Found(context.Background(), plan(id)); err != nil {
		t.Fatal(err)
	}
}

func refused(t *testing.T, err error, code kyc.Code, words string) {
	t.Helper()
	if kyc.CodeOf(err) != code || !strings.Contains(err.Error(), words) {
		t.Errorf("error is %v, want %s about %q", err, code, words)
	}
}

func TestFound(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		o, _, v := office(t, s)
		p := plan("shop")
		p.Tenant.Accent, p.Tenant.Support = "#0B6E4F", "help@shop.example"
		p.Signers = []kyc.AssertionKey{signer("shop")}
		if err := o.Found(ctx, p); err != nil {
			t.Fatal(err)
		}
		got, err := s.Tenant(ctx, "shop")
		if err != nil || got.Accent != "#0b6e4f" || got.Created != storetest.Now {
			t.Errorf("%+v %v", got, err)
		}
		if _, err := v.Index(ctx, "shop", "phone", "+8613800138000"); err != nil {
			t.Errorf("its keys do not open: %v", err)
		}
		if m, err := s.TenantMarket(ctx, "shop", "overseas"); err != nil || !m.Enabled {
			t.Errorf("%+v %v", m, err)
		}
		if d, err := s.Legal(ctx, "shop", "privacy", "en", storetest.Now); err != nil || d.Title != "privacy" {
			t.Errorf("%+v %v", d, err)
		}
		if k, err := s.AssertionKey(ctx, "shop", "k-1"); err != nil || k.Issuer != "https://shop.example" {
			t.Errorf("%+v %v", k, err)
		}
		refused(t, o.Found(ctx, p), kyc.Conflict, "exists already")
		again, err := s.Tenant(ctx, "shop")
		if err != nil || again.Name != "Shop" {
			t.Errorf("%+v %v", again, err)
		}
	})
}

func TestPlansThatLackSomething(t *testing.T) {
	o, _, _ := office(t, storetest.SQLite(t))
	for words, change := range map[string]func(p *tenant.Plan){
		"slug":                          func(p *tenant.Plan) { p.Tenant.ID = "Shop!" },
		"a name has":                    func(p *tenant.Plan) { p.Tenant.Name = " " },
		"a name has 1 to 80":            func(p *tenant.Plan) { p.Tenant.Name = strings.Repeat("é", 81) },
		"#rrggbb":                       func(p *tenant.Plan) { p.Tenant.Accent = "red;}" },
		"e-mail":                        func(p *tenant.Plan) { p.Tenant.Support = "Help <a@b.example>" },
		"at least one language":         func(p *tenant.Plan) { p.Tenant.Locales = nil },
		"not shipped":                   func(p *tenant.Plan) { p.Tenant.Locales = kyc.LocaleList{"th"} },
		`"en" is named twice`:           func(p *tenant.Plan) { p.Tenant.Locales = kyc.LocaleList{"en", "en"} },
		"at least one market":           func(p *tenant.Plan) { p.Markets = nil },
		"market is not a slug":          func(p *tenant.Plan) { p.Markets[0].Market = "../x" },
		`"overseas" is named twice`:     func(p *tenant.Plan) { p.Markets = append(p.Markets, p.Markets[0]) },
		`privacy in language "en"`:      func(p *tenant.Plan) { p.Legal = p.Legal[:1] },
		`terms in language "ar"`:        func(p *tenant.Plan) { p.Tenant.Locales = kyc.LocaleList{"en", "ar"} },
		"not an Ed25519":                func(p *tenant.Plan) { p.Signers = []kyc.AssertionKey{{KeyID: "a", Issuer: "b"}} },
		`terms in language "en" are mi`: func(p *tenant.Plan) { p.Legal[0].Text = "" },
	} {
		p := plan("shop")
		change(&p)
		refused(t, o.Found(context.Background(), p), kyc.Invalid, words)
	}
}

func TestStaff(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		o, hasher, _ := office(t, s)
		found(t, o, "shop")
		lena := kyc.Staff{Tenant: "shop", Login: " LÉNA@shop.example ", Name: "Lena", Role: "viewer", Locale: "en"}
		if err := o.Hire(ctx, lena, "orbit teapot nineteen", ""); err != nil {
			t.Fatal(err)
		}
		// The same login, composed differently and in other letters.
		lena.Login = "le\u0301na@SHOP.example"
		refused(t, o.Hire(ctx, lena, "orbit teapot nineteen", ""), kyc.Conflict, "login")
		got, err := s.StaffByLogin(ctx, "shop", "léna@shop.example")
		if err != nil || got.State != "active" || got.Created != storetest.Now {
			t.Fatalf("%+v %v", got, err)
		}
		if err := o.SetPassword(ctx, "shop", lena.Login, "basket lantern forty"); err != nil {
			t.Fatal(err)
		}
		changed, _ := s.StaffByLogin(ctx, "shop", "léna@shop.example")
		if ok, _, err := hasher.Verify(ctx, changed.Hash, "basket lantern forty"); !ok || err != nil || changed.ID != got.ID {
			t.Errorf("%v %v", ok, err)
		}
		for range 2 {
			if err := o.Disable(ctx, "shop", lena.Login); err != nil {
				t.Fatal(err)
			}
		}
		if err := o.SetPassword(ctx, "shop", lena.Login, good); err != nil {
			t.Fatal(err)
		}
		if out, _ := s.StaffByLogin(ctx, "shop", "léna@shop.example"); out.State != "disabled" {
			t.Error("a new password let somebody in who was shut out")
		}
		refused(t, o.SetPassword(ctx, "shop", "nobody", good), kyc.NotFound, "this login")
		refused(t, o.SetPassword(ctx, "none", "nobody", good), kyc.NotFound, `no tenant "none"`)
		refused(t, o.Disable(ctx, "shop", "nobody"), kyc.NotFound, "this login")
	})
}

func TestStaffThatIsRefused(t *testing.T) {
	o, _, _ := office(t, storetest.SQLite(t))
	found(t, o, "shop")
	ctx, fine := context.Background(), kyc.Staff{Tenant: "shop", Login: "walnut", Name: "Lena", Role: "viewer", Locale: "en"}
	for words, change := range map[string]func(s *kyc.Staff){
		`no tenant "none"`:     func(s *kyc.Staff) { s.Tenant = "none" },
		"a login has":          func(s *kyc.Staff) { s.Login = "  " },
		"characters without":   func(s *kyc.Staff) { s.Login = "a b" },
		"a login has 1 to 100": func(s *kyc.Staff) { s.Login = strings.Repeat("a", 101) },
		"a name has":           func(s *kyc.Staff) { s.Name = "" },
		`no role "king"`:       func(s *kyc.Staff) { s.Role = "king" },
		"not shipped":          func(s *kyc.Staff) { s.Locale = "th" },
	} {
		s := fine
		change(&s)
		if err := o.Hire(ctx, s, good, ""); err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("error is %v, want %q", err, words)
		}
	}
	for password, words := range map[string]string{
		"":                          "at least 12",
		"elevenchars":               "at least 12",
		"password1234":              "easy to guess",
		"walnut orbit 19":           "the login or the name",
		"orbit teapot\x00 nineteen": "cannot be typed",
		strings.Repeat("aé7 ", 50):  "too long",
	} {
		refused(t, o.Hire(ctx, fine, password, ""), kyc.Invalid, words)
	}
}

func TestKeys(t *testing.T) {
	each(t, func(t *testing.T, o *tenant.Office, s *store.Store) {
		ctx := context.Background()
		found(t, o, "shop")
		found(t, o, "other")
		for kind, prefix := range map[string]string{tenant.Publishable: "pk_test_", tenant.Secret: "sk_test_"} {
			key, err := o.IssueKey(ctx, "shop", kind, true)
			if err != nil || !strings.HasPrefix(key, prefix) || len(key) != len(prefix)+43 {
				t.Fatalf("%v", err)
			}
			k, err := o.Resolve(ctx, key)
			if err != nil || k.Tenant != "shop" || k.Kind != kind || !k.TestMode {
				t.Errorf("%+v %v", k, err)
			}
		}
		if key, err := o.IssueKey(ctx, "shop", tenant.Secret, false); err != nil || !strings.HasPrefix(key, "sk_live_") {
			t.Error(err)
		}
		_, err := o.IssueKey(ctx, "shop", "golden", false)
		refused(t, err, kyc.Invalid, "publishable or secret")
		_, err = o.IssueKey(ctx, "none", tenant.Secret, false)
		refused(t, err, kyc.NotFound, `no tenant "none"`)

		for range 2 {
			if err := o.AdmitKey(ctx, "shop", tenant.Publishable, "pk_test_shop", true); err != nil {
				t.Fatal(err)
			}
		}
		refused(t, o.AdmitKey(ctx, "other", tenant.Publishable, "pk_test_shop", true), kyc.Conflict, "in use")
		k, err := o.Resolve(ctx, "pk_test_shop")
		if err != nil {
			t.Fatal(err)
		}
		refused(t, o.RevokeKey(ctx, "other", k.ID), kyc.NotFound, "paifang key list other")
		refused(t, o.RevokeKey(ctx, "none", k.ID), kyc.NotFound, `no tenant "none"`)
		for range 2 {
			if err := o.RevokeKey(ctx, "shop", k.ID); err != nil {
				t.Fatal(err)
			}
		}
		list, err := o.ListKeys(ctx, "shop")
		if err != nil || len(list) != 4 || list[3].ID != k.ID || list[3].Revoked == 0 || list[0].Revoked != 0 {
			t.Errorf("%+v %v", list, err)
		}
		recorded(t, s, "shop", audit.KeyRevoked, string(k.ID))
		for _, key := range []string{"", "short", "pk_test_shop", "pk_test_unknown", strings.Repeat("k", 101)} {
			_, err := o.Resolve(ctx, key)
			refused(t, err, kyc.Unauthorized, "not valid")
		}
	})
}

func signer(id kyc.TenantID) kyc.AssertionKey {
	public, _, _ := ed25519.GenerateKey(rand.Reader)
	return kyc.AssertionKey{Tenant: id, KeyID: "k-1", Issuer: "https://shop.example", Public: public}
}

func TestSigners(t *testing.T) {
	each(t, func(t *testing.T, o *tenant.Office, s *store.Store) {
		ctx, k := context.Background(), signer("shop")
		refused(t, o.AdmitSigner(ctx, k), kyc.NotFound, `no tenant "shop"`)
		found(t, o, "shop")
		for range 2 {
			if err := o.AdmitSigner(ctx, k); err != nil {
				t.Fatal(err)
			}
		}
		refused(t, o.AdmitSigner(ctx, signer("shop")), kyc.Conflict, "a new key has a new id")
		for words, change := range map[string]func(k *kyc.AssertionKey){
			"key id":         func(k *kyc.AssertionKey) { k.KeyID = "" },
			"64 letters":     func(k *kyc.AssertionKey) { k.KeyID = "a b" },
			"issuer":         func(k *kyc.AssertionKey) { k.Issuer = "" },
			"without space":  func(k *kyc.AssertionKey) { k.Issuer = "https://a b" },
			"not an Ed25519": func(k *kyc.AssertionKey) { k.Public = k.Public[:31] },
		} {
			bad := signer("shop")
			change(&bad)
			refused(t, o.AdmitSigner(ctx, bad), kyc.Invalid, words)
		}
		if got, err := s.AssertionKey(ctx, "shop", "k-1"); err != nil || string(got.Public) != string(k.Public) || got.Revoked != 0 {
			t.Errorf("%+v %v", got, err)
		}
		refused(t, o.WithdrawSigner(ctx, "shop", "k-2"), kyc.NotFound, "paifang signer list shop")
		for range 2 {
			if err := o.WithdrawSigner(ctx, "shop", "k-1"); err != nil {
				t.Fatal(err)
			}
		}
		if list, err := o.ListSigners(ctx, "shop"); err != nil || len(list) != 1 || list[0].Revoked == 0 {
			t.Errorf("%+v %v", list, err)
		}
		refused(t, o.AdmitSigner(ctx, k), kyc.Conflict, "withdrawn")
		recorded(t, s, "shop", audit.SignerWithdrawn, "k-1")
	})
}

// recorded wants one line about an object.
func recorded(t *testing.T, s *store.Store, id kyc.TenantID, action, object string) {
	t.Helper()
	lines, err := s.AuditLines(context.Background(), id, kyc.AuditFilter{Action: action}, "", 0)
	if err != nil || len(lines) != 1 || lines[0].ObjectID != object {
		t.Errorf("%s: %+v %v", action, lines, err)
	}
}
