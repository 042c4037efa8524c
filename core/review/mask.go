package review

import (
	"strings"
	"unicode/utf8"

	"github.com/paifang/paifang/core/contact"
	"github.com/paifang/paifang/core/kyc"
)

const dot = "•"

// mask hides a value as its privacy class asks, leaving what helps to tell two
// values apart and nothing that identifies the person.
func mask(f kyc.Field, value string) string {
	if value == "" {
		return ""
	}
	switch f.Type {
	case kyc.PhoneField:
		return contact.MaskPhone(value)
	case kyc.EmailField:
		return contact.MaskEmail(value)
	case kyc.NameField:
		return maskName(value)
	case kyc.NumberField:
		return maskNumber(value)
	case kyc.DateField:
		return strings.Repeat(dot, 4) + "-" + dot + dot + "-" + dot + dot
	}
	return strings.Repeat(dot, 6)
}

// maskName keeps the first letter of each word.
func maskName(name string) string {
	words := strings.Fields(name)
	for i, w := range words {
		first, _ := utf8.DecodeRuneInString(w)
		words[i] = string(first) + dot + dot
	}
	return strings.Join(words, " ")
}

// maskNumber keeps the last two characters of a number that has six or more.
func maskNumber(n string) string {
	r := []rune(n)
	if len(r) < 6 {
		return strings.Repeat(dot, 6)
	}
	return strings.Repeat(dot, 6) + string(r[len(r)-2:])
}

// open tells whether values of the class may be read by whoever may see the
// case. What is not declared is not open.
func open(class string) bool { return class == kyc.PIINone }
