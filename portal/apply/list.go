package apply

import (
	"strconv"
	"strings"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/pipeline"
)

// listRow is one row of a list as its template wants it.
type listRow struct {
	ID     string
	Number int
	Fields []field
	Remove string // action of its button; "" when it has to stay
}

// rowsField is the hidden field that says how many rows a list showed: empty
// ones are typed into later.
func rowsField(list string) string { return list + ".rows" }

// shownRows is how many rows of a list a form had.
func shownRows(f kyc.Field, form func(string) string) int {
	n, err := strconv.Atoi(form(rowsField(f.Name)))
	if err != nil {
		return 0
	}
	return max(0, min(n, f.MaxRows))
}

func decodeRows(f kyc.Field, form func(string) string) kyc.Values {
	var views []pipeline.FieldView
	for row := 1; row <= shownRows(f, form); row++ {
		for _, member := range f.Row(row) {
			views = append(views, pipeline.FieldView{Field: member})
		}
	}
	return decode(views, form)
}

// rearrange does what a button of a list asks for, to what was typed: "add.owners"
// makes one more row, "remove.owners.2" takes the second away. The rows are those
// to be shown, by list.
func rearrange(fields []pipeline.FieldView, action string, form func(string) string, values kyc.Values) (kyc.Values, map[string]int) {
	rows := map[string]int{}
	for _, f := range fields {
		if f.Type != kyc.ListField {
			continue
		}
		rows[f.Name] = shownRows(f.Field, form)
		if action == "add."+f.Name {
			rows[f.Name] = min(rows[f.Name]+1, f.MaxRows)
		}
		gone, err := strconv.Atoi(strings.TrimPrefix(action, "remove."+f.Name+"."))
		if err == nil && gone >= 1 && gone <= rows[f.Name] {
			values = without(f.Name, gone, values)
			rows[f.Name]--
		}
	}
	return values, rows
}

// without takes a row out of a list; those after it move up.
func without(list string, gone int, values kyc.Values) kyc.Values {
	left := kyc.Values{}
	for name, value := range values {
		row, member, ok := kyc.SplitMember(list, name)
		switch {
		case !ok || row < gone:
			left[name] = value
		case row > gone:
			left[kyc.MemberName(list, row-1, member)] = value
		}
	}
	return left
}

// list makes the rows of a list: those that were typed, or shown before a button
// of the list was pressed, and always one to begin with.
func (b builder) list(v pipeline.FieldView) []listRow {
	values, count := v.Values, v.Rows(v.Values)
	if b.typed != nil {
		values, count = b.typed, b.rows[v.Name]
	}
	count = max(1, v.MinRows, min(count, v.MaxRows))
	var rows []listRow
	for n := 1; n <= count; n++ {
		row := listRow{ID: id(v.Name + "." + strconv.Itoa(n)), Number: n}
		if count > max(1, v.MinRows) {
			row.Remove = "remove." + v.Name + "." + strconv.Itoa(n)
		}
		within := b
		within.fields, within.typed = nil, nil
		for _, member := range v.Row(n) {
			within.fields = append(within.fields, pipeline.FieldView{Field: member, Values: values, Applies: member.When.Holds(values, nil)})
		}
		for _, member := range within.fields {
			row.Fields = append(row.Fields, within.field(member))
		}
		rows = append(rows, row)
	}
	return rows
}

// More tells whether another row can be added.
func (f field) More() bool { return len(f.Rows) < f.MaxRows }

// findInRows tells which control of a list a problem's path is about.
func (f field) findInRows(path string) (m mistake, ok bool) {
	for _, r := range f.Rows {
		for _, member := range r.Fields {
			if m, ok := member.find(path); ok {
				m.Row = r.Number
				return m, true
			}
		}
	}
	return mistake{}, false
}
