package main

import (
	"time"

	"github.com/paifang/paifang/plugins/sdk"
)

func steps() []sdk.Step {
	return []sdk.Step{{
		ID: "entry", Kind: sdk.FederatedStep, Immutable: true,
		Fields: []sdk.Field{{Name: "assertion", Type: sdk.AssertionField, Required: true, PII: sdk.PIISensitive}},
	}, {
		ID: "credentials", Kind: sdk.CredentialsStep,
		Fields: []sdk.Field{
			{Name: "login_password", Type: sdk.PasswordField, Required: true, MinLen: 8, MaxLen: 128, Autocomplete: "new-password", PII: sdk.PIISecret},
			{Name: "payment_password", Type: sdk.PasswordField, Required: true, MinLen: 8, MaxLen: 128, Autocomplete: "off", PII: sdk.PIISecret},
		},
	}, {
		ID: "account", Kind: sdk.ContactStep,
		Proof:    &sdk.Proof{Channel: sdk.PhoneChannel, Field: "phone", TTL: 30 * time.Minute, Login: true},
		Consents: []string{"terms", "privacy"},
		Fields: []sdk.Field{
			// A number that the marketplace knows is not asked: the code goes to it.
			{Name: "phone", Type: sdk.PhoneField, Required: true, Autocomplete: "tel", PII: sdk.PIIContact},
			{Name: "consent", Type: sdk.ConsentField, Required: true, PII: sdk.PIINone},
		},
	}, {
		ID: "profile", Kind: sdk.ProfileStep, Fields: profileFields(),
	}, {
		ID: "documents", Kind: sdk.DocumentsStep,
		Documents: []sdk.Requirement{
			{ID: "resident_id", Kind: "resident_id", Sides: []sdk.Side{{Name: "front"}, {Name: "back"}},
				When: isKind("profile.document_kind", "resident_id")},
			{ID: "passport", Kind: "passport", Sides: []sdk.Side{{Name: "data_page"}},
				When: isKind("profile.document_kind", "passport")},
		},
	}}
}

func profileFields() []sdk.Field {
	passport, resident := isKind("document_kind", "passport"), isKind("document_kind", "resident_id")
	return []sdk.Field{
		{Name: "document_kind", Type: sdk.SelectField, Required: true, Options: options("resident_id", "passport"), PII: sdk.PIINone},
		{Name: "name", Type: sdk.NameField, Required: true, MaxLen: 200, Autocomplete: "name", PII: sdk.PIIIdentity},
		{Name: "id_number", Type: sdk.NumberField, Required: true, MaxLen: 40, Autocomplete: "off", PII: sdk.PIIIdentity, When: resident},
		{Name: "document_number", Type: sdk.NumberField, Required: true, MaxLen: 40, Autocomplete: "off", PII: sdk.PIIIdentity, When: passport},
		{Name: "issuing_country", Type: sdk.CountryField, Required: true, Autocomplete: "off", PII: sdk.PIIIdentity, When: passport},
		{Name: "expiry_date", Type: sdk.DateField, Required: true, Autocomplete: "off", PII: sdk.PIIIdentity, When: passport},
		{Name: "nationality", Type: sdk.CountryField, Required: true, Autocomplete: "off", PII: sdk.PIIIdentity, When: passport},
		{Name: "birth_date", Type: sdk.DateField, Required: true, Autocomplete: "bday", PII: sdk.PIIIdentity, When: passport},
		{Name: "gender", Type: sdk.SelectField, Required: true, Options: options("female", "male", "unspecified"), Autocomplete: "sex",
			PII: sdk.PIIIdentity, When: passport},
		{Name: "address", Type: sdk.AddressField, Required: true, Autocomplete: "street-address", PII: sdk.PIIContact},
	}
}

func isKind(field, kind string) sdk.Condition {
	return sdk.Condition{Field: field, In: []string{kind}}
}

func options(values ...string) []sdk.Option {
	list := make([]sdk.Option, len(values))
	for i, v := range values {
		list[i].Value = v
	}
	return list
}
