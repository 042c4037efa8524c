package check

import (
	"context"
	"strconv"
	"time"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/plugins/sdk/number"
)

// soon is how many days before its expiry a document is worth a remark.
const soon = 30

// oldest is an age that nobody is known to have passed.
const oldest = 122

// The day is not the same everywhere. A check finds against nobody for whom it
// is still, or already, another day: it takes the earliest or the latest clock.
const (
	earliest = 14 * time.Hour  // UTC+14
	latest   = -12 * time.Hour // UTC-12
)

// Expiry checks expiry_date: a document is good until that day is over
// everywhere.
func Expiry(_ context.Context, in Input) Outcome {
	n := newNote("expiry")
	typed := in.field("expiry_date")
	if !n.need(typed, "expiry_date") {
		return n.out
	}
	day, err := number.ParseDate(typed.value)
	if err != nil {
		n.add(kyc.Fail, "data.field_unreadable", typed.ref, nil)
		return n.out
	}
	now := in.Now.UTC().Add(latest)
	n.evidence("expiry_date", typed.value)
	switch {
	case !now.Before(day.AddDate(0, 0, 1)):
		n.add(kyc.Fail, "document.expired", typed.ref, nil)
	case !now.AddDate(0, 0, soon).Before(day):
		n.add(kyc.Refer, "document.expires_soon", typed.ref, nil)
	}
	return n.out
}

// Age checks that the person has reached the market's minimum age, "min_age"
// of its configuration or 18, on the day that it is at Now anywhere. The birth date is the
// typed one, else the derived one, else that of a resident ID number.
func Age(_ context.Context, in Input) Outcome {
	n := newNote("age")
	birth := in.field("birth_date")
	if id := in.field("id_number"); birth.value == "" && id.value != "" {
		if read, err := number.ParseResidentID(id.value); err == nil {
			birth = answer{value: read.Birth, ref: id.ref, declared: true, asked: true}
		}
	}
	if birth.value == "" && !birth.asked {
		birth.asked, birth.required = birth.declared, true // everybody has an age
	}
	if !n.need(birth, "birth_date") {
		return n.out
	}
	day, err := number.ParseDate(birth.value)
	if err != nil {
		n.add(kyc.Fail, "data.field_unreadable", birth.ref, nil)
		return n.out
	}
	age, least := number.Age(day, in.Now.UTC().Add(earliest)), in.minAge()
	n.evidence("age", strconv.Itoa(age))
	n.evidence("min_age", strconv.Itoa(least))
	switch {
	case age < 0 || age > oldest:
		n.add(kyc.Refer, "data.birth_date_mismatch", birth.ref, nil)
	case age < least:
		n.add(kyc.Fail, "policy.underage", birth.ref, map[string]string{"min_age": strconv.Itoa(least)})
	}
	return n.out
}
