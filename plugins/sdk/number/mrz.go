package number

import (
	"strings"
	"time"
)

// MRZ is what a machine-readable zone says. Codes and dates are as written
// there; the fillers are removed.
type MRZ struct {
	Format      Zone      // TD1, TD2, TD3, …
	Lines       [3]string // canonical, each of its full width; the third is of TD1 only
	Kind        string    // "P", "PT", "I", "ID", "V", …
	Issuer      string    // ICAO code of the issuing state or organisation: "UTO", "D"
	Surname     string    // primary identifier, words separated by single spaces
	Given       string    // secondary identifier; "" when the bearer has one name only
	Truncated   bool      // the names fill the zone and may have been cut
	Number      string    // a long one is whole
	Nationality string    // ICAO code
	Birth       string    // YYMMDD; unknown parts are "<<"
	Gender      string    // Male, Female or Unspecified
	Expiry      string    // YYMMDD; "<<<<<<" on cards that do not expire
	Optional    string    // personal number or other data of the issuer; parts separated by a space
}

// Text is the canonical form: the lines with line feeds between them.
func (m MRZ) Text() string { return strings.TrimSuffix(strings.Join(m.Lines[:], "\n"), "\n") }

// Visa tells that the zone is of a visa, which is no identity document.
func (m MRZ) Visa() bool { return m.Format == MRVA || m.Format == MRVB }

// ParseMRZ reads the lines of a passport, an identity card or a visa as typed
// or pasted, telling the format from the first letter and the lengths. What
// cannot mislead is forgiven: lower case, full-width letters, spaces, a lost or
// extra line break, fillers typed as ‹ 〈 « or 《, a wrong count of fillers at
// the end of a line or inside the optional data, and the letter O or I in the
// place of a digit. Then every check digit is verified (ICAO Doc 9303 part 3,
// 4.9, and parts 4 to 7).
//
// The error is a *Fault with the position of the check digit that does not
// fit. When the lines have the right shape, the MRZ is filled in also beside an
// error, so that a person can be shown what was read.
func ParseMRZ(s string) (MRZ, error) {
	rows, length := 0, 0
	var kind byte
	for _, row := range rowsOf(s, "<") {
		if rows == 0 {
			kind = row[0]
		}
		rows++
		length += len(row)
	}
	if length == 0 {
		return MRZ{}, &Fault{Code: Format, Part: "line1", Line: 1, Position: 1}
	}
	return parseAs(s, layoutsFor(kind, rows, length))
}

// ParseTD3 reads the two lines of a passport; see ParseMRZ.
func ParseTD3(s string) (MRZ, error) { return parseAs(s, []layout{td3()}) }

// ParseTD2 reads the two lines of a card of the larger size; see ParseMRZ.
func ParseTD2(s string) (MRZ, error) { return parseAs(s, []layout{td2()}) }

// ParseTD1 reads the three lines of a card; see ParseMRZ.
func ParseTD1(s string) (MRZ, error) { return parseAs(s, []layout{td1()}) }

// ParseCardMRZ reads the lines of an identity card, TD1 or TD2; see ParseMRZ.
// Lines of a passport or a visa are a fault with Format.
func ParseCardMRZ(s string) (MRZ, error) {
	m, err := ParseMRZ(s)
	if m.Format != "" && m.Format != TD1 && m.Format != TD2 {
		return MRZ{}, &Fault{Code: Format, Part: "line1", Line: 1, Position: 1}
	}
	return m, err
}

// parseAs reads by the first layout that fits without a fault, else by the
// first that fits at all.
func parseAs(s string, layouts []layout) (MRZ, error) {
	var m MRZ
	var fault error = &Fault{Code: Format, Part: "line1", Line: 1, Position: 1}
	for i, l := range layouts {
		read, err := l.parse(s)
		if err == nil {
			return read, nil
		}
		if i == 0 || m.Format == "" && read.Format != "" {
			m, fault = read, err
		}
	}
	return m, fault
}

func (l layout) parse(s string) (MRZ, error) {
	lines, err := l.split(s)
	if err != nil {
		return MRZ{}, err
	}
	if strings.IndexByte(l.kinds, lines[0][0]) < 0 {
		return MRZ{}, &Fault{Code: Format, Part: "line1", Line: 1, Position: 1}
	}
	m := MRZ{Format: l.format}
	copy(m.Lines[:], lines)
	m.names(l)
	m.data(l)
	if m.Issuer == "" || m.Surname == "" && m.Given == "" {
		return m, l.fault(Format, "name", l.names)
	}
	return m, m.verify(l)
}

// at is the text of a span.
func (m MRZ) at(p span) string { return m.Lines[p.row][p.from:p.to] }

func (m *MRZ) names(l layout) {
	m.Kind = unfill(m.at(span{0, 0, 2}))
	m.Issuer = unfill(m.at(span{0, 2, 5}))
	names := m.at(l.names)
	surname, given, _ := strings.Cut(strings.Trim(names, "<"), "<<")
	m.Surname, m.Given = unfill(surname), unfill(given)
	m.Truncated = names[len(names)-1] != '<'
}

func (m *MRZ) data(l layout) {
	m.Number = unfill(m.at(l.number))
	m.Nationality = unfill(m.at(l.nationality))
	m.Birth = m.at(l.birth)
	m.Gender = map[string]string{"M": Male, "F": Female}[m.at(l.gender)]
	if m.Gender == "" {
		m.Gender = Unspecified
	}
	m.Expiry = m.at(l.expiry)
	optional := make([]string, len(l.optional))
	for i, p := range l.optional {
		optional[i] = unfill(m.at(p))
	}
	if number, rest, ok := m.longNumber(l); ok {
		m.Number, optional[0] = number, rest
	}
	m.Optional = strings.TrimSpace(strings.Join(optional, " "))
}

// longNumber reads a document number of more than nine characters the way TD1
// and TD2 carry it (part 5, 4.2.4; part 6, 4.2.4) and some issuers of booklets
// do, too: a filler in place of the check digit, the rest of the number and its
// check digit at the start of the optional data.
func (m MRZ) longNumber(l layout) (number, rest string, ok bool) {
	if m.at(l.guards[0].at) != "<" {
		return "", "", false
	}
	tail, rest, _ := strings.Cut(m.at(l.optional[0]), "<")
	if len(tail) < 2 {
		return "", "", false
	}
	return m.at(l.number) + tail[:len(tail)-1], unfill(rest), true
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

// Expires tells that the zone has an expiry date.
func (m MRZ) Expires() bool { return strings.Trim(m.Expiry, "<") != "" }

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
