package vault_test

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/vault"
)

// sandboxTransit speaks the protocol of Vault's transit engine as far as we need
// it, over TLS, with real AES-GCM.
type sandboxTransit struct {
	mu    sync.Mutex
	keys  []cipher.AEAD // by version, from 1
	least int
	down  bool
	asked int
}

const sandboxToken = "sandbox-token"

func (s *sandboxTransit) rotate() {
	key := make([]byte, 32)
	_, _ = rand.Read(key)
	block, _ := aes.NewCipher(key)
	gcm, _ := cipher.NewGCM(block)
	s.keys = append(s.keys, gcm)
}

func (s *sandboxTransit) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked++
	var in struct {
		Plaintext  []byte `json:"plaintext"`
		Ciphertext string `json:"ciphertext"`
		Bound      []byte `json:"associated_data"`
		Least      int    `json:"min_decryption_version"`
	}
	refuse := func(status int, why string) {
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(map[string][]string{"errors": {why}})
	}
	answer := func(data any) { _ = json.NewEncoder(w).Encode(map[string]any{"request_id": "x", "data": data}) }
	switch {
	case s.down:
		refuse(http.StatusServiceUnavailable, "Vault is sealed")
		return
	case r.Header.Get("X-Vault-Token") != sandboxToken:
		refuse(http.StatusForbidden, "permission denied")
		return
	}
	if r.Method == http.MethodPost && json.NewDecoder(r.Body).Decode(&in) != nil {
		refuse(http.StatusBadRequest, "bad body")
		return
	}
	switch r.Method + " " + r.URL.Path {
	case "POST /v1/transit/encrypt/paifang":
		gcm := s.keys[len(s.keys)-1]
		nonce := make([]byte, gcm.NonceSize())
		_, _ = rand.Read(nonce)
		sealed := gcm.Seal(nonce, nonce, in.Plaintext, in.Bound)
		answer(map[string]any{"ciphertext": fmt.Sprintf("vault:v%d:%s", len(s.keys), base64.StdEncoding.EncodeToString(sealed)), "key_version": len(s.keys)})
	case "POST /v1/transit/decrypt/paifang":
		plain, ok := s.open(in.Ciphertext, in.Bound)
		if !ok {
			refuse(http.StatusBadRequest, "cipher: message authentication failed")
			return
		}
		answer(map[string]any{"plaintext": plain})
	case "POST /v1/transit/keys/paifang/rotate":
		s.rotate()
		w.WriteHeader(http.StatusNoContent)
	case "POST /v1/transit/keys/paifang/config":
		s.least = in.Least
		w.WriteHeader(http.StatusNoContent)
	case "GET /v1/transit/keys/paifang":
		answer(map[string]any{"latest_version": len(s.keys), "min_decryption_version": s.least, "type": "aes256-gcm96"})
	default:
		refuse(http.StatusNotFound, "no handler")
	}
}

func (s *sandboxTransit) open(text string, bound []byte) ([]byte, bool) {
	var version int
	var coded string
	if _, err := fmt.Sscanf(strings.Replace(text, ":v", ":v ", 1), "vault:v %d:%s", &version, &coded); err != nil ||
		version < max(s.least, 1) || version > len(s.keys) {
		return nil, false
	}
	raw, err := base64.StdEncoding.DecodeString(coded)
	gcm := s.keys[version-1]
	if err != nil || len(raw) < gcm.NonceSize() {
		return nil, false
	}
	plain, err := gcm.Open(nil, raw[:gcm.NonceSize()], raw[gcm.NonceSize():], bound)
	return plain, err == nil
}

func (s *sandboxTransit) set(down bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.down = down
}

func newTransit(t *testing.T) (*sandboxTransit, *vault.TransitKey, string) {
	t.Helper()
	s := &sandboxTransit{}
	s.rotate()
	server := httptest.NewTLSServer(s)
	t.Cleanup(server.Close)
	authority := filepath.Join(t.TempDir(), "ca.pem")
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	if err := os.WriteFile(authority, text, 0o600); err != nil {
		t.Fatal(err)
	}
	address := "hcvault" + strings.TrimPrefix(server.URL, "https") + "/transit/keys/paifang"
	key, err := vault.TransitMaster(address, sandboxToken, authority)
	if err != nil {
		t.Fatal(err)
	}
	return s, key, address
}

