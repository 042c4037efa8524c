// Package tenant founds tenants and keeps what belongs to them: keys of the
// API, staff, enabled markets, legal documents.
package tenant

import (
	"context"
	"io"
	"strings"

	"github.com/paifang/paifang/core/audit"
	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/vault"
)

// Store is what an Office reads and where its changes go.
type Store interface {
	APIKeyByHash(ctx context.Context, hash []byte) (kyc.APIKey, error)
	Tenant(ctx context.Context, id kyc.TenantID) (kyc.Tenant, error)
	StaffByLogin(ctx context.Context, id kyc.TenantID, login string) (kyc.Staff, error)
	Commit(ctx context.Context, tenant kyc.TenantID, change kyc.Change) error
}

// Keys makes a tenant's keys.
type Keys interface {
	NewTenant(tenant kyc.TenantID) (kyc.TenantKeys, error)
}

// Hasher hashes passwords of staff.
type Hasher interface {
	Hash(ctx context.Context, password string) (string, error)
}

// Office is where tenants are administered. All fields are required.
type Office struct {
	Store     Store
	Keys      Keys
	Passwords Hasher
	Clock     kyc.Clock
	IDs       kyc.IDs
	Random    io.Reader
}

// Plan is what a new tenant begins with.
type Plan struct {
	Tenant  kyc.Tenant
	Markets []kyc.TenantMarket
	Legal   []kyc.LegalDocument
	Signers []kyc.AssertionKey // marketplaces that may vouch for their members
}

// Found makes a tenant. Conflict when the id is taken.
func (o *Office) Found(ctx context.Context, p Plan) error {
	if _, err := kyc.ParseTenantID(string(p.Tenant.ID)); err != nil {
		return err
	}
	if _, err := o.Store.Tenant(ctx, p.Tenant.ID); kyc.CodeOf(err) != kyc.NotFound {
		if err != nil {
			return err
		}
		return kyc.EKey(kyc.Conflict, "error.tenant_exists", "tenant %s exists", p.Tenant.ID)
	}
	keys, err := o.Keys.NewTenant(p.Tenant.ID)
	if err != nil {
		return err
	}
	p.Tenant.Created, keys.Created = o.now(), o.now()
	change := kyc.Change{kyc.SaveTenant{Tenant: p.Tenant}, kyc.SaveTenantKeys{TenantKeys: keys}}
	for _, m := range p.Markets {
		change = append(change, kyc.SaveTenantMarket{TenantMarket: m})
	}
	for _, l := range p.Legal {
		change = append(change, kyc.SaveLegal{LegalDocument: l})
	}
	for _, s := range p.Signers {
		change = append(change, kyc.SaveAssertionKey{AssertionKey: s})
	}
	change = append(change, o.line(p.Tenant.ID, audit.TenantFounded, "tenant", string(p.Tenant.ID)))
	return o.Store.Commit(ctx, p.Tenant.ID, change)
}

// Hire adds a member of staff with a password. Conflict when the login is taken.
func (o *Office) Hire(ctx context.Context, s kyc.Staff, password string) error {
	s.Login = strings.ToLower(strings.TrimSpace(s.Login))
	if _, err := o.Store.StaffByLogin(ctx, s.Tenant, s.Login); kyc.CodeOf(err) != kyc.NotFound {
		if err != nil {
			return err
		}
		return kyc.EKey(kyc.Conflict, "error.login_taken", "staff login exists")
	}
	return o.saveStaff(ctx, s, password, audit.StaffHired)
}

// SetPassword gives a member of staff a new password.
func (o *Office) SetPassword(ctx context.Context, tenant kyc.TenantID, login, password string) error {
	s, err := o.Store.StaffByLogin(ctx, tenant, strings.ToLower(strings.TrimSpace(login)))
	if err != nil {
		return err
	}
	return o.saveStaff(ctx, s, password, audit.StaffPassword)
}

func (o *Office) saveStaff(ctx context.Context, s kyc.Staff, password, action string) error {
	hash, err := o.Passwords.Hash(ctx, password)
	if err != nil {
		return err
	}
	s.Hash, s.State = hash, "active"
	if s.ID == "" {
		s.ID, s.Created = kyc.StaffID(o.IDs()), o.now()
	}
	return o.Store.Commit(ctx, s.Tenant, kyc.Change{kyc.SaveStaff{Staff: s}, o.line(s.Tenant, action, "staff", string(s.ID))})
}

// IssueKey makes an API key of the kind "publishable" or "secret" and returns
// it; only its hash is kept.
func (o *Office) IssueKey(ctx context.Context, tenant kyc.TenantID, kind string, testMode bool) (string, error) {
	prefix, ok := map[string]string{"publishable": "pk_", "secret": "sk_"}[kind]
	if !ok {
		return "", kyc.E(kyc.Invalid, "an API key is publishable or secret")
	}
	if testMode {
		prefix += "test_"
	} else {
		prefix += "live_"
	}
	secret, _ := vault.Token(o.Random)
	return prefix + secret, o.AdmitKey(ctx, tenant, kind, prefix+secret, testMode)
}

// AdmitKey registers a given API key; development mode uses it for its
// well-known one.
func (o *Office) AdmitKey(ctx context.Context, tenant kyc.TenantID, kind, key string, testMode bool) error {
	hash := vault.HashToken(key)
	k := kyc.APIKey{Tenant: tenant, ID: kyc.KeyID(o.IDs()), Kind: kind, Hash: hash, TestMode: testMode, Created: o.now()}
	return o.Store.Commit(ctx, tenant, kyc.Change{kyc.SaveAPIKey{APIKey: k}, o.line(tenant, audit.KeyIssued, "key", string(k.ID))})
}

// Resolve tells whose key this is. Unauthorized for an unknown or revoked one.
func (o *Office) Resolve(ctx context.Context, key string) (kyc.APIKey, error) {
	refuse := kyc.EKey(kyc.Unauthorized, "error.api_key", "API key is not valid")
	if len(key) < 8 || len(key) > 100 {
		return kyc.APIKey{}, refuse
	}
	hash := vault.HashToken(key)
	k, err := o.Store.APIKeyByHash(ctx, hash)
	if kyc.CodeOf(err) == kyc.NotFound || (err == nil && k.Revoked != 0) {
		return kyc.APIKey{}, refuse
	}
	return k, err
}

func (o *Office) now() kyc.Millis { return kyc.At(o.Clock()) }

func (o *Office) line(tenant kyc.TenantID, action, kind, id string) kyc.AppendAudit {
	return kyc.AppendAudit{AuditLine: kyc.AuditLine{Tenant: tenant, ID: kyc.AuditID(o.IDs()), At: o.now(),
		Actor: kyc.Actor{Kind: "system", ID: "office"}, Action: action, ObjectKind: kind, ObjectID: id}}
}
