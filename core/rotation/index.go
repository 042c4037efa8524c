package rotation

import (
	"context"

	"github.com/paifang/paifang/core/audit"
	"github.com/paifang/paifang/core/kyc"
)

// RotateIndex gives a tenant a second key for blind indexes, with which everything
// that is looked up is indexed, too. Both indexes are written and read until the older
// key is retired, so nothing is missed and nothing is taken twice meanwhile. One that
// was cut off goes on. Conflict: the one before has not been retired.
func (r *Rotator) RotateIndex(ctx context.Context, tenant kyc.TenantID) error {
	x, err := r.at(ctx, tenant, Index)
	if err != nil {
		return err
	}
	if x.Ended != 0 && x.Retired == 0 {
		return kyc.E(kyc.Conflict, "the older index key of tenant %s is still there: retire it first", tenant)
	}
	if x.Started == 0 || x.Ended != 0 { // not one that was cut off
		if x, err = r.beginIndex(ctx, tenant); err != nil {
			return err
		}
	}
	r.Vault.ForgetTenant(tenant)
	return r.reindex(ctx, x)
}

func (r *Rotator) beginIndex(ctx context.Context, tenant kyc.TenantID) (kyc.Rotation, error) {
	x := kyc.Rotation{Tenant: tenant, Level: Index, Started: r.now()}
	was, err := r.Store.TenantKeys(ctx, tenant)
	if err != nil {
		return x, err
	}
	keys, err := r.Vault.AddLookupKey(was)
	if err != nil {
		return x, err
	}
	return x, r.Store.Commit(ctx, tenant, kyc.Change{kyc.ReplaceTenantKeys{TenantKeys: keys, Was: was}, kyc.SaveRotation{Rotation: x}})
}

// RetireIndex destroys a tenant's older index key, and what was made with it. It is
// called twice: the first time the key goes, and after Rest, when no process writes
// with it any more, the last indexes. Conflict: as RetireTenant, or an identifier could
// not be found without the key.
func (r *Rotator) RetireIndex(ctx context.Context, tenant kyc.TenantID) error {
	x, err := r.rested(ctx, tenant, Index)
	if err != nil || x.Retired != 0 {
		return err
	}
	if !x.Dropped() {
		if x, err = r.dropIndex(ctx, x); err != nil {
			return err
		}
		r.told(x)
		return r.sweep(ctx, tenant, r.newest)
	}
	if err := r.sweep(ctx, tenant, r.newest); err != nil {
		return err
	}
	x.Cursor, x.Retired = "", r.now()
	if err := r.Store.Commit(ctx, tenant, kyc.Change{kyc.SaveRotation{Rotation: x}, r.line(x, audit.KeysRetired)}); err != nil {
		return err
	}
	r.told(x)
	return nil
}

func (r *Rotator) dropIndex(ctx context.Context, x kyc.Rotation) (kyc.Rotation, error) {
	// Once more: processes that did not know the new key yet have written without it.
	r.Vault.ForgetTenant(x.Tenant)
	if err := r.sweep(ctx, x.Tenant, r.anew); err != nil {
		return x, err
	}
	was, err := r.Store.TenantKeys(ctx, x.Tenant)
	if err != nil {
		return x, err
	}
	keys, err := r.Vault.DropLookupKey(was)
	if err != nil {
		return x, err
	}
	x.Cursor, x.Ended = kyc.RotationDropped, r.now()
	err = r.Store.Commit(ctx, x.Tenant, kyc.Change{kyc.ReplaceTenantKeys{TenantKeys: keys, Was: was}, kyc.SaveRotation{Rotation: x}})
	r.Vault.ForgetTenant(x.Tenant)
	return x, err
}

// anew is the index that an identifier has with all keys there are.
func (r *Rotator) anew(ctx context.Context, _ kyc.TenantKeys, id kyc.Identifier) ([]byte, error) {
	if len(id.Sealed) == 0 || len(id.Index) == 0 { // erased
		return id.Index, nil
	}
	if first, second := kyc.Slots(id.Index); first != nil && second != nil {
		return id.Index, nil
	}
	value, err := r.Vault.Unseal(ctx, id.Tenant, id.Applicant, kyc.SealedIdentifier, id.Sealed)
	if kyc.CodeOf(err) == kyc.Gone { // an erasure that is under way
		return id.Index, nil
	}
	if err != nil {
		return nil, err
	}
	index, err := r.Vault.Index(ctx, id.Tenant, id.Kind, string(value))
	if err == nil && !kyc.SameIndex(index, id.Index) {
		err = kyc.E(kyc.Internal, "identifier %s has an index that no key of the tenant makes", id.ID)
	}
	return index, err
}

// newest is the index that an identifier has without those of an older key.
func (r *Rotator) newest(_ context.Context, k kyc.TenantKeys, id kyc.Identifier) ([]byte, error) {
	first, second := kyc.Slots(id.Index)
	if k.Newest == 2 {
		first = nil
	} else {
		second = nil
	}
	if first == nil && second == nil && len(id.Index) != 0 && len(id.Sealed) != 0 {
		return nil, kyc.E(kyc.Conflict, "identifier %s has no index of the newest key", id.ID)
	}
	return kyc.JoinSlots(first, second), nil
}

// sweep goes through all identifiers.
func (r *Rotator) sweep(ctx context.Context, tenant kyc.TenantID, how indexing) error {
	return r.eachIdentifier(ctx, tenant, "", how, func(change kyc.Change, _ kyc.IdentifierID, _ bool) error {
		if len(change) == 0 {
			return nil
		}
		return r.Store.Commit(ctx, tenant, change)
	})
}

// reindex goes through the identifiers from where the cursor is, to the end.
func (r *Rotator) reindex(ctx context.Context, x kyc.Rotation) error {
	return r.eachIdentifier(ctx, x.Tenant, kyc.IdentifierID(x.Cursor), r.anew, func(change kyc.Change, at kyc.IdentifierID, last bool) error {
		x.Done, x.Cursor = x.Done+int64(len(change)), string(at)
		if last {
			x.Ended, x.Cursor = r.now(), ""
			change = append(change, r.line(x, audit.KeysRotated))
		}
		err := r.Store.Commit(ctx, x.Tenant, append(change, kyc.SaveRotation{Rotation: x}))
		if err == nil {
			r.told(x)
		}
		return err
	})
}

// indexing tells the index that an identifier is to have.
type indexing func(ctx context.Context, k kyc.TenantKeys, id kyc.Identifier) ([]byte, error)

func (r *Rotator) eachIdentifier(ctx context.Context, tenant kyc.TenantID, at kyc.IdentifierID, how indexing, commit func(kyc.Change, kyc.IdentifierID, bool) error) error {
	keys, err := r.Store.TenantKeys(ctx, tenant)
	if err != nil {
		return err
	}
	for {
		page, err := r.Store.IndexedIdentifiers(ctx, tenant, at, batch)
		if err != nil {
			return err
		}
		var change kyc.Change
		for _, id := range page {
			index, err := how(ctx, keys, id)
			if err != nil {
				return err
			}
			if string(index) != string(id.Index) {
				change = append(change, kyc.Reindex{Tenant: tenant, ID: id.ID, Was: id.Index, Index: index})
			}
			at = id.ID
		}
		if err := commit(change, at, len(page) < batch); err != nil || len(page) < batch {
			return err
		}
	}
}
