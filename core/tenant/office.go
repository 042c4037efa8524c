// Package tenant founds tenants and keeps what belongs to them: keys of the
// API, staff, marketplaces that vouch for their members, enabled markets, legal
// documents. Its callers are operators: refusals say in plain words what to give
// instead, in the error's detail.
package tenant

import (
	"context"
	"io"

	"github.com/paifang/paifang/core/audit"
	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/letter"
)

// Store is what an Office reads and where its changes go.
type Store interface {
	APIKeyByHash(ctx context.Context, hash []byte) (kyc.APIKey, error)
	APIKeys(ctx context.Context, tenant kyc.TenantID) ([]kyc.APIKey, error)
	AssertionKey(ctx context.Context, tenant kyc.TenantID, kid string) (kyc.AssertionKey, error)
	AssertionKeys(ctx context.Context, tenant kyc.TenantID) ([]kyc.AssertionKey, error)
	Tenant(ctx context.Context, id kyc.TenantID) (kyc.Tenant, error)
	TenantMarket(ctx context.Context, id kyc.TenantID, market kyc.MarketID) (kyc.TenantMarket, error)
	StaffList(ctx context.Context, id kyc.TenantID) ([]kyc.Staff, error)
	StaffByLogin(ctx context.Context, id kyc.TenantID, login string) (kyc.Staff, error)
	Commit(ctx context.Context, tenant kyc.TenantID, change kyc.Change) error
}

// Keys makes a tenant's keys.
type Keys interface {
	NewTenant(ctx context.Context, tenant kyc.TenantID) (kyc.TenantKeys, error)
}

// Record begins the tenant's transparency log, to be committed with the tenant.
type Record interface {
	Begin(ctx context.Context, tenant kyc.TenantID) (kyc.Change, error)
}

// Hasher hashes passwords of staff.
type Hasher interface {
	Hash(ctx context.Context, password string) (string, error)
}

// Office is where tenants are administered. All fields but By are required.
type Office struct {
	Store     Store
	Keys      Keys
	Record    Record
	Passwords Hasher
	Letters   *letter.Writer
	Locales   []kyc.Locale // shipped languages
	Roles     []string     // what staff can be
	Clock     kyc.Clock
	IDs       kyc.IDs
	Random    io.Reader
	By        kyc.Actor // who the record says it was; the zero value: the office itself
}

// known wants a tenant to exist, so that a mistyped name is told as such.
// Known is nil when there is such a tenant; NotFound says that there is not.
func (o *Office) Known(ctx context.Context, id kyc.TenantID) error {
	_, err := o.Store.Tenant(ctx, id)
	if kyc.CodeOf(err) == kyc.NotFound {
		return kyc.EKey(kyc.NotFound, "error.not_found", "there is no tenant %q", id)
	}
	return err
}

func (o *Office) now() kyc.Millis { return kyc.At(o.Clock()) }

func (o *Office) line(tenant kyc.TenantID, action, kind, id string, detail ...string) kyc.AppendAudit {
	by := o.By
	if by == (kyc.Actor{}) {
		by = audit.System("office")
	}
	return audit.Line(o.Clock, o.IDs, tenant, by, action, kind, id, detail...)
}
