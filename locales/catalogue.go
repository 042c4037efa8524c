package locales

import (
	"fmt"
	"io/fs"
	"path"
	"sort"
	"strings"

	"github.com/BurntSushi/toml"

	"github.com/paifang/paifang/core/kyc"
)

// Catalogue is the messages of one language by key.
type Catalogue map[string]Message

// ParseCatalogue reads the messages of one TOML file: tables become dotted
// keys, a table that holds only plural categories becomes one message.
func ParseCatalogue(data []byte) (Catalogue, error) {
	var root map[string]any
	if err := toml.Unmarshal(data, &root); err != nil {
		return nil, err
	}
	out := Catalogue{}
	if err := flatten("", root, out); err != nil {
		return nil, err
	}
	return out, nil
}

func flatten(prefix string, table map[string]any, out Catalogue) error {
	for name, value := range table {
		key := name
		if prefix != "" {
			key = prefix + "." + name
		}
		if err := add(key, value, out); err != nil {
			return err
		}
	}
	return nil
}

func add(key string, value any, out Catalogue) error {
	var message Message
	switch v := value.(type) {
	case string:
		message = Message{Other: v}
	case map[string]any:
		forms, ok := pluralForms(v)
		if !ok {
			return flatten(key, v, out)
		}
		message = forms
	default:
		return fmt.Errorf("%q is neither a text nor a table", key)
	}
	if err := message.check(key); err != nil {
		return err
	}
	if _, twice := out[key]; twice {
		return fmt.Errorf("%q is written twice", key)
	}
	out[key] = message
	return nil
}

// pluralForms reads a table as a message when it holds plural categories and
// nothing else. An option list with an entry "other" has other entries too.
func pluralForms(table map[string]any) (Message, bool) {
	var m Message
	slots := map[string]*string{
		"zero": &m.Zero, "one": &m.One, "two": &m.Two, "few": &m.Few, "many": &m.Many, "other": &m.Other,
	}
	for name, value := range table {
		slot, known := slots[name]
		s, isText := value.(string)
		if !known || !isText {
			return Message{}, false
		}
		*slot = s
	}
	return m, m.Other != ""
}

// LocaleOf tells the language of a catalogue file from its name: the last
// dotted part before ".toml".
func LocaleOf(file string) kyc.Locale {
	name := strings.TrimSuffix(path.Base(file), ".toml")
	return kyc.Locale(name[strings.LastIndexByte(name, '.')+1:])
}

// readFolder reads every TOML file at the top of a folder, in order of name.
func readFolder(folder fs.FS) (map[kyc.Locale]Catalogue, error) {
	files, err := fs.Glob(folder, "*.toml")
	if err != nil {
		return nil, err
	}
	sort.Strings(files)
	out := map[kyc.Locale]Catalogue{}
	for _, file := range files {
		data, err := fs.ReadFile(folder, file)
		if err != nil {
			return nil, err
		}
		part, err := ParseCatalogue(data)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		locale := LocaleOf(file)
		if out[locale] == nil {
			out[locale] = Catalogue{}
		}
		for key, message := range part {
			if _, twice := out[locale][key]; twice {
				return nil, fmt.Errorf("%s: %q is already in another file", file, key)
			}
			out[locale][key] = message
		}
	}
	return out, nil
}
