package pipeline

import (
	"slices"
	"strings"
	"unicode"

	"github.com/paifang/paifang/core/kyc"
)

// mixedScripts is the reason for a name of which one word is written in letters of
// two alphabets that look alike: "Аnna" with a Cyrillic А is another name to every
// comparison, and the same to every reader. It can be a slip of the keyboard, so
// that it is for a person to look at and no fault of the applicant's.
const mixedScripts = "data.mixed_scripts"

// lookalikes are the alphabets whose capitals are drawn alike.
var lookalikes = [...]*unicode.RangeTable{unicode.Latin, unicode.Cyrillic, unicode.Greek}

// mixed gives a reason for each name of the step that mixes alphabets within a
// word. It holds in every market: names of people, and texts that the market says
// tell who somebody is, like a company's name.
func (a *attempt) mixed() []kyc.Reason {
	var reasons []kyc.Reason
	for _, f := range a.step.Fields {
		fields := []kyc.Field{f}
		if f.Type == kyc.ListField {
			fields = nil
			for row := range f.Rows(a.values) {
				fields = append(fields, f.Row(row+1)...)
			}
		}
		for _, f := range fields {
			if saysWho(f) && mixesScripts(a.values[f.Name]) {
				reasons = append(reasons, kyc.NewReason(mixedScripts, kyc.Subject{Kind: "field", Ref: f.Name},
					kyc.Source{Kind: "automatic", Name: "names"}, nil))
			}
		}
	}
	return reasons
}

// saysWho tells whether a field's value says who somebody is in words.
func saysWho(f kyc.Field) bool {
	return f.Type == kyc.NameField || f.Type == kyc.TextField && f.PII == kyc.PIIIdentity
}

// mixesScripts tells whether one word has letters of two of the alphabets. Words
// beside each other, and parts of a name with a hyphen or dot between, may each have
// their own.
func mixesScripts(name string) bool {
	return slices.ContainsFunc(strings.FieldsFunc(name, between), func(word string) bool {
		found := 0
		for _, alphabet := range lookalikes {
			if strings.ContainsFunc(word, func(r rune) bool { return unicode.Is(alphabet, r) }) {
				found++
			}
		}
		return found > 1
	})
}

// apostrophes hold a word together: "О'Connor" is one.
const apostrophes = "'‘’ʻʼ`´"

// between tells whether a character stands between words.
func between(r rune) bool {
	return !unicode.In(r, unicode.Letter, unicode.Mark, unicode.Number, unicode.Cf) && !strings.ContainsRune(apostrophes, r)
}

// visible takes out what nobody sees and what says nothing: a name with a
// zero-width space would be another name to every comparison. The joiners U+200C
// and U+200D stay, which Persian and the scripts of India are spelt with, and
// variation selectors, which tell one form of a Han character from another.
func visible(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == 0x00AD, r == 0x061C, r == 0x180E, r == 0x200B, r == 0x200E, r == 0x200F, // soft hyphen, marks of direction, spaces without width
			r >= 0x2060 && r <= 0x2064, r >= 0x206A && r <= 0x206F, // joiner of words, invisible operators, deprecated controls
			r == 0x3164, r == 0xFEFF, r == 0xFFA0, // fillers, byte order mark
			r >= 0xE0000 && r <= 0xE007F: // tags
			return -1
		}
		return r
	}, s)
}
