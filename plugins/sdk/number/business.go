package number

import "strings"

// USCC is what a unified social credit code says.
type USCC struct {
	Code         string // canonical: 18 characters
	Authority    string // registration authority, one character: "9" market regulation, "5" civil affairs, …
	Category     string // of the organisation within the authority: "1" enterprise, "2" individual business, …
	Region       string // GB/T 2260 code of the authority, six digits
	Organisation string // organisation code of GB 11714, nine characters
}

// socialAlphabet are the characters of a unified social credit code in the
// order of their values: without I, O, S, V and Z.
const socialAlphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"

// authorities are the registration authorities of GB 32100-2015, table 1.
const authorities = "123456789ANY"

// ParseUSCC reads a unified social credit code (GB 32100-2015): authority,
// category, six digits of the region, nine characters of the organisation and a
// check character modulo 31 with weights of powers of 3.
//
// Codes that Fujian gave out as a pilot (region 35, organisation codes from
// M000) are legal with a wrong check character. For them the fault is
// CheckEarly, which Refer tells, and the reading stands beside it: a person
// compares it with the licence. The fault of any other wrong check character
// is CheckDigit, also with the reading beside it.
func ParseUSCC(s string) (USCC, error) {
	n, err := plain(s)
	if err != nil {
		return USCC{}, err
	}
	for i := range n {
		if strings.IndexByte(socialAlphabet, n[i]) < 0 || i >= 2 && i < 8 && n[i] > '9' {
			return USCC{}, &Fault{Code: Character, Part: "number", Position: i + 1}
		}
	}
	switch {
	case len(n) != 18:
		return USCC{}, &Fault{Code: Length, Part: "number"}
	case strings.IndexByte(authorities, n[0]) < 0:
		return USCC{}, &Fault{Code: Format, Part: "number", Position: 1}
	case !contains(provinces+" 10 71 81 82", n[2:4]): // 10: registered with the state itself
		return USCC{}, &Fault{Code: Region, Part: "number", Position: 3}
	}
	code := USCC{Code: n, Authority: n[:1], Category: n[1:2], Region: n[2:8], Organisation: n[8:17]}
	if n[17] == SocialCheck(n[:17]) {
		return code, nil
	}
	if n[2:4] == "35" && n[8:12] == "M000" {
		return code, &Fault{Code: CheckEarly, Part: "number", Position: 18}
	}
	return code, &Fault{Code: CheckDigit, Part: "number", Position: 18}
}

// SocialCheck computes the check character of the first 17 characters of a
// unified social credit code.
func SocialCheck(body string) byte {
	sum, weight := 0, 1
	for i := 0; i < len(body); i++ {
		sum += strings.IndexByte(socialAlphabet, body[i]) * weight
		weight = weight * 3 % 31
	}
	return socialAlphabet[(31-sum%31)%31]
}

// ParseLEI reads a legal entity identifier (ISO 17442): 18 letters and digits
// and two check digits, modulo 97 of ISO 7064.
func ParseLEI(s string) (string, error) {
	n, err := plain(s)
	if err != nil {
		return "", err
	}
	if len(n) != 20 {
		return "", &Fault{Code: Length, Part: "number"}
	}
	if at := notDigit(n[18:]); at > 0 {
		return "", &Fault{Code: Character, Part: "number", Position: 18 + at}
	}
	if mod97(n) != 1 || n[18:] < "02" || n[18:] > "98" {
		return "", &Fault{Code: CheckDigit, Part: "number", Position: 19}
	}
	return n, nil
}

// mod97 is the remainder of ISO 7064 MOD 97-10, letters counting from A = 10.
func mod97(s string) int {
	rest := 0
	for i := 0; i < len(s); i++ {
		v := base36(s[i])
		if v >= 10 {
			rest *= 10
		}
		rest = (rest*10 + v) % 97
	}
	return rest
}
