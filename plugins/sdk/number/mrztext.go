package number

import "strings"

// CanonicalMRZ brings typed or pasted lines of a TD3 zone into their 44
// characters each, separated by a line feed. It forgives what cannot mislead:
// lower case, full-width letters, spaces, a lost or extra line break, fillers
// typed as ‹ 〈 « or 《, a wrong count of fillers at the end of the names or
// inside the optional data, and the letter O or I in the place of a digit.
// What is left to say is said by the check digits.
func CanonicalMRZ(s string) (string, error) {
	lines, err := split(s)
	if err != nil {
		return "", err
	}
	return lines[0] + "\n" + lines[1], nil
}

func split(s string) ([2]string, error) {
	if len(s) > 1000 {
		return [2]string{}, &Fault{Code: Length, Part: "line1", Line: 1}
	}
	// A « is two fillers when an editor made it of two, else it is one: the
	// reading that needs no mending of lengths is right.
	first, exact, err := splitAs(s, "<<")
	if exact || !strings.ContainsAny(s, "«《≪⟪") {
		return first, err
	}
	if second, exact, err2 := splitAs(s, "<"); exact || err != nil && err2 == nil {
		return second, err2
	}
	return first, err
}

// splitAs reads with guillemets as the given fillers; exact tells that the
// lines had the right lengths as they were.
func splitAs(s, guillemet string) (lines [2]string, exact bool, err error) {
	var rows []string
	for _, row := range strings.FieldsFunc(s, func(r rune) bool { return r == '\n' || r == '\r' || r == '\u2028' }) {
		if row = mrzFold(row, guillemet); row != "" {
			rows = append(rows, row)
		}
	}
	one, two, ok := pair(rows)
	if !ok {
		return lines, false, &Fault{Code: Length, Part: "line1", Line: 1}
	}
	for i, row := range []string{one, two} {
		if at := foreign(row); at >= 0 {
			return lines, false, &Fault{Code: Character, Part: [2]string{"line1", "line2"}[i], Line: i + 1, Position: at + 1}
		}
	}
	exact = len(one) == lineLength && len(two) == lineLength
	if one = stretch(one, len(one)); len(one) != lineLength {
		return lines, false, &Fault{Code: Length, Part: "line1", Line: 1}
	}
	if end := strings.LastIndexByte(two, '<') + 1; end > 28 { // fillers before are not of the optional data
		two = stretch(two, end)
	}
	if len(two) != lineLength {
		return lines, false, &Fault{Code: Length, Part: "line2", Line: 2}
	}
	return [2]string{one, numeric(two)}, exact, nil
}

// pair finds the two lines in one row (line break lost), two, or more (a
// narrow window broke them).
func pair(rows []string) (one, two string, ok bool) {
	if len(rows) == 2 {
		return rows[0], rows[1], true
	}
	all := strings.Join(rows, "")
	if len(all) < 60 || len(all) > 2*lineLength+20 {
		return "", "", false
	}
	return all[:len(all)-lineLength], all[len(all)-lineLength:], true
}

func mrzFold(row, guillemet string) string {
	var b strings.Builder
	for _, r := range row {
		switch r {
		case '‹', '〈', '⟨', '❮', '＜', '﹤', '≺', '˂':
			b.WriteByte('<')
			continue
		case '«', '《', '≪', '⟪':
			b.WriteString(guillemet)
			continue
		}
		if r = fold(r); r >= 0 {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// foreign finds the first character, counted from 0, that no zone has.
func foreign(row string) int {
	for i, r := range []rune(row) {
		if (r < '0' || r > '9') && (r < 'A' || r > 'Z') && r != '<' {
			return i
		}
	}
	return -1
}

// stretch adds or takes fillers before end until the row has the right length,
// as long as at least two fillers stay: one alone may be part of a number.
func stretch(row string, end int) string {
	missing := lineLength - len(row)
	if missing > 0 && (end == len(row) && end >= 6 || end >= 2 && row[end-2:end] == "<<") && missing <= 38 {
		return row[:end] + strings.Repeat("<", missing) + row[end:]
	}
	for len(row) > lineLength && end >= 3 && row[end-3:end] == "<<<" {
		row, end = row[:end-1]+row[end:], end-1
	}
	return row
}

// numeric reads letters that look like digits where only digits can stand.
func numeric(line string) string {
	b := []byte(line)
	for i := range b {
		if i == 9 || i >= 13 && i < 20 || i >= 21 && i < 28 || i >= 42 {
			switch b[i] {
			case 'O', 'Q', 'D':
				b[i] = '0'
			case 'I', 'L':
				b[i] = '1'
			}
		}
	}
	return string(b)
}
