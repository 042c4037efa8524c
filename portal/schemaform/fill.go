package schemaform

import (
	"bytes"
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/paifang/paifang/core/offer"
)

// What stands before the JSON Pointer of a setting in the names of its inputs.
const (
	value  = "s"      // as text, or one of several
	free   = "json"   // as JSON
	other  = "other"  // settings that the schema does not name, as JSON
	secret = "secret" // a new secret
	wipe   = "clear"  // the secret is to go
	unset  = "unset"  // a list: the default holds
	was    = "was"    // a list: "unset" when the default held as the form was made
	rows   = "rows"   // how many rows are shown
	drop   = "drop"   // a row is to go
	more   = "more"   // pressed for another row
)

// Secrets is what the names of secret inputs begin with.
const Secrets = secret + "/"

// Fill is what a browser would send of the form of settings if nobody touched it.
func Fill(schema *offer.Setting, settings map[string]any) url.Values {
	v := url.Values{}
	if schema == nil {
		return v
	}
	if schema.Kind != offer.Group {
		if !schema.Secret {
			v.Set(free, pretty(settings))
		}
		return v
	}
	fillGroup(v, schema, settings)
	rest := map[string]any{}
	for name, x := range settings {
		if !has(schema, name) {
			rest[name] = x
		}
	}
	if len(rest) > 0 {
		v.Set(other, pretty(rest))
	}
	return v
}

func has(group *offer.Setting, name string) bool {
	return slices.ContainsFunc(group.Settings, func(s offer.Setting) bool { return s.Name == name })
}

func fillGroup(v url.Values, group *offer.Setting, settings map[string]any) {
	for i := range group.Settings {
		s := &group.Settings[i]
		x, ok := settings[s.Name]
		if s.Secret {
			continue
		}
		fill(v, s, s.Pointer, x, ok)
	}
}

func fill(v url.Values, s *offer.Setting, at string, x any, ok bool) {
	list := isList(s)
	if list && !s.Required {
		v.Set(was+at, "set")
	}
	if !ok {
		if list && !s.Required {
			v.Set(unset+at, "yes")
			v.Set(was+at, unset)
		}
		if s.Kind == offer.Rows {
			v.Set(rows+at, "1")
		}
		return
	}
	if !fits(s, x) {
		v.Set(free+at, pretty(x))
		return
	}
	switch s.Kind {
	case offer.Group:
		o, _ := x.(map[string]any)
		fillGroup(v, s, o)
	case offer.Choices:
		for _, one := range x.([]any) {
			v.Add(value+at, compact(one))
		}
	case offer.Lines:
		var lines []string
		for _, one := range x.([]any) {
			lines = append(lines, scalar(one))
		}
		v.Set(value+at, strings.Join(lines, "\n"))
	case offer.Rows:
		for i, one := range x.([]any) {
			o, _ := one.(map[string]any)
			for j := range s.Settings {
				m := &s.Settings[j]
				y, ok := o[m.Name]
				fill(v, m, inRow(at, i, m), y, ok)
			}
		}
		v.Set(rows+at, strconv.Itoa(len(x.([]any))+1))
	case offer.Choice:
		v.Set(value+at, compact(x))
	default:
		v.Set(value+at, scalar(x))
	}
}

func isList(s *offer.Setting) bool {
	return s.Kind == offer.Lines || s.Kind == offer.Choices || s.Kind == offer.Rows
}

func inRow(at string, row int, member *offer.Setting) string {
	return at + "/" + strconv.Itoa(row) + member.Pointer
}

// fits tells whether a value can stand in the kind of field that its setting has;
// if not, it is shown as JSON, so that nothing of it is lost.
func fits(s *offer.Setting, x any) bool {
	switch s.Kind {
	case offer.Text:
		t, ok := x.(string)
		return ok && t != "" && strings.TrimSpace(t) == t && !strings.ContainsAny(t, "\r\n")
	case offer.Integer, offer.Number:
		_, ok := x.(json.Number)
		return ok
	case offer.Boolean:
		_, ok := x.(bool)
		return ok
	case offer.Choice:
		return isOption(s, x)
	case offer.Choices, offer.Lines, offer.Rows:
		list, ok := x.([]any)
		return ok && len(list) < maxRows && !slices.ContainsFunc(list, func(one any) bool { return !fitsIn(s, one) }) && inOrder(s, list)
	case offer.Group:
		o, ok := x.(map[string]any)
		return ok && (len(o) > 0 || s.Required) && known(s, o)
	}
	return false
}

// fitsIn is fits for a member of a list.
func fitsIn(s *offer.Setting, one any) bool {
	switch s.Kind {
	case offer.Choices:
		return isOption(s, one)
	case offer.Lines:
		return fits(&offer.Setting{Kind: s.Of}, one)
	}
	o, ok := one.(map[string]any)
	if !ok || len(o) == 0 || !known(s, o) {
		return false
	}
	for i := range s.Settings {
		if x, ok := o[s.Settings[i].Name]; ok && !fits(&s.Settings[i], x) {
			return false
		}
	}
	return true
}

// inOrder tells whether boxes can say the same: in the order of the options, none twice.
func inOrder(s *offer.Setting, list []any) bool {
	last := -1
	for _, one := range list {
		if s.Kind != offer.Choices {
			return true
		}
		at := slices.IndexFunc(s.Options, func(o offer.Option) bool { return compact(o.Value) == compact(one) })
		if at <= last {
			return false
		}
		last = at
	}
	return true
}

func known(group *offer.Setting, o map[string]any) bool {
	for name := range o {
		if !has(group, name) {
			return false
		}
	}
	return true
}

func isOption(s *offer.Setting, x any) bool {
	return slices.ContainsFunc(s.Options, func(o offer.Option) bool { return compact(o.Value) == compact(x) })
}

// scalar is a value as somebody would type it.
func scalar(x any) string {
	if s, ok := x.(string); ok {
		return s
	}
	return compact(x)
}

func compact(x any) string { return strings.TrimSpace(encode(x, "")) }

func pretty(x any) string { return strings.TrimSpace(encode(x, "  ")) }

func encode(x any, indent string) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", indent)
	if e.Encode(x) != nil {
		return ""
	}
	return b.String()
}
