package number

import (
	"strings"
	"time"
)

// guard is one check digit of line 2: the digit at position at (0-based)
// guards the ranges.
type guard struct {
	part   string
	ranges [][2]int
	at     int
}

// guards are the check digits of a TD3 zone (Doc 9303 part 4, 4.2.2.2).
func guards() []guard {
	return []guard{
		{"number", [][2]int{{0, 9}}, 9},
		{"birth_date", [][2]int{{13, 19}}, 19},
		{"expiry_date", [][2]int{{21, 27}}, 27},
		{"optional", [][2]int{{28, 42}}, 42},
		{"composite", [][2]int{{0, 10}, {13, 20}, {21, 43}}, 43},
	}
}

func (m MRZ) verify() error {
	line := m.Lines[1]
	for _, g := range guards() {
		if !g.fits(line) {
			return &Fault{Code: CheckDigit, Part: g.part, Line: 2, Position: g.at + 1}
		}
	}
	if !calendar(m.Birth, true) {
		return &Fault{Code: Date, Part: "birth_date", Line: 2, Position: 14}
	}
	if !calendar(m.Expiry, false) {
		return &Fault{Code: Date, Part: "expiry_date", Line: 2, Position: 22}
	}
	if strings.IndexByte("MFX<", line[20]) < 0 {
		return &Fault{Code: Character, Part: "gender", Line: 2, Position: 21}
	}
	if m.Number == "" {
		return &Fault{Code: Format, Part: "number", Line: 2, Position: 1}
	}
	return nil
}

func (g guard) fits(line string) bool {
	var guarded strings.Builder
	for _, r := range g.ranges {
		guarded.WriteString(line[r[0]:r[1]])
	}
	text, digit := guarded.String(), line[g.at]
	switch {
	case g.part == "optional" && digit == '<': // allowed when the field is empty
		return strings.Trim(text, "<") == ""
	case g.part == "number" && digit == '<':
		number, _, ok := longNumber(line)
		return ok && MRZCheck(number) == line[28+len(number)-9]
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
