package schemaform

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/paifang/paifang/core/offer"
)

// Field is an input, or several, of one setting.
type Field struct {
	*offer.Setting
	At      string // JSON Pointer, with the number of the row
	Name    string // of the input
	ID      string // of the element
	As      string // "text", "number", "boolean", "choice", "choices", "lines", "group", "rows", "json", "secret"
	Text    string // as it was typed; "" for a secret
	Options []Option
	List    bool   // a list that need not be set: the default can hold
	Unset   bool   // the default is to hold
	Was     string // for the next time
	Kept    bool   // a secret is set
	Clear   bool   // and is to go
	Fields  []Field
	Rows    []Row
	Wrong   []string // sentences, see Attach
}

// Option is a choice.
type Option struct {
	Value  string
	Title  string // as the schema has it, or the value
	Text   string // the value as it is typed
	Chosen bool
}

// Row is one of a list of objects.
type Row struct {
	Number int
	Drop   string // name of the box
	Gone   bool   // it is ticked
	Fields []Field
}

// Inputs are the names of what belongs to a field beside its value.
func (f Field) Inputs() map[string]string {
	return map[string]string{"clear": wipe + f.At, "unset": unset + f.At, "was": was + f.At, "rows": rows + f.At, "more": more}
}

// Show makes the fields of what a browser sent. kept are the pointers of secrets
// that are set.
func Show(schema *offer.Setting, sent url.Values, kept []string) []Field {
	if schema == nil {
		return nil
	}
	s := shower{sent, kept}
	if schema.Kind != offer.Group {
		return []Field{s.field(schema, "")}
	}
	list := s.group(schema)
	if sent.Has(other) {
		list = append(list, Field{Setting: &offer.Setting{Kind: offer.Free}, Name: other, ID: other, As: "json", Text: sent.Get(other)})
	}
	return list
}

type shower struct {
	sent url.Values
	kept []string
}

func (s shower) group(group *offer.Setting) []Field {
	var list []Field
	for i := range group.Settings {
		list = append(list, s.field(&group.Settings[i], group.Settings[i].Pointer))
	}
	return list
}

func (s shower) field(x *offer.Setting, at string) Field {
	f := Field{Setting: x, At: at, Name: value + at, As: string(x.Kind), Text: s.sent.Get(value + at)}
	f.ID = strings.NewReplacer("/", "-", " ", "_", "~", "_").Replace("set" + at)
	switch {
	case x.Secret:
		f.As, f.Name, f.Text = "secret", secret+at, ""
		f.Kept, f.Clear = slices.Contains(s.kept, at), s.sent.Get(wipe+at) != ""
		return f
	case s.sent.Has(free+at) || x.Kind == offer.Free:
		f.As, f.Name, f.Text = "json", free+at, s.sent.Get(free+at)
		return f
	}
	if isList(x) && !x.Required {
		f.List, f.Unset, f.Was = true, s.sent.Get(unset+at) != "", s.sent.Get(was+at)
	}
	switch x.Kind {
	case offer.Integer:
		f.As = "number"
	case offer.Choice, offer.Choices:
		for _, o := range x.Options {
			one := Option{Value: compact(o.Value), Title: o.Title, Text: scalar(o.Value)}
			one.Chosen = slices.Contains(s.sent[value+at], one.Value)
			f.Options = append(f.Options, one)
		}
	case offer.Group:
		f.Fields = s.group(x)
	case offer.Rows:
		s.rows(&f)
	}
	return f
}

func (s shower) rows(f *Field) {
	n := (&reader{sent: s.sent}).count(f.At)
	if s.sent.Get(more) == f.At && n < maxRows {
		n++
	}
	for i := range n {
		row := Row{Number: i + 1, Drop: drop + f.At + "/" + strconv.Itoa(i)}
		row.Gone = s.sent.Get(row.Drop) != ""
		for j := range f.Settings {
			m := &f.Settings[j]
			row.Fields = append(row.Fields, s.field(m, inRow(f.At, i, m)))
		}
		f.Rows = append(f.Rows, row)
	}
}

// Wrong is a sentence about a place.
type Wrong struct{ Pointer, Text string }

// Attach puts sentences beside the fields that they are about, and gives those for
// which there is no field. A place within a field is the field's.
func Attach(fields []Field, wrong []Wrong) (rest []Wrong) {
	for _, w := range wrong {
		if f := nearest(fields, w.Pointer); f != nil {
			f.Wrong = append(f.Wrong, w.Text)
		} else {
			rest = append(rest, w)
		}
	}
	return rest
}

func nearest(fields []Field, pointer string) *Field {
	for i := range fields {
		f := &fields[i]
		if f.Name == other || pointer != f.At && !strings.HasPrefix(pointer, f.At+"/") || pointer == "" && f.At != "" {
			continue
		}
		if inner := nearest(f.Fields, pointer); inner != nil {
			return inner
		}
		for _, row := range f.Rows {
			if inner := nearest(row.Fields, pointer); inner != nil {
				return inner
			}
		}
		return f
	}
	return nil
}

// PointerOf is the JSON Pointer of a path as diagnostics have it: "limits.0.amount".
func PointerOf(path string) string {
	if path == "" {
		return ""
	}
	at := ""
	for _, name := range strings.Split(path, ".") {
		at = offer.Pointer(at, name)
	}
	return at
}
