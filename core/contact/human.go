package contact

import (
	"context"
	"crypto/sha256"
	"io"
	"strings"
	"time"

	"github.com/paifang/paifang/core/kyc"
)

// Bounds of the human test.
const (
	// DefaultMaxNumber bounds the search of a proof of work: 50,000 SHA-256 on
	// average, less than a second of a slow phone.
	DefaultMaxNumber = 100_000
	// DefaultHumanLife is how long a puzzle or an image may be solved.
	DefaultHumanLife = 10 * time.Minute

	maxHumanValue = 2048 // characters of a submitted solution
)

// Human gives and verifies human tests: a proof of work for scripts (ALTCHA's
// wire format, version 1) and an image or a recording of digits for everybody
// else. It keeps nothing: what it gives out is authenticated with the tenant's
// key, and single use is a kyc.UseOnce write.
type Human struct {
	Index     Indexer
	Random    io.Reader     // cryptographically secure
	MaxNumber int64         // 0: DefaultMaxNumber
	Life      time.Duration // 0: DefaultHumanLife
}

func (h *Human) maxNumber() int64 {
	if h.MaxNumber <= 0 {
		return DefaultMaxNumber
	}
	return h.MaxNumber
}

func (h *Human) life() time.Duration {
	if h.Life <= 0 {
		return DefaultHumanLife
	}
	return h.Life
}

// Verify checks a submitted solution: the base64 JSON of a proof of work, or
// "img.<id>.<digits>". The test is passed when the problem has no code; then, or
// when the digits were wrong, the write spends the test and must be committed
// with what the test guards (Gone "error.replayed" when it was spent before).
// A UseOnce without Hash spends nothing. Problems: human.required,
// human.invalid, human.expired, human.wrong; the path is left to the caller.
func (h *Human) Verify(ctx context.Context, tenant kyc.TenantID, value string, now time.Time) (kyc.UseOnce, kyc.Problem, error) {
	value = strings.TrimSpace(value)
	switch {
	case value == "":
		return kyc.UseOnce{}, kyc.P("", "human.required"), nil
	case len(value) > maxHumanValue:
		return kyc.UseOnce{}, kyc.P("", "human.invalid"), nil
	case strings.HasPrefix(value, "img."):
		return h.verifyImage(ctx, tenant, value, now)
	}
	return h.verifyPuzzle(ctx, tenant, value, now)
}

// spend is the write that makes a test single use. It is remembered a little
// longer than the test lives, for clocks of several nodes that differ.
func spend(tenant kyc.TenantID, kind, id string, expires time.Time) kyc.UseOnce {
	sum := sha256.Sum256([]byte("human." + kind + "." + id))
	return kyc.UseOnce{Tenant: tenant, Hash: sum[:], Expires: kyc.At(expires.Add(time.Minute))}
}
