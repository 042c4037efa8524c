package contact

import (
	"context"
	"encoding/json"

	"github.com/paifang/paifang/core/kyc"
)

// Giver gives out human tests to the applicants' pages at the time of its clock.
type Giver struct {
	Human *Human
	Clock kyc.Clock
}

// Puzzle is a fresh proof of work as JSON.
func (g Giver) Puzzle(ctx context.Context, tenant kyc.TenantID) ([]byte, error) {
	p, err := g.Human.Puzzle(ctx, tenant, g.Clock())
	if err != nil {
		return nil, err
	}
	raw, err := json.Marshal(p)
	return raw, kyc.Wrap(kyc.Internal, err, "encode a puzzle")
}

// Challenge is the id of a fresh test by digits.
func (g Giver) Challenge(ctx context.Context, tenant kyc.TenantID) (string, error) {
	return g.Human.NewImage(ctx, tenant, g.Clock())
}

// Image draws a test by digits as PNG.
func (g Giver) Image(ctx context.Context, tenant kyc.TenantID, id string) ([]byte, error) {
	return g.Human.Image(ctx, tenant, id, g.Clock())
}

// Audio reads it out as WAV.
func (g Giver) Audio(ctx context.Context, tenant kyc.TenantID, id string, locale kyc.Locale) ([]byte, error) {
	return g.Human.Audio(ctx, tenant, id, locale, g.Clock())
}
