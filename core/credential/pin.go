package credential

import (
	"strconv"
	"strings"

	"github.com/paifang/paifang/core/contact"
	"github.com/paifang/paifang/core/kyc"
)

// PINDigits is the length of a payment password.
const PINDigits = 6

// CheckPIN reads a payment password of six digits in any script and gives its
// ASCII form, which is what is hashed. personal are numbers of the person: phone,
// identity number, birth date (YYYY-MM-DD). Problems, their paths left to the
// caller: pin.format {digits}, pin.simple (a repetition or a sequence),
// pin.personal. An empty one is no problem here.
func CheckPIN(pin string, personal []string) (string, kyc.Problem, bool) {
	if pin == "" {
		return "", kyc.Problem{}, true
	}
	digits, ok := contact.Digits(pin)
	if !ok || len(digits) != PINDigits {
		return "", kyc.P("", "pin.format").With("digits", strconv.Itoa(PINDigits)), false
	}
	if simple(digits) {
		return "", kyc.P("", "pin.simple"), false
	}
	for _, p := range personal {
		for _, form := range forms(p) {
			if strings.Contains(form, digits) {
				return "", kyc.P("", "pin.personal"), false
			}
		}
	}
	return digits, kyc.Problem{}, true
}

// simple tells repetitions (111111, 121212, 123123, 112233) and sequences up or
// down (123456, 987654, 135791 by twos).
func simple(d string) bool {
	for _, period := range []int{1, 2, 3} {
		if d == strings.Repeat(d[:period], PINDigits/period) {
			return true
		}
	}
	even := true // the same step between all neighbours
	for i := 2; i < len(d); i++ {
		even = even && (d[i]-d[i-1]+10)%10 == (d[1]-d[0]+10)%10
	}
	pairs := d[0] == d[1] && d[2] == d[3] && d[4] == d[5] &&
		(d[2]-d[0]+10)%10 == (d[4]-d[2]+10)%10 && (d[2]-d[0] == 1 || d[0]-d[2] == 1)
	return even || pairs
}

// forms are the ways in which a personal number is typed; a birth date is also
// written with the day or the month in front.
func forms(p string) []string {
	digits := onlyDigits(p)
	if len(p) != len("2006-01-02") || len(digits) != 8 {
		return []string{digits}
	}
	year, month, day := digits[:4], digits[4:6], digits[6:]
	return []string{digits, day + month + year, day + month + year[2:], month + day + year, month + day + year[2:]}
}
