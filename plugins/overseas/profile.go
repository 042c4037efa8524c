package main

import (
	"strconv"
	"strings"

	"github.com/paifang/paifang/plugins/sdk"
	"github.com/paifang/paifang/plugins/sdk/number"
)

// oldest is an age that nobody is known to have passed.
const oldest = 122

// profile judges who the person says they are. A name is one name or many, of
// any length that the field takes: it is kept as it stands in the document,
// single spaces aside.
func profile(q *sdk.Question) (*sdk.Finding, error) {
	c, err := readConfig(q.Config)
	if err != nil {
		return nil, err
	}
	f := &sdk.Finding{}
	for _, field := range []string{"name_latin", "name_native"} {
		if name := strings.Join(strings.Fields(q.Value(field)), " "); name != "" {
			f.Normalize(field, name)
		}
	}
	birth(f, q, c)
	f.Tier = "wallet"
	if !f.Accepted() {
		f.Tier = ""
	}
	return f, nil
}

func birth(f *sdk.Finding, q *sdk.Question, c config) {
	day, err := number.ParseDate(q.Value("birth_date"))
	if err != nil {
		f.Problem("birth_date", "field.date")
		return
	}
	switch years := number.Age(day, q.Now.UTC()); {
	case years < 0:
		f.Problem("birth_date", "field.date_future")
	case years > oldest:
		f.Problem("birth_date", "field.date")
	case years < c.MinAge:
		f.Problem("birth_date", "policy.underage", "min_age", strconv.Itoa(c.MinAge))
	}
}
