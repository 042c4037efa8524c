package tenant

import (
	"context"

	"github.com/paifang/paifang/core/audit"
	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/vault"
)

// Kinds of API keys.
const (
	Publishable = "publishable" // may be seen by anybody; can only start applications
	Secret      = "secret"
)

// IssueKey makes an API key, Publishable or Secret, and returns it; only its hash
// is kept.
func (o *Office) IssueKey(ctx context.Context, tenant kyc.TenantID, kind string, testMode bool) (string, error) {
	_, key, err := o.issue(ctx, tenant, kind, testMode)
	return key, err
}

func (o *Office) issue(ctx context.Context, tenant kyc.TenantID, kind string, testMode bool) (kyc.APIKey, string, error) {
	prefix, ok := map[string]string{Publishable: "pk_", Secret: "sk_"}[kind]
	if !ok {
		return kyc.APIKey{}, "", kyc.EKey(kyc.Invalid, "error.key_kind", "an API key is publishable or secret")
	}
	mode := "live_"
	if testMode {
		mode = "test_"
	}
	random, _ := vault.Token(o.Random)
	key := prefix + mode + random
	k, err := o.admit(ctx, tenant, kind, key, testMode)
	if err != nil {
		return kyc.APIKey{}, "", err
	}
	return k, key, nil
}

// AdmitKey registers a given API key; development mode uses it for its
// well-known one. Admitting it again changes nothing; Conflict when it is
// somebody else's.
func (o *Office) AdmitKey(ctx context.Context, tenant kyc.TenantID, kind, key string, testMode bool) error {
	_, err := o.admit(ctx, tenant, kind, key, testMode)
	return err
}

func (o *Office) admit(ctx context.Context, tenant kyc.TenantID, kind, key string, testMode bool) (kyc.APIKey, error) {
	if err := o.Known(ctx, tenant); err != nil {
		return kyc.APIKey{}, err
	}
	hash := vault.HashToken(key)
	there, err := o.Store.APIKeyByHash(ctx, hash)
	switch {
	case kyc.CodeOf(err) == kyc.NotFound:
	case err != nil:
		return kyc.APIKey{}, err
	case there.Tenant != tenant || there.Kind != kind || there.Revoked != 0:
		return kyc.APIKey{}, kyc.E(kyc.Conflict, "the API key is in use or was revoked")
	default:
		return there, nil
	}
	k := kyc.APIKey{Tenant: tenant, ID: kyc.KeyID(o.IDs()), Kind: kind, Hash: hash, TestMode: testMode, Created: o.now()}
	return k, o.Store.Commit(ctx, tenant, kyc.Change{kyc.SaveAPIKey{APIKey: k}, o.line(tenant, audit.KeyIssued, "key", string(k.ID))})
}

// ListKeys lists a tenant's API keys, revoked ones too, the oldest first.
func (o *Office) ListKeys(ctx context.Context, tenant kyc.TenantID) ([]kyc.APIKey, error) {
	if err := o.Known(ctx, tenant); err != nil {
		return nil, err
	}
	return o.Store.APIKeys(ctx, tenant)
}

// RevokeKey ends an API key for good: whoever comes with it is refused, on other
// servers some seconds later. Sessions that began with it go on. Revoking it again
// changes nothing. NotFound: the tenant has no such key.
func (o *Office) RevokeKey(ctx context.Context, tenant kyc.TenantID, id kyc.KeyID) error {
	list, err := o.ListKeys(ctx, tenant)
	if err != nil {
		return err
	}
	for _, k := range list {
		if k.ID != id {
			continue
		}
		if k.Revoked != 0 {
			return nil
		}
		k.Revoked = o.now()
		return o.Store.Commit(ctx, tenant, kyc.Change{kyc.SaveAPIKey{APIKey: k}, o.line(tenant, audit.KeyRevoked, "key", string(id), "kind", k.Kind)})
	}
	return kyc.EKey(kyc.NotFound, "error.not_found", "tenant %q has no API key %q; paifang key list %s tells the ids", tenant, id, tenant)
}

// Resolve tells whose key this is. Unauthorized for an unknown or revoked one.
func (o *Office) Resolve(ctx context.Context, key string) (kyc.APIKey, error) {
	refuse := kyc.EKey(kyc.Unauthorized, "error.api_key", "API key is not valid")
	if len(key) < 8 || len(key) > 100 {
		return kyc.APIKey{}, refuse
	}
	k, err := o.Store.APIKeyByHash(ctx, vault.HashToken(key))
	if kyc.CodeOf(err) == kyc.NotFound || err == nil && k.Revoked != 0 {
		return kyc.APIKey{}, refuse
	}
	return k, err
}
