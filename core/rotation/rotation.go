package rotation

import (
	"context"
	"strconv"
	"time"

	"github.com/paifang/paifang/core/audit"
	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/vault"
)

// Levels of keys.
const (
	Master    = "master"
	Tenant    = "tenant"
	Index     = "index"
	Applicant = "applicant" // of one person; in storage with the id behind it
)

// Rest is how long after a rotation the older keys are kept: longer than any
// process uses keys without reading them anew.
const Rest = 2 * vault.DefaultFresh

// batch is how many keys are wrapped anew, or values sealed anew, in one transaction.
const batch = 200

// Store is where keys are; *store.Store is.
type Store interface {
	Tenants(ctx context.Context, after kyc.TenantID, limit int) ([]kyc.Tenant, error)
	TenantKeys(ctx context.Context, tenant kyc.TenantID) (kyc.TenantKeys, error)
	ApplicantKey(ctx context.Context, tenant kyc.TenantID, applicant kyc.ApplicantID) ([]byte, error)
	PersonCells(ctx context.Context, tenant kyc.TenantID, id kyc.ApplicantID) ([]kyc.SealedCell, error)
	TenantCells(ctx context.Context, tenant kyc.TenantID) ([]kyc.SealedCell, error)
	WrappedKeys(ctx context.Context, tenant kyc.TenantID, after kyc.ApplicantID, limit int) ([]kyc.WrappedKey, error)
	IndexedIdentifiers(ctx context.Context, tenant kyc.TenantID, after kyc.IdentifierID, limit int) ([]kyc.Identifier, error)
	Rotations(ctx context.Context, tenant kyc.TenantID) ([]kyc.Rotation, error)
	SealedBy(ctx context.Context, tenant kyc.TenantID, mark []byte) ([]string, error)
	InstallationKeys(ctx context.Context) (map[string][]byte, error)
	ReplaceInstallationKey(ctx context.Context, name string, was, wrapped []byte) error
	Commit(ctx context.Context, tenant kyc.TenantID, change kyc.Change) error
}

// Vault makes and wraps keys; *vault.Vault does.
type Vault interface {
	AddTenantKey(k kyc.TenantKeys) (kyc.TenantKeys, error)
	DropTenantKeys(k kyc.TenantKeys) (kyc.TenantKeys, error)
	TenantKeyIDs(k kyc.TenantKeys) (newest uint32, older []uint32, err error)
	RewrapTenant(ctx context.Context, k kyc.TenantKeys) (kyc.TenantKeys, error)
	RewrapApplicant(ctx context.Context, tenant kyc.TenantID, applicant kyc.ApplicantID, wrapped []byte) ([]byte, bool, error)
	AddLookupKey(k kyc.TenantKeys) (kyc.TenantKeys, error)
	DropLookupKey(k kyc.TenantKeys) (kyc.TenantKeys, error)
	Unseal(ctx context.Context, tenant kyc.TenantID, applicant kyc.ApplicantID, column string, sealed []byte) ([]byte, error)
	Index(ctx context.Context, tenant kyc.TenantID, class, canonical string) ([]byte, error)
	PersonKeys(ctx context.Context, tenant kyc.TenantID, applicant kyc.ApplicantID, wrapped []byte) (*vault.PersonKeys, error)
	ResealTenant(ctx context.Context, tenant kyc.TenantID, column string, sealed []byte) (anew []byte, ok bool, err error)
	Forget(tenant kyc.TenantID, applicant kyc.ApplicantID)
	ForgetTenant(tenant kyc.TenantID)
}

// Rotator rotates keys. All fields but Progress are required.
type Rotator struct {
	Store    Store
	Vault    Vault
	Master   vault.Master
	Actor    kyc.Actor
	Clock    kyc.Clock
	IDs      kyc.IDs
	Progress func(kyc.Rotation) // told after each transaction; may be nil
}

func (r *Rotator) now() kyc.Millis { return kyc.At(r.Clock()) }

// at is how far a level has come in a tenant.
func (r *Rotator) at(ctx context.Context, tenant kyc.TenantID, level string) (kyc.Rotation, error) {
	list, err := r.Store.Rotations(ctx, tenant)
	for _, x := range list {
		if x.Level == level {
			return x, nil
		}
	}
	return kyc.Rotation{Tenant: tenant, Level: level}, err
}

func (r *Rotator) told(x kyc.Rotation) {
	if r.Progress != nil {
		r.Progress(x)
	}
}

func (r *Rotator) personLine(x kyc.Rotation, id kyc.ApplicantID, action string) kyc.AppendAudit {
	return audit.Line(r.Clock, r.IDs, x.Tenant, r.Actor, action, "applicant", string(id), "level", Applicant, "keys", strconv.FormatInt(x.Done, 10))
}

func (r *Rotator) line(x kyc.Rotation, action string) kyc.AppendAudit {
	return audit.Line(r.Clock, r.IDs, x.Tenant, r.Actor, action, "tenant", string(x.Tenant), "level", x.Level, "keys", strconv.FormatInt(x.Done, 10))
}

