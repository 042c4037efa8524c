package trail_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/keyset"

	"github.com/paifang/paifang/core/audit"
	"github.com/paifang/paifang/core/audit/trail"
	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/store"
	"github.com/paifang/paifang/core/store/storetest"
	"github.com/paifang/paifang/core/vault"
)

const shop kyc.TenantID = "shop"

// house is a tenant with its log on a database.
type house struct {
	t      testing.TB
	store  *store.Store
	vault  *vault.Vault
	sealer *trail.Sealer
	now    time.Time
}

func newHouse(t testing.TB, s *store.Store) *house {
	t.Helper()
	handle, err := keyset.NewHandle(aead.AES256GCMKeyTemplate())
	if err != nil {
		t.Fatal(err)
	}
	master, err := aead.New(handle)
	if err != nil {
		t.Fatal(err)
	}
	h := &house{t: t, store: s, now: storetest.Now.Time()}
	h.vault = vault.New(vault.Config{Master: master, Keys: s, Clock: time.Now})
	h.sealer = h.newSealer(s)
	keys, err := h.vault.NewTenant(context.Background(), shop)
	if err != nil {
		t.Fatal(err)
	}
	begin, err := h.sealer.Begin(context.Background(), shop)
	if err != nil {
		t.Fatal(err)
	}
	h.commit(append(begin, kyc.SaveTenant{Tenant: kyc.Tenant{ID: shop, Created: storetest.Now}}, kyc.SaveTenantKeys{TenantKeys: keys})...)
	return h
}

// newSealer is that of another node.
func (h *house) newSealer(s trail.Store) *trail.Sealer {
	return trail.NewSealer(trail.Config{Store: s, Vault: h.vault, Clock: func() time.Time { return h.now }, IDs: storetest.ID, Random: rand.Reader})
}

func (h *house) commit(writes ...kyc.Write) {
	h.t.Helper()
	if err := h.store.Commit(context.Background(), shop, writes); err != nil {
		h.t.Fatal(err)
	}
}

// happens writes lines about things that happen.
func (h *house) happens(n int) {
	h.t.Helper()
	var change kyc.Change
	for i := range n {
		change = append(change, audit.Line(func() time.Time { return h.now }, storetest.ID, shop, audit.Staff("s1"), audit.CaseClaimed, "case", fmt.Sprint("c", i), "codes", "image.blur"))
	}
	h.commit(change...)
}

func (h *house) seal() {
	h.t.Helper()
	if err := h.sealer.Seal(context.Background(), shop); err != nil {
		h.t.Fatal(err)
	}
}

// later lets so much time pass that the next checkpoint is kept.
func (h *house) later() { h.now = h.now.Add(trail.KeepEvery + time.Minute) }

// rounds seals so many lines after each other, with a checkpoint that is kept each.
func (h *house) rounds(sizes ...int) {
	h.t.Helper()
	for _, n := range sizes {
		h.happens(n)
		h.seal()
		h.later()
	}
}

func (h *house) checkpoint() string {
	h.t.Helper()
	log, err := trail.Head(context.Background(), h.store, shop)
	if err != nil {
		h.t.Fatal(err)
	}
	return log.Checkpoint
}

func (h *house) keys() []kyc.AuditKey {
	h.t.Helper()
	keys, err := h.store.AuditKeys(context.Background(), shop)
	if err != nil {
		h.t.Fatal(err)
	}
	return keys
}

func (h *house) bundle() string {
	h.t.Helper()
	var out bytes.Buffer
	if _, err := trail.Export(context.Background(), h.store, shop, &out, nil); err != nil {
		h.t.Fatal(err)
	}
	return out.String()
}

func pin(t testing.TB, verifier string) trail.Key {
	t.Helper()
	key, err := trail.ParseKey(verifier)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// whole verifies a bundle that must be whole.
func whole(t testing.TB, bundle string, o trail.Options) trail.Report {
	t.Helper()
	report, err := trail.Verify(strings.NewReader(bundle), o)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// broken verifies a bundle that must not be, for a reason that has these words.
func broken(t testing.TB, bundle string, o trail.Options, words string) {
	t.Helper()
	_, err := trail.Verify(strings.NewReader(bundle), o)
	if b, ok := err.(*trail.Broken); !ok || !strings.Contains(b.Why, words) { //nolint:errorlint // Verify never wraps it
		t.Errorf("got %v, want to be told of %q", err, words)
	}
}
