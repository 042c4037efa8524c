package tenant

import (
	"context"
	"crypto/ed25519"
	"regexp"
	"strings"
	"unicode"

	"github.com/paifang/paifang/core/audit"
	"github.com/paifang/paifang/core/kyc"
)

var keyID = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)

const maxIssuer = 200 // bytes

// AdmitSigner lets a marketplace vouch for its members with assertions under
// this key. A key id is given once: Conflict when it is there with another key or
// issuer, or was withdrawn; admitting the same again changes nothing. A key is
// replaced by adding one with a new id and withdrawing the old one.
func (o *Office) AdmitSigner(ctx context.Context, s kyc.AssertionKey) error {
	if err := checkSigner(s); err != nil {
		return err
	}
	if err := o.Known(ctx, s.Tenant); err != nil {
		return err
	}
	there, err := o.Store.AssertionKey(ctx, s.Tenant, s.KeyID)
	switch {
	case kyc.CodeOf(err) == kyc.NotFound:
		return o.Store.Commit(ctx, s.Tenant, kyc.Change{kyc.SaveAssertionKey{AssertionKey: s}, o.signerLine(s)})
	case err != nil:
		return err
	case there.Revoked != 0:
		return kyc.EKey(kyc.Conflict, "error.signer_taken", "key id %q was withdrawn; a new key has a new id", s.KeyID)
	case there.Issuer != s.Issuer || string(there.Public) != string(s.Public):
		return kyc.EKey(kyc.Conflict, "error.signer_taken", "key id %q is another key already; a new key has a new id", s.KeyID)
	}
	return nil
}

// ListSigners lists the keys that marketplaces vouch under, withdrawn ones too.
func (o *Office) ListSigners(ctx context.Context, tenant kyc.TenantID) ([]kyc.AssertionKey, error) {
	if err := o.Known(ctx, tenant); err != nil {
		return nil, err
	}
	return o.Store.AssertionKeys(ctx, tenant)
}

// WithdrawSigner ends what AdmitSigner began, at once and for good: nothing is
// believed any more that is signed by the key. Withdrawing it again changes nothing.
// NotFound: the tenant has no such key.
func (o *Office) WithdrawSigner(ctx context.Context, tenant kyc.TenantID, kid string) error {
	if err := o.Known(ctx, tenant); err != nil {
		return err
	}
	s, err := o.Store.AssertionKey(ctx, tenant, kid)
	if kyc.CodeOf(err) == kyc.NotFound {
		return kyc.EKey(kyc.NotFound, "error.not_found", "tenant %q has no key %q; paifang signer list %s tells the ids", tenant, kid, tenant)
	}
	if err != nil || s.Revoked != 0 {
		return err
	}
	s.Revoked = o.now()
	return o.Store.Commit(ctx, tenant, kyc.Change{kyc.SaveAssertionKey{AssertionKey: s}, o.line(tenant, audit.SignerWithdrawn, "signer", kid)})
}

func checkSigner(s kyc.AssertionKey) error {
	if !keyID.MatchString(s.KeyID) {
		return kyc.EKey(kyc.Invalid, "error.signer_id", `a key id ("kid") has 1 to 64 letters, digits, dots, hyphens and underscores`)
	}
	if s.Issuer == "" || len(s.Issuer) > maxIssuer || strings.ContainsFunc(s.Issuer, func(r rune) bool {
		return unicode.IsSpace(r) || !unicode.IsPrint(r)
	}) {
		return kyc.EKey(kyc.Invalid, "error.signer_issuer", `an issuer ("iss") has 1 to %d characters without space, e.g. https://shop.example`, maxIssuer)
	}
	if len(s.Public) != ed25519.PublicKeySize {
		return kyc.EKey(kyc.Invalid, "error.signer_key", "the key is not an Ed25519 public key")
	}
	return nil
}

func (o *Office) signerLine(s kyc.AssertionKey) kyc.AppendAudit {
	return o.line(s.Tenant, audit.SignerAdmitted, "signer", s.KeyID)
}
