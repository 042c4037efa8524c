package main

import (
	"fmt"
	"time"

	"github.com/paifang/paifang/plugins/sdk"
)

func steps() []sdk.Step {
	individual, ofCompany := isKind("seller.kind", "individual"), isKind("seller.kind", "company")
	return []sdk.Step{{
		ID: "entry", Kind: sdk.FederatedStep, Immutable: true,
		Fields: []sdk.Field{{Name: "assertion", Type: sdk.AssertionField, Required: true, PII: sdk.PIISensitive}},
	}, {
		ID: "account", Kind: sdk.ContactStep,
		Proof:    &sdk.Proof{Channel: sdk.PhoneChannel, Field: "phone", TTL: 30 * time.Minute, Login: true},
		Consents: []string{"terms", "privacy"},
		Fields: []sdk.Field{
			// A number that the marketplace knows is not asked, nor the human test: the code goes to it.
			{Name: "phone", Type: sdk.PhoneField, Required: true, Autocomplete: "tel", PII: sdk.PIIContact},
			{Name: "human", Type: sdk.HumanField, Required: true, PII: sdk.PIINone},
			{Name: "consent", Type: sdk.ConsentField, Required: true, PII: sdk.PIINone},
		},
	}, {
		ID: "credentials", Kind: sdk.CredentialsStep,
		Fields: []sdk.Field{
			{Name: "login_password", Type: sdk.PasswordField, Required: true, MinLen: 8, MaxLen: 128, Autocomplete: "new-password", PII: sdk.PIISecret},
			{Name: "payment_password", Type: sdk.PasswordField, Required: true, MinLen: 8, MaxLen: 128, Autocomplete: "off", PII: sdk.PIISecret},
		},
	}, {
		ID: "seller", Kind: sdk.ProfileStep,
		Fields: []sdk.Field{{Name: "kind", Type: sdk.SelectField, Required: true, Options: options("individual", "company"), PII: sdk.PIINone}},
	}, {
		ID: "profile", Kind: sdk.ProfileStep, When: individual,
		Fields: append(personFields(), sdk.Field{Name: "address", Type: sdk.AddressField, Required: true, Autocomplete: "street-address", PII: sdk.PIIContact}),
	}, {
		ID: "company", Kind: sdk.ProfileStep, When: ofCompany, Fields: companyFields(),
	}, {
		ID: "representative", Kind: sdk.ProfileStep, When: ofCompany, Fields: personFields(),
	}, {
		ID: "owners", Kind: sdk.ProfileStep, When: ofCompany, Fields: ownersFields(),
	}, {
		ID: "settlement", Kind: sdk.ProfileStep, When: ofCompany, Fields: settlementFields(),
	}, {
		ID: "documents", Kind: sdk.DocumentsStep, Documents: documents(),
	}}
}

// documents are the licence of a company and, of everybody who is named with a
// document, what that document has.
func documents() []sdk.Requirement {
	ofCompany := isKind("seller.kind", "company")
	list := identity("", "profile.document_kind")
	list = append(list, sdk.Requirement{ID: "licence", Kind: "business_licence", Sides: []sdk.Side{{Name: "front"}}, When: ofCompany})
	list = append(list, identity("representative_", "representative.document_kind")...)
	for n := 1; n <= mostOwners; n++ {
		list = append(list, identity(fmt.Sprintf("owner_%d_", n), fmt.Sprintf("owners.owners.%d.document_kind", n))...)
	}
	return list
}

// identity asks for the document of a kind that the field says.
func identity(prefix, field string) []sdk.Requirement {
	return []sdk.Requirement{
		{ID: prefix + "resident_id", Kind: "resident_id", Sides: []sdk.Side{{Name: "front"}, {Name: "back"}}, When: isKind(field, "resident_id")},
		{ID: prefix + "passport", Kind: "passport", Sides: []sdk.Side{{Name: "data_page"}}, When: isKind(field, "passport")},
	}
}

// personFields are asked of whoever is proved by a document.
func personFields() []sdk.Field {
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
