package vault

import (
	"bytes"
	"context"
	"errors"
	"time"

	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/prf"
	"github.com/tink-crypto/tink-go/v2/tink"

	"github.com/paifang/paifang/core/kyc"
)

// Keys reads wrapped keys from storage. A missing key is kyc.NotFound.
type Keys interface {
	ApplicantKey(ctx context.Context, tenant kyc.TenantID, applicant kyc.ApplicantID) ([]byte, error)
	TenantKeys(ctx context.Context, tenant kyc.TenantID) (kyc.TenantKeys, error)
}

// DefaultFresh is how long an opened key is used without asking storage.
const DefaultFresh = time.Minute

// Config makes a Vault. Master, Keys and Clock are required; the rest has
// usable zero values.
type Config struct {
	Master tink.AEAD
	Keys   Keys
	Clock  kyc.Clock
	Shelf  Shelf         // where the trees are; nil: tenants without trees only
	Cached int           // opened applicants' keys in memory; 0: 4096 (about 2 kB each)
	Fresh  time.Duration // how long an opened key is used without asking storage; 0: DefaultFresh
}

// Vault seals and opens. It is safe for concurrent use.
type Vault struct {
	master     tink.AEAD
	keys       Keys
	clock      kyc.Clock
	shelf      Shelf
	tenants    *cache[kyc.TenantID, tenantKeys]
	applicants *cache[person, tink.AEAD]
}

type person struct {
	tenant    kyc.TenantID
	applicant kyc.ApplicantID
}

type tenantKeys struct {
	seal   tink.AEAD
	sealID uint32 // of the key that new values are sealed with
	index  prf.PRF
	lookup [2]prf.PRF // by slot of a blind index; nil: that slot has no key
	tree   *tree      // nil: applicants' keys have no leaf
}

// New makes a Vault. It panics when a required part is missing, which is a
// mistake of the program and not of its environment.
func New(c Config) *Vault {
	if c.Master == nil || c.Keys == nil || c.Clock == nil {
		panic("vault: Master, Keys and Clock are required")
	}
	if c.Cached <= 0 {
		c.Cached = 4096
	}
	if c.Fresh <= 0 {
		c.Fresh = DefaultFresh
	}
	return &Vault{
		master:     c.Master,
		keys:       c.Keys,
		clock:      c.Clock,
		shelf:      c.Shelf,
		tenants:    newCache[kyc.TenantID, tenantKeys](1024, c.Fresh),
		applicants: newCache[person, tink.AEAD](c.Cached, c.Fresh),
	}
}

func wrap(h *keyset.Handle, by tink.AEAD, binding []byte) ([]byte, error) {
	var b bytes.Buffer
	seen := &witness{AEAD: by}
	if err := h.WriteWithAssociatedData(keyset.NewBinaryWriter(&b), seen, binding); err != nil {
		return nil, seen.or(err)
	}
	return b.Bytes(), nil
}

func unwrap(wrapped []byte, by tink.AEAD, binding []byte) (*keyset.Handle, error) {
	if len(wrapped) == 0 {
		return nil, errors.New("no wrapped key")
	}
	seen := &witness{AEAD: by}
	handle, err := keyset.ReadWithAssociatedData(keyset.NewBinaryReader(bytes.NewReader(wrapped)), seen, binding)
	if err != nil {
		return nil, seen.or(err)
	}
	return handle, nil
}

// witness keeps the error of a key, of which Tink keeps only the words: whether a
// KMS was away or refused is told by its code.
type witness struct {
	tink.AEAD
	err error
}

func (w *witness) Encrypt(plain, bound []byte) (sealed []byte, err error) {
	sealed, w.err = w.AEAD.Encrypt(plain, bound)
	return sealed, w.err
}

func (w *witness) Decrypt(sealed, bound []byte) (plain []byte, err error) {
	plain, w.err = w.AEAD.Decrypt(sealed, bound)
	return plain, w.err
}

func (w *witness) or(err error) error {
	if w.err != nil {
		return w.err
	}
	return err
}
