package vault

import (
	"bytes"
	"context"
	"errors"
	"time"

	"github.com/tink-crypto/tink-go/v2/aead"
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

// Config makes a Vault. Master, Keys and Clock are required; the rest has
// usable zero values.
type Config struct {
	Master tink.AEAD
	Keys   Keys
	Clock  kyc.Clock
	Cached int           // opened applicants' keys in memory; 0: 4096 (about 2 kB each)
	Fresh  time.Duration // how long an opened key is used without asking storage; 0: 1 minute
}

// Vault seals and opens. It is safe for concurrent use.
type Vault struct {
	master     tink.AEAD
	keys       Keys
	clock      kyc.Clock
	tenants    *cache[kyc.TenantID, tenantKeys]
	applicants *cache[person, tink.AEAD]
}

type person struct {
	tenant    kyc.TenantID
	applicant kyc.ApplicantID
}

type tenantKeys struct {
	seal  tink.AEAD
	index prf.PRF
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
		c.Fresh = time.Minute
	}
	return &Vault{
		master:     c.Master,
		keys:       c.Keys,
		clock:      c.Clock,
		tenants:    newCache[kyc.TenantID, tenantKeys](1024, c.Fresh),
		applicants: newCache[person, tink.AEAD](c.Cached, c.Fresh),
	}
}

// NewTenant makes the two keysets of a tenant, wrapped by the master key, to be
// written with kyc.SaveTenantKeys. They are usable at once, before the commit.
func (v *Vault) NewTenant(tenant kyc.TenantID) (kyc.TenantKeys, error) {
	seal, err := keyset.NewHandle(aead.AES256GCMKeyTemplate())
	if err != nil {
		return kyc.TenantKeys{}, kyc.Wrap(kyc.Internal, err, "make a tenant's seal key")
	}
	index, err := keyset.NewHandle(prf.HMACSHA256PRFKeyTemplate())
	if err != nil {
		return kyc.TenantKeys{}, kyc.Wrap(kyc.Internal, err, "make a tenant's index key")
	}
	k := kyc.TenantKeys{Tenant: tenant, Created: kyc.At(v.clock())}
	if k.Seal, err = wrap(seal, v.master, binding("tenant.seal", string(tenant))); err != nil {
		return kyc.TenantKeys{}, kyc.Wrap(kyc.Unavailable, err, "wrap a tenant's seal key")
	}
	if k.Index, err = wrap(index, v.master, binding("tenant.index", string(tenant))); err != nil {
		return kyc.TenantKeys{}, kyc.Wrap(kyc.Unavailable, err, "wrap a tenant's index key")
	}
	opened, err := openTenant(seal, index)
	if err != nil {
		return kyc.TenantKeys{}, err
	}
	v.tenants.put(tenant, opened, v.clock())
	return k, nil
}

// NewApplicant makes a person's key, wrapped by the tenant's, to be written with
// kyc.CreateApplicant. It is usable at once, before the commit.
func (v *Vault) NewApplicant(ctx context.Context, tenant kyc.TenantID, applicant kyc.ApplicantID) ([]byte, error) {
	keys, err := v.tenant(ctx, tenant)
	if err != nil {
		return nil, err
	}
	handle, err := keyset.NewHandle(aead.AES256GCMKeyTemplate())
	if err != nil {
		return nil, kyc.Wrap(kyc.Internal, err, "make an applicant's key")
	}
	wrapped, err := wrap(handle, keys.seal, binding("applicant", string(tenant), string(applicant)))
	if err != nil {
		return nil, kyc.Wrap(kyc.Internal, err, "wrap an applicant's key")
	}
	opened, err := aead.New(handle)
	if err != nil {
		return nil, kyc.Wrap(kyc.Internal, err, "use an applicant's key")
	}
	v.applicants.put(person{tenant, applicant}, opened, v.clock())
	return wrapped, nil
}

// Forget drops a person's opened key from memory; erasure calls it after the
// wrapped key has been destroyed.
func (v *Vault) Forget(tenant kyc.TenantID, applicant kyc.ApplicantID) {
	v.applicants.drop(person{tenant, applicant})
}

func (v *Vault) tenant(ctx context.Context, tenant kyc.TenantID) (tenantKeys, error) {
	now := v.clock()
	if k, ok := v.tenants.get(tenant, now); ok {
		return k, nil
	}
	stored, err := v.keys.TenantKeys(ctx, tenant)
	if err != nil {
		return tenantKeys{}, err
	}
	seal, err := unwrap(stored.Seal, v.master, binding("tenant.seal", string(tenant)))
	if err != nil {
		return tenantKeys{}, kyc.Wrap(kyc.Internal, err, "seal key of tenant "+string(tenant)+" does not open: was it wrapped by another master key?")
	}
	index, err := unwrap(stored.Index, v.master, binding("tenant.index", string(tenant)))
	if err != nil {
		return tenantKeys{}, kyc.Wrap(kyc.Internal, err, "index key of tenant "+string(tenant)+" does not open: was it wrapped by another master key?")
	}
	opened, err := openTenant(seal, index)
	if err != nil {
		return tenantKeys{}, err
	}
	v.tenants.put(tenant, opened, now)
	return opened, nil
}

func (v *Vault) applicant(ctx context.Context, tenant kyc.TenantID, applicant kyc.ApplicantID) (tink.AEAD, error) {
	now := v.clock()
	who := person{tenant, applicant}
	if k, ok := v.applicants.get(who, now); ok {
		return k, nil
	}
	wrapped, err := v.keys.ApplicantKey(ctx, tenant, applicant)
	if kyc.CodeOf(err) == kyc.NotFound || err == nil && len(wrapped) == 0 {
		return nil, kyc.EKey(kyc.Gone, "error.erased", "the applicant's key is gone")
	}
	if err != nil {
		return nil, err
	}
	keys, err := v.tenant(ctx, tenant)
	if err != nil {
		return nil, err
	}
	handle, err := unwrap(wrapped, keys.seal, binding("applicant", string(tenant), string(applicant)))
	if err != nil {
		return nil, kyc.Wrap(kyc.Internal, err, "applicant's key does not open")
	}
	opened, err := aead.New(handle)
	if err != nil {
		return nil, kyc.Wrap(kyc.Internal, err, "use an applicant's key")
	}
	v.applicants.put(who, opened, now)
	return opened, nil
}

func openTenant(seal, index *keyset.Handle) (tenantKeys, error) {
	sealer, err := aead.New(seal)
	if err != nil {
		return tenantKeys{}, kyc.Wrap(kyc.Internal, err, "use a tenant's seal key")
	}
	set, err := prf.NewPRFSet(index)
	if err != nil {
		return tenantKeys{}, kyc.Wrap(kyc.Internal, err, "use a tenant's index key")
	}
	primary, ok := set.PRFs[set.PrimaryID]
	if !ok {
		return tenantKeys{}, kyc.E(kyc.Internal, "a tenant's index key has no primary")
	}
	return tenantKeys{seal: sealer, index: primary}, nil
}

func wrap(h *keyset.Handle, by tink.AEAD, binding []byte) ([]byte, error) {
	var b bytes.Buffer
	if err := h.WriteWithAssociatedData(keyset.NewBinaryWriter(&b), by, binding); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

func unwrap(wrapped []byte, by tink.AEAD, binding []byte) (*keyset.Handle, error) {
	if len(wrapped) == 0 {
		return nil, errors.New("no wrapped key")
	}
	return keyset.ReadWithAssociatedData(keyset.NewBinaryReader(bytes.NewReader(wrapped)), by, binding)
}
