package main

import (
	"time"

	"github.com/paifang/paifang/plugins/sdk"
)

func steps() []sdk.Step {
	return []sdk.Step{account(), phone(), {
		ID: "profile", Kind: sdk.ProfileStep,
		Fields: []sdk.Field{
			{Name: "name_latin", Type: sdk.NameField, Required: true, MaxLen: 200, Script: "latin", Autocomplete: "name", PII: sdk.PIIIdentity},
			{Name: "name_native", Type: sdk.NameField, MaxLen: 200, Autocomplete: "off", PII: sdk.PIIIdentity},
			{Name: "gender", Type: sdk.SelectField, Required: true, Options: options("female", "male", "unspecified"), Autocomplete: "sex", PII: sdk.PIIIdentity},
			{Name: "nationality", Type: sdk.CountryField, Required: true, Autocomplete: "off", PII: sdk.PIIIdentity},
			{Name: "birth_date", Type: sdk.DateField, Required: true, Autocomplete: "bday", PII: sdk.PIIIdentity},
			{Name: "address", Type: sdk.AddressField, Required: true, Autocomplete: "street-address", PII: sdk.PIIContact},
		},
	}, {
		ID: "document", Kind: sdk.ProfileStep,
		Fields: []sdk.Field{
			{Name: "document_kind", Type: sdk.SelectField, Required: true, Options: options("passport", "national_id", "driving_licence"),
				Default: "passport", PII: sdk.PIINone},
			{Name: "issuing_country", Type: sdk.CountryField, Required: true, Autocomplete: "off", PII: sdk.PIIIdentity},
			{Name: "document_number", Type: sdk.NumberField, Required: true, MaxLen: 40, Autocomplete: "off", PII: sdk.PIIIdentity},
			{Name: "no_expiry", Type: sdk.CheckboxField, PII: sdk.PIIIdentity, When: isKind("document_kind", "national_id", "driving_licence")},
			// Asked unless the box above is there and ticked.
			{Name: "expiry_date", Type: sdk.DateField, Required: true, Autocomplete: "off", PII: sdk.PIIIdentity, When: isKind("no_expiry", "", "false")},
			{Name: "mrz", Type: sdk.MRZField, MaxLen: 200, Autocomplete: "off", PII: sdk.PIIIdentity, When: isKind("document_kind", "passport", "national_id")},
		},
	}, {
		ID: "documents", Kind: sdk.DocumentsStep,
		Documents: []sdk.Requirement{
			{ID: "passport", Kind: "passport", Sides: sides("data_page"), When: isKind("document.document_kind", "passport")},
			{ID: "national_id", Kind: "national_id", Sides: sides("front", "back"), When: isKind("document.document_kind", "national_id")},
			{ID: "driving_licence", Kind: "driving_licence", Sides: sides("front", "back"), When: isKind("document.document_kind", "driving_licence")},
		},
	}, {
		ID: "credentials", Kind: sdk.CredentialsStep,
		Fields: []sdk.Field{
			{Name: "login_password", Type: sdk.PasswordField, Required: true, MinLen: 8, MaxLen: 128, Autocomplete: "new-password", PII: sdk.PIISecret},
			{Name: "payment_password", Type: sdk.PINField, Required: true, Autocomplete: "off", PII: sdk.PIISecret},
			{Name: "questions", Type: sdk.QuestionField, Required: true, Count: 2, PII: sdk.PIISecret, Autocomplete: "off",
				Options: options("first_school", "childhood_friend", "first_job", "teacher", "grandparent_town", "first_book")},
		},
	}}
}

func account() sdk.Step {
	return sdk.Step{
		ID: "account", Kind: sdk.ContactStep,
		// Whom no mail reaches signs in with the phone.
		Proof: &sdk.Proof{Channel: sdk.EmailChannel, Field: "email", Link: true, TTL: 24 * time.Hour, Login: true,
			Instead: &sdk.Instead{Step: "phone"}},
		Consents: []string{"terms", "privacy"},
		Fields: []sdk.Field{
			{Name: "residence", Type: sdk.CountryField, Required: true, Autocomplete: "country", PII: sdk.PIIContact},
			{Name: "email", Type: sdk.EmailField, Required: true, Autocomplete: "email", PII: sdk.PIIContact},
			{Name: "human", Type: sdk.HumanField, Required: true, PII: sdk.PIINone},
			{Name: "consent", Type: sdk.ConsentField, Required: true, PII: sdk.PIINone},
		},
	}
}

func phone() sdk.Step {
	return sdk.Step{
		ID: "phone", Kind: sdk.ContactStep,
		// A text message abroad may take its time: the phone can wait.
		Proof: &sdk.Proof{Channel: sdk.PhoneChannel, Field: "phone", TTL: 15 * time.Minute, Instead: &sdk.Instead{Step: "account", Later: true}},
		Fields: []sdk.Field{
			{Name: "phone", Type: sdk.PhoneField, Required: true, Autocomplete: "tel", PII: sdk.PIIContact},
		},
	}
}

func isKind(field string, kinds ...string) sdk.Condition {
	return sdk.Condition{Field: field, In: kinds}
}

func sides(names ...string) []sdk.Side {
	list := make([]sdk.Side, len(names))
	for i, n := range names {
		list[i].Name = n
	}
	return list
}

func options(values ...string) []sdk.Option {
	list := make([]sdk.Option, len(values))
	for i, v := range values {
		list[i].Value = v
	}
	return list
}

// tiers: a new wallet can be spent and not withdrawn; that needs a review of
// its own.
func tiers() []sdk.Tier {
	return []sdk.Tier{
		{ID: "wallet", Allows: []string{"overseas.allows.spend", "overseas.allows.refunds", "overseas.allows.orders"},
			Denies: []string{"overseas.denies.withdraw", "overseas.denies.large"}},
		{ID: "verified", Allows: []string{"overseas.allows.spend", "overseas.allows.refunds", "overseas.allows.orders",
			"overseas.allows.large", "overseas.allows.withdraw"}},
	}
}
