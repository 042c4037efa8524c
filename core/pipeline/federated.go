package pipeline

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/paifang/paifang/core/contact"
	"github.com/paifang/paifang/core/kyc"
)

// assertionLife bounds how far in the future an assertion may expire; a longer
// one is a credential, not an assertion.
const assertionLife = 15 * time.Minute

// AssertionAudience is what the "aud" claim of an assertion must contain.
func AssertionAudience(tenant kyc.TenantID) string { return "paifang:" + string(tenant) }

// memberClaims are the claims of ours beside the registered ones.
type memberClaims struct {
	Site       string `json:"site"`       // which site the membership is of
	Membership string `json:"membership"` // kind of membership
	Phone      string `json:"phone"`      // E.164, if the marketplace has proved one
}

// prepareFederated verifies the assertion: Ed25519 JWT (RFC 8037) by a key that
// the tenant registered, for us, in time, and never used before.
func (a *attempt) prepareFederated(ctx context.Context) error {
	for _, f := range a.step.Fields {
		if f.Type != kyc.AssertionField {
			continue
		}
		std, member, issue, err := a.p.readAssertion(ctx, a.app.Tenant, a.secrets[f.Name], a.now.Time())
		if err != nil {
			return err
		}
		if issue != "" {
			a.problem(f.Name, issue)
			return nil
		}
		return a.takeClaims(ctx, f, std, member)
	}
	return kyc.E(kyc.Internal, "federated step without an assertion field")
}

// Vouched is who an assertion says its bearer is.
type Vouched struct {
	Issuer, Member string
	Problem        string // code: why it is not believed; "" when it is
}

// ReadAssertion tells whom an assertion names. It uses nothing up and begins nothing.
func (p *Pipeline) ReadAssertion(ctx context.Context, tenant kyc.TenantID, raw string) (Vouched, error) {
	std, _, issue, err := p.readAssertion(ctx, tenant, raw, p.Clock())
	if err != nil || issue != "" {
		return Vouched{Problem: issue}, err
	}
	return Vouched{Issuer: std.Issuer, Member: std.Subject}, nil
}

func (p *Pipeline) readAssertion(ctx context.Context, tenant kyc.TenantID, raw string, now time.Time) (std jwt.Claims, member memberClaims, issue string, err error) {
	token, parseErr := jwt.ParseSigned(raw, []jose.SignatureAlgorithm{jose.EdDSA})
	if parseErr != nil || len(token.Headers) != 1 {
		return std, member, "assertion.invalid", nil
	}
	key, err := p.Store.AssertionKey(ctx, tenant, token.Headers[0].KeyID)
	if errors.Is(err, kyc.E(kyc.NotFound, "")) {
		return std, member, "assertion.invalid", nil
	}
	if err != nil {
		return std, member, "", err
	}
	if key.Revoked != 0 || len(key.Public) != ed25519.PublicKeySize || token.Claims(ed25519.PublicKey(key.Public), &std, &member) != nil {
		return std, member, "assertion.invalid", nil
	}
	if std.Subject == "" || std.ID == "" || std.Expiry == nil || std.Expiry.Time().After(now.Add(assertionLife)) {
		return std, member, "assertion.invalid", nil
	}
	err = std.ValidateWithLeeway(jwt.Expected{Issuer: key.Issuer, AnyAudience: jwt.Audience{AssertionAudience(tenant)}, Time: now}, 30*time.Second)
	switch {
	case errors.Is(err, jwt.ErrExpired):
		return std, member, "assertion.expired", nil
	case err != nil:
		return std, member, "assertion.invalid", nil
	}
	return std, member, "", nil
}

// takeClaims turns the claims into the step's answers and uses the assertion up.
func (a *attempt) takeClaims(ctx context.Context, f kyc.Field, std jwt.Claims, member memberClaims) error {
	used := sha256.Sum256([]byte("assertion\x00" + std.Issuer + "\x00" + std.ID))
	a.change = append(a.change, kyc.UseOnce{Tenant: a.app.Tenant, Hash: used[:], Expires: kyc.At(std.Expiry.Time().Add(time.Hour))})
	a.values["subject"], a.values["site"], a.values["membership"] = std.Subject, member.Site, member.Membership
	if member.Phone != "" {
		phone, _, ok := contact.ParsePhone(member.Phone, "", nil)
		if !ok {
			a.problem(f.Name, "assertion.invalid")
			return nil
		}
		a.values["phone"], a.values["phone.region"] = phone.E164, phone.Region
	}
	subject, err := a.p.Vault.Index(ctx, a.app.Tenant, "subject:"+std.Issuer, std.Subject)
	a.app.Subject = hex.EncodeToString(subject)
	return err
}
