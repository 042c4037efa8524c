package number

import (
	"slices"
	"strings"
	"unicode"
)

// SameName tells whether a name typed in Latin letters can be the one in the
// zone: in any order of surname and given names, with or without diacritics,
// apostrophes and hyphens, and by the transliterations of Doc 9303 part 3,
// section 6 (MÜLLER is MUELLER or MULLER). A name that fills the zone may have
// been cut and agrees with what it begins.
func SameName(typed string, m MRZ) bool {
	t := nameWords(typed)
	surname, given := nameWords(m.Surname), nameWords(m.Given)
	z := slices.Concat(surname, given)
	if len(t) == 0 || len(z) == 0 {
		return false
	}
	joined := skeleton(strings.Join(t, ""))
	if joined == skeleton(strings.Join(z, "")) || joined == skeleton(strings.Join(slices.Concat(given, surname), "")) {
		return true
	}
	for _, words := range [][]string{t, z} {
		for i, w := range words {
			words[i] = skeleton(w)
		}
	}
	if m.Truncated {
		return cut(t, z)
	}
	slices.Sort(t)
	slices.Sort(z)
	return slices.Equal(t, z)
}

// cut tells whether every word of the zone begins a typed word of its own.
func cut(typed, zone []string) bool {
	rest := slices.Clone(typed)
	for _, w := range zone {
		i := slices.IndexFunc(rest, func(t string) bool { return strings.HasPrefix(t, w) })
		if i < 0 {
			return false
		}
		rest = slices.Delete(rest, i, i+1)
	}
	return true
}

// nameWords splits a name into words of the letters A to Z.
func nameWords(s string) []string {
	var b strings.Builder
	for _, r := range s {
		if !unicode.Is(unicode.Mn, r) && !strings.ContainsRune("'’‘ʼʻ`´ʹ,", r) {
			b.WriteString(latin(fold(unicode.ToUpper(r))))
		}
	}
	return strings.Fields(b.String())
}

// skeleton makes the two common transliterations of a letter equal.
func skeleton(w string) string {
	return strings.NewReplacer("AE", "A", "OE", "O", "UE", "U", "AA", "A", "UXX", "U", "NXX", "N", "IJ", "Y").Replace(w)
}

// latin is the plain letter of an upper-case letter by Doc 9303 part 3,
// section 6, table A; a space for separators and "" for what has none.
func latin(r rune) string {
	switch {
	case r >= 'A' && r <= 'Z':
		return string(r)
	case r < '0' || r == '<':
		return " "
	}
	for _, l := range letters {
		if strings.ContainsRune(l.of, r) {
			return l.plain
		}
	}
	return ""
}

var letters = [...]struct{ plain, of string }{
	{"A", "ÀÁÂÃÄÅĀĂĄǍẠẢẤẦẨẪẬẮẰẲẴẶ"}, {"AE", "ÆǼ"}, {"C", "ÇĆĈĊČ"}, {"D", "ĎĐÐ"},
	{"E", "ÈÉÊËĒĔĖĘĚẸẺẼẾỀỂỄỆƏ"}, {"G", "ĜĞĠĢǦ"}, {"H", "ĤĦ"}, {"I", "ÌÍÎÏĨĪĬĮİỈỊǏ"}, {"IJ", "Ĳ"},
	{"J", "Ĵ"}, {"K", "Ķ"}, {"L", "ĹĻĽĿŁ"}, {"N", "ÑŃŅŇŊ"}, {"O", "ÒÓÔÕÖØŌŎŐƠỌỎỐỒỔỖỘỚỜỞỠỢǑǾ"},
	{"OE", "Œ"}, {"R", "ŔŖŘ"}, {"S", "ŚŜŞŠȘ"}, {"SS", "ẞß"}, {"T", "ŢŤŦȚ"}, {"TH", "Þ"},
	{"U", "ÙÚÛÜŨŪŬŮŰŲƯỤỦỨỪỬỮỰǓ"}, {"W", "Ŵ"}, {"Y", "ÝŶŸỲỴỶỸ"}, {"Z", "ŹŻŽ"},
}
