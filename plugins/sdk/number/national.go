package number

import (
	"strings"
	"unicode"
)

// ParseNationalID reads the number of an identity card issued by a country
// (ISO 3166-1 alpha-2; "" when unknown) and returns its canonical form: 4 to 20
// Latin letters and digits, at least one of them a digit. There is no common
// form. Where a country's personal number has a check digit that is public and
// the typed number has its form, the digit is verified; many cards also have a
// serial number of another form, which is let pass to a reviewer. Cards of
// mainland China, Hong Kong, Macao and Taiwan have one number only.
func ParseNationalID(country, s string) (string, error) {
	switch country {
	case "CN":
		id, err := ParseResidentID(s)
		return id.Number, err
	case "HK":
		return ParseHKID(s)
	case "MO":
		return ParseMacaoID(s)
	case "TW":
		return ParseTaiwanID(s)
	}
	n, err := plain(s)
	if err != nil {
		return "", err
	}
	if len(n) < 4 || len(n) > 20 {
		return "", &Fault{Code: Length, Part: "number"}
	}
	if !strings.ContainsAny(n, "0123456789") {
		return "", &Fault{Code: Format, Part: "number"}
	}
	if want, at := personalCheck(country, n); at > 0 && n[at-1] != want {
		return "", &Fault{Code: CheckDigit, Part: "number", Position: at}
	}
	return n, nil
}

// personalCheck computes the check character of a number that has the form of
// the country's personal numbers, and its 1-based place; 0: it has not.
func personalCheck(country, n string) (want byte, at int) {
	switch {
	case country == "ES" && len(n) == 9 && digits(n[:8]) && n[8] >= 'A': // DNI: the number modulo 23
		rest := 0
		for i := range 8 {
			rest = (rest*10 + int(n[i]-'0')) % 23
		}
		return "TRWAGMYFPDXBNJZSQVHLCKE"[rest], 9
	case country == "TH" && len(n) == 13 && digits(n): // weights 13 to 2, modulo 11
		sum := 0
		for i := range 12 {
			sum += (13 - i) * int(n[i]-'0')
		}
		return byte('0' + (11-sum%11)%10), 13
	case country == "TR" && len(n) == 11 && digits(n) && n[0] != '0': // the last digit adds up the first ten
		sum := 0
		for i := range 10 {
			sum += int(n[i] - '0')
		}
		return byte('0' + sum%10), 11
	case country == "SG" && len(n) == 9 && (n[0] == 'S' || n[0] == 'T') && digits(n[1:8]) && n[8] >= 'A': // NRIC
		sum := 0
		if n[0] == 'T' {
			sum = 4
		}
		for i, weight := range [7]int{2, 7, 6, 5, 4, 3, 2} {
			sum += weight * int(n[1+i]-'0')
		}
		return "JZIHGFEDCBA"[sum%11], 9
	}
	return 0, 0
}

// ParseLicence reads the number of a driving licence and returns its canonical
// form: 4 to 25 letters and digits with at least one digit. There is neither a
// common form nor a common alphabet: letters are kept as the licence has them
// (Russian ones carried Cyrillic letters).
func ParseLicence(s string) (string, error) {
	n := Canonical(strings.Map(unicode.ToUpper, s))
	runes, digit := []rune(n), false
	for i, r := range runes {
		if !unicode.IsLetter(r) && !unicode.Is(unicode.M, r) && (r < '0' || r > '9') {
			return "", &Fault{Code: Character, Part: "number", Position: i + 1}
		}
		digit = digit || r >= '0' && r <= '9'
	}
	if len(runes) < 4 || len(runes) > 25 {
		return "", &Fault{Code: Length, Part: "number"}
	}
	if !digit {
		return "", &Fault{Code: Format, Part: "number"}
	}
	return n, nil
}

// HasNumber tells whether a number, in any typed form, is the document number
// of the zone or stands in its optional data, as a whole part or as several that
// fillers separate ("9379209<0"): identity cards carry both a serial number and
// the number of the person, and people type either.
func (m MRZ) HasNumber(typed string) bool {
	n := Canonical(typed)
	if n == "" || n == Canonical(m.Number) {
		return n != ""
	}
	if m.Format != TD1 && m.Format != TD2 {
		return false
	}
	parts := strings.Fields(m.Optional)
	for from := range parts {
		for to := from + 1; to <= len(parts); to++ {
			if len(n) >= 6 && Canonical(strings.Join(parts[from:to], "")) == n {
				return true
			}
		}
	}
	return false
}
