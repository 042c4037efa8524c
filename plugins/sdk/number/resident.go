package number

import (
	"strings"
	"time"
)

// Genders as told from a number or a machine-readable zone.
const (
	Male        = "male"
	Female      = "female"
	Unspecified = "unspecified"
)

// ResidentID is what a number of the GB 11643-1999 structure says.
type ResidentID struct {
	Number string // canonical: 18 characters, digits with a possible final X
	Region string // GB/T 2260 code of the place of issue, six digits
	Birth  string // YYYY-MM-DD
	Gender string // Male or Female
}

// provinces are the first two digits of GB/T 2260 codes of the mainland.
const provinces = "11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65"

// ParseResidentID reads a resident identity card number (GB 11643-1999): six
// digits of the region, eight of the birth date, three of sequence whose last
// is odd for men, and a check character of ISO 7064 MOD 11-2.
//
// The region is checked for the province only: codes of counties that have
// been renamed or merged since stay valid for life.
func ParseResidentID(s string) (ResidentID, error) {
	return parseGB11643(s, func(region string) bool {
		return contains(provinces, region[:2]) && region[2:] != "0000"
	})
}

// ParseResidencePermit reads the number of a residence permit for residents of
// Hong Kong, Macao and Taiwan, which has the structure of a resident ID number
// under the regions 810000, 820000 and 830000.
func ParseResidencePermit(s string) (ResidentID, error) {
	return parseGB11643(s, func(region string) bool {
		return contains("810000 820000 830000", region)
	})
}

func contains(list, code string) bool {
	for _, c := range strings.Fields(list) {
		if c == code {
			return true
		}
	}
	return false
}

func parseGB11643(s string, region func(string) bool) (ResidentID, error) {
	n, err := plain(s)
	if err != nil {
		return ResidentID{}, err
	}
	for i, r := range n {
		if (r < '0' || r > '9') && (r != 'X' || i != 17) {
			return ResidentID{}, &Fault{Code: Character, Part: "number", Position: i + 1}
		}
	}
	if len(n) != 18 {
		return ResidentID{}, &Fault{Code: Length, Part: "number"}
	}
	if !region(n[:6]) {
		return ResidentID{}, &Fault{Code: Region, Part: "number", Position: 1}
	}
	birth, err := time.Parse("20060102", n[6:14])
	if err != nil || birth.Year() < 1850 {
		return ResidentID{}, &Fault{Code: Date, Part: "number", Position: 7}
	}
	if n[17] != ResidentCheck(n[:17]) {
		return ResidentID{}, &Fault{Code: CheckDigit, Part: "number", Position: 18}
	}
	gender := Female
	if n[16]%2 == 1 {
		gender = Male
	}
	return ResidentID{Number: n, Region: n[:6], Birth: birth.Format(ISODate), Gender: gender}, nil
}

// ResidentCheck computes the check character of 17 digits by ISO 7064
// MOD 11-2: '0' to '9' or 'X'.
func ResidentCheck(digits string) byte {
	sum := 0
	for i := 0; i < len(digits); i++ {
		sum = (sum + int(digits[i]-'0')) * 2 % 11
	}
	return "10X98765432"[sum]
}
