package offer

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"github.com/paifang/paifang/core/kyc"
)

// Kind is how a setting can be asked for.
type Kind string

const (
	Text    Kind = "text"
	Integer Kind = "integer"
	Number  Kind = "number"
	Boolean Kind = "boolean"
	Choice  Kind = "choice"  // one of Options
	Choices Kind = "choices" // a list of some of Options
	Lines   Kind = "lines"   // a list of texts or numbers, see Of
	Group   Kind = "group"   // an object of Settings
	Rows    Kind = "rows"    // a list of objects of Settings
	Free    Kind = "json"    // anything else: JSON as it is
)

// Setting is a place of a JSON Schema, as far as a form can be made of it. What the
// schema says beyond is left to whoever validates.
type Setting struct {
	Pointer     string // JSON Pointer; of a member of Rows within its row
	Name        string // last of Pointer
	Kind        Kind
	Title       string // as the schema has it, or ""
	Description string
	Required    bool
	Secret      bool // never shown again
	Default     any  // nil: none is said
	Options     []Option
	Of          Kind // of Lines: Text, Integer or Number
	Format      string
	Pattern     string
	Bounds      map[string]string // minLength, maxLength, minimum, exclusiveMinimum, …, minItems, maxItems -> number
	Settings    []Setting
}

// Option is a value that can be chosen.
type Option struct {
	Value any // text, json.Number or bool
	Title string
}

