package main

import (
	"context"
	"time"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/rollout"
	"github.com/paifang/paifang/policies"
)

// desk is where it is decided what runs. Its acts are in the record of the
// tenant that operates the platform, which is made when there is none.
func (h *house) desk(ctx context.Context, s shelf, p prover) (*rollout.Desk, error) {
	if err := h.office.Platform(ctx, policies.OperatorTenant); err != nil {
		return nil, err
	}
	return rollout.NewDesk(rollout.Config{Store: h.store, Shelf: s, Prover: p, Platform: policies.OperatorTenant, Clock: time.Now, IDs: newID}), nil
}

// Has is nil for a version that can be run here.
func (s shelf) Has(provider, version string) error {
	if version != kyc.ShippedVersion {
		return s.store.Verify(provider, version)
	}
	if !s.Shipped(provider) {
		return kyc.E(kyc.NotFound, "no program %s came with the gateway", provider)
	}
	return nil
}
