package number

import "regexp"

// TravelPermit is what the number of a travel permit says. Holder is the part
// that stays with the person for life, which is what duplicates are found by;
// the number of the issue, which early permits print behind it, changes.
type TravelPermit struct {
	Number string // canonical, with the issue when it was typed
	Holder string // canonical, without the issue
	Issue  string // two digits of how often it was issued; "" when not typed
}

// The forms of travel permits. No check digit is public; the forms are those of
// the cards in circulation.
var (
	hkMacaoPermit = regexp.MustCompile(`^([HM][0-9]{8})([0-9]{2})?$`)
	taiwanPermit  = regexp.MustCompile(`^([0-9]{8})([0-9]{2})?$`)
	exitPermit    = regexp.MustCompile(`^(W[0-9]{8}|C[0-9]{8}|C[A-HJ-NP-Z][0-9]{7})()$`)
	taiwanExit    = regexp.MustCompile(`^([TL][0-9]{8}|L[A-HJ-NP-Z][0-9]{7})()$`)
)

// ParseHKMacaoPermit reads the number of a mainland travel permit for Hong Kong
// and Macao residents (home return permit): H or M, eight digits, and on
// permits before 2012 two digits of the issue.
func ParseHKMacaoPermit(s string) (TravelPermit, error) {
	return permit(s, hkMacaoPermit, 9, 11)
}

// ParseTaiwanPermit reads the number of a mainland travel permit for Taiwan
// residents: eight digits, and on permits before 2015 two digits of the issue.
func ParseTaiwanPermit(s string) (TravelPermit, error) {
	return permit(s, taiwanPermit, 8, 10)
}

// ParseExitPermit reads the number of a mainland resident's permit to travel to
// Hong Kong and Macao: C and eight digits or a letter and seven on cards, W and
// eight digits on booklets.
func ParseExitPermit(s string) (TravelPermit, error) { return permit(s, exitPermit, 9, 9) }

// ParseTaiwanExitPermit reads the number of a mainland resident's permit to
// travel to Taiwan: L on cards, T on booklets, as ParseExitPermit.
func ParseTaiwanExitPermit(s string) (TravelPermit, error) {
	return permit(s, taiwanExit, 9, 9)
}

func permit(s string, form *regexp.Regexp, short, long int) (TravelPermit, error) {
	n, err := plain(s)
	if err != nil {
		return TravelPermit{}, err
	}
	if len(n) != short && len(n) != long {
		return TravelPermit{}, &Fault{Code: Length, Part: "number"}
	}
	m := form.FindStringSubmatch(n)
	if m == nil {
		return TravelPermit{}, &Fault{Code: Format, Part: "number"}
	}
	return TravelPermit{Number: n, Holder: m[1], Issue: m[2]}, nil
}
