package api_test

import (
	"strings"
	"testing"

	"github.com/paifang/paifang/core/api"
	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/tenant"
)

// Keys by JSON: made, told once, listed, ended.
func TestKeysByJSON(t *testing.T) {
	h := newHouse(t)
	const at = "/api/v1/tenants/demo"
	var made api.KeyMade
	h.as("tenant_admin", "POST", at+"/keys", map[string]any{"kind": "publishable"}).into(t, 201, &made)
	if !strings.HasPrefix(made.Key, "pk_live_") || made.TestMode || made.Revoked != "" {
		t.Fatalf("made %+v", made)
	}
	if r := h.as("tenant_admin", "GET", at+"/keys", nil); r.status != 200 || strings.Contains(string(r.body), made.Key) || !strings.Contains(string(r.body), made.ID) {
		t.Errorf("the list is %d %s", r.status, r.body)
	}
	var item api.KeyItem
	h.as("tenant_admin", "POST", at+"/keys/"+made.ID+"/revoke", nil).into(t, 200, &item)
	if item.ID != made.ID || item.Revoked == "" {
		t.Errorf("ended is %+v", item)
	}
	h.as("tenant_admin", "POST", at+"/keys/"+string(h.case_.ID)+"/revoke", nil).refused(t, 404, "not_found")
	h.as("tenant_admin", "POST", at+"/keys", map[string]any{"kind": "golden"}).refused(t, 422, "validation")
	h.as("compliance_officer", "GET", at+"/keys", nil).refused(t, 403, "forbidden")
	h.stale = true
	h.as("tenant_admin", "POST", at+"/keys", map[string]any{"kind": "secret"}).refused(t, 403, "reauthentication_required")
	h.stale = false
	for range tenant.MaxKeys {
		h.as("tenant_admin", "POST", at+"/keys", map[string]any{"kind": "secret", "test_mode": true}).into(t, 201, &made)
	}
	h.as("tenant_admin", "POST", at+"/keys", map[string]any{"kind": "secret"}).refused(t, 409, "keys_many")
}

// Keys of marketplaces by JSON.
func TestSignersByJSON(t *testing.T) {
	h := newHouse(t)
	const at = "/api/v1/tenants/demo/signers"
	// RFC 8410, section 10.1
	const public = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n-----END PUBLIC KEY-----\n"
	var item api.SignerItem
	h.as("tenant_admin", "POST", at, map[string]any{"id": "k1", "issuer": "https://shop.example", "public_key": public}).into(t, 201, &item)
	if item.ID != "k1" || item.Issuer != "https://shop.example" || item.Revoked != "" {
		t.Errorf("admitted %+v", item)
	}
	h.as("tenant_admin", "POST", at, map[string]any{"id": "k2", "issuer": "x", "public_key": "y"}).refused(t, 400, "signer_key")
	var list api.SignerList
	h.as("tenant_admin", "GET", at, nil).into(t, 200, &list)
	if len(list.Signers) != 1 {
		t.Errorf("there are %+v", list)
	}
	h.as("tenant_admin", "POST", at+"/k1/revoke", nil).into(t, 200, &item)
	h.as("tenant_admin", "POST", at+"/k3/revoke", nil).refused(t, 404, "not_found")
	if s, err := h.store.AssertionKey(t.Context(), kyc.TenantID("demo"), "k1"); err != nil || s.Revoked == 0 || item.Revoked == "" {
		t.Errorf("the key holds: %+v, %v", s, err)
	}
}
