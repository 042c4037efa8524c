package locales

import (
	"fmt"
	"strings"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"github.com/nicksnyder/go-i18n/v2/i18n/template"
)

// Message is one text, in the plural forms of CLDR. A message without plural
// has only Other.
type Message struct {
	Zero, One, Two, Few, Many, Other string
}

// forms lists what is written, by the name of the plural category.
func (m Message) forms() map[string]string {
	all := map[string]string{
		"zero": m.Zero, "one": m.One, "two": m.Two, "few": m.Few, "many": m.Many, "other": m.Other,
	}
	for name, text := range all {
		if text == "" {
			delete(all, name)
		}
	}
	return all
}

func (m Message) i18n(key string) *i18n.Message {
	return &i18n.Message{
		ID: key, Zero: m.Zero, One: m.One, Two: m.Two, Few: m.Few, Many: m.Many, Other: m.Other,
	}
}

// check refuses what the renderer would not understand.
func (m Message) check(key string) error {
	if m.Other == "" {
		return fmt.Errorf("message %q has no text (no form \"other\")", key)
	}
	for form, text := range m.forms() {
		if _, err := parse(text); err != nil {
			return fmt.Errorf("message %q, form %q: %w", key, form, err)
		}
	}
	return nil
}

// piece is literal text, or the name of a value.
type piece struct {
	text string
	name string
}

// text is a parsed message: literals and placeholders in turn.
type text []piece

// parse reads "Wait {{.n}} seconds". Anything else between braces is an error.
func parse(src string) (text, error) {
	var out text
	for {
		before, rest, found := strings.Cut(src, "{{")
		if before != "" {
			out = append(out, piece{text: before})
		}
		if !found {
			return out, nil
		}
		name, after, closed := strings.Cut(rest, "}}")
		name = strings.TrimSpace(name)
		if !closed || len(name) < 2 || name[0] != '.' || !word(name[1:]) {
			return nil, fmt.Errorf("%q is not a placeholder like {{.name}}", "{{"+name)
		}
		out = append(out, piece{name: name[1:]})
		src = after
	}
}

func word(s string) bool {
	for _, r := range s {
		if (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '_' {
			return false
		}
	}
	return true
}

// Execute implements template.ParsedTemplate. A value that was not given is
// left out: a gap can be read, "<no value>" can not.
func (t text) Execute(data any) (string, error) {
	values, _ := data.(map[string]string)
	var b strings.Builder
	for _, p := range t {
		if p.name == "" {
			b.WriteString(p.text)
			continue
		}
		b.WriteString(values[p.name])
	}
	return b.String(), nil
}

// parser gives our own small templates to go-i18n, which keeps them parsed.
type parser struct{}

func (parser) Cacheable() bool { return true }

func (parser) Parse(src, _, _ string) (template.ParsedTemplate, error) { return parse(src) }
