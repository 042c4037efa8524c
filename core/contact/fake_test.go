package contact_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"math/rand/v2"

	"github.com/paifang/paifang/core/contact"
	"github.com/paifang/paifang/core/kyc"
)

// prf is an Indexer with the tenant's name as its key.
type prf struct{}

func (prf) Index(_ context.Context, tenant kyc.TenantID, class, canonical string) ([]byte, error) {
	mac := hmac.New(sha256.New, []byte(tenant))
	fmt.Fprintf(mac, "%d:%s%s", len(class), class, canonical)
	return mac.Sum(nil), nil
}

// clear is a Sealer that leaves the plain text to be looked at.
type clear struct{}

func (clear) Seal(_ context.Context, _ kyc.TenantID, _ kyc.ApplicantID, _ string, plain []byte) ([]byte, error) {
	return plain, nil
}

// counter makes ids "1", "2", …
func counter() kyc.IDs {
	n := 0
	return func() string { n++; return fmt.Sprint(n) }
}

// chacha is a deterministic source of bytes that pass for random.
func chacha(seed byte) *rand.ChaCha8 { return rand.NewChaCha8([32]byte{seed}) }

func maker() *contact.Maker {
	return &contact.Maker{Index: prf{}, Sealer: clear{}, IDs: counter(), Random: chacha(1)}
}

func human() *contact.Human {
	return &contact.Human{Index: prf{}, Random: chacha(2), MaxNumber: 2000}
}
