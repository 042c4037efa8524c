package vault_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/tink"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/vault"
)

var ctx = context.Background()

// memory is where wrapped keys are kept in these tests.
type memory struct {
	mu         sync.Mutex
	tenants    map[kyc.TenantID]kyc.TenantKeys
	applicants map[string][]byte
	reads      int
	fail       error
}

func (m *memory) ApplicantKey(_ context.Context, t kyc.TenantID, a kyc.ApplicantID) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.reads++
	if m.fail != nil {
		return nil, m.fail
	}
	k, ok := m.applicants[string(t)+"/"+string(a)]
	if !ok {
		return nil, kyc.E(kyc.NotFound, "no applicant")
	}
	return k, nil
}

func (m *memory) TenantKeys(_ context.Context, t kyc.TenantID) (kyc.TenantKeys, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	k, ok := m.tenants[t]
	if !ok {
		return k, kyc.E(kyc.NotFound, "no tenant")
	}
	return k, nil
}

// house is a vault with its storage, a clock that stands still and the tenants
// and applicants that the tests use.
type house struct {
	*vault.Vault
	keys   *memory
	master tink.AEAD
	shelf  vault.Shelf
	now    time.Time
}

func (h *house) clock() time.Time { return h.now }

func (h *house) fresh(cached int) *vault.Vault {
	return vault.New(vault.Config{Master: h.master, Keys: h.keys, Shelf: h.shelf, Clock: h.clock, Cached: cached})
}

func newHouse(t testing.TB) *house {
	t.Helper()
	dir := t.TempDir()
	return newHouseOn(t, func() (vault.Shelf, error) { return vault.OpenShelf(ctx, filepath.Join(dir, "keys"), nil) })
}

func newHouseOn(t testing.TB, open func() (vault.Shelf, error)) *house {
	t.Helper()
	handle, err := keyset.NewHandle(aead.AES256GCMKeyTemplate())
	if err != nil {
		t.Fatal(err)
	}
	master, err := aead.New(handle)
	if err != nil {
		t.Fatal(err)
	}
	h := &house{
		keys:   &memory{tenants: map[kyc.TenantID]kyc.TenantKeys{}, applicants: map[string][]byte{}},
		master: master,
		now:    time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC),
	}
	if h.shelf, err = open(); err != nil {
		t.Fatal(err)
	}
	h.Vault = h.fresh(0)
	for _, tenant := range []kyc.TenantID{"acme", "other"} {
		k, err := h.NewTenant(ctx, tenant)
		if err != nil {
			t.Fatal(err)
		}
		h.keys.tenants[tenant] = k
		for _, applicant := range []kyc.ApplicantID{"ann", "bob"} {
			h.add(t, tenant, applicant)
		}
	}
	return h
}

func (h *house) add(t testing.TB, tenant kyc.TenantID, applicant kyc.ApplicantID) {
	t.Helper()
	wrapped, err := h.NewApplicant(ctx, tenant, applicant)
	if err != nil {
		t.Fatal(err)
	}
	h.keys.mu.Lock()
	h.keys.applicants[string(tenant)+"/"+string(applicant)] = wrapped
	h.keys.mu.Unlock()
}

func TestSealedOpensOnlyAtItsPlace(t *testing.T) {
	h := newHouse(t)
	secret := []byte("安娜 ERIKSSON")
	sealed, err := h.Seal(ctx, "acme", "ann", "profile", secret)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(sealed, []byte("ERIKSSON")) {
		t.Fatal("the sealed value shows the clear one")
	}
	for name, v := range map[string]*vault.Vault{"the same vault": h.Vault, "another node": h.fresh(0)} {
		got, err := v.Unseal(ctx, "acme", "ann", "profile", sealed)
		if err != nil || !bytes.Equal(got, secret) {
			t.Errorf("%s: got %q, %v", name, got, err)
		}
	}
	moved := []struct {
		tenant    kyc.TenantID
		applicant kyc.ApplicantID
		column    string
	}{
		{"other", "ann", "profile"}, {"acme", "bob", "profile"}, {"acme", "ann", "draft"},
		{"acme", "ann", ""}, {"acme", "ann", "profil"},
	}
	for _, m := range moved {
		if _, err := h.Unseal(ctx, m.tenant, m.applicant, m.column, sealed); kyc.CodeOf(err) != kyc.Internal {
			t.Errorf("opened at %v: %v", m, err)
		}
	}
	for i := range sealed {
		broken := bytes.Clone(sealed)
		broken[i] ^= 1
		if _, err := h.Unseal(ctx, "acme", "ann", "profile", broken); err == nil {
			t.Fatalf("opened with byte %d changed", i)
		}
	}
}

