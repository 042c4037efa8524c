package main

import (
	"time"

	"github.com/paifang/paifang/plugins/sdk"
)

// Kinds of documents. The kind decides the form of the number, not the phone.
const (
	residentID      = "resident_id"
	residencePermit = "hmt_residence_permit"  // of residents of Hong Kong, Macao and Taiwan
	hkMacaoPermit   = "hk_macao_permit"       // mainland travel permit, "home return permit"
	taiwanPermit    = "taiwan_permit"         // mainland travel permit
	permanent       = "foreign_permanent_res" // foreign permanent resident ID card
	passport        = "passport"              // of a foreign country
)

func kinds() []string {
	return []string{residentID, residencePermit, hkMacaoPermit, taiwanPermit, permanent, passport}
}

// is is a condition on the kind of document, within the profile.
func is(kinds ...string) sdk.Condition { return sdk.Condition{Field: "document_kind", In: kinds} }

// profileFields differ by the kind of document. Who names none has a resident ID
// card, as everybody had in the first version of this market.
func profileFields() []sdk.Field {
	chinese := is(residentID, "", residencePermit)
	others := is(residencePermit, hkMacaoPermit, taiwanPermit, permanent, passport)
	typed := is(hkMacaoPermit, taiwanPermit, permanent, passport)
	foreign := is(permanent, passport)
	return []sdk.Field{
		{Name: "document_kind", Type: sdk.SelectField, Options: choices(kinds()...), Default: residentID, PII: sdk.PIINone},
		{Name: "real_name", Type: sdk.NameField, Required: true, MaxLen: 100, Autocomplete: "name", PII: sdk.PIIIdentity, When: chinese},
		{Name: "id_number", Type: sdk.NumberField, Required: true, MaxLen: 40, Autocomplete: "off", PII: sdk.PIIIdentity, When: is(residentID, "")},
		{Name: "name_latin", Type: sdk.NameField, Required: true, MaxLen: 200, Script: "latin", Autocomplete: "name", PII: sdk.PIIIdentity, When: typed},
		{Name: "name_native", Type: sdk.NameField, MaxLen: 200, Autocomplete: "off", PII: sdk.PIIIdentity, When: typed},
		{Name: "document_number", Type: sdk.NumberField, Required: true, MaxLen: 40, Autocomplete: "off", PII: sdk.PIIIdentity, When: others},
		{Name: "issuing_country", Type: sdk.CountryField, Required: true, Autocomplete: "off", PII: sdk.PIIIdentity, When: is(passport)},
		{Name: "nationality", Type: sdk.CountryField, Required: true, Autocomplete: "off", PII: sdk.PIIIdentity, When: foreign},
		{Name: "birth_date", Type: sdk.DateField, Required: true, Autocomplete: "bday", PII: sdk.PIIIdentity, When: typed},
		{Name: "gender", Type: sdk.SelectField, Required: true, Options: choices("female", "male", "unspecified"), Autocomplete: "sex",
			PII: sdk.PIIIdentity, When: typed},
		{Name: "expiry_date", Type: sdk.DateField, Required: true, Autocomplete: "off", PII: sdk.PIIIdentity, When: others},
		{Name: "mrz", Type: sdk.MRZField, MaxLen: 200, Autocomplete: "off", PII: sdk.PIIIdentity, When: is(passport)},
		{Name: "occupation", Type: sdk.SelectField, Required: true, Options: occupations(), PII: sdk.PIISensitive},
		{Name: "address", Type: sdk.AddressField, Required: true, Default: "CN", Autocomplete: "street-address", PII: sdk.PIIContact},
		{Name: "contact_phone", Type: sdk.PhoneField, Required: true, Regions: []string{"CN"}, Autocomplete: "tel", PII: sdk.PIIContact, When: by("email")},
		{Name: "bind_phone", Type: sdk.CheckboxField, Required: true, Default: "true", PII: sdk.PIINone,
			When: sdk.Condition{Field: "contact_phone", Same: "phone.phone"}},
	}
}

// documents are looked at by a person, for no registry of ours knows them.
func documents() sdk.Step {
	ask := func(kind string, sides ...string) sdk.Requirement {
		r := sdk.Requirement{ID: kind, Kind: kind, When: sdk.Condition{Field: "profile.document_kind", In: []string{kind}}}
		for _, s := range sides {
			r.Sides = append(r.Sides, sdk.Side{Name: s})
		}
		return r
	}
	return sdk.Step{
		ID: "documents", Kind: sdk.DocumentsStep, When: sdk.Condition{Field: "profile.document_kind", In: kinds()[1:]},
		Documents: []sdk.Requirement{ask(residencePermit, "front", "back"), ask(hkMacaoPermit, "front", "back"),
			ask(taiwanPermit, "front", "back"), ask(permanent, "front", "back"), ask(passport, "data_page")},
	}
}

// by is a condition on the way into the market.
func by(way string) sdk.Condition { return sdk.Condition{Field: "start.way", In: []string{way}} }

// byEmail are the first steps of who registers by e-mail: the address, then a
// mainland phone and its code, then the code or the link sent to the address.
func byEmail() []sdk.Step {
	return []sdk.Step{{
		ID: "email", Kind: sdk.ProfileStep, When: by("email"), Consents: []string{"terms", "privacy"},
		Fields: []sdk.Field{
			{Name: "email", Type: sdk.EmailField, Required: true, Autocomplete: "email", PII: sdk.PIIContact},
			{Name: "human", Type: sdk.HumanField, Required: true, PII: sdk.PIINone},
			{Name: "consent", Type: sdk.ConsentField, Required: true, PII: sdk.PIINone},
		},
	}, {
		ID: "phone", Kind: sdk.ContactStep, When: by("email"),
		Proof: &sdk.Proof{Channel: sdk.PhoneChannel, Field: "phone", TTL: 10 * time.Minute, Login: true,
			LoginWhen: sdk.Condition{Field: "profile.bind_phone", In: []string{"true"}}},
		Fields: []sdk.Field{
			{Name: "phone", Type: sdk.PhoneField, Required: true, Regions: []string{"CN"}, Autocomplete: "tel", PII: sdk.PIIContact},
		},
	}, {
		ID: "activation", Kind: sdk.ContactStep, When: by("email"),
		// Whom no mail reaches goes on with the phone that is proved by then, and signs in with it.
		Proof: &sdk.Proof{Channel: sdk.EmailChannel, Of: "email.email", Link: true, TTL: 24 * time.Hour, Login: true,
			Instead: &sdk.Instead{Step: "phone"}},
	}}
}

func choices(values ...string) []sdk.Option {
	list := make([]sdk.Option, len(values))
	for i, v := range values {
		list[i].Value = v
	}
	return list
}
