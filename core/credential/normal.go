package credential

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"github.com/paifang/paifang/core/kyc"
)

// MaxSecret bounds a secret in characters.
const MaxSecret = 128

// Normalize brings a secret to the form that is hashed, so that the same keys
// on another device make the same secret: NFKC (full-width letters of an input
// method become plain ones), every kind of space a plain one (as the OpaqueString
// profile of RFC 8265). Problems: password.long {max}, password.characters for
// control characters and what is not UTF-8.
func Normalize(secret string) (string, kyc.Problem, bool) {
	long := kyc.P("", "password.long").With("max", strconv.Itoa(MaxSecret))
	if len(secret) > 8*MaxSecret {
		return "", long, false
	}
	if !utf8.ValidString(secret) || strings.ContainsFunc(secret, unicode.IsControl) {
		return "", kyc.P("", "password.characters"), false
	}
	s := norm.NFKC.String(strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Zs, r) {
			return ' '
		}
		return r
	}, secret))
	if utf8.RuneCountInString(s) > MaxSecret {
		return "", long, false
	}
	return s, kyc.Problem{}, true
}

// Fold brings an answer to the form in which answers are compared: without
// regard to case, width, accents, punctuation and space. The hamza of an Arabic
// alif and vowel marks count as accents.
func Fold(s string) string {
	folded := cases.Fold().String(norm.NFKD.String(s))
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) && r != 'ـ' || unicode.IsNumber(r) {
			return r
		}
		return -1
	}, norm.NFKD.String(folded))
}
