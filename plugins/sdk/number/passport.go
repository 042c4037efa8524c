package number

import "regexp"

// passports are the forms of the numbers of countries that publish one and
// keep to it. Any other country has the generic form: letting a stranger pass
// to a reviewer is better than locking out somebody whose country changed its
// series.
func passportForm(country string) *regexp.Regexp {
	switch country {
	case "CN": // ordinary E + letter + 7, E or G + 8; diplomatic, service; Hong Kong, Macao
		return chinese
	case "HK":
		return hongKong
	case "MO":
		return macao
	case "TW":
		return nineDigits
	case "GB":
		return nineDigits
	case "US":
		return american
	case "JP", "PL":
		return twoLetters
	case "KR":
		return korean
	case "CA":
		return canadian
	}
	return generic
}

var (
	generic    = regexp.MustCompile(`^[A-Z0-9]{6,9}$`)
	chinese    = regexp.MustCompile(`^([EG][0-9]{8}|E[A-HJ-NP-Z][0-9]{7}|[DPS][A-Z]?[0-9]{7}|1[45][0-9]{7}|[HKM][0-9]{8}|[HKM][A-Z][0-9]{7})$`)
	hongKong   = regexp.MustCompile(`^[HK](J?[0-9]{7}|[0-9]{8})$`)
	macao      = regexp.MustCompile(`^M[A-Z]?[0-9]{7,8}$`)
	nineDigits = regexp.MustCompile(`^[0-9]{9}$`)
	american   = regexp.MustCompile(`^[A-Z0-9][0-9]{8}$`)
	twoLetters = regexp.MustCompile(`^[A-Z]{2}[0-9]{7}$`)
	korean     = regexp.MustCompile(`^([A-Z][0-9]{8}|[A-Z]{2}[0-9]{7}|[A-Z][0-9]{3}[A-Z][0-9]{4})$`)
	canadian   = regexp.MustCompile(`^([A-Z]{2}[0-9]{6}|[A-Z][0-9]{6}[A-Z]{2})$`)
	anyDigit   = regexp.MustCompile(`[0-9]`)
)

// ParsePassport reads a passport number issued by a country (ISO 3166-1
// alpha-2; "" when unknown) and returns its canonical form. There is no check
// digit in the number itself: this tells what cannot be one, not what is one.
// Numbers have 6 to 9 letters and digits (ICAO Doc 9303 part 4, 4.2.2) with at
// least one digit, and for some countries a narrower form.
func ParsePassport(country, s string) (string, error) {
	n, err := plain(s)
	if err != nil {
		return "", err
	}
	if len(n) < 6 || len(n) > 9 {
		return "", &Fault{Code: Length, Part: "number"}
	}
	if !anyDigit.MatchString(n) || !passportForm(country).MatchString(n) {
		return "", &Fault{Code: Format, Part: "number"}
	}
	return n, nil
}