func TestNothingSealedIsNothing(t *testing.T) {
	h := newHouse(t)
	got, err := h.Unseal(ctx, "acme", "ann", "draft", nil)
	if err != nil || got != nil {
		t.Fatalf("got %q, %v", got, err)
	}
	sealed, err := h.Seal(ctx, "acme", "ann", "draft", nil)
	if err != nil || len(sealed) == 0 {
		t.Fatalf("an empty value must be sealed too: %x, %v", sealed, err)
	}
}

func TestWrappedKeyMovedToAnotherPersonDoesNotOpen(t *testing.T) {
	h := newHouse(t)
	sealed, _ := h.Seal(ctx, "acme", "ann", "profile", []byte("x"))
	h.keys.applicants["acme/bob"] = h.keys.applicants["acme/ann"]
	h.keys.applicants["other/ann"] = h.keys.applicants["acme/ann"]
	v := h.fresh(0)
	if _, err := v.Unseal(ctx, "acme", "bob", "profile", sealed); kyc.CodeOf(err) != kyc.Internal {
		t.Errorf("bob opens ann's: %v", err)
	}
	if _, err := v.Unseal(ctx, "other", "ann", "profile", sealed); kyc.CodeOf(err) != kyc.Internal {
		t.Errorf("another tenant opens: %v", err)
	}
	h.keys.tenants["other"] = h.keys.tenants["acme"]
	if _, err := h.fresh(0).Index(ctx, "other", "phone", "x"); kyc.CodeOf(err) != kyc.Internal {
		t.Errorf("another tenant's keys open: %v", err)
	}
	swapped := h.keys.tenants["acme"]
	swapped.Seal, swapped.Index = swapped.Index, swapped.Seal
	h.keys.tenants["acme"] = swapped
	if _, err := h.fresh(0).Index(ctx, "acme", "phone", "x"); kyc.CodeOf(err) != kyc.Internal {
		t.Errorf("swapped keys open: %v", err)
	}
}

func TestApplicantIsUsableBeforeCommit(t *testing.T) {
	h := newHouse(t)
	if _, err := h.NewApplicant(ctx, "acme", "new"); err != nil {
		t.Fatal(err)
	}
	sealed, err := h.Seal(ctx, "acme", "new", "c", []byte("x"))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := h.Unseal(ctx, "acme", "new", "c", sealed); err != nil || string(got) != "x" {
		t.Fatalf("got %q, %v", got, err)
	}
}

func TestErasure(t *testing.T) {
	for name, after := range map[string]func(h *house){
		"forgotten":  func(h *house) { h.Forget("acme", "ann") },
		"in time":    func(h *house) { h.now = h.now.Add(time.Minute) },
		"other node": func(h *house) { h.Vault = h.fresh(0) },
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			sealed, _ := h.Seal(ctx, "acme", "ann", "c", []byte("x"))
			var blob bytes.Buffer
			w, key, err := h.SealFile(ctx, "acme", "ann", "f", &blob)
			if err != nil || w.Close() != nil {
				t.Fatal(err)
			}
			delete(h.keys.applicants, "acme/ann")
			after(h)
			if _, err := h.Unseal(ctx, "acme", "ann", "c", sealed); kyc.CodeOf(err) != kyc.Gone {
				t.Errorf("Unseal: %v", err)
			}
			if _, err := h.Seal(ctx, "acme", "ann", "c", nil); kyc.CodeOf(err) != kyc.Gone {
				t.Errorf("Seal: %v", err)
			}
			if _, err := h.UnsealFile(ctx, "acme", "ann", "f", key, &blob); kyc.CodeOf(err) != kyc.Gone {
				t.Errorf("UnsealFile: %v", err)
			}
			if _, err := h.Unseal(ctx, "acme", "bob", "c", nil); err != nil {
				t.Errorf("bob: %v", err)
			}
		})
	}
}