// RotateTenant gives a tenant a new seal key and wraps all its applicants' keys
// with it. One that was cut off goes on.
func (r *Rotator) RotateTenant(ctx context.Context, tenant kyc.TenantID) error {
	x, err := r.at(ctx, tenant, Tenant)
	if err != nil {
		return err
	}
	if x.Started == 0 || x.Ended != 0 { // not one that was cut off
		was, err := r.Store.TenantKeys(ctx, tenant)
		if err != nil {
			return err
		}
		keys, err := r.Vault.AddTenantKey(was)
		if err != nil {
			return err
		}
		x = kyc.Rotation{Tenant: tenant, Level: Tenant, Started: r.now()}
		if err := r.Store.Commit(ctx, tenant, kyc.Change{kyc.ReplaceTenantKeys{TenantKeys: keys, Was: was}, kyc.SaveRotation{Rotation: x}}); err != nil {
			return err
		}
	}
	r.Vault.ForgetTenant(tenant)
	return r.rewrap(ctx, x)
}

// rewrap seals anew what is the tenant's own, and goes through the applicants from where the cursor is, to the end.
func (r *Rotator) rewrap(ctx context.Context, x kyc.Rotation) error {
	n, err := r.resealTenant(ctx, x)
	if err != nil {
		return err
	}
	x.Done += int64(n)
	for {
		page, err := r.Store.WrappedKeys(ctx, x.Tenant, kyc.ApplicantID(x.Cursor), batch)
		if err != nil {
			return err
		}
		var change kyc.Change
		for _, k := range page {
			anew, ok, err := r.Vault.RewrapApplicant(ctx, x.Tenant, k.Applicant, k.Wrapped)
			if err != nil && kyc.CodeOf(err) != kyc.Gone { // an erasure that is under way
				return err
			}
			if ok {
				change = append(change, kyc.ReplaceApplicantKey{Tenant: x.Tenant, ID: k.Applicant, Was: k.Wrapped, Wrapped: anew})
			}
			x.Cursor = string(k.Applicant)
		}
		x.Done += int64(len(change))
		if len(page) < batch {
			x.Ended, x.Cursor = r.now(), ""
			change = append(change, r.line(x, audit.KeysRotated))
		}
		if err := r.Store.Commit(ctx, x.Tenant, append(change, kyc.SaveRotation{Rotation: x})); err != nil {
			return err
		}
		r.told(x)
		if x.Ended != 0 {
			return nil
		}
	}
}

// RetireTenant destroys a tenant's older seal keys. Conflict: the rotation has not
// ended, ended less than Rest ago, or something is still sealed by them, which the
// error names.
func (r *Rotator) RetireTenant(ctx context.Context, tenant kyc.TenantID) error {
	x, err := r.rested(ctx, tenant, Tenant)
	if err != nil {
		return err
	}
	r.Vault.ForgetTenant(tenant)
	x.Ended = 0 // once more: a process that did not know the new key yet made people with the older one
	if err := r.rewrap(ctx, x); err != nil {
		return err
	}
	if x, err = r.at(ctx, tenant, Tenant); err != nil {
		return err
	}
	was, err := r.Store.TenantKeys(ctx, tenant)
	if err != nil {
		return err
	}
	_, older, err := r.Vault.TenantKeyIDs(was)
	if err != nil {
		return err
	}
	for _, id := range older {
		if err := r.unused(ctx, tenant, vault.Mark(id)); err != nil {
			return err
		}
	}
	keys, err := r.Vault.DropTenantKeys(was)
	if err != nil {
		return err
	}
	x.Retired = r.now()
	return r.Store.Commit(ctx, tenant, kyc.Change{kyc.ReplaceTenantKeys{TenantKeys: keys, Was: was}, kyc.SaveRotation{Rotation: x}, r.line(x, audit.KeysRetired)})
}

func (r *Rotator) rested(ctx context.Context, tenant kyc.TenantID, level string) (kyc.Rotation, error) {
	x, err := r.at(ctx, tenant, level)
	switch {
	case err != nil:
		return x, err
	case x.Started == 0 && level == Master:
		return x, nil // a tenant that was added afterwards
	case x.Ended == 0:
		return x, kyc.E(kyc.Conflict, "the keys of level %s of tenant %s have not been rotated to the end: rotate them first", level, tenant)
	case r.Clock().Sub(x.Ended.Time()) < Rest:
		return x, kyc.E(kyc.Conflict, "processes may still use the older keys: try again %s after the rotation, at %s", Rest, x.Ended.Time().Add(Rest).Format(time.RFC3339))
	}
	return x, nil
}

// unused refuses to destroy a key that something is sealed by.
func (r *Rotator) unused(ctx context.Context, tenant kyc.TenantID, mark []byte) error {
	columns, err := r.Store.SealedBy(ctx, tenant, mark)
	if err == nil && len(columns) > 0 {
		err = kyc.E(kyc.Conflict, "the older keys are kept: one has sealed values in %v", columns)
	}
	return err
}
