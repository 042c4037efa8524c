package number

import "strings"

// mrzBound bounds what is read as lines, in bytes.
const mrzBound = 1000

// split brings typed or pasted lines into the rows of the layout, each of its
// full width. What is left to say is said by the check digits.
func (l layout) split(s string) ([]string, error) {
	if len(s) > mrzBound {
		return nil, l.length(0)
	}
	// A « is two fillers when an editor made it of two, else it is one: the
	// reading that needs no mending of lengths is right.
	first, exact, err := l.splitAs(s, "<<")
	if exact || !strings.ContainsAny(s, "«《≪⟪") {
		return first, err
	}
	if second, exact, err2 := l.splitAs(s, "<"); exact || err != nil && err2 == nil {
		return second, err2
	}
	return first, err
}

func (l layout) length(row int) *Fault {
	return &Fault{Code: Length, Part: "line" + string(rune('1'+row)), Line: row + 1, Width: l.width}
}

// splitAs reads with guillemets as the given fillers; exact tells that the
// lines had the right lengths as they were.
func (l layout) splitAs(s, guillemet string) (lines []string, exact bool, err error) {
	rows, ok := l.arrange(rowsOf(s, guillemet))
	if !ok {
		return nil, false, l.length(0)
	}
	exact = true
	for i, row := range rows {
		if at, code := foreign(row); at >= 0 {
			return nil, false, &Fault{Code: code, Part: "line" + string(rune('1'+i)), Line: i + 1, Position: at + 1}
		}
		exact = exact && len(row) == l.width
		end := len(row)
		if i == 1 { // a check digit ends this row: fillers go into the optional data before it
			end = strings.LastIndexByte(row, '<') + 1
		}
		if i != 1 || end > l.optional[len(l.optional)-1].from {
			row = l.stretch(row, end)
		}
		if len(row) != l.width {
			return nil, false, l.length(i)
		}
		rows[i] = row
	}
	l.numeric(rows)
	return rows, exact, nil
}

// rowsOf are the lines that have something in them, folded.
func rowsOf(s, guillemet string) []string {
	if len(s) > mrzBound {
		return nil
	}
	var rows []string
	for _, row := range strings.FieldsFunc(s, func(r rune) bool { return r == '\n' || r == '\r' || r == '\u2028' }) {
		if row = mrzFold(row, guillemet); row != "" {
			rows = append(rows, row)
		}
	}
	return rows
}

// arrange finds the rows of the layout when the line breaks were lost, or a
// narrow window made more of them.
func (l layout) arrange(rows []string) ([]string, bool) {
	if len(rows) == l.rows {
		return rows, true
	}
	all := strings.Join(rows, "")
	switch {
	case l.rows == 3:
		if len(all) != 3*l.width {
			return nil, false
		}
		return []string{all[:l.width], all[l.width : 2*l.width], all[2*l.width:]}, true
	case len(all) < l.width+16 || len(all) > 2*l.width+20:
		return nil, false
	}
	return []string{all[:len(all)-l.width], all[len(all)-l.width:]}, true
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
func foreign(row string) (int, Code) {
	for i, r := range []rune(row) {
		switch {
		case r >= '0' && r <= '9', r >= 'A' && r <= 'Z', r == '<':
		case strings.ContainsRune(lookalikes, r):
			return i, Lookalike
		default:
			return i, Character
		}
	}
	return -1, ""
}

// stretch adds or takes fillers before end until the row has the right length,
// as long as at least two fillers stay: one alone may be part of a number.
func (l layout) stretch(row string, end int) string {
	missing := l.width - len(row)
	if missing > 0 && (end == len(row) && end >= 6 || end >= 2 && row[end-2:end] == "<<") && missing <= l.width-6 {
		return row[:end] + strings.Repeat("<", missing) + row[end:]
	}
	for len(row) > l.width && end >= 3 && row[end-3:end] == "<<<" {
		row, end = row[:end-1]+row[end:], end-1
	}
	return row
}

// numeric reads letters that look like digits where only digits can stand.
func (l layout) numeric(rows []string) {
	for _, p := range l.digitPlaces() {
		b := []byte(rows[p.row])
		for i := p.from; i < p.to; i++ {
			switch b[i] {
			case 'O', 'Q', 'D':
				b[i] = '0'
			case 'I', 'L':
				b[i] = '1'
			}
		}
		rows[p.row] = string(b)
	}
}
