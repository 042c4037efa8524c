package main

import (
	"time"

	"github.com/paifang/paifang/plugins/sdk"
)

func steps() []sdk.Step {
	account := sdk.Step{
		ID: "account", Kind: sdk.ContactStep, When: by("phone"),
		Proof:    &sdk.Proof{Channel: sdk.PhoneChannel, Field: "phone", TTL: 10 * time.Minute, Login: true},
		Consents: []string{"terms", "privacy"},
		Fields: []sdk.Field{
			{Name: "phone", Type: sdk.PhoneField, Required: true, Regions: []string{"CN"}, Autocomplete: "tel", PII: sdk.PIIContact},
			{Name: "human", Type: sdk.HumanField, Required: true, PII: sdk.PIINone},
			{Name: "consent", Type: sdk.ConsentField, Required: true, PII: sdk.PIINone},
		},
	}
	rest := []sdk.Step{{ID: "profile", Kind: sdk.ProfileStep, Fields: profileFields()}, documents(), {
		ID: "credentials", Kind: sdk.CredentialsStep,
		Fields: []sdk.Field{
			{Name: "login_password", Type: sdk.PasswordField, Required: true, MinLen: 8, MaxLen: 128, Autocomplete: "new-password", PII: sdk.PIISecret},
		},
	}}
	return append(append([]sdk.Step{account}, byEmail()...), rest...)
}

func occupations() []sdk.Option {
	var options []sdk.Option
	for _, v := range []string{"company", "public_service", "professional", "self_employed", "freelance", "manual",
		"farming", "student", "homemaker", "retired", "not_working", "other"} {
		options = append(options, sdk.Option{Value: v})
	}
	return options
}

// yuan is one yuan in fen.
const yuan = 100

// tiers are, from the lowest up, what an account may do: nothing verified; the
// three classes of payment accounts, each of which needs more independent
// external channels of verification than the one before; and the two outcomes
// of the identity check.
func tiers() []sdk.Tier {
	allows := func(names ...string) []string { return keys("mainland.allows.", names) }
	denies := func(names ...string) []string { return keys("mainland.denies.", names) }
	limit := func(operation, period string, amount int64) []sdk.Limit {
		return []sdk.Limit{{Operation: operation, Currency: "CNY", Minor: amount * yuan, Period: period}}
	}
	return []sdk.Tier{
		{ID: "unverified", Allows: allows("shop"), Denies: denies("top_up", "income", "spend_receipts")},
		{ID: "class_1", Allows: allows("shop", "pay_class_1"), Denies: denies("pay_more"), Limits: limit("pay", "lifetime", 1_000)},
		{ID: "class_2", Allows: allows("shop", "pay_class_2"), Denies: denies("pay_more"), Limits: limit("pay", "year", 100_000)},
		{ID: "class_3", Allows: allows("shop", "pay_class_3"), Denies: denies("pay_more"), Limits: limit("pay", "year", 200_000)},
		{ID: "verified", Allows: allows("shop", "top_up", "income", "spend_receipts", "receive_limited"),
			Denies: denies("receive_more"), Limits: limit("receive", "year", 5_000)},
		{ID: "certified", Allows: allows("shop", "top_up", "income", "spend_receipts", "receive", "pay_limited"),
			Denies: denies("pay_more"), Limits: limit("pay", "year", 200_000)},
	}
}

func keys(prefix string, names []string) []string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = prefix + n
	}
	return out
}
