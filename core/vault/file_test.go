package vault_test

import (
	"bytes"
	"io"
	"math/rand/v2"
	"testing"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/vault"
)

func sealFile(t testing.TB, h *house, name string, content []byte) (sealed, key []byte) {
	t.Helper()
	var b bytes.Buffer
	w, key, err := h.SealFile(ctx, "acme", "ann", name, &b)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(content); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes(), key
}

func openFile(v *vault.Vault, tenant kyc.TenantID, who kyc.ApplicantID, name string, key, sealed []byte) ([]byte, error) {
	r, err := v.UnsealFile(ctx, tenant, who, name, key, bytes.NewReader(sealed))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

func TestFile(t *testing.T) {
	h := newHouse(t)
	for _, size := range []int{0, 1, 4095, 4096, 4097, 100_000} {
		content := make([]byte, size)
		for i := range content {
			content[i] = byte(rand.IntN(256))
		}
		sealed, key := sealFile(t, h, "f-o", content)
		got, err := openFile(h.fresh(0), "acme", "ann", "f-o", key, sealed)
		if err != nil || !bytes.Equal(got, content) {
			t.Errorf("%d bytes: got %d, %v", size, len(got), err)
		}
		if size > 16 && bytes.Contains(sealed, content[:16]) {
			t.Errorf("%d bytes: the clear bytes show", size)
		}
	}
}

func TestFileOpensOnlyWholeAndAtItsPlace(t *testing.T) {
	h := newHouse(t)
	sealed, key := sealFile(t, h, "f-o", bytes.Repeat([]byte("specimen"), 2000))
	_, otherKey := sealFile(t, h, "f-r", nil)
	broken := bytes.Clone(sealed)
	broken[len(broken)/2] ^= 1
	_, columnKey := sealFile(t, h, "f-o", nil)
	for name, try := range map[string]func() ([]byte, error){
		"another name":   func() ([]byte, error) { return openFile(h.Vault, "acme", "ann", "f-r", key, sealed) },
		"another person": func() ([]byte, error) { return openFile(h.Vault, "acme", "bob", "f-o", key, sealed) },
		"another tenant": func() ([]byte, error) { return openFile(h.Vault, "other", "ann", "f-o", key, sealed) },
		"another key":    func() ([]byte, error) { return openFile(h.Vault, "acme", "ann", "f-o", otherKey, sealed) },
		"key not of it":  func() ([]byte, error) { return openFile(h.Vault, "acme", "ann", "f-o", columnKey, sealed) },
		"no key":         func() ([]byte, error) { return openFile(h.Vault, "acme", "ann", "f-o", nil, sealed) },
		"changed":        func() ([]byte, error) { return openFile(h.Vault, "acme", "ann", "f-o", key, broken) },
		"cut":            func() ([]byte, error) { return openFile(h.Vault, "acme", "ann", "f-o", key, sealed[:len(sealed)-1]) },
		"cut at segment": func() ([]byte, error) { return openFile(h.Vault, "acme", "ann", "f-o", key, sealed[:8192]) },
		"empty":          func() ([]byte, error) { return openFile(h.Vault, "acme", "ann", "f-o", key, nil) },
	} {
		if got, err := try(); kyc.CodeOf(err) != kyc.Internal {
			t.Errorf("%s: %d bytes, %v", name, len(got), err)
		}
	}
}
