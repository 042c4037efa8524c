package rotation

import (
	"context"
	"slices"

	"github.com/paifang/paifang/core/audit"
	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/vault"
)

// personLevel is the level of one person's key.
func personLevel(id kyc.ApplicantID) string { return Applicant + "/" + string(id) }

// RotateApplicant gives one person a new key, when somebody may know the one there
// is, and seals all that is stored of the person with it; of files the keys of their
// streams, which nobody has seen who had the person's key alone. One that was cut off
// goes on. Gone: the person was erased.
func (r *Rotator) RotateApplicant(ctx context.Context, tenant kyc.TenantID, id kyc.ApplicantID) error {
	x, err := r.at(ctx, tenant, personLevel(id))
	if err != nil {
		return err
	}
	wrapped, keys, err := r.personKeys(ctx, tenant, id)
	if err != nil {
		return err
	}
	if !keys.Older() {
		x = kyc.Rotation{Tenant: tenant, Level: personLevel(id), Started: r.now()}
		if keys, err = keys.Added(); err != nil {
			return err
		}
		if err := r.replacePerson(ctx, x, id, wrapped, keys); err != nil {
			return err
		}
	}
	r.Vault.Forget(tenant, id)
	n, err := r.resealPerson(ctx, x, id, keys)
	if err != nil {
		return err
	}
	x.Done, x.Ended = x.Done+int64(n), r.now()
	return r.ended(ctx, x, r.personLine(x, id, audit.KeysRotated))
}

// RetireApplicant destroys a person's older key. Conflict: as RetireTenant, or
// something was still written with it, which then is sealed anew.
func (r *Rotator) RetireApplicant(ctx context.Context, tenant kyc.TenantID, id kyc.ApplicantID) error {
	x, err := r.rested(ctx, tenant, personLevel(id))
	if err != nil || x.Retired != 0 {
		return err
	}
	wrapped, keys, err := r.personKeys(ctx, tenant, id)
	if err != nil {
		return err
	}
	n, err := r.resealPerson(ctx, x, id, keys)
	if err != nil {
		return err
	}
	if n > 0 { // a request that was under way may carry more of it
		x.Done, x.Ended = x.Done+int64(n), r.now()
		if err := r.Store.Commit(ctx, tenant, kyc.Change{kyc.SaveRotation{Rotation: x}}); err != nil {
			return err
		}
		return kyc.E(kyc.Conflict, "%d values had still been sealed by the older key: try again after %s", n, Rest)
	}
	if keys, err = keys.Dropped(); err != nil {
		return err
	}
	// Only when the older key is seen to be gone is it said that it is.
	if err := r.replacePerson(ctx, x, id, wrapped, keys); err != nil {
		return err
	}
	r.Vault.Forget(tenant, id)
	x.Retired = r.now()
	return r.ended(ctx, x, r.personLine(x, id, audit.KeysRetired))
}

func (r *Rotator) personKeys(ctx context.Context, tenant kyc.TenantID, id kyc.ApplicantID) ([]byte, *vault.PersonKeys, error) {
	r.Vault.ForgetTenant(tenant)
	wrapped, err := r.Store.ApplicantKey(ctx, tenant, id)
	if err != nil {
		return nil, nil, err
	}
	keys, err := r.Vault.PersonKeys(ctx, tenant, id, wrapped)
	return wrapped, keys, err
}

// replacePerson stores a person's keys. That somebody has replaced or destroyed them
// meanwhile shows when they are read again.
func (r *Rotator) replacePerson(ctx context.Context, x kyc.Rotation, id kyc.ApplicantID, was []byte, keys *vault.PersonKeys, more ...kyc.Write) error {
	wrapped, err := keys.Wrapped(ctx)
	if err != nil {
		return err
	}
	change := append(kyc.Change{kyc.ReplaceApplicantKey{Tenant: x.Tenant, ID: id, Was: was, Wrapped: wrapped}, kyc.SaveRotation{Rotation: x}}, more...)
	if err := r.Store.Commit(ctx, x.Tenant, change); err != nil {
		return err
	}
	now, err := r.Store.ApplicantKey(ctx, x.Tenant, id)
	if err == nil && string(now) != string(wrapped) {
		err = kyc.E(kyc.Conflict, "the person's key has changed meanwhile: try again")
	}
	return err
}

// resealPerson seals by the newest key what is not, and tells how much that was.
func (r *Rotator) resealPerson(ctx context.Context, x kyc.Rotation, id kyc.ApplicantID, keys *vault.PersonKeys) (int, error) {
	cells, err := r.Store.PersonCells(ctx, x.Tenant, id)
	if err != nil {
		return 0, err
	}
	return r.reseal(ctx, x, cells, keys.Reseal)
}

// resealTenant does the same for what is the tenant's and no applicant's. What does not
// open is left as it is: then RetireTenant names its column.
func (r *Rotator) resealTenant(ctx context.Context, x kyc.Rotation) (int, error) {
	cells, err := r.Store.TenantCells(ctx, x.Tenant)
	if err != nil {
		return 0, err
	}
	return r.reseal(ctx, x, cells, func(c kyc.SealedCell) ([]byte, bool, error) {
		anew, ok, err := r.Vault.ResealTenant(ctx, x.Tenant, c.Column, c.Sealed)
		if kyc.CodeOf(err) == kyc.Internal {
			return nil, false, nil
		}
		return anew, ok, err
	})
}

// reseal writes how far the rotation is with each batch: one that is cut off has
// counted what it did.
func (r *Rotator) reseal(ctx context.Context, x kyc.Rotation, cells []kyc.SealedCell, how func(kyc.SealedCell) ([]byte, bool, error)) (int, error) {
	done := 0
	for page := range slices.Chunk(cells, batch) {
		var change kyc.Change
		for _, c := range page {
			anew, ok, err := how(c)
			if err != nil {
				return done, err
			}
			if ok {
				change = append(change, kyc.ReplaceSealed{Tenant: x.Tenant, Cell: c, Sealed: anew})
			}
		}
		if len(change) == 0 {
			continue
		}
		x.Done += int64(len(change))
		if err := r.Store.Commit(ctx, x.Tenant, append(change, kyc.SaveRotation{Rotation: x})); err != nil {
			return done, err
		}
		done += len(change)
		r.told(x)
	}
	return done, nil
}

// ended writes that a rotation has come to its end.
func (r *Rotator) ended(ctx context.Context, x kyc.Rotation, line kyc.AppendAudit) error {
	err := r.Store.Commit(ctx, x.Tenant, kyc.Change{kyc.SaveRotation{Rotation: x}, line})
	if err == nil {
		r.told(x)
	}
	return err
}
