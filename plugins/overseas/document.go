package main

import (
	"errors"
	"time"

	"github.com/paifang/paifang/plugins/sdk"
	"github.com/paifang/paifang/plugins/sdk/number"
)

// document judges the passport as typed: number, expiry, and the
// machine-readable lines, which must agree with everything typed so far.
func document(q *sdk.Question) *sdk.Finding {
	f := &sdk.Finding{}
	if q.Value("document_kind") != "passport" {
		f.Problem("document_kind", "document.type_not_accepted")
		return f
	}
	country := q.Value("issuing_country")
	passport, err := number.ParsePassport(country, q.Value("document_number"))
	fault(f, "document_number", err)
	expiry(f, q)
	if q.Has("mrz") {
		mrz(f, q, passport)
	}
	if f.Accepted() {
		f.Normalize("document_number", passport)
		f.Identity("passport:"+country, passport)
	}
	return f
}

// fault turns what is wrong with a number into a problem of its field.
func fault(f *sdk.Finding, field string, err error) {
	var fault *number.Fault
	if errors.As(err, &fault) {
		code, params := fault.Problem()
		f.Problem(field, code, params...)
	}
}

// expiry accepts a passport until its last day is over everywhere on earth.
func expiry(f *sdk.Finding, q *sdk.Question) {
	day, err := number.ParseDate(q.Value("expiry_date"))
	if err != nil {
		f.Problem("expiry_date", "field.date")
		return
	}
	if !q.Now.UTC().Add(-12 * time.Hour).Before(day.AddDate(0, 0, 1)) {
		f.Problem("expiry_date", "document.expired")
	}
}

// mrz reads the two lines and names each typed answer that they contradict.
// What concerns an earlier step is said at the lines. Countries that the lines
// write with a code of no country (stateless persons, organisations) are left
// to the reviewer, and so is what could not be typed otherwise.
func mrz(f *sdk.Finding, q *sdk.Question, passport string) {
	m, err := number.ParseTD3(q.Value("mrz"))
	if err != nil {
		fault(f, "mrz", err)
		return
	}
	f.Normalize("mrz", m.Text())
	differs := func(differs bool, field, code string) {
		if differs {
			f.Problem(field, code)
		}
	}
	differs(passport != "" && passport != m.Number, "document_number", "data.number_mismatch")
	differs(!number.SameDate(m.Expiry, q.Value("expiry_date")), "expiry_date", "field.mrz_expiry_mismatch")
	differs(conflict(q.Value("issuing_country"), m.Issuer), "issuing_country", "field.mrz_country_mismatch")
	differs(!number.SameName(q.Answer("profile", "name_latin"), m), "mrz", "data.name_mismatch")
	differs(!number.SameDate(m.Birth, q.Answer("profile", "birth_date")), "mrz", "data.birth_date_mismatch")
	differs(m.Gender != number.Unspecified && m.Gender != q.Answer("profile", "gender"), "mrz", "field.mrz_gender_mismatch")
	differs(conflict(q.Answer("profile", "nationality"), m.Nationality), "mrz", "field.mrz_nationality_mismatch")
}

func conflict(typed, icao string) bool {
	return number.CountryOf(icao) != "" && !number.SameCountry(typed, icao)
}
