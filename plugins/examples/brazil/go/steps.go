package main

import (
	"time"

	"github.com/paifang/paifang/plugins/sdk"
)

// The documents that say who somebody is.
const (
	rg       = "rg"  // Registro Geral, the identity card of a state
	cnh      = "cnh" // Carteira Nacional de Habilitação, the driving licence
	passport = "passport"
)

func by(way string) sdk.Condition { return sdk.Condition{Field: "start.way", In: []string{way}} }

func byPhone() sdk.Step {
	return sdk.Step{
		ID: "phone", Kind: sdk.ContactStep, When: by("phone"), Consents: []string{"terms", "privacy"},
		Proof: &sdk.Proof{Channel: sdk.PhoneChannel, Field: "phone", TTL: 10 * time.Minute, Login: true},
		Fields: []sdk.Field{
			{Name: "phone", Type: sdk.PhoneField, Required: true, Regions: []string{"BR"}, Autocomplete: "tel", PII: sdk.PIIContact},
			{Name: "human", Type: sdk.HumanField, Required: true, PII: sdk.PIINone},
			{Name: "consent", Type: sdk.ConsentField, Required: true, PII: sdk.PIINone},
		},
	}
}

func byEmail() sdk.Step {
	return sdk.Step{
		ID: "email", Kind: sdk.ContactStep, When: by("email"), Consents: []string{"terms", "privacy"},
		Proof: &sdk.Proof{Channel: sdk.EmailChannel, Field: "email", Link: true, TTL: 24 * time.Hour, Login: true},
		Fields: []sdk.Field{
			{Name: "email", Type: sdk.EmailField, Required: true, Autocomplete: "email", PII: sdk.PIIContact},
			{Name: "human", Type: sdk.HumanField, Required: true, PII: sdk.PIINone},
			{Name: "consent", Type: sdk.ConsentField, Required: true, PII: sdk.PIINone},
		},
	}
}

func profileStep() sdk.Step {
	return sdk.Step{
		ID: "profile", Kind: sdk.ProfileStep,
		Fields: []sdk.Field{
			{Name: "full_name", Type: sdk.NameField, Required: true, MaxLen: 200, Autocomplete: "name", PII: sdk.PIIIdentity},
			{Name: "cpf", Type: sdk.NumberField, Required: true, MaxLen: 20, Autocomplete: "off", PII: sdk.PIIIdentity},
			{Name: "birth_date", Type: sdk.DateField, Required: true, Autocomplete: "bday", PII: sdk.PIIIdentity},
			{Name: "document_kind", Type: sdk.SelectField, Required: true, Default: rg, PII: sdk.PIINone,
				Options: []sdk.Option{{Value: rg}, {Value: cnh}, {Value: passport}}},
			{Name: "document_number", Type: sdk.NumberField, Required: true, MaxLen: 20, Autocomplete: "off", PII: sdk.PIIIdentity},
		},
	}
}

func documents() sdk.Step {
	ask := func(id, kind string, sides ...sdk.Side) sdk.Requirement {
		return sdk.Requirement{ID: id, Kind: kind, Sides: sides, When: sdk.Condition{Field: "profile.document_kind", In: []string{id}}}
	}
	front, back := sdk.Side{Name: "front"}, sdk.Side{Name: "back"}
	return sdk.Step{
		ID: "documents", Kind: sdk.DocumentsStep,
		Documents: []sdk.Requirement{ask(rg, "national_id", front, back), ask(cnh, "driving_licence", front, back),
			ask(passport, "passport", sdk.Side{Name: "data_page"})},
	}
}

func credentials() sdk.Step {
	return sdk.Step{
		ID: "credentials", Kind: sdk.CredentialsStep,
		Fields: []sdk.Field{{Name: "login_password", Type: sdk.PasswordField, Required: true, MinLen: 8, MaxLen: 128,
			Autocomplete: "new-password", PII: sdk.PIISecret}},
	}
}
