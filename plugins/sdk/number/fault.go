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
	Lookalike  Code = "lookalike"   // a letter of another alphabet at Position that only looks like a Latin one
	NoCountry  Code = "country"     // no such country, or one that does not issue such numbers
	// CheckEarly is a check character that does not fit in a series of which
	// legal numbers are known to have wrong ones. The number may be right as it
	// is: it is kept, and a person compares it with the document.
	CheckEarly Code = "check_early"
)

// Fault says why something typed is not a valid number. It never holds the
// number itself, so that it may be logged.
type Fault struct {
	Code     Code
	Part     string // "number", "birth_date", "expiry_date", "optional", "composite", "name", "line1", "line2", "line3"
	Line     int    // of an MRZ: 1 to 3; else 0
	Position int    // 1-based, in the canonical form; 0 when it is about the whole
	Width    int    // of an MRZ with Code Length: how many characters the line should have; else 0
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

// Refer tells that what was typed may be right all the same: a person decides,
// the applicant is not asked to type it again. The parser returns its reading
// beside such a fault.
func (f *Fault) Refer() bool { return f.Code == CheckEarly }

// Problem is the validation code under which a provider tells the applicant,
// "field.number_<code>" or "field.mrz_<code>", and the parameters of the sentence as pairs
// of name and value.
func (f *Fault) Problem() (code string, params []string) {
	if f.Line == 0 {
		return "field.number_" + string(f.Code), nil
	}
	params = []string{"line", strconv.Itoa(f.Line)}
	switch f.Code {
	case Length:
		params = append(params, "width", strconv.Itoa(f.Width))
	case CheckDigit, Character, Lookalike:
		params = append(params, "position", strconv.Itoa(f.Position))
	case Format, Date:
		params = nil
	}
	return "field.mrz_" + string(f.Code), params
}
