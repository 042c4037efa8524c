// Command overseas is the market provider for buyers who live anywhere and
// register by e-mail with a passport, an identity card or a driving licence
// (journeys O1 and O2). Residence, nationality, the phone's country and the
// country that issued the document are four answers; none is told from another.
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
		ID: "overseas", Version: "1.0.0",
		TenantSchema: []byte(tenantSchema),
		Messages:     sdk.MustCatalogue(messages, "messages"),
		OwnCodes:     map[string]string{noExpiry: "document.expires_soon", kindRefused: "document.type_not_accepted", countryRefused: "document.country_not_accepted"},
		Flows: []sdk.Flow{{
			Market: "overseas",
			Steps:  steps(),
			Checks: []string{"document_number", "mrz", "expiry", "age", "agreement", "documents", "duplicate_person"},
			Review: sdk.ReviewAlways,
			Tiers:  tiers(),
		}},
	}
}

func (market) Evaluate(_ context.Context, q *sdk.Question) (*sdk.Finding, error) {
	switch q.Step {
	case "account", "phone", "documents", "credentials":
		return &sdk.Finding{}, nil
	case "profile":
		return profile(q)
	case "document":
		return document(q)
	}
	return nil, errors.New("unknown step")
}

func (market) ValidateTenantConfig(raw []byte) []sdk.Diagnostic { return validateConfig(raw) }

func main() { sdk.Serve(market{}) }
