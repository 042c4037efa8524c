package store

import (
	"reflect"
	"slices"
	"strings"

	"github.com/jmoiron/sqlx/reflectx"
)

// mapper knows columns by their db tags and looks into embedded structs.
var mapper = reflectx.NewMapper("db")

// table writes the statements of one table from the db tags of its row type,
// once, so that a column is named in the type and in the migration only.
// Statements use ? and are rebound for PostgreSQL. A table never changes after
// newTable.
type table struct {
	name    string
	columns []column
	key     []string
	fixed   []string // columns that stay as they were inserted

	columnList string // for SELECT
	insert     string
	marks      string // of one row: "(?, ?)"
	upsert     string
	ignore     string // INSERT that does nothing when a unique value is there
}

type column struct {
	name  string
	index []int // of the field, for reflect
	null  bool  // "" is kept as NULL: an optional reference
}

// newTable describes the table of row type R with the given key columns.
// The optional columns are references that may be missing: NULL in the database, "" in
// the type.
func newTable[R any](name string, keys string, optional ...string) *table {
	t := &table{name: name, key: strings.Fields(keys)}
	var row R
	tree := mapper.TypeMap(reflect.TypeOf(row))
	for _, field := range tree.Index {
		if field.Name == "" || field.Embedded || field.Field.Tag.Get("db") == "" {
			continue
		}
		t.columns = append(t.columns, column{
			name:  field.Name,
			index: field.Index,
			null:  slices.Contains(optional, field.Name),
		})
	}
	t.build()
	return t
}

// keeping names columns that never change once the row is there. An update that
// named them would have SQLite write each index that they are in anew.
func (t *table) keeping(columns string) *table {
	t.fixed = strings.Fields(columns)
	t.build()
	return t
}

// changes tells whether an update may write the column.
func (t *table) changes(c column) bool {
	return !slices.Contains(t.key, c.name) && !slices.Contains(t.fixed, c.name)
}

func (t *table) build() {
	var names, selects, marks, updates []string
	for _, c := range t.columns {
		names = append(names, c.name)
		marks = append(marks, c.mark())
		if c.null {
			selects = append(selects, "COALESCE("+c.name+", '') AS "+c.name)
		} else {
			selects = append(selects, c.name)
		}
		if t.changes(c) {
			updates = append(updates, c.name+" = excluded."+c.name)
		}
	}
	t.columnList = strings.Join(selects, ", ")
	t.marks = "(" + strings.Join(marks, ", ") + ")"
	t.insert = "INSERT INTO " + t.name + " (" + strings.Join(names, ", ") + ") VALUES " + t.marks
	t.ignore = t.insert + " ON CONFLICT DO NOTHING"
	t.upsert = t.insert + " ON CONFLICT (" + strings.Join(t.key, ", ") + ") DO UPDATE SET " + strings.Join(updates, ", ")
}

// mark is the parameter that a value is written with.
func (c column) mark() string {
	if c.null {
		return "NULLIF(?, '')"
	}
	return "?"
}

// update replaces the columns that changed tells of, where the key and the condition hold.
func (t *table) update(changed func(column) bool, condition string) string {
	var sets []string
	for _, c := range t.columns {
		if changed(c) {
			sets = append(sets, c.name+" = "+c.mark())
		}
	}
	return "UPDATE " + t.name + " SET " + strings.Join(sets, ", ") +
		" WHERE " + strings.Join(t.key, " = ? AND ") + " = ? AND " + condition
}

// values are a row's values in the order of columns.
func (t *table) values(row any) []any {
	v := reflect.ValueOf(row)
	args := make([]any, 0, len(t.columns))
	for _, c := range t.columns {
		args = append(args, v.FieldByIndex(c.index).Interface())
	}
	return args
}

// differing tells which columns of a row are not as they were.
func (t *table) differing(row, was any) func(column) bool {
	now, before := reflect.ValueOf(row), reflect.ValueOf(was)
	return func(c column) bool {
		return t.changes(c) && !reflect.DeepEqual(now.FieldByIndex(c.index).Interface(), before.FieldByIndex(c.index).Interface())
	}
}

// updateValues are a row's values in the order of update: those that changed tells of, then key.
func (t *table) updateValues(changed func(column) bool, row any) []any {
	v := reflect.ValueOf(row)
	args := make([]any, 0, len(t.columns)+2)
	for _, c := range t.columns {
		if changed(c) {
			args = append(args, v.FieldByIndex(c.index).Interface())
		}
	}
	for _, k := range t.key {
		for _, c := range t.columns {
			if c.name == k {
				args = append(args, v.FieldByIndex(c.index).Interface())
			}
		}
	}
	return args
}

// selects is a SELECT of all columns with the given rest.
func (t *table) selects(rest string) string {
	return "SELECT " + t.columnList + " FROM " + t.name + " " + rest
}
