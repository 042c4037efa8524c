package number

import (
	"strings"
	"unicode"
)

// Canonical is the form in which numbers are compared, indexed and stored:
// upper-case ASCII where there is an ASCII equal (the digits of every script
// included), without separators, width variants and invisible characters. It is
// idempotent. Other characters stay, so that a parser sees them: a Cyrillic А
// is not made a Latin A here, because what the eye cannot tell apart the person
// has to look at (see Lookalike).
func Canonical(s string) string {
	var b strings.Builder
	for _, r := range s {
		if r = fold(r); r >= 0 {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// fold maps one typed character; -1 drops it.
func fold(r rune) rune {
	switch {
	case r >= '！' && r <= '～': // full-width forms
		r -= '！' - '!'
	case r > unicode.MaxASCII && unicode.Is(unicode.Nd, r):
		r = asciiDigit(r)
	case r == 'Ⅹ' || r == 'ⅹ': // the check character is the Roman numeral ten
		r = 'X'
	}
	if separator(r) {
		return -1
	}
	if r >= 'a' && r <= 'z' {
		r -= 'a' - 'A'
	}
	return r
}

// asciiDigit is the ASCII digit of the same value: Unicode keeps the ten digits
// of a script together and in order, beginning at a multiple of ten from the
// start of the range.
func asciiDigit(r rune) rune {
	for _, t := range unicode.Nd.R16 {
		if r >= rune(t.Lo) && r <= rune(t.Hi) {
			return '0' + (r-rune(t.Lo))%10
		}
	}
	for _, t := range unicode.Nd.R32 {
		if r >= rune(t.Lo) && r <= rune(t.Hi) {
			return '0' + (r-rune(t.Lo))%10
		}
	}
	return r
}

func separator(r rune) bool {
	switch r {
	case '-', '‐', '‑', '‒', '–', '—', '−', '.', '·', '/', '_':
		return true
	}
	return unicode.IsSpace(r) || unicode.Is(unicode.Cf, r)
}

// lookalikes are the capital and small letters of other alphabets that look
// like a letter or digit of ours in common typefaces.
const lookalikes = "АВЕЅІЈКМНОРСТХУЬавеѕіјкмнорстхуԁԛԜԝ" + // Cyrillic
	"ΑΒΕΖΗΙΚΜΝΟΡΤΥΧαινορτυχ" + // Greek
	"ՕՍՏօսո" + // Armenian
	"ꓐꓑꓓꓔꓖꓗꓘꓙꓚꓝꓠꓡꓢꓣꓤꓪꓫꓬꓮꓰꓲꓳꓴ" // Lisu

// plain is the canonical form of s when nothing but A to Z and 0 to 9 is left
// in it; else the fault that names the first other character: Lookalike for a
// letter of another alphabet that only looks right, Character for the rest.
func plain(s string) (string, error) {
	n := Canonical(s)
	for i, r := range []rune(n) {
		if (r >= '0' && r <= '9') || (r >= 'A' && r <= 'Z') {
			continue
		}
		code := Character
		if strings.ContainsRune(lookalikes, r) {
			code = Lookalike
		}
		return "", &Fault{Code: code, Part: "number", Position: i + 1}
	}
	return n, nil
}

// notDigit finds the first character that is no digit, 1-based; 0: none.
func notDigit(s string) int {
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return i + 1
		}
	}
	return 0
}

func digits(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}
