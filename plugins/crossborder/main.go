// Command crossborder is the market provider for individual sellers who come
// from a marketplace with a signed assertion and sell across borders, proved
// by resident identity card or passport (journey X1).
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
		ID: "crossborder", Version: "1.0.0",
		TenantSchema: []byte(tenantSchema),
		Messages:     sdk.MustCatalogue(messages, "messages"),
		Flows: []sdk.Flow{{
			Market: "crossborder",
			Steps:  steps(),
			Checks: []string{"resident_id_number", "passport_number", "expiry", "age", "agreement", "documents",
				"duplicate_person", "registry.resident_id"},
			Review: sdk.ReviewAlways,
			Tiers: []sdk.Tier{{ID: "seller", Allows: []string{"crossborder.allows.collect", "crossborder.allows.hold",
				"crossborder.allows.withdraw"}, Denies: []string{"crossborder.denies.others"}}},
			Currencies: []string{"USD", "CNY"},
		}},
	}
}

func (market) Evaluate(_ context.Context, q *sdk.Question) (*sdk.Finding, error) {
	switch q.Step {
	case "entry":
		return entry(q)
	case "credentials", "account", "documents":
		return &sdk.Finding{}, nil
	case "profile":
		return profile(q)
	}
	return nil, errors.New("unknown step")
}

func (market) ValidateTenantConfig(raw []byte) []sdk.Diagnostic { return validateConfig(raw) }

func main() { sdk.Serve(market{}) }
