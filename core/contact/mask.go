package contact

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/nyaruka/phonenumbers"
	"golang.org/x/net/idna"

	"github.com/paifang/paifang/core/kyc"
)

// Mask shows a canonical contact so that its owner recognises it and nobody
// else learns it.
func Mask(kind kyc.ContactKind, canonical string) string {
	if kind == kyc.Phone {
		return MaskPhone(canonical)
	}
	return MaskEmail(canonical)
}

// MaskPhone turns "+8613800138000" into "+86 138****8000". The country code
// stays; of short numbers less is shown. What is not E.164 is hidden whole.
func MaskPhone(e164 string) string {
	n, err := phonenumbers.Parse(e164, "ZZ")
	if err != nil {
		return "****"
	}
	national := phonenumbers.GetNationalSignificantNumber(n)
	head, tail := 0, 2
	switch {
	case len(national) >= 10:
		head, tail = 3, 4
	case len(national) >= 8:
		head, tail = 2, 3
	case len(national) < 5:
		tail = 0
	}
	hidden := strings.Repeat("*", len(national)-head-tail)
	return "+" + strconv.Itoa(int(n.GetCountryCode())) + " " +
		national[:head] + hidden + national[len(national)-tail:]
}

// MaskEmail turns "anna@example.com" into "a***@example.com", the domain as
// people write it. The number of stars does not tell the length.
func MaskEmail(address string) string {
	at := strings.LastIndexByte(address, '@')
	if at < 1 {
		return "***"
	}
	first := ""
	if r, size := utf8.DecodeRuneInString(address); size < at {
		first = string(r)
	}
	domain, err := idna.Display.ToUnicode(address[at+1:])
	if err != nil {
		domain = address[at+1:]
	}
	return first + "***@" + domain
}
