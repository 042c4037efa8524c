package number

import (
	"strings"
	"unicode"
)

// Canonical is the form in which numbers are compared, indexed and stored:
// upper-case ASCII where there is an ASCII equal, without separators, width
// variants and invisible characters. It is idempotent. Characters that are
// neither letters nor digits nor separators stay, so that a parser sees them.
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
	case r >= '٠' && r <= '٩': // Arabic-Indic digits
		r -= '٠' - '0'
	case r >= '۰' && r <= '۹': // Persian digits
		r -= '۰' - '0'
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

func separator(r rune) bool {
	switch r {
	case '-', '‐', '‑', '‒', '–', '—', '−', '.', '·', '/', '_':
		return true
	}
	return unicode.IsSpace(r) || unicode.Is(unicode.Cf, r)
}

func digits(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}
