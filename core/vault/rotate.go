package vault

import (
	"bytes"
	"context"
	"encoding/binary"
	"slices"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/prf"

	"github.com/paifang/paifang/core/kyc"
)

// addKey is the keyset with a new key, which is its newest.
func addKey(handle *keyset.Handle) (*keyset.Handle, error) {
	m := keyset.NewManagerFromHandle(handle)
	id, err := m.Add(aead.AES256GCMKeyTemplate())
	if err != nil {
		return nil, err
	}
	if err := m.SetPrimary(id); err != nil {
		return nil, err
	}
	return m.Handle()
}

// dropOlder is the keyset with its newest key alone.
func dropOlder(handle *keyset.Handle) (*keyset.Handle, error) {
	m := keyset.NewManagerFromHandle(handle)
	_, older := keyIDs(handle)
	for _, id := range older {
		if err := m.Delete(id); err != nil {
			return nil, err
		}
	}
	return m.Handle()
}

func keyIDs(handle *keyset.Handle) (newest uint32, older []uint32) {
	info := handle.KeysetInfo()
	newest = info.GetPrimaryKeyId()
	for _, k := range info.GetKeyInfo() {
		if k.GetKeyId() != newest {
			older = append(older, k.GetKeyId())
		}
	}
	return newest, older
}

// Mark is what everything begins with that a key of this id has sealed: the
// output prefix of Tink's AEADs.
func Mark(id uint32) []byte { return binary.BigEndian.AppendUint32([]byte{1}, id) }

// RewrapTenant is a tenant's keys wrapped by the newest master key, and its tree,
// which is put on the shelf so. To be written with kyc.ReplaceTenantKeys.
func (v *Vault) RewrapTenant(ctx context.Context, k kyc.TenantKeys) (kyc.TenantKeys, error) {
	sets, err := v.unwrapTenant(k)
	if err != nil {
		return k, err
	}
	if k.Tree {
		if err := v.rewrapTree(ctx, k.Tenant); err != nil {
			return k, err
		}
	}
	return k, v.wrapTenant(&k, sets)
}

func (v *Vault) rewrapTree(ctx context.Context, tenant kyc.TenantID) error {
	for range manyWriters {
		generation, t, err := v.grown(ctx, tenant)
		if err != nil {
			return err
		}
		newest, err := v.keep(ctx, tenant, generation+1, t)
		if err != nil {
			return err
		}
		if newest {
			return v.shelf.Burn(ctx, tenant, generation+1)
		}
	}
	return kyc.E(kyc.Unavailable, "others keep changing the tree of tenant %s", tenant)
}

// TenantKeyIDs tells the ids of a tenant's newest seal key and of the older ones.
func (v *Vault) TenantKeyIDs(k kyc.TenantKeys) (newest uint32, older []uint32, err error) {
	sets, err := v.unwrapTenant(k)
	if err != nil {
		return 0, nil, err
	}
	newest, older = keyIDs(sets.seal)
	return newest, older, nil
}

// AddTenantKey is a tenant's keys with a new seal key, and DropTenantKeys those
// with the newest alone. To be written with kyc.ReplaceTenantKeys.
func (v *Vault) AddTenantKey(k kyc.TenantKeys) (kyc.TenantKeys, error) {
	return v.changeSeal(k, addKey)
}

// DropTenantKeys destroys all but a tenant's newest seal key.
func (v *Vault) DropTenantKeys(k kyc.TenantKeys) (kyc.TenantKeys, error) {
	return v.changeSeal(k, dropOlder)
}

func (v *Vault) changeSeal(k kyc.TenantKeys, how func(*keyset.Handle) (*keyset.Handle, error)) (kyc.TenantKeys, error) {
	sets, err := v.unwrapTenant(k)
	if err != nil {
		return k, err
	}
	if sets.seal, err = how(sets.seal); err != nil {
		return k, kyc.Wrap(kyc.Internal, err, "change a tenant's seal key")
	}
	return k, v.wrapTenant(&k, sets)
}

// AddLookupKey is a tenant's keys with a second look-up key, in the free slot: blind
// indexes made from now on have both slots. Conflict: there are two already.
func (v *Vault) AddLookupKey(k kyc.TenantKeys) (kyc.TenantKeys, error) {
	sets, err := v.unwrapTenant(k)
	if err != nil {
		return k, err
	}
	if sets.lookup == [2]*keyset.Handle{} {
		sets.lookup[0] = sets.index // an older tenant's: what is there was made with it
	}
	free := slices.Index(sets.lookup[:], nil)
	if free < 0 {
		return k, kyc.E(kyc.Conflict, "tenant %s has two look-up keys already", k.Tenant)
	}
	if sets.lookup[free], err = keyset.NewHandle(prf.HMACSHA256PRFKeyTemplate()); err != nil {
		return k, kyc.Wrap(kyc.Internal, err, "make a tenant's look-up key")
	}
	k.Newest = free + 1
	return k, v.wrapTenant(&k, sets)
}

// DropLookupKey is a tenant's keys without the older of two look-up keys.
func (v *Vault) DropLookupKey(k kyc.TenantKeys) (kyc.TenantKeys, error) {
	sets, err := v.unwrapTenant(k)
	if err != nil || len(k.LookupFirst) == 0 || len(k.LookupSecond) == 0 {
		return k, err
	}
	sets.lookup[2-k.Newest] = nil
	return k, v.wrapTenant(&k, sets)
}

// ForgetTenant drops a tenant's opened keys from memory.
func (v *Vault) ForgetTenant(tenant kyc.TenantID) { v.tenants.drop(tenant) }

// RewrapApplicant is a person's key wrapped by the tenant's newest seal key; ok is
// false when it is so already, or is none. Gone: the leaf was destroyed.
func (v *Vault) RewrapApplicant(ctx context.Context, tenant kyc.TenantID, applicant kyc.ApplicantID, wrapped []byte) (anew []byte, ok bool, err error) {
	keys, err := v.tenant(ctx, tenant)
	if err != nil || len(wrapped) == 0 {
		return nil, false, err
	}
	bound := binding("applicant", string(tenant), string(applicant))
	if wrapped[0] == wrappedTwice && len(wrapped) > wrappedHead {
		if binary.BigEndian.Uint32(wrapped[1:]) == keys.sealID {
			return nil, false, nil
		}
		inner, err := keys.seal.Decrypt(wrapped[wrappedHead:], bound)
		if err != nil {
			return nil, false, kyc.Wrap(kyc.Internal, err, "applicant's key does not open")
		}
		anew, err = keys.wrapAgain(inner, bound)
		return anew, err == nil, err
	}
	if keys.tree == nil && bytes.Contains(wrapped, Mark(keys.sealID)) {
		return nil, false, nil
	}
	handle, err := keys.unwrap(wrapped, tenant, applicant)
	if err != nil {
		return nil, false, kyc.Wrap(kyc.Internal, err, "applicant's key does not open")
	}
	anew, err = keys.wrap(handle, tenant, applicant)
	return anew, err == nil, err
}
