package admin

import (
	"cmp"
	"strings"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/offer"
	"github.com/paifang/paifang/locales"
	"github.com/paifang/paifang/portal/schemaform"
)

// worded says the settings of a market in words: those of the provider's
// catalogue where it has them, else those of its schema.
type worded struct {
	p      *locales.Printer
	market string
	schema *offer.Setting
	again  string // where the form is shown once more
}

// settingField is a field with its words.
type settingField struct {
	schemaform.Field
	Label, Help, Preset, Bounds, Again string
	Choices                            []settingChoice
	Inner                              []settingField
	Lists                              []settingRow
}

type settingChoice struct {
	Value, Text string
	Chosen      bool
}

type settingRow struct {
	schemaform.Row
	Title string
	Inner []settingField
}

// key is where the provider's catalogue has the words of a setting: the names of
// the objects that it is in, without numbers of rows.
func (w worded) key(pointer, what string) string {
	return w.market + ".settings" + strings.ReplaceAll(pointer, "/", ".") + "." + what
}

// say is a text of the provider's catalogue, or of its schema, which may name a key.
func (w worded) say(key, literal string) string {
	if w.p.Has(key) {
		return w.p.T(key)
	}
	if strings.HasPrefix(literal, w.market+".") && w.p.Has(literal) {
		return w.p.T(literal)
	}
	return literal
}

func (w worded) label(s *offer.Setting, pointer string) string {
	if text := w.say(w.key(pointer, "title"), s.Title); text != "" {
		return text
	}
	return s.Name
}

func (w worded) fields(list []schemaform.Field) []settingField { return w.within(list, "") }

// within words fields; under is the pointer of the list that they are members of.
func (w worded) within(list []schemaform.Field, under string) []settingField {
	var out []settingField
	for _, f := range list {
		pointer := under + f.Pointer
		x := settingField{Field: f, Label: w.label(f.Setting, pointer), Help: w.say(w.key(pointer, "help"), f.Description), Bounds: w.bounds(f.Setting), Again: w.again}
		switch {
		case f.At == "" && f.Name == "other":
			x.Label, x.Help = w.p.T("admin.setting.other"), w.p.T("admin.setting.otherHelp")
		case f.At == "":
			x.Label = w.p.T("admin.market.settings")
		}
		if f.Default != nil {
			x.Preset = w.value(f.Setting, pointer, f.Default)
		}
		for _, o := range f.Options {
			x.Choices = append(x.Choices, settingChoice{o.Value, w.option(pointer, o.Text, o.Title), o.Chosen})
		}
		x.Inner = w.within(f.Fields, under)
		for _, r := range f.Rows {
			x.Lists = append(x.Lists, settingRow{Row: r, Title: w.p.T("admin.setting.row", "number", w.p.Number(int64(r.Number))), Inner: w.within(r.Fields, pointer)})
		}
		out = append(out, x)
	}
	return out
}

func (w worded) option(pointer, value, title string) string {
	if title == "" {
		title = value
	}
	return w.say(w.key(pointer, "option."+value), title)
}

// value is a value of a setting in words.
func (w worded) value(s *offer.Setting, pointer string, v any) string {
	switch v := v.(type) {
	case bool:
		return w.p.T("admin.bool." + map[bool]string{true: "true", false: "false"}[v])
	case []any:
		if len(v) == 0 {
			return w.p.T("admin.setting.empty")
		}
		all := w.value(s, pointer, v[0])
		for _, x := range v[1:] {
			all = w.p.T("admin.setting.join", "first", all, "second", w.value(s, pointer, x))
		}
		return all
	}
	text := offer.Typed(v)
	if s != nil {
		for _, o := range s.Options {
			if offer.Typed(o.Value) == text {
				return w.option(pointer, text, o.Title)
			}
		}
	}
	return text
}

// bounds says what a schema asks of a value, as far as it is worth a hint.
func (w worded) bounds(s *offer.Setting) string {
	least, most := s.Bounds["minimum"], s.Bounds["maximum"]
	switch {
	case least != "" && most != "":
		return w.p.T("admin.setting.between", "min", least, "max", most)
	case least != "":
		return w.p.T("admin.setting.least", "min", least)
	case most != "":
		return w.p.T("admin.setting.most", "max", most)
	case s.Bounds["maxLength"] != "" && s.Kind == offer.Text:
		return w.p.T("admin.setting.long", "max", s.Bounds["maxLength"])
	}
	return ""
}

