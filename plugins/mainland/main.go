// Command mainland is the market provider for residents of mainland China who
// register with a mainland phone number and a resident identity card
// (journeys M1 and M4). Everything regional about that market is here.
package main

import (
	"context"
	"embed"
	"errors"

	"github.com/paifang/paifang/plugins/sdk"
)

//go:embed messages/*.toml
var messages embed.FS

type market struct{}

func (market) Describe() sdk.Description {
	return sdk.Description{
		ID: "mainland", Version: "1.0.0",
		TenantSchema: []byte(tenantSchema),
		Messages:     sdk.MustCatalogue(messages, "messages"),
		Flows: []sdk.Flow{{
			Market:         "mainland",
			ContactRegions: []string{"CN"},
			Steps:          steps(),
			Checks:         []string{"resident_id_number", "age", "agreement", "duplicate_person", "registry.resident_id"},
			Review:         sdk.ReviewOnReferral,
			Tiers:          tiers(),
		}},
	}
}

func (market) Evaluate(_ context.Context, q *sdk.Question) (*sdk.Finding, error) {
	switch q.Step {
	case "account", "credentials":
		return &sdk.Finding{}, nil
	case "profile":
		return profile(q)
	}
	return nil, errors.New("unknown step")
}

func (market) ValidateTenantConfig(raw []byte) []sdk.Diagnostic { return validateConfig(raw) }

func main() { sdk.Serve(market{}) }