// ReadSchema reads a provider's JSON Schema of settings. It is nil when there is
// none: then nothing can be set.
func ReadSchema(raw []byte) (*Setting, error) {
	if len(raw) == 0 {
		return nil, nil
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	v, err := ordered(d)
	o, ok := v.(*object)
	if err != nil || !ok {
		return nil, kyc.E(kyc.Invalid, "the schema of settings is no JSON object")
	}
	r := &reader{root: o, budget: maxPlaces}
	root := r.read(o, "", "", 0)
	if root.Kind != Group {
		root.Kind, root.Settings = Free, nil
		root.Secret = r.mentions(o, 0)
	}
	return &root, nil
}

// SecretAt lists the JSON Pointers of what is secret.
func (s *Setting) SecretAt() []string {
	if s == nil {
		return nil
	}
	if s.Secret {
		return []string{s.Pointer}
	}
	var list []string
	if s.Kind == Group {
		for i := range s.Settings {
			list = append(list, s.Settings[i].SecretAt()...)
		}
	}
	return list
}

// At finds a setting by its pointer; nil when there is none.
func (s *Setting) At(pointer string) *Setting {
	if s == nil || s.Pointer == pointer {
		return s
	}
	if s.Kind == Group {
		for i := range s.Settings {
			if found := s.Settings[i].At(pointer); found != nil {
				return found
			}
		}
	}
	return nil
}

// object is a JSON object in its order, which is the order of the form.
type object struct {
	names  []string
	values map[string]any
}

func ordered(d *json.Decoder) (any, error) {
	token, err := d.Token()
	if err != nil {
		return nil, err
	}
	switch token {
	case json.Delim('{'):
		o := &object{values: map[string]any{}}
		for d.More() {
			name, err := d.Token()
			if err != nil {
				return nil, err
			}
			key, _ := name.(string)
			if o.values[key], err = ordered(d); err != nil {
				return nil, err
			}
			if !slices.Contains(o.names, key) {
				o.names = append(o.names, key)
			}
		}
		_, err = d.Token()
		return o, err
	case json.Delim('['):
		list := []any{}
		for d.More() {
			v, err := ordered(d)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		_, err = d.Token()
		return list, err
	}
	return token, nil
}

// plain is what encoding/json would have made.
func plain(v any) any {
	switch v := v.(type) {
	case *object:
		m := map[string]any{}
		for name, value := range v.values {
			m[name] = plain(value)
		}
		return m
	case []any:
		list := make([]any, len(v))
		for i := range v {
			list[i] = plain(v[i])
		}
		return list
	}
	return v
}

const (
	maxReferences = 12     // that are followed one after the other
	maxPlaces     = 20_000 // that are looked at for secrets; past them everything is
)

type reader struct {
	root   *object
	budget int
}

// resolve follows a reference within the schema; what stands beside it goes first.
// A reference that cannot be followed stays.
func (r *reader) resolve(o *object, depth int) *object {
	ref, ok := o.values["$ref"].(string)
	if !ok || depth > maxReferences || !strings.HasPrefix(ref, "#/") {
		return o
	}
	var at any = r.root
	for _, name := range steps(ref[1:]) {
		parent, ok := at.(*object)
		if !ok {
			return o
		}
		at = parent.values[name]
	}
	target, ok := at.(*object)
	if !ok {
		return o
	}
	merged := &object{values: map[string]any{}}
	for _, from := range []*object{r.resolve(target, depth+1), o} {
		for _, name := range from.names {
			if name == "$ref" && from == o {
				continue
			}
			if !slices.Contains(merged.names, name) {
				merged.names = append(merged.names, name)
			}
			merged.values[name] = from.values[name]
		}
	}
	return merged
}

// mentions tells whether anything within is secret. What is too deep to be followed
// counts as secret.
func (r *reader) mentions(v any, depth int) bool {
	if r.budget--; r.budget < 0 || depth > 4*maxReferences {
		return true
	}
	switch v := v.(type) {
	case *object:
		o := r.resolve(v, 0)
		if _, open := o.values["$ref"]; open || secret(o) {
			return true // what cannot be looked up, too
		}
		for name, value := range o.values {
			if name != "$defs" && name != "definitions" && r.mentions(value, depth+1) {
				return true
			}
		}
	case []any:
		for _, value := range v {
			if r.mentions(value, depth+1) {
				return true
			}
		}
	}
	return false
}

func secret(o *object) bool { return o.values["writeOnly"] == true || o.values["x-secret"] == true }

// read reads a place. depth 0 is the whole, 1 a setting, 2 a member of a group or row.
func (r *reader) read(o *object, pointer, name string, depth int) Setting {
	o = r.resolve(o, 0)
	s := Setting{Pointer: pointer, Name: name, Bounds: map[string]string{}}
	s.Title, _ = o.values["title"].(string)
	s.Description, _ = o.values["description"].(string)
	s.Format, _ = o.values["format"].(string)
	s.Pattern, _ = o.values["pattern"].(string)
	if v, ok := o.values["default"]; ok {
		s.Default = plain(v)
	}
	for _, bound := range bounds {
		if n, ok := o.values[bound].(json.Number); ok {
			s.Bounds[bound] = n.String()
		}
	}
	s.Kind = r.kind(o, &s, depth)
	if s.Kind == Free {
		s.Options, s.Settings = nil, nil
	}
	// Beside a simple type a secret may hide as well, as in "allOf". A group has
	// looked around itself, and its members look after themselves.
	if secret(o) || s.Kind != Group && r.mentions(o, 0) {
		s.Secret = true
		if s.Kind != Text {
			s.Kind, s.Options, s.Settings, s.Of = Free, nil, nil, ""
		}
	}
	if s.Secret { // a secret that everybody knows is none
		s.Default = nil
	}
	return s
}

var bounds = []string{"minLength", "maxLength", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minItems", "maxItems"}

// kind tells how a place can be asked for, and reads what is in it.
func (r *reader) kind(o *object, s *Setting, depth int) Kind {
	if s.Options = options(o); len(s.Options) > 0 {
		return Choice
	}
	switch o.values["type"] {
	case "string":
		return Text
	case "integer":
		return Integer
	case "number":
		return Number
	case "boolean":
		return Boolean
	case "array":
		return r.list(o, s, depth)
	case "object":
		return r.group(o, s, depth)
	}
	return Free
}

// options are the values of an enumeration of texts, numbers or truths, or of a
// "oneOf" that gives each a title.
func options(o *object) []Option {
	var list []Option
	add := func(v any, title string) bool {
		switch v.(type) {
		case string, json.Number, bool:
			list = append(list, Option{v, title})
			return true
		}
		return false
	}
	if v, ok := o.values["const"]; ok && add(v, "") {
		return list
	}
	values, _ := o.values["enum"].([]any)
	for _, v := range values {
		if !add(v, "") {
			return nil
		}
	}
	if len(list) > 0 {
		return list
	}
	alternatives, _ := o.values["oneOf"].([]any)
	for _, a := range alternatives {
		one, ok := a.(*object)
		if !ok {
			return nil
		}
		title, _ := one.values["title"].(string)
		if !add(one.values["const"], title) {
			return nil
		}
	}
	return list
}

func (r *reader) list(o *object, s *Setting, depth int) Kind {
	items, ok := o.values["items"].(*object)
	if !ok || o.values["prefixItems"] != nil || depth > 1 || r.mentions(items, 0) {
		return Free
	}
	items = r.resolve(items, 0)
	one := r.read(items, "", "", 2)
	switch one.Kind {
	case Choice:
		s.Options = one.Options
		return Choices
	case Text, Integer, Number:
		s.Of, s.Pattern, s.Format = one.Kind, one.Pattern, one.Format
		for name, n := range one.Bounds {
			s.Bounds[name] = n
		}
		return Lines
	}
	if items.values["type"] != "object" || r.group(items, &one, 1) != Group {
		return Free
	}
	for i := range one.Settings {
		m := &one.Settings[i]
		if !slices.Contains([]Kind{Text, Integer, Number, Boolean, Choice}, m.Kind) {
			return Free
		}
		m.Pointer = Pointer("", m.Name)
	}
	s.Settings = one.Settings
	return Rows
}

// group reads the members of an object. What hides a secret elsewhere than among
// its properties is no group.
func (r *reader) group(o *object, s *Setting, depth int) Kind {
	properties, ok := o.values["properties"].(*object)
	if !ok && o.values["additionalProperties"] == false {
		properties, ok = &object{}, true
	}
	if !ok || depth > 1 {
		return Free
	}
	for name, v := range o.values {
		if name != "properties" && name != "$defs" && name != "definitions" && r.mentions(v, 0) {
			return Free
		}
	}
	required, _ := o.values["required"].([]any)
	s.Settings = nil
	for _, name := range properties.names {
		p, ok := properties.values[name].(*object)
		if !ok {
			p = &object{values: map[string]any{}}
		}
		one := r.read(p, Pointer(s.Pointer, name), name, depth+1)
		one.Required = slices.Contains(required, any(name))
		s.Settings = append(s.Settings, one)
	}
	return Group
}
