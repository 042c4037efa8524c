// Command atlantis is a small market for the tests of plugintest and the host.
package main

import (
	"context"
	"embed"
	"strings"

	"github.com/paifang/paifang/plugins/sdk"
)

//go:embed messages/*.toml
var messages embed.FS

type market struct{}

func (market) Describe() sdk.Description {
	return sdk.Description{
		ID: "atlantis", Version: "1.2.3",
		Messages: sdk.MustCatalogue(messages, "messages"),
		OwnCodes: map[string]string{"x.atlantis.drowned": "policy.region_blocked"},
		Flows: []sdk.Flow{{
			Market: "atlantis",
			Review: sdk.ReviewOnReferral,
			Steps: []sdk.Step{{
				ID: "profile", Kind: sdk.ProfileStep,
				Fields: []sdk.Field{
					{Name: "number", Type: sdk.NumberField, Required: true, PII: sdk.PIIIdentity},
					{Name: "home", Type: sdk.AddressField, PII: sdk.PIISensitive},
				},
			}, {
				ID: "papers", Kind: sdk.DocumentsStep, OnDemand: true,
				Documents: []sdk.Requirement{{ID: "pass", Kind: "passport", Sides: []sdk.Side{{Name: "data_page"}}}},
			}},
			Tiers: []sdk.Tier{{ID: "basic", Allows: []string{"atlantis.allows.swim"}}},
		}},
	}
}

func (market) Evaluate(_ context.Context, q *sdk.Question) (*sdk.Finding, error) {
	f := &sdk.Finding{Tier: "basic"}
	number := strings.ToUpper(strings.TrimSpace(q.Value("number")))
	switch {
	case q.Step != "profile":
		return f, nil
	case !strings.HasPrefix(number, "AT"):
		f.Problem("number", "data.number_mismatch")
	case strings.HasSuffix(number, "0"):
		f.Problem("number", "x.atlantis.drowned", "depth", "9")
	case strings.HasSuffix(number, "9"):
		f.Request("papers")
	}
	if f.Accepted() {
		f.Normalize("number", number)
		f.Identity("atlantis", number)
	}
	return f, nil
}

func main() { sdk.Serve(market{}) }
