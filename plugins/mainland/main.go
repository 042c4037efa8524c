// Command mainland is the market provider for residents of mainland China who
// register with a mainland phone number, or with an e-mail address and such a
// number, and one of six kinds of documents (journeys M1, M2, M4 and M5). Everything regional about that market is here.
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
		ID: "mainland", Version: "1.1.0",
		TenantSchema: []byte(tenantSchema),
		OwnCodes:     map[string]string{differs: "data.number_mismatch", notForeign: "document.country_not_accepted", kindRefused: "document.type_not_accepted"},
		Messages:     sdk.MustCatalogue(messages, "messages"),
		Flows: []sdk.Flow{{
			Market:         "mainland",
			ContactRegions: []string{"CN"},
			Steps:          steps(),
			Ways:           []sdk.Way{{ID: "phone", Title: "mainland.ways.phone"}, {ID: "email", Title: "mainland.ways.email"}},
			Checks: []string{"resident_id_number", "passport_number", "mrz", "expiry", "age", "agreement", "documents",
				"duplicate_person", "registry.resident_id"},
			Review: sdk.ReviewOnReferral,
			Tiers:  tiers(),
		}},
	}
}

func (market) Evaluate(_ context.Context, q *sdk.Question) (*sdk.Finding, error) {
	switch q.Step {
	case "account", "email", "phone", "activation", "documents", "credentials":
		return &sdk.Finding{}, nil
	case "profile":
		return profile(q)
	}
	return nil, errors.New("unknown step")
}

func (market) ValidateTenantConfig(raw []byte) []sdk.Diagnostic { return validateConfig(raw) }

func main() { sdk.Serve(market{}) }
