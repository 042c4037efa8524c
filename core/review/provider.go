package review

import (
	"context"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/policies"
)

// Provider is the state of a provider's process as staff may see it.
type Provider struct {
	Name     string
	Version  string
	Kind     string // market, verifier, messenger; several joined by commas
	State    string // as the host names it: ready, degraded, backoff, …
	Reason   string // why it is not ready, for engineers; no personal data
	Restarts int
	Since    kyc.Millis
}

// ProviderStates tells how the providers stand, as this process sees them.
func (d *Desk) ProviderStates(ctx context.Context, w Who) ([]Provider, error) {
	if err := d.may(w, policies.ProviderRead); err != nil {
		return nil, err
	}
	return d.Providers(ctx), nil
}
