package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/paifang/paifang/plugins/sdk"
	"github.com/paifang/paifang/plugins/sdk/number"
)

// Shares are counted in hundredths of a percent. More than four people cannot
// hold a quarter each.
const (
	percent    = 100
	leastShare = 25 * percent
	wholeShare = 100 * percent
	mostOwners = 4
)

func ownersFields() []sdk.Field {
	// A box that is not ticked may also be left away.
	another := sdk.Condition{Field: "representative", In: []string{"false", ""}}
	passport := isKind("document_kind", "passport")
	return []sdk.Field{
		{Name: "anyone", Type: sdk.SelectField, Required: true, Options: options("yes", "no"), PII: sdk.PIINone},
		{Name: "owners", Type: sdk.ListField, Required: true, MinRows: 1, MaxRows: mostOwners, PII: sdk.PIINone, When: isKind("anyone", "yes"), Fields: []sdk.Field{
			{Name: "percentage", Type: sdk.TextField, Required: true, MaxLen: 10, Autocomplete: "off", PII: sdk.PIIIdentity},
			{Name: "representative", Type: sdk.CheckboxField, PII: sdk.PIINone},
			{Name: "name", Type: sdk.NameField, Required: true, MaxLen: 200, Autocomplete: "off", PII: sdk.PIIIdentity, When: another},
			{Name: "document_kind", Type: sdk.SelectField, Required: true, Options: options("resident_id", "passport"), PII: sdk.PIINone, When: another},
			{Name: "document_number", Type: sdk.NumberField, Required: true, MaxLen: 40, Autocomplete: "off", PII: sdk.PIIIdentity, When: another},
			{Name: "issuing_country", Type: sdk.CountryField, Required: true, Autocomplete: "off", PII: sdk.PIIIdentity, When: passport},
			{Name: "nationality", Type: sdk.CountryField, Required: true, Autocomplete: "off", PII: sdk.PIIIdentity, When: passport},
			{Name: "birth_date", Type: sdk.DateField, Required: true, Autocomplete: "off", PII: sdk.PIIIdentity, When: passport},
		}},
	}
}

// owners judges who holds a quarter of the company or more. When nobody does,
// its legal representative counts as the senior managing official
// (FATF guidance on beneficial ownership of legal persons, Recommendation 24,
// interpretive note, 5(b)(i.iii)), and a person has to see that it is so.
func owners(q *sdk.Question) *sdk.Finding {
	f := &sdk.Finding{}
	switch q.Value("anyone") {
	case "no":
		f.Reason("anyone", "business.owner_unverified")
		return f
	case "yes":
	default:
		f.Problem("anyone", "field.not_option")
		return f
	}
	sum, representative, seen := 0, 0, map[sdk.Identity]bool{}
	for n := 1; n <= mostOwners; n++ {
		row := ownerRow{q, f, fmt.Sprintf("owners.%d.", n)}
		if row.empty() {
			continue
		}
		sum += row.share()
		if row.value("representative") == "true" {
			if representative++; representative > 1 {
				f.Problem(row.at+"representative", "x.crossborder.owner_twice")
			}
			continue
		}
		id := row.person()
		if id.Value != "" && seen[id] {
			f.Problem(row.at+"document_number", "x.crossborder.owner_twice")
		}
		seen[id] = true
	}
	if sum > wholeShare {
		f.Problem("owners", "x.crossborder.percentages")
	}
	return f
}

// ownerRow is one row of the list.
type ownerRow struct {
	q  *sdk.Question
	f  *sdk.Finding
	at string // its prefix
}

func (r ownerRow) value(member string) string { return r.q.Value(r.at + member) }

func (r ownerRow) empty() bool {
	for name, v := range r.q.Values {
		if strings.HasPrefix(name, r.at) && v != "" {
			return false
		}
	}
	return true
}

// share reads the percentage; it is 0 for one that is none.
func (r ownerRow) share() int {
	n, ok := parseShare(r.value("percentage"))
	if !ok || n < leastShare || n > wholeShare {
		r.f.Problem(r.at+"percentage", "x.crossborder.percentage")
		return 0
	}
	written := strconv.Itoa(n / percent)
	if rest := n % percent; rest != 0 {
		written = strings.TrimRight(fmt.Sprintf("%s.%02d", written, rest), "0")
	}
	r.f.Normalize(r.at+"percentage", written)
	return n
}

// person reads the owner's document; the identity is zero if it fell short.
func (r ownerRow) person() sdk.Identity {
	name(r.f, r.at+"name", r.value("name"), r.value("document_kind"))
	var id sdk.Identity
	typed := r.value("document_number")
	switch r.value("document_kind") {
	case "resident_id":
		read, err := number.ParseResidentID(typed)
		if err != nil {
			r.f.Fault(r.at+"document_number", err)
			return id
		}
		r.alive("document_number", "field.number_date", read.Birth, r.q.Now.UTC().Add(beijing))
		id = sdk.Identity{Class: "resident_id", Value: read.Number}
	case "passport":
		r.alive("birth_date", "field.date", r.value("birth_date"), r.q.Now.UTC())
		country := r.value("issuing_country")
		n, err := number.ParsePassport(country, typed)
		if err != nil {
			r.f.Fault(r.at+"document_number", err)
			return id
		}
		id = sdk.Identity{Class: "passport:" + country, Value: n}
	default:
		r.f.Problem(r.at+"document_kind", "document.type_not_accepted")
		return id
	}
	r.f.Normalize(r.at+"document_number", id.Value)
	r.f.Identity(id.Class, id.Value)
	return id
}

// alive wants a birth date that can be true; owners may be of any age.
func (r ownerRow) alive(member, impossible, date string, today time.Time) {
	day, err := number.ParseDate(date)
	if err != nil {
		r.f.Problem(r.at+member, impossible)
		return
	}
	if years := number.Age(day, today); years < 0 || years > oldest {
		r.f.Problem(r.at+member, impossible)
	}
}

// parseShare reads "25", "33.33", "33,3 %" or "٣٣٫٣" in hundredths of a percent.
func parseShare(typed string) (int, bool) {
	text := strings.Map(func(r rune) rune {
		switch {
		case r == ' ' || r == '\u00a0' || r == '\u202f' || r == '%' || r == '％' || r == '٪':
			return -1
		case r == ',' || r == '٫' || r == '，' || r == '．':
			return '.'
		case r >= '٠' && r <= '٩':
			return '0' + r - '٠'
		case r >= '۰' && r <= '۹':
			return '0' + r - '۰'
		case r >= '０' && r <= '９':
			return '0' + r - '０'
		}
		return r
	}, typed)
	whole, part, _ := strings.Cut(text, ".")
	if len(whole) < 1 || len(whole) > 3 || len(part) > 2 || strings.Trim(whole+part, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.Atoi(whole + (part + "00")[:2])
	return n, err == nil
}
