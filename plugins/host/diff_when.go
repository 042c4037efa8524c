package host

import (
	"slices"
	"strings"

	"github.com/paifang/paifang/core/kyc"
)

// wider tells whether b holds for somebody for whom a did not, as far as answers that
// the old flow knows go. path is of what has the condition: "step" or "step.field".
func (d *differ) wider(path string, a, b kyc.Condition) bool {
	switch {
	case a.Field == "" || condition(a) == condition(b):
		return false
	case a.Field == b.Field && a.Same == "" && b.Same == "":
		more := b
		more.In = slices.DeleteFunc(slices.Clone(b.In), func(v string) bool { return slices.Contains(a.In, v) })
		return d.reaches(path, more)
	}
	return d.reaches(path, b)
}

// reaches tells whether a condition can hold for an answer of the old flow. It holds for
// none of them when it asks about a field that the new flow has added, or for choices
// that it has.
func (d *differ) reaches(path string, c kyc.Condition) bool {
	if c.Field == "" || c.Same != "" {
		return true
	}
	was, is := choices(d.from, path, c.Field), choices(d.to, path, c.Field)
	switch {
	case was != nil && len(was.values) > 0:
		return slices.ContainsFunc(c.In, func(v string) bool { return slices.Contains(was.values, v) })
	case was == nil && is != nil:
		return false
	}
	return len(c.In) > 0 // a number, a date, what a market derives: anything may be answered
}

// asked is what a condition asks about, with the values that can be chosen; none where
// anything can be answered.
type asked struct{ values []string }

// choices finds what a condition names that stands at a path; nil where the flow
// has no such field.
func choices(f *kyc.Flow, path, name string) *asked {
	if name == string(kyc.StartStep)+"."+kyc.WayField {
		a := &asked{}
		for _, w := range f.Ways {
			a.values = append(a.values, w.ID)
		}
		return a
	}
	step, rest, _ := strings.Cut(path, ".")
	s, ok := f.Step(kyc.StepID(step))
	var fields []kyc.Field
	if ok {
		fields = s.Fields
		// Within a list a name is that of another member of the row.
		if list, _, inside := strings.Cut(rest, "."); inside {
			if i := slices.IndexFunc(fields, func(f kyc.Field) bool { return f.Name == list }); i >= 0 {
				fields = slices.Concat(fields[i].Fields, fields)
			}
		}
	}
	if other, field, there := strings.Cut(name, "."); there {
		if s, ok := f.Step(kyc.StepID(other)); ok {
			name, fields = field, s.Fields
		}
	}
	i := slices.IndexFunc(fields, func(f kyc.Field) bool { return f.Name == name })
	if i < 0 {
		return nil
	}
	a := &asked{}
	for _, o := range fields[i].Options {
		a.values = append(a.values, o.Value)
	}
	return a
}
