package tenant

import (
	"context"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/pem"

	"github.com/paifang/paifang/core/audit"
	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/policies"
)

// Bounds of what a tenant has by its desk, of those that hold.
const (
	MaxKeys    = 50
	MaxSigners = 50
)

// maxPEM bounds the text of a public key, in bytes; one of Ed25519 has 113.
const maxPEM = 2000

// Who is a member of staff at work in a tenant.
type Who struct {
	Staff  kyc.Staff
	Tenant kyc.TenantID
}

// Desk is the part of the office that a tenant's own staff have: the keys of its API
// and of the marketplaces that vouch for their members. It keeps no state.
type Desk struct {
	Office     *Office
	Authorizer *policies.Authorizer
}

// at is the office with somebody in it who may.
func (d *Desk) at(w Who) (*Office, error) {
	if !d.Authorizer.May(w.Staff, w.Tenant, policies.KeyManage) {
		return nil, kyc.EKey(kyc.Forbidden, "error.forbidden", "role lacks %s", policies.KeyManage)
	}
	o := *d.Office
	o.By = audit.Staff(w.Staff.ID)
	return &o, nil
}

// Keys lists the tenant's API keys, revoked ones too, the oldest first.
func (d *Desk) Keys(ctx context.Context, w Who) ([]kyc.APIKey, error) {
	o, err := d.at(w)
	if err != nil {
		return nil, err
	}
	return o.ListKeys(ctx, w.Tenant)
}

// Key is one of them. NotFound ("error.not_found") when the tenant has none such.
func (d *Desk) Key(ctx context.Context, w Who, id kyc.KeyID) (kyc.APIKey, error) {
	list, err := d.Keys(ctx, w)
	for _, k := range list {
		if k.ID == id {
			return k, nil
		}
	}
	if err == nil {
		err = kyc.EKey(kyc.NotFound, "error.not_found", "the tenant has no such API key")
	}
	return kyc.APIKey{}, err
}

// Issue makes an API key, Publishable or Secret, and gives it out this once. Conflict
// ("error.keys_many") when MaxKeys hold.
func (d *Desk) Issue(ctx context.Context, w Who, kind string, test bool) (kyc.APIKey, string, error) {
	o, err := d.at(w)
	if err != nil {
		return kyc.APIKey{}, "", err
	}
	list, err := o.ListKeys(ctx, w.Tenant)
	if err != nil {
		return kyc.APIKey{}, "", err
	}
	hold := 0
	for _, k := range list {
		if k.Revoked == 0 {
			hold++
		}
	}
	if hold >= MaxKeys {
		return kyc.APIKey{}, "", kyc.EKey(kyc.Conflict, "error.keys_many", "%d API keys hold", hold)
	}
	return o.issue(ctx, w.Tenant, kind, test)
}

// Revoke ends an API key for good, as Office.RevokeKey does.
func (d *Desk) Revoke(ctx context.Context, w Who, id kyc.KeyID) error {
	o, err := d.at(w)
	if err != nil {
		return err
	}
	return o.RevokeKey(ctx, w.Tenant, id)
}

// Signers lists the keys that marketplaces vouch under, withdrawn ones too.
func (d *Desk) Signers(ctx context.Context, w Who) ([]kyc.AssertionKey, error) {
	o, err := d.at(w)
	if err != nil {
		return nil, err
	}
	return o.ListSigners(ctx, w.Tenant)
}

// Signer is one of them. NotFound ("error.not_found") when the tenant has none such.
func (d *Desk) Signer(ctx context.Context, w Who, kid string) (kyc.AssertionKey, error) {
	list, err := d.Signers(ctx, w)
	for _, s := range list {
		if s.KeyID == kid {
			return s, nil
		}
	}
	if err == nil {
		err = kyc.EKey(kyc.NotFound, "error.not_found", "the tenant has no such key of a marketplace")
	}
	return kyc.AssertionKey{}, err
}

// Admit lets a marketplace vouch under a public key in PEM (PKIX, Ed25519), as
// Office.AdmitSigner does. Invalid says what is wrong: "error.signer_id",
// "error.signer_issuer", "error.signer_key"; Conflict "error.signer_taken", and
// "error.keys_many" when MaxSigners hold.
func (d *Desk) Admit(ctx context.Context, w Who, kid, issuer, text string) error {
	o, err := d.at(w)
	if err != nil {
		return err
	}
	public, err := PublicKey(text)
	if err != nil {
		return err
	}
	list, err := o.ListSigners(ctx, w.Tenant)
	if err != nil {
		return err
	}
	hold := 0
	for _, s := range list {
		if s.Revoked == 0 {
			hold++
		}
	}
	if hold >= MaxSigners {
		return kyc.EKey(kyc.Conflict, "error.keys_many", "%d keys of marketplaces hold", hold)
	}
	return o.AdmitSigner(ctx, kyc.AssertionKey{Tenant: w.Tenant, KeyID: kid, Issuer: issuer, Public: public})
}

// Withdraw ends what Admit began, as Office.WithdrawSigner does.
func (d *Desk) Withdraw(ctx context.Context, w Who, kid string) error {
	o, err := d.at(w)
	if err != nil {
		return err
	}
	return o.WithdrawSigner(ctx, w.Tenant, kid)
}

// PublicKey reads an Ed25519 public key from a PEM block PUBLIC KEY (PKIX, RFC 8410),
// as `openssl pkey -pubout` writes it. Invalid ("error.signer_key") for all else.
func PublicKey(text string) (ed25519.PublicKey, error) {
	if len(text) > maxPEM {
		text = ""
	}
	block, _ := pem.Decode([]byte(text))
	if block == nil || block.Type != "PUBLIC KEY" {
		return nil, kyc.EKey(kyc.Invalid, "error.signer_key", "no PEM block PUBLIC KEY; make one with: openssl pkey -in private.pem -pubout")
	}
	parsed, err := x509.ParsePKIXPublicKey(block.Bytes)
	public, ok := parsed.(ed25519.PublicKey)
	if err != nil || !ok {
		return nil, kyc.EKey(kyc.Invalid, "error.signer_key", "not an Ed25519 public key; make a pair with: openssl genpkey -algorithm ed25519")
	}
	return public, nil
}
