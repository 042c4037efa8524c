package main

import (
	"errors"
	"strings"
	"time"
	"unicode"

	"github.com/paifang/paifang/plugins/sdk"
	"github.com/paifang/paifang/plugins/sdk/number"
)

func companyFields() []sdk.Field {
	mainland, elsewhere := isKind("registered", "mainland"), isKind("registered", "elsewhere")
	return []sdk.Field{
		{Name: "company_name", Type: sdk.TextField, Required: true, MinLen: 2, MaxLen: 200, Autocomplete: "organization", PII: sdk.PIIIdentity},
		{Name: "registered", Type: sdk.SelectField, Required: true, Options: options("mainland", "elsewhere"), PII: sdk.PIINone},
		{Name: "uscc", Type: sdk.NumberField, Required: true, MaxLen: 40, Autocomplete: "off", PII: sdk.PIIIdentity, When: mainland},
		{Name: "country", Type: sdk.CountryField, Required: true, Autocomplete: "off", PII: sdk.PIIIdentity, When: elsewhere},
		{Name: "registration_number", Type: sdk.NumberField, Required: true, MinLen: 2, MaxLen: 40, Autocomplete: "off", PII: sdk.PIIIdentity, When: elsewhere},
		{Name: "lei", Type: sdk.NumberField, MaxLen: 40, Autocomplete: "off", PII: sdk.PIIIdentity, When: elsewhere},
		{Name: "licence_term", Type: sdk.SelectField, Required: true, Options: options("long_term", "until"), PII: sdk.PIINone},
		{Name: "licence_until", Type: sdk.DateField, Required: true, Autocomplete: "off", PII: sdk.PIIIdentity, When: isKind("licence_term", "until")},
		{Name: "address", Type: sdk.AddressField, Required: true, Autocomplete: "off", PII: sdk.PIIContact},
	}
}

// seller proposes what each kind of seller may do.
func seller(q *sdk.Question) *sdk.Finding {
	f := &sdk.Finding{}
	switch q.Value("kind") {
	case "individual":
		f.Tier = "seller"
	case "company":
		f.Tier = "company"
	default:
		f.Problem("kind", "field.not_option")
	}
	return f
}

// company judges what the licence says.
func company(q *sdk.Question) *sdk.Finding {
	f := &sdk.Finding{}
	title := strings.Join(strings.Fields(q.Value("company_name")), " ")
	if title = strings.TrimSpace(title); strings.ContainsFunc(title, unicode.IsLetter) {
		f.Normalize("company_name", title)
	} else {
		f.Problem("company_name", "field.name")
	}
	switch q.Value("registered") {
	case "mainland":
		creditCode(f, q)
	case "elsewhere":
		abroad(f, q)
	default:
		f.Problem("registered", "field.not_option")
	}
	if q.Value("licence_term") == "until" {
		notOver(f, "licence_until", q.Value("licence_until"), q.Now)
	}
	return f
}

// creditCode checks a unified social credit code. Legal licences from the first
// years have wrong check characters: these are taken. Of any other wrong one the seller
// is told, for it may be a slip, and who sends the same again is believed. Either way
// a person compares it with the licence.
func creditCode(f *sdk.Finding, q *sdk.Question) {
	code, err := number.ParseUSCC(q.Value("uscc"))
	var wrong *number.Fault
	check := errors.As(err, &wrong) && (wrong.Code == number.CheckDigit || wrong.Code == number.CheckEarly) && code.Code != ""
	if err != nil && !check {
		f.Fault("uscc", err)
		return
	}
	if check && !wrong.Refer() && q.Fact("told.uscc") == "" {
		f.Problem("uscc", "field.number_check_early")
		return
	}
	f.Normalize("uscc", code.Code)
	f.Identity("uscc", code.Code)
	if check {
		f.Reasons = append(f.Reasons, sdk.Reason{Code: "x.crossborder.uscc_check", Parent: "data.number_mismatch",
			Subject: sdk.Subject{Kind: "field", Ref: "uscc"}, Disposition: "review"})
	}
}

// longestNumber bounds a registration number in bytes.
const longestNumber = 120

// abroad takes the number of a register that we cannot know as it is.
func abroad(f *sdk.Finding, q *sdk.Question) {
	country := q.Value("country")
	switch {
	case country == "CN":
		f.Problem("country", "x.crossborder.in_mainland")
	case !number.Country(country):
		f.Problem("country", "field.country")
	}
	registered := bare(q.Value("registration_number"))
	switch {
	case registered == "":
		f.Problem("registration_number", "field.required")
	case len(registered) > longestNumber:
		f.Problem("registration_number", "field.number_length")
	}
	lei := ""
	if q.Has("lei") {
		var err error
		lei, err = number.ParseLEI(q.Value("lei"))
		f.Fault("lei", err)
	}
	if !f.Accepted() {
		return
	}
	f.Identity("registration:"+country, registered)
	if lei != "" {
		f.Normalize("lei", lei)
		f.Identity("lei", lei)
	}
}

// bare is what of a text tells it from others: letters in upper case and
// digits, in the width of Latin letters.
func bare(s string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			return -1
		}
		return unicode.ToUpper(r)
	}, number.Canonical(s))
}

// notOver accepts a document until its last day is over everywhere on earth.
func notOver(f *sdk.Finding, field, date string, now time.Time) {
	day, err := number.ParseDate(date)
	if err != nil {
		f.Problem(field, "field.date")
		return
	}
	if !now.UTC().Add(-12 * time.Hour).Before(day.AddDate(0, 0, 1)) {
		f.Problem(field, "document.expired")
	}
}
