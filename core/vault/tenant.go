package vault

import (
	"context"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/prf"

	"github.com/paifang/paifang/core/kyc"
)

// NewTenant makes the keysets of a tenant, wrapped by the master key, to be
// written with kyc.SaveTenantKeys, and puts its tree on the shelf. They are
// usable at once, before the commit. A tree that is there already, of a tenant
// that came to nothing, is used.
func (v *Vault) NewTenant(ctx context.Context, tenant kyc.TenantID) (kyc.TenantKeys, error) {
	seal, err := keyset.NewHandle(aead.AES256GCMKeyTemplate())
	if err != nil {
		return kyc.TenantKeys{}, kyc.Wrap(kyc.Internal, err, "make a tenant's seal key")
	}
	index, err := keyset.NewHandle(prf.HMACSHA256PRFKeyTemplate())
	if err != nil {
		return kyc.TenantKeys{}, kyc.Wrap(kyc.Internal, err, "make a tenant's index key")
	}
	k := kyc.TenantKeys{Tenant: tenant, Created: kyc.At(v.clock()), Tree: v.shelf != nil}
	if err := v.wrapTenant(&k, seal, index); err != nil {
		return kyc.TenantKeys{}, err
	}
	if k.Tree {
		if err := v.plant(ctx, tenant); err != nil {
			return kyc.TenantKeys{}, err
		}
	}
	opened, err := v.openTenant(ctx, k)
	if err != nil {
		return kyc.TenantKeys{}, err
	}
	v.tenants.put(tenant, opened, v.clock())
	return k, nil
}

func (v *Vault) wrapTenant(k *kyc.TenantKeys, seal, index *keyset.Handle) (err error) {
	if k.Seal, err = wrap(seal, v.master, binding("tenant.seal", string(k.Tenant))); err != nil {
		return kyc.Wrap(kyc.Unavailable, err, "wrap a tenant's seal key")
	}
	if k.Index, err = wrap(index, v.master, binding("tenant.index", string(k.Tenant))); err != nil {
		return kyc.Wrap(kyc.Unavailable, err, "wrap a tenant's index key")
	}
	return nil
}

// tenant gives the opened keys of a tenant, from memory for at most Config.Fresh.
func (v *Vault) tenant(ctx context.Context, tenant kyc.TenantID) (tenantKeys, error) {
	now := v.clock()
	if k, ok := v.tenants.get(tenant, now); ok {
		return k, nil
	}
	stored, err := v.keys.TenantKeys(ctx, tenant)
	if err != nil {
		return tenantKeys{}, err
	}
	stored.Tenant = tenant // the keys of another one do not open
	opened, err := v.openTenant(ctx, stored)
	if err != nil {
		return tenantKeys{}, err
	}
	v.tenants.put(tenant, opened, now)
	return opened, nil
}

// unwrapTenant opens the two keysets.
func (v *Vault) unwrapTenant(k kyc.TenantKeys) (seal, index *keyset.Handle, err error) {
	seal, err = unwrap(k.Seal, v.master, binding("tenant.seal", string(k.Tenant)))
	if err != nil {
		return nil, nil, notOpened(err, "seal key of tenant "+string(k.Tenant))
	}
	index, err = unwrap(k.Index, v.master, binding("tenant.index", string(k.Tenant)))
	if err != nil {
		return nil, nil, notOpened(err, "index key of tenant "+string(k.Tenant))
	}
	return seal, index, nil
}

// notOpened is the error of a key that the master key did not open: a KMS that
// does not answer says so itself, all else is a matter of the key.
func notOpened(err error, what string) error {
	if kyc.CodeOf(err) == kyc.Unavailable {
		return err
	}
	return kyc.Wrap(kyc.Internal, err, what+" does not open: was it wrapped by another master key?")
}

func (v *Vault) openTenant(ctx context.Context, k kyc.TenantKeys) (tenantKeys, error) {
	seal, index, err := v.unwrapTenant(k)
	if err != nil {
		return tenantKeys{}, err
	}
	var opened tenantKeys
	if opened.seal, err = aead.New(seal); err != nil {
		return tenantKeys{}, kyc.Wrap(kyc.Internal, err, "use a tenant's seal key")
	}
	opened.sealID = seal.KeysetInfo().GetPrimaryKeyId()
	set, err := prf.NewPRFSet(index)
	if err != nil {
		return tenantKeys{}, kyc.Wrap(kyc.Internal, err, "use a tenant's index key")
	}
	primary, ok := set.PRFs[set.PrimaryID]
	if !ok {
		return tenantKeys{}, kyc.E(kyc.Internal, "a tenant's index key has no primary")
	}
	opened.index = primary
	if k.Tree {
		_, opened.tree, err = v.grown(ctx, k.Tenant)
	}
	return opened, err
}
