// Command crossborder is the market provider for sellers who come from a
// marketplace with a signed assertion and sell across borders (journey X1):
// individuals, proved by resident identity card or passport, and companies with
// their licence, legal representative, beneficial owners and settlement account.
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
		OwnCodes:     ownCodes(),
		Flows: []sdk.Flow{{
			Market: "crossborder",
			Steps:  steps(),
			Checks: []string{"resident_id_number", "passport_number", "expiry", "age", "agreement", "documents",
				"duplicate_person", "registry.resident_id"},
			Review:     sdk.ReviewAlways,
			Tiers:      []sdk.Tier{tier("seller"), tier("company")},
			Currencies: []string{"USD", "CNY"},
		}},
	}
}

func tier(id string) sdk.Tier {
	return sdk.Tier{ID: id, Allows: []string{"crossborder.allows.collect", "crossborder.allows.hold", "crossborder.allows.withdraw"},
		Denies: []string{"crossborder.denies.others"}}
}

// ownCodes are what only this market says, and the common code that each is a case of.
func ownCodes() map[string]string {
	return map[string]string{
		"x.crossborder.uscc_check":          "data.number_mismatch",
		"x.crossborder.in_mainland":         "data.number_mismatch",
		"x.crossborder.percentage":          "data.incomplete",
		"x.crossborder.percentages":         "data.incomplete",
		"x.crossborder.owner_twice":         "data.incomplete",
		"x.crossborder.iban_country":        "data.number_mismatch",
		"x.crossborder.bic_country":         "data.number_mismatch",
		"x.crossborder.bic_test":            "data.number_mismatch",
		"x.crossborder.account_number":      "data.number_mismatch",
		"x.crossborder.account_check_digit": "data.number_mismatch",
		"x.crossborder.account_length":      "data.number_mismatch",
		"x.crossborder.account_form":        "data.number_mismatch",
	}
}

func (market) Evaluate(_ context.Context, q *sdk.Question) (*sdk.Finding, error) {
	switch q.Step {
	case "entry":
		return entry(q)
	case "credentials", "account", "documents":
		return &sdk.Finding{}, nil
	case "seller":
		return seller(q), nil
	case "profile", "representative":
		return person(q)
	case "company":
		return told(company(q)), nil
	case "owners":
		return told(owners(q)), nil
	case "settlement":
		return settlement(q), nil
	}
	return nil, errors.New("unknown step")
}

// told leaves out who it is as long as something falls short: a number that is good beside
// a field that is not is nobody's yet.
func told(f *sdk.Finding) *sdk.Finding {
	if !f.Accepted() {
		f.Identities = nil
	}
	return f
}

func (market) ValidateTenantConfig(raw []byte) []sdk.Diagnostic { return validateConfig(raw) }

func main() { sdk.Serve(market{}) }
