package number

import "strings"

// ParseHKID reads the number of a Hong Kong identity card: one or two letters,
// six digits, and a check character, 0 to 9 or A, that cards print in brackets.
// The canonical form has no brackets: "A1234563". The check weighs nine places
// from 9 to 2, a missing first letter counting as a space (36), modulo 11.
func ParseHKID(s string) (string, error) {
	n, err := plain(strings.NewReplacer("(", "", ")", "", "（", "", "）", "").Replace(s))
	if err != nil {
		return "", err
	}
	if len(n) != 8 && len(n) != 9 {
		return "", &Fault{Code: Length, Part: "number"}
	}
	letters := len(n) - 7
	for i := 0; i < len(n); i++ {
		letter := n[i] >= 'A'
		if last := i == len(n)-1; last && n[i] > 'A' || !last && letter != (i < letters) {
			return "", &Fault{Code: Character, Part: "number", Position: i + 1}
		}
	}
	if n[len(n)-1] != HKIDCheck(n[:len(n)-1]) {
		return "", &Fault{Code: CheckDigit, Part: "number", Position: len(n)}
	}
	return n, nil
}

// HKIDCheck computes the check character of one or two letters and six digits:
// '0' to '9' or 'A'.
func HKIDCheck(body string) byte {
	sum := 0
	if len(body) == 7 {
		sum = 9 * 36
	}
	for i := 0; i < len(body); i++ {
		sum += (len(body) + 1 - i) * base36(body[i])
	}
	return "0123456789A"[(11-sum%11)%11]
}

// base36 counts letters from A = 10.
func base36(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'A' && c <= 'Z':
		return int(c-'A') + 10
	}
	return 0
}

// ParseMacaoID reads the number of a Macao resident identity card: eight
// digits, printed as 1/234567/8. How its last digit is made is not public, so
// that only the form is checked; cards in use begin with 0, 1, 5 or 7.
func ParseMacaoID(s string) (string, error) {
	n, err := plain(strings.NewReplacer("(", "", ")", "", "（", "", "）", "").Replace(s))
	if err != nil {
		return "", err
	}
	if len(n) != 8 {
		return "", &Fault{Code: Length, Part: "number"}
	}
	if at := notDigit(n); at > 0 {
		return "", &Fault{Code: Character, Part: "number", Position: at}
	}
	if strings.IndexByte("0157", n[0]) < 0 {
		return "", &Fault{Code: Format, Part: "number"}
	}
	return n, nil
}

// ParseTaiwanID reads the number of a national identification card of Taiwan:
// a letter of the place, 1 or 2 for men and women, seven digits and a check
// digit; or of a resident certificate of its newer form, with 8 or 9 in the
// place of the gender.
func ParseTaiwanID(s string) (string, error) {
	n, err := plain(s)
	if err != nil {
		return "", err
	}
	if len(n) != 10 {
		return "", &Fault{Code: Length, Part: "number"}
	}
	if n[0] < 'A' {
		return "", &Fault{Code: Character, Part: "number", Position: 1}
	}
	if at := notDigit(n[1:]); at > 0 {
		return "", &Fault{Code: Character, Part: "number", Position: at + 1}
	}
	if strings.IndexByte("1289", n[1]) < 0 {
		return "", &Fault{Code: Format, Part: "number", Position: 2}
	}
	if n[9] != TaiwanCheck(n[:9]) {
		return "", &Fault{Code: CheckDigit, Part: "number", Position: 10}
	}
	return n, nil
}

// TaiwanCheck computes the check digit of a letter and eight digits. Letters
// count from 10 in the order of their assignment to places, not of the
// alphabet; the tens count once, the ones nine times, the digits 8 to 1 times.
func TaiwanCheck(body string) byte {
	v := strings.IndexByte("ABCDEFGHJKLMNPQRSTUVXYWZIO", body[0]) + 10
	sum := v/10 + 9*(v%10)
	for i := 1; i < len(body); i++ {
		sum += (9 - i) * int(body[i]-'0')
	}
	return byte('0' + (10-sum%10)%10)
}
