package main

import (
	"slices"
	"time"

	"github.com/paifang/paifang/plugins/sdk"
	"github.com/paifang/paifang/plugins/sdk/number"
)

// kinds are the documents that prove who somebody is, each with the rule of
// its number.
var kinds = map[string]func(country, typed string) (string, error){
	"passport":        number.ParsePassport,
	"national_id":     number.ParseNationalID,
	"driving_licence": func(_, typed string) (string, error) { return number.ParseLicence(typed) },
}

// noExpiry tells a reviewer that the document is said not to expire.
const noExpiry = "x.overseas.no_expiry"

// kindRefused and countryRefused are said of documents that the tenant does not take.
const (
	kindRefused    = "x.overseas.kind_refused"
	countryRefused = "x.overseas.country_refused"
)

// document judges the document as typed: number, expiry, and the
// machine-readable lines, which must agree with everything typed so far.
func document(q *sdk.Question) (*sdk.Finding, error) {
	c, err := readConfig(q.Config)
	if err != nil {
		return nil, err
	}
	f := &sdk.Finding{}
	kind := q.Value("document_kind")
	parse, ok := kinds[kind]
	if !ok {
		f.Problem("document_kind", "document.type_not_accepted")
		return f, nil
	}
	country := q.Value("issuing_country")
	if !c.accepts(kind) {
		f.Problem("document_kind", kindRefused)
	}
	if slices.Contains(c.CountriesRefused, country) {
		f.Problem("issuing_country", countryRefused)
	}
	canonical, err := parse(country, q.Value("document_number"))
	f.Fault("document_number", err)
	expiry(f, q)
	if q.Has("mrz") && kind != "driving_licence" {
		mrz(f, q, canonical)
	}
	if f.Accepted() {
		f.Normalize("document_number", canonical)
		f.Identity(kind+":"+country, canonical)
	}
	return f, nil
}

// expiry accepts a document until its last day is over everywhere on earth.
// Some identity cards and licences have no such day: a reviewer is told to look.
func expiry(f *sdk.Finding, q *sdk.Question) {
	if q.Value("document_kind") != "passport" && q.Value("no_expiry") == "true" {
		f.Reasons = append(f.Reasons, sdk.Reason{Code: noExpiry, Parent: "document.expires_soon",
			Subject: sdk.Subject{Kind: "field", Ref: "no_expiry"}, Disposition: "review", Audience: "internal"})
		return
	}
	if !q.Has("expiry_date") {
		f.Problem("expiry_date", "field.required")
		return
	}
	day, err := number.ParseDate(q.Value("expiry_date"))
	if err != nil {
		f.Problem("expiry_date", "field.date")
		return
	}
	if !q.Now.UTC().Add(-12 * time.Hour).Before(day.AddDate(0, 0, 1)) {
		f.Problem("expiry_date", "document.expired")
	}
}

// lines reads the machine-readable zone that the kind of document has.
func lines(q *sdk.Question) (number.MRZ, error) {
	if q.Value("document_kind") == "passport" {
		return number.ParseTD3(q.Value("mrz"))
	}
	return number.ParseCardMRZ(q.Value("mrz"))
}

// mrz reads the lines and names each typed answer that they contradict.
// What concerns an earlier step is said at the lines. Countries that the lines
// write with a code of no country (stateless persons, organisations) are left
// to the reviewer, and so is what could not be typed otherwise.
func mrz(f *sdk.Finding, q *sdk.Question, canonical string) {
	m, err := lines(q)
	if err != nil {
		f.Fault("mrz", err)
		return
	}
	f.Normalize("mrz", m.Text())
	differs := func(differs bool, field, code string) {
		if differs {
			f.Problem(field, code)
		}
	}
	differs(canonical != "" && !m.HasNumber(canonical), "document_number", "data.number_mismatch")
	differs(!sameExpiry(m, q), expiryField(q), "field.mrz_expiry_mismatch")
	differs(conflict(q.Value("issuing_country"), m.Issuer), "issuing_country", "field.mrz_country_mismatch")
	differs(!number.SameName(q.Answer("profile", "name_latin"), m), "mrz", "data.name_mismatch")
	differs(!number.SameDate(m.Birth, q.Answer("profile", "birth_date")), "mrz", "data.birth_date_mismatch")
	differs(m.Gender != number.Unspecified && m.Gender != q.Answer("profile", "gender"), "mrz", "field.mrz_gender_mismatch")
	differs(conflict(q.Answer("profile", "nationality"), m.Nationality), "mrz", "field.mrz_nationality_mismatch")
}

// sameExpiry tells whether the lines give the typed date, or none where none
// was typed.
func sameExpiry(m number.MRZ, q *sdk.Question) bool {
	if q.Value("no_expiry") == "true" && q.Value("document_kind") != "passport" {
		return !m.Expires()
	}
	if !q.Has("expiry_date") {
		return true // that it is missing is told already
	}
	return m.Expires() && number.SameDate(m.Expiry, q.Value("expiry_date"))
}

// expiryField is where the person said until when the document is valid.
func expiryField(q *sdk.Question) string {
	if q.Has("expiry_date") {
		return "expiry_date"
	}
	return "no_expiry"
}

func conflict(typed, icao string) bool {
	return number.CountryOf(icao) != "" && !number.SameCountry(typed, icao)
}
