package rotation

import (
	"bytes"
	"context"
	"strconv"

	"github.com/paifang/paifang/core/audit"
	"github.com/paifang/paifang/core/kyc"
)

// RotateMaster gives the installation a new master key and wraps the keys of all
// tenants, and their trees, with it. One that was cut off goes on.
func (r *Rotator) RotateMaster(ctx context.Context) error {
	going, err := r.underWay(ctx)
	if err != nil {
		return err
	}
	if !going {
		if err := r.Master.Add(); err != nil {
			return err
		}
		if err := r.eachTenant(ctx, func(t kyc.TenantID) error {
			return r.Store.Commit(ctx, t, kyc.Change{kyc.SaveRotation{Rotation: kyc.Rotation{Tenant: t, Level: Master, Started: r.now()}}})
		}); err != nil {
			return err
		}
	}
	if err := r.installation(ctx); err != nil {
		return err
	}
	newest, _, err := r.Master.Marks()
	if err != nil {
		return err
	}
	return r.eachTenant(ctx, func(t kyc.TenantID) error {
		x, err := r.at(ctx, t, Master)
		if err != nil {
			return err
		}
		if x.Ended != 0 { // in this rotation, or in the one before if this was cut off early
			keys, err := r.Store.TenantKeys(ctx, t)
			if err != nil || bytes.Contains(keys.Seal, newest) {
				return err
			}
		}
		return r.rewrapTenant(ctx, x)
	})
}

// underWay tells whether a rotation of the master key was cut off: a tenant's has
// begun and not ended.
func (r *Rotator) underWay(ctx context.Context) (bool, error) {
	going := false
	return going, r.eachTenant(ctx, func(t kyc.TenantID) error {
		x, err := r.at(ctx, t, Master)
		going = going || x.Started != 0 && x.Ended == 0
		return err
	})
}

func (r *Rotator) eachTenant(ctx context.Context, do func(kyc.TenantID) error) error {
	for after := kyc.TenantID(""); ; {
		page, err := r.Store.Tenants(ctx, after, 0)
		if err != nil || len(page) == 0 {
			return err
		}
		for _, t := range page {
			if err := do(t.ID); err != nil {
				return err
			}
			after = t.ID
		}
	}
}

func (r *Rotator) rewrapTenant(ctx context.Context, x kyc.Rotation) error {
	was, err := r.Store.TenantKeys(ctx, x.Tenant)
	if err != nil {
		return err
	}
	keys, err := r.Vault.RewrapTenant(ctx, was)
	if err != nil {
		return err
	}
	if x.Started == 0 {
		x.Started = r.now()
	}
	x.Done, x.Ended = x.Done+1, r.now()
	err = r.Store.Commit(ctx, x.Tenant, kyc.Change{kyc.ReplaceTenantKeys{TenantKeys: keys, Was: was}, kyc.SaveRotation{Rotation: x}, r.line(x, audit.KeysRotated)})
	if err != nil {
		return err
	}
	r.Vault.ForgetTenant(x.Tenant)
	r.told(x)
	return nil
}

// installation wraps the keys that belong to no tenant.
func (r *Rotator) installation(ctx context.Context) error {
	keys, err := r.Store.InstallationKeys(ctx)
	if err != nil {
		return err
	}
	for name, wrapped := range keys {
		bound := []byte("installation." + name)
		plain, err := r.Master.Decrypt(wrapped, bound)
		if err != nil {
			return kyc.Wrap(kyc.Internal, err, "the key of the installation "+strconv.Quote(name)+" does not open")
		}
		anew, err := r.Master.Encrypt(plain, bound)
		clear(plain)
		if err != nil {
			return kyc.Wrap(kyc.Unavailable, err, "wrap a key of the installation")
		}
		if err := r.Store.ReplaceInstallationKey(ctx, name, wrapped, anew); err != nil {
			return err
		}
	}
	return nil
}

// RetireMaster destroys the older master keys; the conditions are those of
// RetireTenant, for all tenants.
func (r *Rotator) RetireMaster(ctx context.Context) error {
	var all []kyc.Rotation
	err := r.eachTenant(ctx, func(t kyc.TenantID) error {
		x, err := r.rested(ctx, t, Master)
		all = append(all, x)
		return err
	})
	if err != nil {
		return err
	}
	for _, x := range all { // once more: trees that a process without the new key has written
		if err := r.rewrapTenant(ctx, x); err != nil {
			return err
		}
	}
	if err := r.installation(ctx); err != nil {
		return err
	}
	_, older, err := r.Master.Marks()
	if err != nil {
		return err
	}
	for _, mark := range older {
		if err := r.unused(ctx, "", mark); err != nil {
			return err
		}
	}
	if err := r.Master.Drop(); err != nil {
		return err
	}
	for _, x := range all {
		x.Retired = r.now()
		if err := r.Store.Commit(ctx, x.Tenant, kyc.Change{kyc.SaveRotation{Rotation: x}, r.line(x, audit.KeysRetired)}); err != nil {
			return err
		}
	}
	return nil
}
