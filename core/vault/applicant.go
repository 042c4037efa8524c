package vault

import (
	"bytes"
	"context"
	"encoding/binary"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/aead/subtle"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/tink"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/trace"
)

// A wrapped applicant's key is sealed twice: under the person's leaf of the
// tenant's tree, and that under the tenant's seal key. In front stand a byte that
// says so and the id of the seal key, so that one sees which are left to be
// wrapped anew. Without a tree it is a keyset under the seal key alone, which
// never begins with that byte.
const (
	wrappedTwice = 0x01
	wrappedHead  = 1 + 4
)

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
	wrapped, err := keys.wrap(handle, tenant, applicant)
	if err != nil {
		return nil, err
	}
	opened, err := aead.New(handle)
	if err != nil {
		return nil, kyc.Wrap(kyc.Internal, err, "use an applicant's key")
	}
	v.applicants.put(person{tenant, applicant}, opened, v.clock())
	return wrapped, nil
}

func (k tenantKeys) wrap(handle *keyset.Handle, tenant kyc.TenantID, applicant kyc.ApplicantID) ([]byte, error) {
	bound := binding("applicant", string(tenant), string(applicant))
	if k.tree == nil {
		wrapped, err := wrap(handle, k.seal, bound)
		return wrapped, kyc.Wrap(kyc.Internal, err, "wrap an applicant's key")
	}
	leaf, err := k.leaf(tenant, applicant)
	if err != nil {
		return nil, err
	}
	inner, err := wrap(handle, leaf, bound)
	if err != nil {
		return nil, kyc.Wrap(kyc.Internal, err, "wrap an applicant's key")
	}
	return k.wrapAgain(inner, bound)
}

// wrapAgain seals what the leaf has sealed under the tenant's newest key.
func (k tenantKeys) wrapAgain(inner, bound []byte) ([]byte, error) {
	outer, err := k.seal.Encrypt(inner, bound)
	if err != nil {
		return nil, kyc.Wrap(kyc.Internal, err, "wrap an applicant's key")
	}
	return append(binary.BigEndian.AppendUint32([]byte{wrappedTwice}, k.sealID), outer...), nil
}

func (k tenantKeys) leaf(tenant kyc.TenantID, applicant kyc.ApplicantID) (tink.AEAD, error) {
	if k.tree == nil {
		return nil, kyc.E(kyc.Internal, "an applicant's key has a leaf and the tenant has no tree")
	}
	raw, ok := k.tree.key(leafOf(tenant, applicant))
	if !ok {
		return nil, gone()
	}
	leaf, err := subtle.NewAESGCM(raw)
	return leaf, kyc.Wrap(kyc.Internal, err, "use a leaf")
}

func gone() error { return kyc.EKey(kyc.Gone, "error.erased", "the applicant's key is gone") }

func (k tenantKeys) unwrap(wrapped []byte, tenant kyc.TenantID, applicant kyc.ApplicantID) (*keyset.Handle, error) {
	bound := binding("applicant", string(tenant), string(applicant))
	if wrapped[0] != wrappedTwice {
		return unwrap(wrapped, k.seal, bound)
	}
	leaf, err := k.leaf(tenant, applicant)
	if err != nil {
		return nil, err
	}
	inner, err := k.seal.Decrypt(wrapped[min(len(wrapped), wrappedHead):], bound)
	if err != nil {
		return nil, err
	}
	return keyset.ReadWithAssociatedData(keyset.NewBinaryReader(bytes.NewReader(inner)), leaf, bound)
}

// Forget drops a person's opened key from memory.
func (v *Vault) Forget(tenant kyc.TenantID, applicant kyc.ApplicantID) {
	v.applicants.drop(person{tenant, applicant})
}

// applicant gives a person's opened key, from memory for at most Config.Fresh.
func (v *Vault) applicant(ctx context.Context, tenant kyc.TenantID, applicant kyc.ApplicantID) (tink.AEAD, error) {
	now := v.clock()
	who := person{tenant, applicant}
	if k, ok := v.applicants.get(who, now); ok {
		return k, nil
	}
	handle, err := v.openApplicant(ctx, tenant, applicant)
	if err != nil {
		return nil, err
	}
	opened, err := aead.New(handle)
	if err != nil {
		return nil, kyc.Wrap(kyc.Internal, err, "use an applicant's key")
	}
	v.applicants.put(who, opened, now)
	return opened, nil
}

// openApplicant reads and opens a person's key. A tenant's key that is not known
// yet was made since ours were read: they are read once more.
func (v *Vault) openApplicant(ctx context.Context, tenant kyc.TenantID, applicant kyc.ApplicantID) (opened *keyset.Handle, err error) {
	ctx, span := trace.Start(ctx, "vault open person")
	defer func() { span.End(err) }()
	wrapped, err := v.keys.ApplicantKey(ctx, tenant, applicant)
	if kyc.CodeOf(err) == kyc.NotFound || err == nil && len(wrapped) == 0 {
		return nil, gone()
	}
	if err != nil {
		return nil, err
	}
	for again := false; ; again = true {
		keys, err := v.tenant(ctx, tenant)
		if err != nil {
			return nil, err
		}
		handle, err := keys.unwrap(wrapped, tenant, applicant)
		switch {
		case err == nil:
			return handle, nil
		case kyc.CodeOf(err) == kyc.Gone:
			return nil, err
		case again:
			return nil, kyc.Wrap(kyc.Internal, err, "applicant's key does not open")
		}
		v.tenants.drop(tenant)
	}
}
