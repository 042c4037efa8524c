package main

import (
	"cmp"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/paifang/paifang/plugins/sdk"
	"github.com/paifang/paifang/plugins/sdk/number"
)

const (
	adult = 18
	// brasilia is how far its clocks are from UTC: the day there turns at three.
	brasilia = -3 * time.Hour
)

// forms are those of the documents' numbers, without separators.
var forms = map[string]*regexp.Regexp{
	rg:       regexp.MustCompile(`^[0-9]{4,13}[0-9X]$`),
	cnh:      regexp.MustCompile(`^[0-9]{11}$`),
	passport: regexp.MustCompile(`^[A-Z]{2}[0-9]{6}$`),
}

// profile judges who the person says they are.
func profile(q *sdk.Question) *sdk.Finding {
	f := &sdk.Finding{}
	if tooLong(q, f); !f.Accepted() {
		return f
	}
	name := strings.Join(strings.Fields(q.Value("full_name")), " ")
	if name == "" {
		f.Problem("full_name", "field.name")
	}
	cpf := digits(q.Value("cpf"))
	switch {
	case len(cpf) != cpfLength:
		f.Problem("cpf", "field.number_length")
	case allEqual(cpf):
		f.Problem("cpf", repeated)
	case !fits(cpf):
		f.Problem("cpf", "field.number_check_digit")
	}
	age(q, f)
	kind, document := q.Value("document_kind"), strings.ToUpper(unseparated(q.Value("document_number")))
	switch form := forms[kind]; {
	case form == nil:
		f.Problem("document_kind", "field.required")
	case !form.MatchString(document):
		f.Problem("document_number", "field.number_length")
	}
	if !f.Accepted() {
		return f
	}
	f.Normalize("full_name", name)
	f.Normalize("cpf", cpf)
	f.Normalize("document_number", document)
	f.Identity("cpf", cpf)
	if kind == passport {
		f.Identity("passport:BR", document)
	}
	f.Tier = "basic"
	return f
}

func age(q *sdk.Question, f *sdk.Finding) {
	now := q.Now.UTC().Add(brasilia)
	birth, err := number.ParseDate(q.Value("birth_date"))
	switch {
	case err != nil || birth.After(now):
		f.Problem("birth_date", "field.date")
	case number.Age(birth, now) < adult:
		f.Problem("birth_date", "policy.underage", "min_age", strconv.Itoa(adult))
	}
}

// tooLong looks at the bounds again that the gateway has checked already: the
// rules stand by themselves.
func tooLong(q *sdk.Question, f *sdk.Finding) {
	const unsaid = 500
	for _, field := range profileStep().Fields {
		limit := cmp.Or(field.MaxLen, unsaid)
		if utf8.RuneCountInString(q.Value(field.Name)) > limit {
			f.Problem(field.Name, "field.too_long", "max", strconv.Itoa(limit))
		}
	}
}
