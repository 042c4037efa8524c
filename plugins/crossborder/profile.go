package main

import (
	"errors"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/paifang/paifang/plugins/sdk"
	"github.com/paifang/paifang/plugins/sdk/number"
)

// oldest is an age that nobody is known to have passed.
const oldest = 122

// person judges an individual seller, or the legal representative of a company:
// the kind of document decides what is asked and what is told from the number.
func person(q *sdk.Question) (*sdk.Finding, error) {
	c, err := readConfig(q.Config)
	if err != nil {
		return nil, err
	}
	f := &sdk.Finding{}
	name(f, "name", q.Value("name"), q.Value("document_kind"))
	switch q.Value("document_kind") {
	case "resident_id":
		resident(f, q, c)
	case "passport":
		passport(f, q, c)
	default:
		f.Problem("document_kind", "document.type_not_accepted")
	}
	if f.Accepted() && q.Step == "profile" {
		f.Tier = "seller"
	}
	return f, nil
}

// name accepts Han and Latin letters as Chinese identity cards have them. Names in
// passports are of the whole world, and of its scripts: single spaces aside, they
// are kept as they are.
func name(f *sdk.Finding, field, typed, kind string) {
	if kind != "resident_id" {
		if kept := strings.Join(strings.Fields(typed), " "); strings.ContainsFunc(kept, unicode.IsLetter) {
			f.Normalize(field, kept)
		} else {
			f.Problem(field, "field.name")
		}
		return
	}
	kept, err := number.RealName(typed)
	var fault *number.Fault
	switch {
	case err == nil:
		f.Normalize(field, kept)
	case errors.As(err, &fault) && fault.Code == number.Character:
		f.Problem(field, "field.name_characters")
	default:
		f.Problem(field, "field.name")
	}
}

// beijing is how far the clocks where resident identity cards are issued are
// ahead of UTC.
const beijing = 8 * time.Hour

func resident(f *sdk.Finding, q *sdk.Question, c config) {
	id, err := number.ParseResidentID(q.Value("id_number"))
	if err != nil {
		f.Fault("id_number", err)
		return
	}
	born(f, "id_number", "field.number_date", id.Birth, q.Now.UTC().Add(beijing), c)
	if !f.Accepted() {
		return
	}
	f.Normalize("id_number", id.Number)
	f.Derive("birth_date", id.Birth)
	f.Derive("gender", id.Gender)
	f.Identity("resident_id", id.Number)
}

func passport(f *sdk.Finding, q *sdk.Question, c config) {
	country := q.Value("issuing_country")
	n, err := number.ParsePassport(country, q.Value("document_number"))
	f.Fault("document_number", err)
	expiry(f, q)
	born(f, "birth_date", "field.date", q.Value("birth_date"), q.Now.UTC(), c)
	if !f.Accepted() {
		return
	}
	f.Normalize("document_number", n)
	f.Identity("passport:"+country, n)
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

// born judges the age of somebody born on the date, on the day of today;
// impossible is the code for a date that cannot be true.
func born(f *sdk.Finding, field, impossible, date string, today time.Time, c config) {
	day, err := number.ParseDate(date)
	if err != nil {
		f.Problem(field, impossible)
		return
	}
	switch years := number.Age(day, today); {
	case years < 0 && field == "birth_date":
		f.Problem(field, "field.date_future")
	case years < 0 || years > oldest:
		f.Problem(field, impossible)
	case years < c.MinAge:
		f.Problem(field, "policy.underage", "min_age", strconv.Itoa(c.MinAge))
	}
}
