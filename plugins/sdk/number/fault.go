package number

import (
	"fmt"
	"strconv"
)

// Code says why something is not a valid number.
type Code string

const (
	Length     Code = "length"      // too short or too long
	Character  Code = "character"   // a character that cannot stand at Position
	Region     Code = "region"      // no such issuing region
	Date       Code = "date"        // not a day of the calendar
	CheckDigit Code = "check_digit" // the check character at Position does not fit
	Format     Code = "format"      // not a form that the issuer uses
)

// Fault says why something typed is not a valid number. It never holds the
// number itself, so that it may be logged.
type Fault struct {
	Code     Code
	Part     string // "number", "birth_date", "expiry_date", "optional", "composite", "name", "line1", "line2"
	Line     int    // of an MRZ: 1 or 2; else 0
	Position int    // 1-based, in the canonical form; 0 when it is about the whole
}

// Error describes the fault for engineers.
func (f *Fault) Error() string {
	s := fmt.Sprintf("%s of %s", f.Code, f.Part)
	if f.Line > 0 {
		s += fmt.Sprintf(", line %d", f.Line)
	}
	if f.Position > 0 {
		s += fmt.Sprintf(", position %d", f.Position)
	}
	return s
}

// Problem is the validation code under which a provider tells the applicant,
// "field.number_<code>" or "field.mrz_<code>", and the parameters of the sentence as pairs
// of name and value.
func (f *Fault) Problem() (code string, params []string) {
	if f.Line == 0 {
		return "field.number_" + string(f.Code), nil
	}
	params = []string{"line", strconv.Itoa(f.Line)}
	switch f.Code {
	case CheckDigit, Character:
		params = append(params, "position", strconv.Itoa(f.Position))
	case Format, Date:
		params = nil
	}
	return "field.mrz_" + string(f.Code), params
}
