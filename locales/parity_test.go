package locales

import (
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/plugins/sdk/conformance"
)

// latinInAll lists texts that are the same in every language: a new market is
// called what its author calls it.
var latinInAll = map[string]bool{"__NAME__.title": true}

// catalogues are ours and those of every provider in the tree, by folder. The
// examples are strangers' modules, whose languages the conformance suite judges.
func catalogues(t *testing.T) map[string]map[kyc.Locale]Catalogue {
	t.Helper()
	root := os.DirFS("..")
	folders := map[string]bool{"locales": true}
	err := fs.WalkDir(root, "plugins", func(name string, d fs.DirEntry, err error) error {
		if name == "plugins/examples" {
			return fs.SkipDir
		}
		if err == nil && !d.IsDir() && path.Ext(name) == ".toml" && !strings.Contains(name, "testdata/") {
			folders[path.Dir(name)] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]map[kyc.Locale]Catalogue{}
	for folder := range folders {
		sub, err := fs.Sub(root, folder)
		if err != nil {
			t.Fatal(err)
		}
		if out[folder], err = readFolder(sub); err != nil {
			t.Fatalf("%s: %v", folder, err)
		}
	}
	return out
}

// each calls check for every message of every catalogue.
func each(t *testing.T, check func(t *testing.T, locale kyc.Locale, key string, m Message)) {
	t.Helper()
	for folder, languages := range catalogues(t) {
		for locale, catalogue := range languages {
			t.Run(folder+"/"+string(locale), func(t *testing.T) {
				for _, key := range slices.Sorted(maps.Keys(catalogue)) {
					check(t, locale, key, catalogue[key])
				}
			})
		}
	}
}

// Every key is in every shipped language, and asks for the same values.
func TestParity(t *testing.T) {
	shipped := loaded(t).Locales()
	for folder, languages := range catalogues(t) {
		keys := map[string]bool{}
		for _, catalogue := range languages {
			for key := range catalogue {
				keys[key] = true
			}
		}
		if len(keys) == 0 {
			t.Errorf("%s says nothing", folder)
		}
		for _, key := range slices.Sorted(maps.Keys(keys)) {
			want := placeholders(languages[fallback][key])
			for _, locale := range shipped {
				message, ok := languages[locale][key]
				if !ok {
					t.Errorf("%s: %s lacks %s", folder, locale, key)
					continue
				}
				if diff := cmp.Diff(want, placeholders(message)); diff != "" {
					t.Errorf("%s: %s of %s asks for other values than en:\n%s", folder, key, locale, diff)
				}
				eachFormCounts(t, folder, key, locale, message)
			}
		}
		for locale := range languages {
			if !slices.Contains(shipped, locale) {
				t.Errorf("%s speaks %s, which is not shipped", folder, locale)
			}
		}
	}
}

// exact are the plural forms that stand for one number only, so that the text
// may spell it out. The Russian "one" is for 21 too, the French one for 0.
var exact = map[kyc.Locale][]string{"en": {"one"}, "ar": {"zero", "one", "two"}}

// eachFormCounts wants every form of a counted message to hold all values.
func eachFormCounts(t *testing.T, folder, key string, locale kyc.Locale, m Message) {
	t.Helper()
	all := placeholders(m)
	for form, text := range m.forms() {
		got := placeholders(Message{Other: text})
		if slices.Contains(exact[locale], form) && !slices.Contains(got, "n") && slices.Contains(all, "n") {
			got = slices.Sorted(slices.Values(append(got, "n")))
		}
		if diff := cmp.Diff(all, got); diff != "" {
			t.Errorf("%s: form %q of %s in %s asks for other values than the rest:\n%s", folder, form, key, locale, diff)
		}
	}
}

func loaded(t *testing.T) *Bundle {
	t.Helper()
	b, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Who writes a provider is told of the same languages and plural forms.
func TestProviderAuthorsKnowTheLanguages(t *testing.T) {
	b, want := loaded(t), map[string][]string{}
	for _, locale := range b.Locales() {
		want[string(locale)] = b.formats[locale].Plurals
	}
	sorted := cmp.Transformer("sorted", func(s []string) []string { return slices.Sorted(slices.Values(s)) })
	if diff := cmp.Diff(want, conformance.Languages(), cmp.FilterPath(func(p cmp.Path) bool { return len(p) == 2 }, sorted)); diff != "" {
		t.Error(diff)
	}
}

// placeholders are the names that a message needs, each once. A number that a
// form like "one" spells out is asked for by the others.
func placeholders(m Message) []string {
	names := map[string]bool{}
	for _, form := range m.forms() {
		parsed, _ := parse(form)
		for _, p := range parsed {
			if p.name != "" {
				names[p.name] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(names))
}

// A message that differs by number in one language has, in every language, all
// the forms that the language has, and no others.
func TestPluralForms(t *testing.T) {
	b := loaded(t)
	for folder, languages := range catalogues(t) {
		counted := map[string]bool{}
		for _, catalogue := range languages {
			for key, m := range catalogue {
				counted[key] = counted[key] || len(m.forms()) > 1
			}
		}
		for locale, catalogue := range languages {
			required := slices.Sorted(slices.Values(b.formats[locale].Plurals))
			for key, m := range catalogue {
				if !counted[key] {
					continue
				}
				if diff := cmp.Diff(required, slices.Sorted(maps.Keys(m.forms()))); diff != "" {
					t.Errorf("%s: %s of %s has the wrong plural forms:\n%s", folder, key, locale, diff)
				}
			}
		}
	}
}

// Every text is in the script of its language. Words that stay Latin anywhere
// ("PayPal") stand beside words that do not.
func TestNoEnglishIsLeft(t *testing.T) {
	scripts := map[kyc.Locale]*unicode.RangeTable{"zh-Hans": unicode.Han, "zh-Hant": unicode.Han, "ar": unicode.Arabic,
		"en": unicode.Latin, "fr": unicode.Latin, "ru": unicode.Cyrillic}
	each(t, func(t *testing.T, locale kyc.Locale, key string, m Message) {
		for form, text := range m.forms() {
			letters := func(r rune) bool { return unicode.IsLetter(r) }
			bare := withoutPlaceholders(text)
			if latinInAll[key] || !strings.ContainsFunc(bare, letters) {
				continue
			}
			if !strings.ContainsFunc(bare, func(r rune) bool { return unicode.Is(scripts[locale], r) }) {
				t.Errorf("%s (%s): %q is not in the script of %s", key, form, text, locale)
			}
		}
	})
}

func withoutPlaceholders(text string) string {
	parsed, _ := parse(text)
	var b strings.Builder
	for _, p := range parsed {
		b.WriteString(p.text)
	}
	return b.String()
}

// Short and concrete, no blame, no exclamation mark.
func TestTone(t *testing.T) {
	banned := []string{"oops", "something went wrong", "!", "！", "出错了", "哎呀", "出錯了", "糟糕", "oups", "упс"}
	each(t, func(t *testing.T, _ kyc.Locale, key string, m Message) {
		for _, text := range m.forms() {
			for _, word := range banned {
				if strings.Contains(strings.ToLower(text), word) {
					t.Errorf("%s says %q: %s", key, word, text)
				}
			}
			if strings.TrimSpace(text) != text {
				t.Errorf("%s begins or ends with space: %q", key, text)
			}
		}
	})
}
