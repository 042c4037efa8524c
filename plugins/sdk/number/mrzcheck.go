package number

import (
	"strings"
	"time"
)

func (m MRZ) verify(l layout) error {
	for _, g := range l.guards {
		if !m.fits(l, g) {
			return l.fault(CheckDigit, g.part, g.at)
		}
	}
	switch {
	case !calendar(m.Birth, true):
		return l.fault(Date, "birth_date", l.birth)
	case !calendar(m.Expiry, false) && (m.Expires() || !l.endless):
		return l.fault(Date, "expiry_date", l.expiry)
	case !strings.Contains("MFX<", m.at(l.gender)):
		return l.fault(Character, "gender", l.gender)
	case m.Number == "":
		return l.fault(Format, "number", l.number)
	}
	return nil
}

func (m MRZ) fits(l layout, g guard) bool {
	var guarded strings.Builder
	for _, p := range g.over {
		guarded.WriteString(m.at(p))
	}
	text, digit := guarded.String(), m.at(g.at)[0]
	switch {
	case digit == '<' && (g.part == "optional" || g.part == "expiry_date" && l.endless): // allowed when the field is empty
		return strings.Trim(text, "<") == ""
	case digit == '<' && g.part == "number":
		number, _, ok := m.longNumber(l)
		return ok && MRZCheck(number) == m.at(l.optional[0])[len(number)-9]
	}
	return digit == MRZCheck(text)
}

// MRZCheck computes the check digit of text by ICAO Doc 9303 part 3, 4.9:
// weights 7, 3, 1; letters count from A = 10; fillers are 0.
func MRZCheck(text string) byte {
	sum := 0
	for i := 0; i < len(text); i++ {
		v := 0
		switch c := text[i]; {
		case c >= '0' && c <= '9':
			v = int(c - '0')
		case c >= 'A' && c <= 'Z':
			v = int(c-'A') + 10
		}
		sum += v * [3]int{7, 3, 1}[i%3]
	}
	return byte('0' + sum%10)
}

// calendar tells whether yymmdd can be a day of some century. Parts of a birth
// date may be unknown (Doc 9303 part 3, 4.8).
func calendar(yymmdd string, unknown bool) bool {
	if !unknown || !strings.Contains(yymmdd, "<") {
		_, err := time.Parse("20060102", "20"+yymmdd)
		return err == nil
	}
	limits := [3]string{"99", "12", "31"}
	for i, limit := range limits {
		part := yymmdd[2*i : 2*i+2]
		if part != "<<" && (!digits(part) || part > limit || i > 0 && part == "00") {
			return false
		}
	}
	return true
}
