package kyc

import (
	"strconv"
	"strings"
)

// MemberName is the name under which the value of a member in a row of a list
// is kept, rows counted from 1: "owners.2.birth_date".
func MemberName(list string, row int, member string) string {
	return list + "." + strconv.Itoa(row) + "." + member
}

// SplitMember takes a name of MemberName apart; the member of an address is
// "address.line1". ok is false for names that belong to no row of the list.
// Rows are 1 to 99.
func SplitMember(list, name string) (row int, member string, ok bool) {
	rest, found := strings.CutPrefix(name, list+".")
	if !found {
		return 0, "", false
	}
	digits, member, found := strings.Cut(rest, ".")
	row, err := strconv.Atoi(digits)
	if !found || err != nil || row < 1 || row > 99 || digits != strconv.Itoa(row) || member == "" {
		return 0, "", false
	}
	return row, member, true
}

// Row are the members of a list as fields of one of its rows: their names and
// the fields that their conditions ask about are those of the row.
func (f Field) Row(row int) []Field {
	members := make([]Field, len(f.Fields))
	for i, m := range f.Fields {
		m.Name = MemberName(f.Name, row, m.Name)
		if m.When.Field != "" {
			m.When.Field = MemberName(f.Name, row, m.When.Field)
		}
		members[i] = m
	}
	return members
}

// Rows is the highest row of the list that has a value, 0 when none has.
func (f Field) Rows(values Values) int {
	highest := 0
	for name, value := range values {
		if row, _, ok := SplitMember(f.Name, name); ok && value != "" {
			highest = max(highest, row)
		}
	}
	return highest
}
