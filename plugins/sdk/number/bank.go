package number

import (
	"regexp"
	"strings"
)

// IBAN is an international bank account number.
type IBAN struct {
	Number  string // canonical: upper case without spaces
	Country string // ISO 3166-1 alpha-2, or XK
	Account string // the part behind the check digits, in the form of the country
}

// accounts are the domestic parts of the IBAN registry (SWIFT, ISO 13616): of
// each country the kinds of characters with their counts, n for digits, a for
// letters, c for both.
const accounts = `
AD=8n12c AE=19n AL=8n16c AT=16n AZ=4a20c BA=16n BE=12n BG=4a6n8c BH=4a14c BI=23n BR=23n1a1c BY=4c4n16c
CH=5n12c CR=18n CY=8n16c CZ=20n DE=18n DJ=23n DK=14n DO=4c20n EE=16n EG=25n ES=20n FI=14n FK=2a12n
FO=14n FR=10n11c2n GB=4a14n GE=2a16n GI=4a15c GL=14n GR=7n16c GT=4c20c HN=4a20n HR=17n HU=24n IE=4a14n
IL=19n IQ=4a15n IS=22n IT=1a10n12c JO=4a4n18c KW=4a22c KZ=3n13c LB=4n20c LC=4a24c LI=5n12c LT=16n
LU=3n13c LV=4a13c LY=21n MC=10n11c2n MD=20c ME=18n MK=3n10c2n MN=16n MR=23n MT=4a5n18c MU=4a19n3a
NI=4a20n NL=4a10n NO=11n OM=3n16c PK=4a16c PL=24n PS=4a21c PT=21n QA=4a21c RO=4a16c RS=18n RU=14n15c
SA=2n18c SC=4a20n3a SD=14n SE=20n SI=15n SK=20n SM=1a10n12c SO=19n ST=21n SV=4a20n TL=19n TN=20n
TR=5n1n16c UA=6n19c VA=18n VG=4a16n XK=16n YE=4a4n18c`

// ParseIBAN reads an IBAN (ISO 13616-1) as printed or pasted, a leading "IBAN"
// included: country, two check digits modulo 97, and the account in the length
// and form that the registry has for the country.
func ParseIBAN(s string) (IBAN, error) {
	n, err := plain(s)
	if err != nil {
		return IBAN{}, err
	}
	n = strings.TrimPrefix(n, "IBAN")
	if len(n) < 5 {
		return IBAN{}, &Fault{Code: Length, Part: "number"}
	}
	form, ok := accountForm(n[:2])
	if !ok {
		return IBAN{}, &Fault{Code: NoCountry, Part: "number", Position: 1}
	}
	kinds := "aann" + form
	if len(n) != len(kinds) {
		return IBAN{}, &Fault{Code: Length, Part: "number"}
	}
	for i := range kinds {
		if letter := n[i] >= 'A'; kinds[i] == 'n' && letter || kinds[i] == 'a' && !letter {
			return IBAN{}, &Fault{Code: Character, Part: "number", Position: i + 1}
		}
	}
	if mod97(n[4:]+n[:4]) != 1 || n[2:4] < "02" || n[2:4] > "98" {
		return IBAN{}, &Fault{Code: CheckDigit, Part: "number", Position: 3}
	}
	return IBAN{Number: n, Country: n[:2], Account: n[4:]}, nil
}

// territories have accounts under the code of another country: the
// dependencies of the Crown in GB, Åland in FI, overseas France in FR
// (notes of the registry to GB, FI and FR).
const territories = "AX=FI BL=FR GF=FR GG=GB GP=FR IM=GB JE=GB MF=FR MQ=FR NC=FR PF=FR PM=FR RE=FR TF=FR WF=FR YT=FR"

// IBANCountry tells with which country code the IBANs of a country begin: its
// own, that of the country whose territory it is, or "" where there are none.
func IBANCountry(country string) string {
	for _, t := range strings.Fields(territories) {
		if t[:2] == country {
			return t[3:]
		}
	}
	if _, ok := accountForm(country); ok && len(country) == 2 {
		return country
	}
	return ""
}

// accountForm writes the form of a country out: "8n12c" as 8 n and 12 c.
func accountForm(country string) (string, bool) {
	for _, a := range strings.Fields(accounts) {
		if a[:2] != country {
			continue
		}
		var out strings.Builder
		count := 0
		for _, r := range a[3:] {
			if r >= '0' && r <= '9' {
				count = count*10 + int(r-'0')
				continue
			}
			out.WriteString(strings.Repeat(string(r), count))
			count = 0
		}
		return out.String(), true
	}
	return "", false
}

// BIC is a business identifier code.
type BIC struct {
	Code    string // canonical: 8 characters for a head office, 11 for a branch
	Country string // ISO 3166-1 alpha-2, or XK
	Test    bool   // of the test network: no payment reaches it
}

var bicForm = regexp.MustCompile(`^[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}([A-Z0-9]{3})?$`)

// ParseBIC reads a BIC (ISO 9362): four characters of the party, two of the
// country, two of its place and, for a branch, three more. XXX stands for the
// head office and is left away. The form is checked and the country exists;
// whether the code is registered only the directory knows.
func ParseBIC(s string) (BIC, error) {
	n, err := plain(s)
	if err != nil {
		return BIC{}, err
	}
	switch {
	case len(n) != 8 && len(n) != 11:
		return BIC{}, &Fault{Code: Length, Part: "number"}
	case !bicForm.MatchString(n):
		return BIC{}, &Fault{Code: Format, Part: "number"}
	case !Country(n[4:6]):
		return BIC{}, &Fault{Code: NoCountry, Part: "number", Position: 5}
	}
	code := n
	if len(n) == 11 {
		code = strings.TrimSuffix(n, "XXX")
	}
	return BIC{Code: code, Country: n[4:6], Test: n[7] == '0'}, nil
}
