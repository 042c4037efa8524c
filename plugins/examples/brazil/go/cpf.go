package main

import "strings"

// cpfLength is how many digits a CPF has, the two check digits included.
const cpfLength = 11

// digits keeps the digits of a number that may be written with spaces, dots,
// hyphens and slashes. With anything else in it the number is none: "".
func digits(typed string) string {
	number := unseparated(typed)
	if strings.Trim(number, "0123456789") != "" {
		return ""
	}
	return number
}

func unseparated(typed string) string {
	return strings.NewReplacer(" ", "", ".", "", "-", "", "/", "").Replace(typed)
}

// fits tells whether the check digits of a CPF fit: the tenth of the nine
// digits before it, the eleventh of the ten (module 11; ten counts as nought).
func fits(cpf string) bool {
	return cpf[9] == check(cpf[:9]) && cpf[10] == check(cpf[:10])
}

// check is the digit that follows: the sum of the digits, the last times two,
// the one before times three and so on, times ten, modulo 11 and 10.
func check(before string) byte {
	sum := 0
	for i, d := range []byte(before) {
		sum += int(d-'0') * (len(before) + 1 - i)
	}
	return byte('0' + sum*10%11%10)
}

func allEqual(number string) bool {
	return number != "" && strings.Trim(number, number[:1]) == ""
}