// TestMasterInAKMS: everything works with it, it is asked seldom, and while it is
// away that is said, not something else; when it is back all goes on.
func TestMasterInAKMS(t *testing.T) {
	kms, key, _ := newTransit(t)
	h := newHouse(t)
	h.master = key
	h.keys.tenants, h.keys.applicants = map[kyc.TenantID]kyc.TenantKeys{}, map[string][]byte{}
	var err error
	if h.shelf, err = vault.OpenShelf(ctx, filepath.Join(t.TempDir(), "keys"), nil); err != nil {
		t.Fatal(err)
	}
	h.Vault = h.fresh(0)
	if h.keys.tenants["acme"], err = h.NewTenant(ctx, "acme"); err != nil {
		t.Fatal(err)
	}
	h.add(t, "acme", "ann")
	sealed, err := h.Seal(ctx, "acme", "ann", "c", []byte("x"))
	if err != nil {
		t.Fatal(err)
	}
	node := h.fresh(0)
	for range 50 {
		if got, err := node.Unseal(ctx, "acme", "ann", "c", sealed); err != nil || string(got) != "x" {
			t.Fatalf("%q, %v", got, err)
		}
	}
	kms.mu.Lock()
	if kms.asked > 12 {
		t.Errorf("the KMS was asked %d times", kms.asked)
	}
	kms.mu.Unlock()

	kms.set(true)
	if _, err := node.Unseal(ctx, "acme", "ann", "c", sealed); err != nil {
		t.Errorf("what is in memory: %v", err)
	}
	h.now = h.now.Add(2 * time.Minute)
	if _, err := node.Unseal(ctx, "acme", "ann", "c", sealed); kyc.CodeOf(err) != kyc.Unavailable {
		t.Errorf("while the KMS is away: %v", err)
	}
	if _, err := h.fresh(0).NewTenant(ctx, "new"); kyc.CodeOf(err) != kyc.Unavailable {
		t.Errorf("a new tenant while the KMS is away: %v", err)
	}
	kms.set(false)
	if got, err := node.Unseal(ctx, "acme", "ann", "c", sealed); err != nil || string(got) != "x" {
		t.Errorf("afterwards: %q, %v", got, err)
	}
}

func TestTransitKey(t *testing.T) {
	_, key, address := newTransit(t)
	sealed, err := key.Encrypt([]byte("x"), []byte("place"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := key.Decrypt(sealed, []byte("elsewhere")); kyc.CodeOf(err) != kyc.Internal {
		t.Errorf("at another place: %v", err)
	}
	if err := key.Add(); err != nil {
		t.Fatal(err)
	}
	newest, older, err := key.Marks()
	if err != nil || string(newest) != "vault:v2:" || len(older) != 1 || !strings.HasPrefix(string(sealed), string(older[0])) {
		t.Errorf("marks %s, %s, %v", newest, older, err)
	}
	if got, err := key.Decrypt(sealed, []byte("place")); err != nil || string(got) != "x" {
		t.Errorf("of the older version: %q, %v", got, err)
	}
	if err := key.Drop(); err != nil {
		t.Fatal(err)
	}
	if _, err := key.Decrypt(sealed, []byte("place")); kyc.CodeOf(err) != kyc.Internal {
		t.Errorf("of a dropped version: %v", err)
	}
	stranger, err := vault.TransitMaster(address, sandboxToken, "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := stranger.Encrypt(nil, nil); kyc.CodeOf(err) != kyc.Unavailable {
		t.Errorf("a certificate that nobody trusts: %v", err)
	}
}

func TestTransitAddresses(t *testing.T) {
	for _, bad := range []string{"", "hcvault://", "hcvault://h", "hcvault://h/transit", "hcvault://h/transit/keys/", "hcvault://h/transit/keys/a/b",
		"hcvault://u:p@h/transit/keys/a", "http://h/transit/keys/a", "hcvault+http://kms.example/transit/keys/a", "hcvault://h/t/keys/a?x=1"} {
		if _, err := vault.TransitMaster(bad, "t", ""); kyc.CodeOf(err) != kyc.Invalid {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if _, err := vault.TransitMaster("hcvault://h/transit/keys/a", "", ""); kyc.CodeOf(err) != kyc.Invalid {
		t.Errorf("without a token: %v", err)
	}
}
