package main

import (
	"strings"
	"time"

	"github.com/paifang/paifang/plugins/sdk"
	"github.com/paifang/paifang/plugins/sdk/number"
)

// Own codes of problems.
const (
	differs    = "x.mainland.number_differs"
	notForeign = "x.mainland.not_foreign"
	// kindRefused is said of a document that the tenant does not take.
	kindRefused = "x.mainland.kind_refused"
)

// person is what a number says of its holder; "" what it does not say.
type person struct {
	number string
	class  string // of the identity: numbers of one register are one class
	value  string // that stays with the person
	birth  string
	gender string
}

// identify reads the number by the kind of document.
func identify(f *sdk.Finding, q *sdk.Question) person {
	field, typed := "document_number", q.Value("document_number")
	var p person
	var err error
	switch q.Value("document_kind") {
	case residentID, "":
		field = "id_number"
		p, err = registered(number.ParseResidentID(q.Value(field)))
	case residencePermit:
		p, err = registered(number.ParseResidencePermit(typed))
	case hkMacaoPermit:
		p, err = travel("hk_macao_permit")(number.ParseHKMacaoPermit(typed))
	case taiwanPermit:
		p, err = travel("taiwan_permit")(number.ParseTaiwanPermit(typed))
	case permanent:
		return permanentResident(f, q)
	case passport:
		return foreignPassport(f, q)
	default:
		f.Problem("document_kind", "document.type_not_accepted")
		return p
	}
	f.Fault(field, err)
	return p
}

// registered is a number of the register of GB 11643.
func registered(id number.ResidentID, err error) (person, error) {
	return person{number: id.Number, class: "resident_id", value: id.Number, birth: id.Birth, gender: id.Gender}, err
}

// travel finds a person by the part of the number that every issue keeps.
func travel(class string) func(number.TravelPermit, error) (person, error) {
	return func(p number.TravelPermit, err error) (person, error) {
		return person{number: p.Number, class: class, value: p.Holder}, err
	}
}

// permanentResident compares the number with what was typed beside it. The old
// form writes the nationality in letters; a numeric one is left to the reviewer.
func permanentResident(f *sdk.Finding, q *sdk.Question) person {
	r, err := number.ParsePermanentResident(q.Value("document_number"))
	if err != nil {
		f.Fault("document_number", err)
		return person{}
	}
	if r.BirthDate(q.Now) != q.Value("birth_date") {
		f.Problem("birth_date", differs)
	}
	if g := q.Value("gender"); g != r.Gender && g != number.Unspecified {
		f.Problem("gender", differs)
	}
	p := person{number: r.Number, class: "resident_id", value: r.Number, birth: r.BirthDate(q.Now), gender: r.Gender}
	if len(r.Number) == 15 {
		p.class = "foreign_permanent_res"
		if !number.SameCountry(q.Value("nationality"), r.Nationality) {
			f.Problem("nationality", differs)
		}
	}
	return p
}

// chinaIssued are places whose people have documents of their own here.
const chinaIssued = "CN HK MO TW"

// foreignPassport reads number and typed lines, which must agree with the rest.
func foreignPassport(f *sdk.Finding, q *sdk.Question) person {
	country := q.Value("issuing_country")
	if country != "" && strings.Contains(chinaIssued, country) {
		f.Problem("issuing_country", notForeign)
	}
	n, err := number.ParsePassport(country, q.Value("document_number"))
	f.Fault("document_number", err)
	if q.Has("mrz") {
		lines(f, q, n)
	}
	return person{number: n, class: "passport:" + country, value: n}
}

// lines reads the typed lines. What differs is told at the answer that can be
// compared with them at a glance; of name and birth date it is told at the lines,
// which is what the words are about. What was not answered contradicts nothing.
func lines(f *sdk.Finding, q *sdk.Question, typed string) {
	m, err := number.ParseTD3(q.Value("mrz"))
	if err != nil {
		f.Fault("mrz", err)
		return
	}
	f.Normalize("mrz", m.Lines[0]+"\n"+m.Lines[1])
	contradicts := func(differs bool, field, code string) {
		if differs {
			f.Problem(field, code)
		}
	}
	contradicts(typed != "" && typed != m.Number, "document_number", "data.number_mismatch")
	contradicts(q.Has("expiry_date") && !number.SameDate(m.Expiry, q.Value("expiry_date")), "expiry_date", "field.mrz_expiry_mismatch")
	contradicts(q.Has("issuing_country") && conflict(q.Value("issuing_country"), m.Issuer), "issuing_country", "field.mrz_country_mismatch")
	contradicts(q.Has("name_latin") && !number.SameName(q.Value("name_latin"), m), "mrz", "data.name_mismatch")
	contradicts(q.Has("birth_date") && !number.SameDate(m.Birth, q.Value("birth_date")), "mrz", "data.birth_date_mismatch")
	contradicts(q.Has("gender") && m.Gender != number.Unspecified && m.Gender != q.Value("gender"), "gender", "field.mrz_gender_mismatch")
	contradicts(q.Has("nationality") && conflict(q.Value("nationality"), m.Nationality), "nationality", "field.mrz_nationality_mismatch")
}

func conflict(typed, icao string) bool {
	return number.CountryOf(icao) != "" && !number.SameCountry(typed, icao)
}

// expiry accepts a document until its last day is over in Beijing.
func expiry(f *sdk.Finding, q *sdk.Question) {
	day, err := number.ParseDate(q.Value("expiry_date"))
	switch {
	case err != nil:
		f.Problem("expiry_date", "field.date")
	case !q.Now.UTC().Add(beijing).Before(day.Add(24 * time.Hour)):
		f.Problem("expiry_date", "document.expired")
	}
}
