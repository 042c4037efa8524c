package contact

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// digit tells the value of a decimal digit of any script. Unicode keeps the
// ten digits of a script together and in order, beginning at a multiple of ten
// from the range's start.
func digit(r rune) (byte, bool) {
	if r >= '0' && r <= '9' {
		return byte(r), true
	}
	for _, t := range unicode.Nd.R16 {
		if r >= rune(t.Lo) && r <= rune(t.Hi) {
			return '0' + byte((r-rune(t.Lo))%10), true
		}
	}
	for _, t := range unicode.Nd.R32 {
		if r >= rune(t.Lo) && r <= rune(t.Hi) {
			return '0' + byte((r-rune(t.Lo))%10), true
		}
	}
	return 0, false
}

// Digits brings a typed number to ASCII digits: digits of any script and width,
// with spaces, hyphens and invisible marks between them. It reports false when
// anything else is in it.
func Digits(typed string) (string, bool) {
	if len(typed) > 200 {
		return "", false
	}
	var b strings.Builder
	for _, r := range norm.NFKC.String(typed) {
		if d, ok := digit(r); ok {
			b.WriteByte(d)
		} else if !separator(r) {
			return "", false
		}
	}
	return b.String(), true
}

// separator tells what people and programs put between digits: spaces, dashes,
// marks of direction.
func separator(r rune) bool {
	return unicode.In(r, unicode.Zs, unicode.Pd, unicode.Cf) || r == '\u2212' || r == '\t' || r == '\n' || r == '\r'
}

// invisible tells marks that come along when text is pasted: direction, byte
// order, zero width. The joiners are not among them: Persian and the scripts of
// India need them.
func invisible(r rune) bool {
	switch {
	case r == '\u200b', r == '\u200e', r == '\u200f', r == '\u061c', r == '\ufeff', r == '\u2060':
		return true
	case r >= '\u202a' && r <= '\u202e', r >= '\u2066' && r <= '\u2069':
		return true
	}
	return false
}
