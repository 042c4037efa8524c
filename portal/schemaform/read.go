package schemaform

import (
	"encoding/json"
	"net/url"
	"strconv"
	"strings"

	"github.com/paifang/paifang/core/offer"
)

// maxRows bounds the rows of a list.
const maxRows = 100

// Problem is something typed that is no value at all.
type Problem struct {
	Pointer string // "" for the whole
	Code    string // form.number, form.json, form.json_object
}

// reader collects problems on its way through a form.
type reader struct {
	sent     url.Values
	problems []Problem
}

// Read makes settings of what a browser sent, as offer.Draft wants them: of what is
// secret there is a new value, null to clear, or nothing. Anything may be sent;
// what the schema has no place for is not looked at.
func Read(schema *offer.Setting, sent url.Values) (map[string]any, []Problem) {
	r := &reader{sent: sent}
	if schema == nil {
		return map[string]any{}, nil
	}
	if schema.Kind != offer.Group {
		return r.whole(schema), r.problems
	}
	doc := map[string]any{}
	if x, ok := r.object("", other); ok {
		for name, v := range x {
			if !has(schema, name) {
				doc[name] = v
			}
		}
	}
	r.group(schema, doc)
	return doc, r.problems
}

// whole reads settings that are all JSON.
func (r *reader) whole(schema *offer.Setting) map[string]any {
	from := free
	if schema.Secret {
		from = secret
	}
	x, ok := r.object("", from)
	if !ok {
		x = map[string]any{}
	}
	return x
}

func (r *reader) object(at, name string) (map[string]any, bool) {
	x, ok := r.json(at, name)
	if !ok {
		return nil, false
	}
	o, is := x.(map[string]any)
	if !is {
		r.problems = append(r.problems, Problem{at, "form.json_object"})
	}
	return o, is
}

// json reads JSON; false when nothing was typed, or no JSON.
func (r *reader) json(at, name string) (any, bool) {
	text := strings.TrimSpace(r.sent.Get(name + at))
	if text == "" {
		return nil, false
	}
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var x any
	if d.Decode(&x) != nil || d.More() {
		r.problems = append(r.problems, Problem{at, "form.json"})
		return nil, false
	}
	return x, true
}

func (r *reader) group(group *offer.Setting, into map[string]any) {
	for i := range group.Settings {
		s := &group.Settings[i]
		if s.Secret {
			if x, ok := r.secret(s); ok {
				into[s.Name] = x
			}
			continue
		}
		if x, ok := r.value(s, s.Pointer); ok {
			into[s.Name] = x
		}
	}
}

func (r *reader) secret(s *offer.Setting) (any, bool) {
	if s.Kind == offer.Free {
		if x, ok := r.json(s.Pointer, secret); ok {
			return x, true
		}
	} else if text := r.sent.Get(secret + s.Pointer); text != "" {
		return text, true
	}
	return nil, r.sent.Get(wipe+s.Pointer) != "" && r.sent.Get(secret+s.Pointer) == ""
}

// value reads one setting; false when it is not set.
func (r *reader) value(s *offer.Setting, at string) (any, bool) {
	if r.sent.Has(free+at) || s.Kind == offer.Free {
		return r.json(at, free)
	}
	text := strings.TrimSpace(r.sent.Get(value + at))
	switch s.Kind {
	case offer.Group:
		o := map[string]any{}
		r.group(s, o)
		return o, len(o) > 0 || s.Required
	case offer.Choices, offer.Lines, offer.Rows:
		return r.list(s, at)
	case offer.Boolean:
		return text == "true", text == "true" || text == "false"
	case offer.Choice:
		for _, o := range s.Options {
			if compact(o.Value) == text {
				return o.Value, true
			}
		}
		return nil, false
	case offer.Integer, offer.Number:
		return r.number(text, at)
	}
	return text, text != ""
}

func (r *reader) number(text, at string) (any, bool) {
	if text == "" {
		return nil, false
	}
	if !json.Valid([]byte(text)) || text[0] != '-' && (text[0] < '0' || text[0] > '9') {
		r.problems = append(r.problems, Problem{at, "form.number"})
		return nil, false
	}
	return json.Number(text), true
}

// list reads a list. One for which the default was to hold holds what was put in
// all the same.
func (r *reader) list(s *offer.Setting, at string) (any, bool) {
	list := []any{}
	switch s.Kind {
	case offer.Choices:
		for _, o := range s.Options {
			for _, chosen := range r.sent[value+at] {
				if chosen == compact(o.Value) {
					list = append(list, o.Value)
					break
				}
			}
		}
	case offer.Lines:
		for _, line := range strings.Split(r.sent.Get(value+at), "\n") {
			if line = strings.TrimSpace(line); line == "" {
				continue
			}
			if s.Of == offer.Text {
				list = append(list, line)
			} else if n, ok := r.number(line, at); ok {
				list = append(list, n)
			}
		}
	default:
		list = r.rows(s, at)
	}
	if r.sent.Get(unset+at) != "" && (len(list) == 0 || r.sent.Get(was+at) != unset) {
		return nil, false
	}
	return list, true
}

func (r *reader) rows(s *offer.Setting, at string) []any {
	list := []any{}
	for i := range r.count(at) {
		if r.sent.Get(drop+at+"/"+strconv.Itoa(i)) != "" {
			continue
		}
		row, before := map[string]any{}, len(r.problems)
		for j := range s.Settings {
			m := &s.Settings[j]
			if x, ok := r.value(m, inRow(at, i, m)); ok {
				row[m.Name] = x
			}
		}
		if len(row) > 0 || len(r.problems) > before {
			list = append(list, row)
		}
	}
	return list
}

// count is how many rows were shown.
func (r *reader) count(at string) int {
	n, err := strconv.Atoi(r.sent.Get(rows + at))
	if err != nil || n < 0 {
		return 0
	}
	return min(n, maxRows)
}
