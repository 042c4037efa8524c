package number

import (
	"strings"
	"unicode"
)

// RealName brings a name as it stands in a Chinese document, in Han or Latin
// letters, into the form in which it is kept: Han characters of any plane
// without spaces, parts of minority names separated by the middle dot U+00B7
// whatever dot was typed, Latin letters in ASCII width with single spaces. The
// error is a *Fault with Character and the position of what such a name does
// not have; anything else is accepted as it is.
func RealName(s string) (string, error) {
	out, han, dotted := []rune{}, false, false
	for _, r := range strings.Join(strings.Fields(s), " ") {
		switch {
		case nameDot(r):
			r, dotted = '·', true
		case r >= '！' && r <= '～':
			r -= '！' - '!'
		case unicode.Is(unicode.Variation_Selector, r) || unicode.Is(unicode.Cf, r):
			continue
		}
		if !nameRune(r) {
			return "", &Fault{Code: Character, Part: "name", Position: len(out) + 1}
		}
		han = han || unicode.Is(unicode.Han, r)
		out = append(out, r)
	}
	name := strings.TrimSpace(string(out))
	if han {
		name = strings.ReplaceAll(name, ".", "·")
		name = strings.ReplaceAll(name, " ", "")
	} else if dotted {
		name = strings.ReplaceAll(strings.ReplaceAll(name, " ·", "·"), "· ", "·")
	}
	name = strings.Trim(name, "·")
	if !strings.ContainsFunc(name, unicode.IsLetter) {
		return "", &Fault{Code: Format, Part: "name"}
	}
	return name, nil
}

// nameDot tells the dots that keyboards offer between parts of a name.
func nameDot(r rune) bool { return strings.ContainsRune("·•‧・･⋅∙⸱·．●", r) }

func nameRune(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Latin, unicode.Mn) || strings.ContainsRune("· '‘’ʻʼ`´-\u2010\u2011\u2013.", r)
}
