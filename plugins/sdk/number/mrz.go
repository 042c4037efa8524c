package number

import (
	"strings"
	"time"
)

// lineLength is the length of both lines of a TD3 zone.
const lineLength = 44

// MRZ is what the machine-readable zone of a passport booklet (TD3) says.
// Codes and dates are as written there; the fillers are removed.
type MRZ struct {
	Lines       [2]string // canonical: 44 characters each
	Kind        string    // "P", "PT", "PM", …
	Issuer      string    // ICAO code of the issuing state or organisation: "UTO", "D"
	Surname     string    // primary identifier, words separated by single spaces
	Given       string    // secondary identifier; "" when the bearer has one name only
	Truncated   bool      // the names fill the zone and may have been cut
	Number      string
	Nationality string // ICAO code
	Birth       string // YYMMDD; unknown parts are "<<"
	Gender      string // Male, Female or Unspecified
	Expiry      string // YYMMDD
	Optional    string // personal number or other data of the issuer
}

// ParseTD3 reads the two lines of a passport as typed or pasted (see
// CanonicalMRZ) and verifies every check digit (ICAO Doc 9303 part 3, 4.9 and
// part 4, 4.2.2). The error is a *Fault with the position of the check digit
// that does not fit. When the lines have the right shape, the MRZ is filled in
// also beside an error, so that a person can be shown what was read.
func ParseTD3(s string) (MRZ, error) {
	lines, err := split(s)
	if err != nil {
		return MRZ{}, err
	}
	if lines[0][0] != 'P' {
		return MRZ{}, &Fault{Code: Format, Part: "line1", Line: 1, Position: 1}
	}
	m := MRZ{Lines: lines}
	m.names(lines[0])
	m.data(lines[1])
	if m.Issuer == "" || strings.Trim(lines[0][5:], "<") == "" {
		return m, &Fault{Code: Format, Part: "name", Line: 1, Position: 6}
	}
	return m, m.verify()
}

func (m *MRZ) names(line string) {
	m.Kind = unfill(line[:2])
	m.Issuer = unfill(line[2:5])
	surname, given, _ := strings.Cut(strings.Trim(line[5:], "<"), "<<")
	m.Surname, m.Given = unfill(surname), unfill(given)
	m.Truncated = line[lineLength-1] != '<'
}

func (m *MRZ) data(line string) {
	m.Number = unfill(line[:9])
	m.Nationality = unfill(line[10:13])
	m.Birth = line[13:19]
	m.Gender = map[byte]string{'M': Male, 'F': Female}[line[20]]
	if m.Gender == "" {
		m.Gender = Unspecified
	}
	m.Expiry = line[21:27]
	m.Optional = unfill(line[28:42])
	if number, rest, ok := longNumber(line); ok {
		m.Number, m.Optional = number, rest
	}
}

// longNumber reads a document number of more than nine characters the way
// TD1 and TD2 carry it (part 5, 4.2.4) and some issuers of booklets do, too:
// a filler in place of the check digit, the rest of the number and its check
// digit at the start of the optional data.
func longNumber(line string) (number, rest string, ok bool) {
	if line[9] != '<' {
		return "", "", false
	}
	tail, rest, _ := strings.Cut(line[28:42], "<")
	if len(tail) < 2 {
		return "", "", false
	}
	return line[:9] + tail[:len(tail)-1], unfill(rest), true
}

func unfill(s string) string {
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r == '<' }), " ")
}

// BirthDate is the birth date as YYYY-MM-DD: of the centuries that the two
// digits allow, the latest that is not after the day of now. It is "" when a
// part is unknown or no such day exists.
func (m MRZ) BirthDate(now time.Time) string {
	return century(m.Birth, now.Year(), func(d time.Time) bool { return !d.After(now) })
}

// ExpiryDate is the expiry date as YYYY-MM-DD: of the centuries that the two
// digits allow, the latest that is less than 50 years after now. Passports are
// valid for 10 years, so that both a fresh one and one from an attic are read
// as what they are. It is "" when no such day exists.
func (m MRZ) ExpiryDate(now time.Time) string {
	return century(m.Expiry, now.Year()+50, func(d time.Time) bool { return d.Before(now.AddDate(50, 0, 0)) })
}

func century(yymmdd string, latest int, fits func(time.Time) bool) string {
	if !digits(yymmdd) {
		return ""
	}
	for c := latest / 100; c >= latest/100-2; c-- {
		if d, err := time.Parse("20060102", itoa2(c)+yymmdd); err == nil && fits(d) {
			return d.Format(ISODate)
		}
	}
	return ""
}

func itoa2(n int) string { return string([]byte{byte('0' + n/10%10), byte('0' + n%10)}) }

// SameDate tells whether a typed YYYY-MM-DD can be the date yymmdd of a zone.
// Unknown parts ("<<") agree with everything.
func SameDate(yymmdd, iso string) bool {
	if len(yymmdd) != 6 || len(iso) != len(ISODate) {
		return false
	}
	short := iso[2:4] + iso[5:7] + iso[8:]
	for i := 0; i < 6; i++ {
		if yymmdd[i] != '<' && yymmdd[i] != short[i] {
			return false
		}
	}
	return true
}
