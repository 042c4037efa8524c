package number

import "time"

// PermanentResident is what the number of a foreign permanent resident ID card
// of China says.
type PermanentResident struct {
	Number      string // canonical: 18 characters since December 2023, 15 before
	Nationality string // ISO 3166-1: numeric in the new form ("124"), alpha-3 in the old ("CAN")
	Region      string // GB/T 2260: two digits in the new form, four in the old
	Birth       string // YYYYMMDD in the new form, YYMMDD in the old
	Gender      string // Male or Female
}

// BirthDate is the birth date as YYYY-MM-DD. Of the centuries that the old form
// leaves open it is the latest that is not after the day of now.
func (p PermanentResident) BirthDate(now time.Time) string {
	if len(p.Birth) == 8 {
		return p.Birth[:4] + "-" + p.Birth[4:6] + "-" + p.Birth[6:]
	}
	return century(p.Birth, now.Year(), func(d time.Time) bool { return !d.After(now) })
}

// ParsePermanentResident reads the number of a foreign permanent resident ID
// card in either form.
//
// New (National Immigration Administration, 2023): the digit 9, two of the
// province, three of the nationality, then birth date, sequence and check
// character as in a resident ID number. Old: three letters of the nationality,
// four digits of the region, six of the birth date, one of sequence, odd for
// men, and a check digit as in machine-readable zones. Both stay valid.
func ParsePermanentResident(s string) (PermanentResident, error) {
	if n := Canonical(s); n != "" && n[0] >= '0' && n[0] <= '9' {
		return newPermanent(n)
	}
	return oldPermanent(s)
}

func newPermanent(s string) (PermanentResident, error) {
	id, err := parseGB11643(s, func(region string) bool {
		return region[0] == '9' && contains(provinces, region[1:3]) && region[3:] != "000"
	})
	if err != nil {
		return PermanentResident{}, err
	}
	n := id.Number
	return PermanentResident{Number: n, Nationality: n[3:6], Region: n[1:3], Birth: n[6:14], Gender: id.Gender}, nil
}

func oldPermanent(s string) (PermanentResident, error) {
	n, err := plain(s)
	if err != nil {
		return PermanentResident{}, err
	}
	for i := range n {
		if letter := n[i] >= 'A'; letter != (i < 3) {
			return PermanentResident{}, &Fault{Code: Character, Part: "number", Position: i + 1}
		}
	}
	switch {
	case len(n) != 15:
		return PermanentResident{}, &Fault{Code: Length, Part: "number"}
	case CountryOf(n[:3]) == "":
		return PermanentResident{}, &Fault{Code: NoCountry, Part: "number", Position: 1}
	case !contains(provinces, n[3:5]):
		return PermanentResident{}, &Fault{Code: Region, Part: "number", Position: 4}
	case !calendar(n[7:13], false):
		return PermanentResident{}, &Fault{Code: Date, Part: "number", Position: 8}
	case n[14] != MRZCheck(n[:14]):
		return PermanentResident{}, &Fault{Code: CheckDigit, Part: "number", Position: 15}
	}
	gender := Female
	if n[13]%2 == 1 {
		gender = Male
	}
	return PermanentResident{Number: n, Nationality: n[:3], Region: n[3:7], Birth: n[7:13], Gender: gender}, nil
}
