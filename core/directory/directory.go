// Package directory keeps the names of a tenant's staff sealed: the login name,
// which for whoever was invited is their e-mail address, and the name that
// colleagues see. Whoever is above it reads and writes kyc.Staff as if they stood
// there in clear; the database below holds a keyed hash to find somebody by and one
// sealed value. Decision 39 has why.
package directory

import (
	"cmp"
	"context"
	"encoding/hex"
	"encoding/json"
	"slices"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/store"
)

// Vault seals for a tenant and makes keyed hashes; *vault.Vault does.
type Vault interface {
	SealTenant(ctx context.Context, tenant kyc.TenantID, column string, plain []byte) ([]byte, error)
	UnsealTenant(ctx context.Context, tenant kyc.TenantID, column string, sealed []byte) ([]byte, error)
	Index(ctx context.Context, tenant kyc.TenantID, class, canonical string) ([]byte, error)
}

// Book is a store of which the staff's names are sealed. Both fields are required.
type Book struct {
	*store.Store
	Vault Vault
}

// names is what is sealed, as JSON.
type names struct {
	Login string `json:"login"`
	Name  string `json:"name"`
}

// class is that of the keyed hash of a login name. It is none of those whose keys are
// rotated: nobody may take a name twice while they are.
const class = "staff.login"

func (b *Book) index(ctx context.Context, tenant kyc.TenantID, login string) (string, error) {
	sum, err := b.Vault.Index(ctx, tenant, class, login)
	return hex.EncodeToString(sum), err
}

// Commit applies a change as *store.Store does, with the names in it sealed.
func (b *Book) Commit(ctx context.Context, tenant kyc.TenantID, change kyc.Change) error {
	sealed := change
	for i, w := range change {
		save, is := w.(kyc.SaveStaff)
		if !is {
			continue
		}
		if save.Tenant != tenant {
			return kyc.E(kyc.Forbidden, "a write of type %T belongs to another tenant", w)
		}
		s, err := b.seal(ctx, save.Staff)
		if err != nil {
			return err
		}
		if &sealed[0] == &change[0] {
			sealed = slices.Clone(change)
		}
		sealed[i] = kyc.SaveStaff{Staff: s}
	}
	return b.Store.Commit(ctx, tenant, sealed)
}

func (b *Book) seal(ctx context.Context, s kyc.Staff) (kyc.Staff, error) {
	plain, err := json.Marshal(names{s.Login, s.Name})
	if err != nil {
		return s, kyc.Wrap(kyc.Internal, err, "encode names")
	}
	if s.Names, err = b.Vault.SealTenant(ctx, s.Tenant, kyc.SealedStaff(s.ID), plain); err != nil {
		return s, err
	}
	s.Login, err = b.index(ctx, s.Tenant, s.Login)
	s.Name = ""
	return s, err
}

// open is a member of the staff with the names that stand in the row. One of a row
// that an older program wrote has them in clear: see Seal.
func (b *Book) open(ctx context.Context, s kyc.Staff, err error) (kyc.Staff, error) {
	if err != nil || len(s.Names) == 0 {
		return s, err
	}
	plain, err := b.Vault.UnsealTenant(ctx, s.Tenant, kyc.SealedStaff(s.ID), s.Names)
	if err != nil {
		return kyc.Staff{}, err
	}
	var n names
	if err := json.Unmarshal(plain, &n); err != nil {
		return kyc.Staff{}, kyc.E(kyc.Internal, "the names of a member of the staff cannot be read")
	}
	s.Login, s.Name, s.Names = n.Login, n.Name, nil
	return s, nil
}

// Staff reads one member of the staff.
func (b *Book) Staff(ctx context.Context, tenant kyc.TenantID, id kyc.StaffID) (kyc.Staff, error) {
	s, err := b.Store.Staff(ctx, tenant, id)
	return b.open(ctx, s, err)
}

// StaffByLogin finds a member of the staff by login, which is lower-case.
func (b *Book) StaffByLogin(ctx context.Context, tenant kyc.TenantID, login string) (kyc.Staff, error) {
	index, err := b.index(ctx, tenant, login)
	if err != nil {
		return kyc.Staff{}, err
	}
	s, err := b.Store.StaffByLogin(ctx, tenant, index)
	return b.open(ctx, s, err)
}

// StaffList lists the staff of a tenant by login, disabled members too. At most 500.
func (b *Book) StaffList(ctx context.Context, tenant kyc.TenantID) ([]kyc.Staff, error) {
	list, err := b.Store.StaffList(ctx, tenant)
	for i := range list {
		if list[i], err = b.open(ctx, list[i], err); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(list, func(a, b kyc.Staff) int { return cmp.Compare(a.Login, b.Login) })
	return list, err
}

// batch is how many rows are sealed in one go.
const batch = 200

// Seal seals the names in the rows that a program before 0030 wrote, in all tenants,
// and tells how many there were. Several processes may do it at once.
func (b *Book) Seal(ctx context.Context) (done int, err error) {
	for {
		page, err := b.Store.ClearStaff(ctx, batch)
		if err != nil || len(page) == 0 {
			return done, err
		}
		for _, was := range page {
			s, err := b.seal(ctx, was)
			if err != nil {
				return done, err
			}
			change := kyc.Change{kyc.SealStaff{Tenant: s.Tenant, ID: s.ID, Was: was.Login, Login: s.Login, Names: s.Names}}
			if err := b.Store.Commit(ctx, s.Tenant, change); err != nil {
				return done, err
			}
			done++
		}
	}
}