func TestStorageFaultIsNotErasure(t *testing.T) {
	h := newHouse(t)
	h.keys.fail = kyc.E(kyc.Unavailable, "database")
	if _, err := h.fresh(0).Seal(ctx, "acme", "ann", "c", nil); kyc.CodeOf(err) != kyc.Unavailable {
		t.Fatalf("got %v", err)
	}
}

func TestAnotherMasterKeyOpensNothing(t *testing.T) {
	h := newHouse(t)
	other := newHouse(t)
	v := vault.New(vault.Config{Master: other.master, Keys: h.keys, Clock: h.clock})
	if _, err := v.Seal(ctx, "acme", "ann", "c", nil); kyc.CodeOf(err) != kyc.Internal {
		t.Fatalf("got %v", err)
	}
}

func TestTenantValues(t *testing.T) {
	h := newHouse(t)
	sealed, err := h.SealTenant(ctx, "acme", "replays.body", []byte("x"))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := h.fresh(0).UnsealTenant(ctx, "acme", "replays.body", sealed); err != nil || string(got) != "x" {
		t.Fatalf("got %q, %v", got, err)
	}
	if _, err := h.UnsealTenant(ctx, "other", "replays.body", sealed); err == nil {
		t.Error("opens in another tenant")
	}
	if _, err := h.UnsealTenant(ctx, "acme", "replays", sealed); err == nil {
		t.Error("opens in another column")
	}
	if _, err := h.UnsealTenant(ctx, "nobody", "replays", sealed); kyc.CodeOf(err) != kyc.NotFound {
		t.Errorf("unknown tenant: %v", err)
	}
}

func TestIndex(t *testing.T) {
	h := newHouse(t)
	index := func(v *vault.Vault, tenant kyc.TenantID, class, value string) string {
		b, err := v.Index(ctx, tenant, class, value)
		if err != nil || len(b) != vault.IndexBytes {
			t.Fatalf("%x, %v", b, err)
		}
		return string(b)
	}
	base := index(h.Vault, "acme", "phone", "+8613800138000")
	if base != index(h.fresh(0), "acme", "phone", "+8613800138000") {
		t.Error("another node makes another index")
	}
	seen := map[string]bool{base: true}
	for _, other := range []string{
		index(h.Vault, "other", "phone", "+8613800138000"),
		index(h.Vault, "acme", "phone2", "+8613800138000"),
		index(h.Vault, "acme", "phone", "+8613800138001"),
		index(h.Vault, "acme", "phone+", "8613800138000"), // no ambiguity at the seam
		index(h.Vault, "acme", "", ""),
	} {
		if seen[other] {
			t.Error("two indexes are equal")
		}
		seen[other] = true
	}
}

func TestToken(t *testing.T) {
	a, ha := vault.Token(rand.Reader)
	b, _ := vault.Token(rand.Reader)
	if a == b || len(a) != 43 || len(ha) != 32 || !bytes.Equal(ha, vault.HashToken(a)) {
		t.Fatalf("%q %q %x", a, b, ha)
	}
	defer func() {
		if recover() == nil {
			t.Error("a failing random source must not give a token")
		}
	}()
	vault.Token(io.LimitReader(rand.Reader, 31))
}

func TestCacheIsBoundedAndSafe(t *testing.T) {
	h := newHouse(t)
	for i := range 20 {
		h.add(t, "acme", kyc.ApplicantID(fmt.Sprint("p", i)))
	}
	v := h.fresh(4)
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for i := range 100 {
				who := kyc.ApplicantID(fmt.Sprint("p", (i*7+g)%20))
				sealed, err := v.Seal(ctx, "acme", who, "c", []byte(who))
				if err != nil {
					t.Error(err)
					return
				}
				got, err := v.Unseal(ctx, "acme", who, "c", sealed)
				if err != nil || string(got) != string(who) {
					t.Errorf("%s: %q, %v", who, got, err)
				}
			}
		})
	}
	wg.Wait()
	before := h.keys.reads
	for i := range 20 {
		if _, err := v.Seal(ctx, "acme", kyc.ApplicantID(fmt.Sprint("p", i)), "c", nil); err != nil {
			t.Fatal(err)
		}
	}
	if reads := h.keys.reads - before; reads < 16 {
		t.Errorf("only %d reads: the cache holds more than 4", reads)
	}
}
