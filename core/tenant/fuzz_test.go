package tenant_test

import (
	"crypto/ed25519"
	"crypto/x509"
	"encoding/pem"
	"testing"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/tenant"
)

// FuzzPublicKey: what staff paste as a marketplace's key is one that can be written
// again and is read the same, or it is refused in words.
func FuzzPublicKey(f *testing.F) {
	f.Fuzz(func(t *testing.T, text string) {
		key, err := tenant.PublicKey(text)
		if err != nil {
			if kyc.CodeOf(err) != kyc.Invalid || key != nil {
				t.Fatalf("%v and a key of %d bytes", err, len(key))
			}
			return
		}
		der, err := x509.MarshalPKIXPublicKey(key)
		if err != nil || len(key) != ed25519.PublicKeySize {
			t.Fatalf("%d bytes: %v", len(key), err)
		}
		again, err := tenant.PublicKey(string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})))
		if err != nil || !again.Equal(key) {
			t.Fatalf("read again: %v", err)
		}
	})
}
