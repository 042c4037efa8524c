package roster

import (
	"context"

	"github.com/paifang/paifang/core/audit"
	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/letter"
	"github.com/paifang/paifang/policies"
)

// Store is what a Roster reads and where its changes go.
type Store interface {
	Staff(ctx context.Context, tenant kyc.TenantID, id kyc.StaffID) (kyc.Staff, error)
	StaffByLogin(ctx context.Context, tenant kyc.TenantID, login string) (kyc.Staff, error)
	// StaffLinks and Letters list the links for a purpose and the letters of a kind,
	// the newest first.
	StaffLinks(ctx context.Context, tenant kyc.TenantID, purpose string) ([]kyc.StaffLink, error)
	Letters(ctx context.Context, tenant kyc.TenantID, template string) ([]kyc.Message, error)
	// StaffList lists the staff by login, who is shut out too.
	StaffList(ctx context.Context, tenant kyc.TenantID) ([]kyc.Staff, error)
	// Roles lists the tenant's own roles as they are now, retired ones too.
	Roles(ctx context.Context, tenant kyc.TenantID) ([]kyc.Role, error)
	// RoleVersions lists all versions of one, the newest first.
	RoleVersions(ctx context.Context, tenant kyc.TenantID, id string) ([]kyc.Role, error)
	TenantMarkets(ctx context.Context, tenant kyc.TenantID) ([]kyc.TenantMarket, error)
	// Tenants lists tenants by id, after the given one.
	Tenants(ctx context.Context, after kyc.TenantID, limit int) ([]kyc.Tenant, error)
	Commit(ctx context.Context, tenant kyc.TenantID, change kyc.Change) error
}

// Config is everything a Roster needs. All fields are required.
type Config struct {
	Store      Store
	Authorizer *policies.Authorizer
	Letters    *letter.Writer
	Locales    []kyc.Locale // that letters and portal are in
	Clock      kyc.Clock
	IDs        kyc.IDs
}

// Roster keeps no state of its own and is safe for concurrent use.
type Roster struct{ Config }

// New makes a Roster.
func New(c Config) *Roster { return &Roster{c} }

// Who is a member of staff at work in a tenant.
type Who struct {
	Staff  kyc.Staff
	Tenant kyc.TenantID
}

func (r *Roster) may(w Who, need policies.Permission) error {
	if r.Authorizer.May(w.Staff, w.Tenant, need) {
		return nil
	}
	return kyc.EKey(kyc.Forbidden, "error.forbidden", "role lacks %s", need)
}

// beyond refuses to give what one does not have.
func beyond() error {
	return kyc.EKey(kyc.Forbidden, "error.beyond_own", "would give more than one has")
}

// line makes an audit line of what somebody did.
func (r *Roster) line(w Who, action, kind, id string, detail ...string) kyc.AppendAudit {
	return audit.Line(r.Clock, r.IDs, w.Tenant, audit.Staff(w.Staff.ID), action, kind, id, detail...)
}

// commit writes a change, and has this process notice it at once.
func (r *Roster) commit(ctx context.Context, w Who, change kyc.Change) error {
	if err := r.Store.Commit(ctx, w.Tenant, change); err != nil {
		return err
	}
	r.Authorizer.Forget(w.Tenant)
	return nil
}

// PageSize is how many tenants a page has.
const PageSize = 50

// Tenants is a page of the tenants. After is the place of the next page, "" on
// the last.
type Tenants struct {
	Tenants []kyc.Tenant
	After   kyc.TenantID
}

// Tenants lists the tenants of the platform by id.
func (r *Roster) Tenants(ctx context.Context, w Who, after kyc.TenantID) (Tenants, error) {
	if err := r.may(w, policies.TenantList); err != nil {
		return Tenants{}, err
	}
	if len(after) > 40 {
		return Tenants{}, kyc.EKey(kyc.Invalid, "error.list_filter", "unknown place of a list")
	}
	found, err := r.Store.Tenants(ctx, after, PageSize+1)
	if err != nil {
		return Tenants{}, err
	}
	page := Tenants{Tenants: found}
	if len(found) > PageSize {
		page.Tenants, page.After = found[:PageSize], found[PageSize-1].ID
	}
	return page, nil
}
