package main

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/paifang/paifang/plugins/sdk"
	"github.com/paifang/paifang/plugins/sdk/number"
)

// beijing is how far its clocks are ahead of UTC.
const beijing = 8 * time.Hour

// oldest is an age that nobody is known to have passed.
const oldest = 122

// profile judges who the person says they are. What a number says of birth and
// gender is told from it; what the registry knows is asked later.
func profile(q *sdk.Question) (*sdk.Finding, error) {
	c, err := readConfig(q.Config)
	if err != nil {
		return nil, err
	}
	f := &sdk.Finding{}
	kind := q.Value("document_kind")
	if !c.accepts(orElse(kind, residentID)) {
		f.Problem("document_kind", kindRefused)
		return f, nil
	}
	chinese := kind == residentID || kind == "" || kind == residencePermit
	if chinese {
		realName(f, q.Value("real_name"))
	}
	for _, name := range []string{"name_latin", "name_native"} {
		if v := strings.Join(strings.Fields(q.Value(name)), " "); v != "" && !chinese {
			f.Normalize(name, v)
		}
	}
	before := len(f.Problems)
	p := identify(f, q)
	if birth := orElse(p.birth, q.Value("birth_date")); len(f.Problems) == before || p.birth == "" {
		age(f, birth, chinese, q, c)
	}
	if kind != residentID && kind != "" {
		expiry(f, q)
	}
	if f.Accepted() {
		p.accept(f, q, chinese)
	}
	return f, nil
}

// accept keeps the number in its canonical form and tells what it says. What a
// registry answers for is verified; what a person has to look at is certified
// when they have.
func (p person) accept(f *sdk.Finding, q *sdk.Question, chinese bool) {
	field := "document_number"
	if kind := q.Value("document_kind"); kind == residentID || kind == "" {
		field, f.Tier = "id_number", "verified"
	} else {
		f.Tier = "certified"
	}
	f.Normalize(field, p.number)
	f.Identity(p.class, p.value)
	if chinese {
		f.Derive("birth_date", p.birth)
		f.Derive("gender", p.gender)
	}
}

func orElse(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

func realName(f *sdk.Finding, typed string) {
	name, err := number.RealName(typed)
	var fault *number.Fault
	switch {
	case err == nil:
		f.Normalize("real_name", name)
	case errors.As(err, &fault) && fault.Code == number.Character:
		f.Problem("real_name", "field.name_characters")
	default:
		f.Problem("real_name", "field.name")
	}
}

// age is told at the number where that says the birth date.
func age(f *sdk.Finding, birth string, told bool, q *sdk.Question, c config) {
	field, wrong := "birth_date", "field.date"
	if told {
		field, wrong = "document_number", "field.number_date"
		if kind := q.Value("document_kind"); kind == residentID || kind == "" {
			field = "id_number"
		}
	}
	day, err := number.ParseDate(birth)
	if err != nil {
		if !told {
			f.Problem(field, wrong)
		}
		return
	}
	// The day turns at midnight in Beijing, where the document was issued.
	switch years := number.Age(day, q.Now.UTC().Add(beijing)); {
	case years < 0 || years > oldest:
		f.Problem(field, wrong)
	case years < c.MinAge:
		f.Problem(field, "policy.underage", "min_age", strconv.Itoa(c.MinAge))
	}
}
