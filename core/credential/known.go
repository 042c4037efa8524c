package credential

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"time"

	"github.com/paifang/paifang/core/kyc"
)

// KnownFor is how long a device is known to belong to somebody who signed in with it.
const KnownFor = 180 * 24 * time.Hour

const (
	sealedKnown = "signin.known"
	maxKnown    = 1024 // characters of such a token
)

// Sealer seals what belongs to no single person; *vault.Vault does.
type Sealer interface {
	SealTenant(ctx context.Context, tenant kyc.TenantID, column string, plain []byte) ([]byte, error)
	UnsealTenant(ctx context.Context, tenant kyc.TenantID, column string, sealed []byte) ([]byte, error)
}

// known is what a device keeps: whose it is, as the keyed index of the name.
type known struct {
	Name   []byte     `json:"name"`
	Issued kyc.Millis `json:"issued"`
}

// device is a token for the device of somebody who has just signed in with a name.
// Sent along with later tries at that name it has a budget of its own: whoever
// guesses at the name from elsewhere uses up other budgets than the owner's. It opens
// nothing.
func (g *Gate) device(ctx context.Context, tenant kyc.TenantID, name []byte, now time.Time) (string, error) {
	plain, err := json.Marshal(known{Name: name, Issued: kyc.At(now)})
	if err != nil {
		return "", kyc.Wrap(kyc.Internal, err, "encode a known device")
	}
	sealed, err := g.Seals.SealTenant(ctx, tenant, sealedKnown, plain)
	return base64.RawURLEncoding.EncodeToString(sealed), err
}

// knows tells by which key the tries of a device are counted that has signed in
// with the name before; nil for any other. What cannot be read is no such token.
func (g *Gate) knows(ctx context.Context, tenant kyc.TenantID, name []byte, token string, now time.Time) ([]byte, error) {
	if token == "" || len(token) > maxKnown {
		return nil, nil
	}
	sealed, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || len(sealed) == 0 {
		return nil, nil
	}
	plain, err := g.Seals.UnsealTenant(ctx, tenant, sealedKnown, sealed)
	if kyc.CodeOf(err) == kyc.Internal {
		return nil, nil // of another tenant, or made up
	}
	if err != nil {
		return nil, err
	}
	var k known
	if json.Unmarshal(plain, &k) != nil || now.Sub(k.Issued.Time()) >= KnownFor || !kyc.SameIndex(k.Name, name) {
		return nil, nil
	}
	sum := sha256.Sum256(sealed) // decoded: one token has many spellings
	return sum[:], nil
}
