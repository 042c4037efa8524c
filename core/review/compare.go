package review

import (
	"strings"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// documentPrefix marks, in a check's evidence, what a document says about the
// field whose name follows.
const documentPrefix = "document."

// compare tells whether what was typed and what the document says are the same
// but for the way of writing it: width, case, accents (the machine-readable
// zone has none), spaces and punctuation.
func compare(typed, document string) Agreement {
	if plain(typed) == plain(document) {
		return Agrees
	}
	return Differs
}

func plain(s string) string {
	s = cases.Fold().String(norm.NFKD.String(s))
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 0x300 && r <= 0x36f: // combining accents
			return -1
		case strings.ContainsRune(" -'’·.,<\t\n", r):
			return -1
		}
		return r
	}, s)
}