// changedRow is a difference in words.
type changedRow struct {
	What, From, To string
	Secret         bool
}

func (w worded) changes(list []offer.Change) []changedRow {
	var out []changedRow
	for _, c := range list {
		if c.Of == offer.OfSetting && !c.Secret {
			if entries, ok := w.schema.At(c.Pointer).Entries(c); ok {
				out = append(out, w.entries(c.Pointer, entries)...)
				continue
			}
		}
		row := changedRow{Secret: c.Secret}
		switch c.Of {
		case offer.OfState:
			row.What, row.From, row.To = w.p.T("admin.market.state"), w.p.T("admin.market.states."+c.From), w.p.T("admin.market.states."+c.To)
		case offer.OfVersion:
			row.What, row.From, row.To = w.p.T("admin.market.rules"), rulesOf(w.p, c.From), rulesOf(w.p, c.To)
		default:
			s := w.schema.At(c.Pointer)
			row.What = w.name(c.Pointer)
			if !c.Secret {
				row.From, row.To = w.read(s, c.Pointer, c.From), w.read(s, c.Pointer, c.To)
			}
		}
		out = append(out, row)
	}
	return out
}

// entries are the differences of a list of objects: of an entry that is in both lists
// each member that differs, of one that is new or gone the whole.
func (w worded) entries(pointer string, list []offer.EntryChange) []changedRow {
	s, none := w.schema.At(pointer), w.p.T("admin.setting.unset")
	value := func(v any, name string) string {
		o, whole := v.(map[string]any)
		switch {
		case v == nil:
			return none
		case name != "" || !whole:
			return w.value(s.Member(name), pointer+"/"+name, v)
		}
		text := ""
		for _, name := range s.Members(o) {
			one := w.p.T("admin.setting.member", "name", w.member(s, pointer, name), "value", w.value(s.Member(name), pointer+"/"+name, o[name]))
			if text != "" {
				one = w.p.T("admin.setting.join", "first", text, "second", one)
			}
			text = one
		}
		return cmp.Or(text, w.p.T("admin.setting.empty"))
	}
	var out []changedRow
	for _, e := range list {
		row := changedRow{What: w.name(pointer) + " › " + w.p.T("admin.setting.row", "number", w.p.Number(int64(e.Number))), From: value(e.From, e.Name), To: value(e.To, e.Name)}
		if e.Name != "" {
			row.What += " › " + w.member(s, pointer, e.Name)
		}
		out = append(out, row)
	}
	return out
}

// member is what a member of a list of objects is called.
func (w worded) member(list *offer.Setting, pointer, name string) string {
	if m := list.Member(name); m != nil {
		return w.label(m, pointer+m.Pointer)
	}
	return name
}

func (w worded) read(s *offer.Setting, pointer, raw string) string {
	if raw == "" {
		return w.p.T("admin.setting.unset")
	}
	if v := offer.Value(raw); v != nil {
		return w.value(s, pointer, v)
	}
	return raw
}

// name is what a place is called: its setting and those it is in.
func (w worded) name(pointer string) string {
	if pointer == "" {
		return w.p.T("admin.market.settings")
	}
	var names []string
	at := ""
	for _, step := range strings.Split(pointer[1:], "/") {
		at += "/" + step
		if s := w.schema.At(at); s != nil {
			names = append(names, w.label(s, at))
		} else {
			names = append(names, step)
		}
	}
	return strings.Join(names, " › ")
}

// about is a sentence about a place for which there is no field.
func (w worded) about(x schemaform.Wrong) string {
	if x.Pointer == "" {
		return x.Text
	}
	return w.name(x.Pointer) + ": " + x.Text
}

// rulesOf says by which rules new applications are judged.
func rulesOf(p *locales.Printer, pinned string) string {
	switch pinned {
	case "":
		return p.T("admin.market.pins.follow")
	case kyc.StableChannel, kyc.CanaryChannel:
		return p.T("admin.market.pins." + pinned)
	case kyc.ShippedVersion:
		return p.T("admin.market.pins.shipped")
	}
	return p.T("admin.market.pins.version", "version", pinned)
}
