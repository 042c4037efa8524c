package vault

import (
	"context"
	"strconv"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/prf"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/trace"
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
	lookup, err := keyset.NewHandle(prf.HMACSHA256PRFKeyTemplate())
	if err != nil {
		return kyc.TenantKeys{}, kyc.Wrap(kyc.Internal, err, "make a tenant's look-up key")
	}
	k := kyc.TenantKeys{Tenant: tenant, Created: kyc.At(v.clock()), Tree: v.shelf != nil, Newest: 1}
	if err := v.wrapTenant(&k, tenantSets{seal: seal, index: index, lookup: [2]*keyset.Handle{lookup}}); err != nil {
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

// tenantSets are a tenant's keysets.
type tenantSets struct {
	seal, index *keyset.Handle
	lookup      [2]*keyset.Handle // by slot; nil: none
}

func (v *Vault) wrapTenant(k *kyc.TenantKeys, sets tenantSets) (err error) {
	if k.Seal, err = wrap(sets.seal, v.master, binding("tenant.seal", string(k.Tenant))); err != nil {
		return kyc.Wrap(kyc.Unavailable, err, "wrap a tenant's seal key")
	}
	if k.Index, err = wrap(sets.index, v.master, binding("tenant.index", string(k.Tenant))); err != nil {
		return kyc.Wrap(kyc.Unavailable, err, "wrap a tenant's index key")
	}
	for slot, into := range []*[]byte{&k.LookupFirst, &k.LookupSecond} {
		*into = nil
		if sets.lookup[slot] == nil {
			continue
		}
		if *into, err = wrap(sets.lookup[slot], v.master, lookupBinding(k.Tenant, slot)); err != nil {
			return kyc.Wrap(kyc.Unavailable, err, "wrap a tenant's look-up key")
		}
	}
	return nil
}

func lookupBinding(tenant kyc.TenantID, slot int) []byte {
	return binding("tenant.lookup", string(tenant), strconv.Itoa(slot+1))
}

// tenant gives the opened keys of a tenant, from memory for at most Config.Fresh.
func (v *Vault) tenant(ctx context.Context, tenant kyc.TenantID) (tenantKeys, error) {
	now := v.clock()
	if k, ok := v.tenants.get(tenant, now); ok {
		return k, nil
	}
	opened, err := v.freshTenant(ctx, tenant)
	if err != nil {
		return tenantKeys{}, err
	}
	v.tenants.put(tenant, opened, now)
	return opened, nil
}

// freshTenant reads a tenant's keys and opens them, for which a KMS may be asked.
func (v *Vault) freshTenant(ctx context.Context, tenant kyc.TenantID) (opened tenantKeys, err error) {
	ctx, span := trace.Start(ctx, "vault open tenant")
	defer func() { span.End(err) }()
	stored, err := v.keys.TenantKeys(ctx, tenant)
	if err != nil {
		return tenantKeys{}, err
	}
	stored.Tenant = tenant // the keys of another one do not open
	return v.openTenant(ctx, stored)
}

// unwrapTenant opens the keysets.
func (v *Vault) unwrapTenant(k kyc.TenantKeys) (sets tenantSets, err error) {
	sets.seal, err = unwrap(k.Seal, v.master, binding("tenant.seal", string(k.Tenant)))
	if err != nil {
		return sets, notOpened(err, "seal key of tenant "+string(k.Tenant))
	}
	sets.index, err = unwrap(k.Index, v.master, binding("tenant.index", string(k.Tenant)))
	if err != nil {
		return sets, notOpened(err, "index key of tenant "+string(k.Tenant))
	}
	for slot, wrapped := range [2][]byte{k.LookupFirst, k.LookupSecond} {
		if len(wrapped) == 0 {
			continue
		}
		if sets.lookup[slot], err = unwrap(wrapped, v.master, lookupBinding(k.Tenant, slot)); err != nil {
			return sets, notOpened(err, "look-up key of tenant "+string(k.Tenant))
		}
	}
	return sets, nil
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
	sets, err := v.unwrapTenant(k)
	if err != nil {
		return tenantKeys{}, err
	}
	var opened tenantKeys
	if opened.seal, err = aead.New(sets.seal); err != nil {
		return tenantKeys{}, kyc.Wrap(kyc.Internal, err, "use a tenant's seal key")
	}
	opened.sealID = sets.seal.KeysetInfo().GetPrimaryKeyId()
	if opened.index, err = openIndex(sets.index); err != nil {
		return tenantKeys{}, err
	}
	for slot, handle := range sets.lookup {
		if handle == nil {
			continue
		}
		if opened.lookup[slot], err = openIndex(handle); err != nil {
			return tenantKeys{}, err
		}
	}
	if opened.lookup == [2]prf.PRF{} { // an older tenant
		opened.lookup[0] = opened.index
	}
	if k.Tree {
		_, opened.tree, err = v.grown(ctx, k.Tenant)
	}
	return opened, err
}

func openIndex(handle *keyset.Handle) (prf.PRF, error) {
	set, err := prf.NewPRFSet(handle)
	if err != nil {
		return nil, kyc.Wrap(kyc.Internal, err, "use a tenant's index key")
	}
	primary, ok := set.PRFs[set.PrimaryID]
	if !ok {
		return nil, kyc.E(kyc.Internal, "a tenant's index key has no primary")
	}
	return primary, nil
}
