package sdk

import (
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/BurntSushi/toml"
)

// Messages are a provider's messages: locale -> key -> plural form -> text.
// A message without plural has the form "other" only.
type Messages map[string]map[string]map[string]string

// pluralForms are CLDR's categories.
const pluralForms = " zero one two few many other "

// Catalogue reads every "<locale>.toml" in dir of fsys. Nested tables make
// dotted keys; a table of nothing but plural forms (zero, one, two, few, many,
// other) is one message.
func Catalogue(fsys fs.FS, dir string) (Messages, error) {
	files, err := fs.Glob(fsys, path.Join(dir, "*.toml"))
	if err != nil {
		return nil, err
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("no message files in %q", dir)
	}
	all := Messages{}
	for _, name := range files {
		b, err := fs.ReadFile(fsys, name)
		if err != nil {
			return nil, err
		}
		var tree map[string]any
		if err := toml.Unmarshal(b, &tree); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		keys := map[string]map[string]string{}
		if err := flatten("", tree, keys); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		all[strings.TrimSuffix(path.Base(name), ".toml")] = keys
	}
	return all, nil
}

// MustCatalogue is Catalogue for embedded files: it panics when they are
// broken, which the provider's first test shows.
func MustCatalogue(fsys fs.FS, dir string) Messages {
	m, err := Catalogue(fsys, dir)
	if err != nil {
		panic(err)
	}
	return m
}

// Has tells whether the key exists in any language.
func (m Messages) Has(key string) bool {
	for _, keys := range m {
		if _, ok := keys[key]; ok {
			return true
		}
	}
	return false
}

func flatten(prefix string, tree map[string]any, into map[string]map[string]string) error {
	if forms, ok := plural(tree); ok && prefix != "" {
		into[prefix] = forms
		return nil
	}
	for k, v := range tree {
		key := k
		if prefix != "" {
			key = prefix + "." + k
		}
		switch v := v.(type) {
		case string:
			into[key] = map[string]string{"other": v}
		case map[string]any:
			if err := flatten(key, v, into); err != nil {
				return err
			}
		default:
			return fmt.Errorf("message %q is not text", key)
		}
	}
	return nil
}

// plural tells whether a table is one message: its keys are plural forms and
// "other" is among them.
func plural(tree map[string]any) (map[string]string, bool) {
	forms := map[string]string{}
	for k, v := range tree {
		text, ok := v.(string)
		if !ok || !strings.Contains(pluralForms, " "+k+" ") {
			return nil, false
		}
		forms[k] = text
	}
	_, ok := forms["other"]
	return forms, ok
}
