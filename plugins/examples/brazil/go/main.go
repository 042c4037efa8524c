// Command brazil is a market for Paifang: the same one as brazil.yaml beside
// this folder, written in Go as a module of its own. A test compares the two.
package main

import (
	"context"
	"embed"
	"errors"

	"github.com/paifang/paifang/plugins/sdk"
)

//go:embed messages/*.toml
var messages embed.FS

// repeated is the problem of a CPF whose digits are all the same: its check
// digits fit, and nobody has it.
const repeated = "x.brazil.repeated"

type market struct{}

func (market) Describe() sdk.Description {
	return sdk.Description{
		ID: "brazil", Version: "1.0.0",
		OwnCodes: map[string]string{repeated: "data.number_mismatch"},
		Messages: sdk.MustCatalogue(messages, "messages"),
		Flows: []sdk.Flow{{
			Market:         "brazil",
			Review:         sdk.ReviewAlways,
			Checks:         []string{"age", "documents", "duplicate_person"},
			Currencies:     []string{"BRL"},
			ContactRegions: []string{"BR"},
			Ways:           []sdk.Way{{ID: "phone", Title: "brazil.ways.phone"}, {ID: "email", Title: "brazil.ways.email"}},
			Steps:          []sdk.Step{byPhone(), byEmail(), profileStep(), documents(), credentials()},
			Tiers: []sdk.Tier{{ID: "basic", Allows: []string{"brazil.allows.buy"},
				Limits: []sdk.Limit{{Operation: "pay", Currency: "BRL", Minor: 500_000, Period: "day"}}}},
		}},
	}
}

func (market) Evaluate(_ context.Context, q *sdk.Question) (*sdk.Finding, error) {
	switch q.Step {
	case "phone", "email", "documents", "credentials":
		return &sdk.Finding{}, nil
	case "profile":
		return profile(q), nil
	}
	return nil, errors.New("unknown step")
}

func main() { sdk.Serve(market{}) }
