package pipeline

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/paifang/paifang/core/kyc"
)

// closeRows numbers the rows of a list that say something from 1 without gaps:
// somebody who leaves the second of three rows empty has two. Other fields and
// values stay as they are.
func closeRows(f kyc.Field, typed kyc.Values) kyc.Values {
	if f.Type != kyc.ListField {
		return typed
	}
	rows := map[int]bool{}
	for name, value := range typed {
		if row, member, ok := kyc.SplitMember(f.Name, name); ok && says(f, member, value) {
			rows[row] = true
		}
	}
	place := map[int]int{}
	for i, row := range slices.Sorted(maps.Keys(rows)) {
		place[row] = i + 1
	}
	closed := make(kyc.Values, len(typed))
	for name, value := range typed {
		row, member, ok := kyc.SplitMember(f.Name, name)
		switch {
		case !ok:
			closed[name] = value
		case rows[row]:
			closed[kyc.MemberName(f.Name, place[row], member)] = value
		}
	}
	return closed
}

// says tells whether a value makes a row more than an empty form: a box that is
// not ticked and what a form proposes do not.
func says(list kyc.Field, member, value string) bool {
	for _, m := range list.Fields {
		proposed := m.Name
		if m.Type == kyc.AddressField {
			proposed += ".country"
		}
		if member == proposed && (value == m.Default || m.Type == kyc.CheckboxField && value == "false") ||
			m.Type == kyc.PhoneField && member == m.Name+".region" { // a country alone is no number
			return false
		}
	}
	return strings.TrimSpace(value) != ""
}

// unfold puts the members of every row in the place of its list, those that are
// asked in view of the row, and finds against too few and too many rows.
func (a *attempt) unfold(fields []kyc.Field, typed kyc.Values) []kyc.Field {
	var out []kyc.Field
	for _, f := range fields {
		if f.Type != kyc.ListField {
			out = append(out, f)
			continue
		}
		rows := f.Rows(typed)
		a.boundRows(f, rows)
		for row := 1; row <= min(rows, f.MaxRows); row++ {
			out = append(out, asked(f.Row(row), typed, nil)...)
		}
	}
	return out
}

// asked are the fields whose conditions hold. What was typed into a field
// that is not asked counts for no condition on it.
func asked(fields []kyc.Field, typed kyc.Values, earlier kyc.Answers) []kyc.Field {
	counted := maps.Clone(typed)
	var out []kyc.Field
	for _, f := range fields {
		if f.When.Holds(counted, earlier) {
			out = append(out, f)
			continue
		}
		delete(counted, f.Name)
	}
	return out
}

func (a *attempt) boundRows(f kyc.Field, rows int) {
	switch {
	case rows == 0 && (f.Required || f.MinRows > 0):
		a.problem(f.Name, "field.required")
	case rows > 0 && rows < f.MinRows:
		a.problems = append(a.problems, kyc.P(f.Name, "field.too_few_rows").With("min", strconv.Itoa(f.MinRows)))
	case rows > f.MaxRows:
		a.problems = append(a.problems, kyc.P(f.Name, "field.too_many_rows").With("max", strconv.Itoa(f.MaxRows)))
	}
}

// tooMany tells whether a name is that of a member in a row beyond those that
// the list can have: no unknown field, but a row too many.
func tooMany(f kyc.Field, name string) bool {
	row, member, ok := kyc.SplitMember(f.Name, name)
	return ok && f.Type == kyc.ListField && row > f.MaxRows &&
		slices.ContainsFunc(f.Fields, func(m kyc.Field) bool { return slices.Contains(fieldNames(m), member) })
}
