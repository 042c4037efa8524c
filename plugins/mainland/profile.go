package main

import (
	"errors"
	"strconv"
	"time"

	"github.com/paifang/paifang/plugins/sdk"
	"github.com/paifang/paifang/plugins/sdk/number"
)

// beijing is how far its clocks are ahead of UTC.
const beijing = 8 * time.Hour

// oldest is an age that nobody is known to have passed.
const oldest = 122

// profile judges who the person says they are. Birth date and gender are told
// from the resident ID number; what the registry knows is asked later.
func profile(q *sdk.Question) (*sdk.Finding, error) {
	c, err := readConfig(q.Config)
	if err != nil {
		return nil, err
	}
	f := &sdk.Finding{}
	realName(f, q.Value("real_name"))
	id, ok := residentID(f, q.Value("id_number"))
	if ok {
		err = age(f, id, q, c)
	}
	if f.Accepted() && err == nil {
		f.Normalize("id_number", id.Number)
		f.Derive("birth_date", id.Birth)
		f.Derive("gender", id.Gender)
		f.Identity("resident_id", id.Number)
		f.Tier = "verified"
	}
	return f, err
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

func residentID(f *sdk.Finding, typed string) (number.ResidentID, bool) {
	id, err := number.ParseResidentID(typed)
	var fault *number.Fault
	if errors.As(err, &fault) {
		code, params := fault.Problem()
		f.Problem("id_number", code, params...)
	}
	return id, err == nil
}

func age(f *sdk.Finding, id number.ResidentID, q *sdk.Question, c config) error {
	birth, err := number.ParseDate(id.Birth)
	if err != nil {
		return err
	}
	// The day turns at midnight in Beijing, where the card was issued.
	switch years := number.Age(birth, q.Now.UTC().Add(beijing)); {
	case years < 0 || years > oldest:
		f.Problem("id_number", "field.number_date")
	case years < c.MinAge:
		f.Problem("id_number", "policy.underage", "min_age", strconv.Itoa(c.MinAge))
	}
	return nil
}
