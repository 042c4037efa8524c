package locales

import (
	"embed"
	"fmt"
	"io/fs"
	"maps"
	"slices"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"

	"github.com/paifang/paifang/core/kyc"
)

// fallback is the language of a message that another one lacks. The parity
// test keeps this from happening for anything shipped.
const fallback = kyc.Locale("en")

//go:embed *.toml
var files embed.FS

// Bundle is everything that can be said, in every shipped language. It does not
// change once made and is safe for concurrent use.
type Bundle struct {
	messages map[kyc.Locale]Catalogue
	formats  map[kyc.Locale]*format
	regions  regions
	plurals  *i18n.Bundle    // of the keys that are counted
	counted  map[string]bool // keys that some language has in several plural forms
	printers map[kyc.Locale]*Printer
}

// Load reads the embedded catalogues and formats.
func Load() (*Bundle, error) {
	messages, err := readFolder(files)
	if err != nil {
		return nil, fmt.Errorf("locales: %w", err)
	}
	formats, known, err := readData(data, slices.Collect(maps.Keys(messages)))
	if err != nil {
		return nil, fmt.Errorf("locales: %w", err)
	}
	return assemble(messages, formats, known)
}

// With adds the messages of providers and returns a new bundle; b stays as it
// is. It is an error when a key is already there (a provider cannot change our
// words, or another provider's) or when a text is not well formed. Languages
// that are not shipped are left out.
func (b *Bundle) With(provider map[kyc.Locale]map[string]Message) (*Bundle, error) {
	messages := make(map[kyc.Locale]Catalogue, len(b.messages))
	for locale, own := range b.messages {
		merged := maps.Clone(own)
		for key, message := range provider[locale] {
			if _, taken := own[key]; taken {
				return nil, kyc.E(kyc.Invalid, "provider's message %q is already defined", key)
			}
			if err := message.check(key); err != nil {
				return nil, kyc.Wrap(kyc.Invalid, err, "provider's catalogue "+string(locale))
			}
			merged[key] = message
		}
		messages[locale] = merged
	}
	return assemble(messages, b.formats, b.regions)
}

func assemble(messages map[kyc.Locale]Catalogue, formats map[kyc.Locale]*format, known regions) (*Bundle, error) {
	if messages[fallback] == nil {
		return nil, fmt.Errorf("locales: no catalogue for %q", fallback)
	}
	b := &Bundle{
		messages: messages, formats: formats, regions: known,
		plurals:  i18n.NewBundle(language.English),
		counted:  counted(messages),
		printers: map[kyc.Locale]*Printer{},
	}
	for locale, catalogue := range messages {
		tag, err := language.Parse(string(locale))
		if err != nil {
			return nil, fmt.Errorf("locales: %q is not a language: %w", locale, err)
		}
		for key, message := range catalogue {
			if !b.counted[key] {
				continue // go-i18n keeps twenty times as much of each as its text is long
			}
			if err := b.plurals.AddMessages(tag, message.i18n(key)); err != nil {
				return nil, fmt.Errorf("locales: %w", err)
			}
		}
	}
	for locale := range messages {
		b.printers[locale] = newPrinter(b, locale)
	}
	return b, nil
}

// counted are the keys whose text depends on a number in some language.
func counted(messages map[kyc.Locale]Catalogue) map[string]bool {
	keys := map[string]bool{}
	for _, catalogue := range messages {
		for key, m := range catalogue {
			if (m != Message{Other: m.Other}) {
				keys[key] = true
			}
		}
	}
	return keys
}

// Shipped lists the languages that have a catalogue here, in the order of their
// tags but for the first: it is the last resort.
func Shipped() ([]kyc.Locale, error) {
	names, err := fs.Glob(files, "*.toml")
	if err != nil {
		return nil, fmt.Errorf("locales: %w", err)
	}
	shipped := []kyc.Locale{fallback}
	for _, name := range names {
		if locale := LocaleOf(name); !slices.Contains(shipped, locale) {
			shipped = append(shipped, locale)
		}
	}
	return shipped, nil
}

// Locales lists the shipped languages in the order of their tags.
func (b *Bundle) Locales() []kyc.Locale {
	return slices.Sorted(maps.Keys(b.messages))
}

// Printer speaks one language. A language that is not shipped is answered with
// the nearest one, and with English when there is none.
func (b *Bundle) Printer(locale kyc.Locale) *Printer {
	if p, ok := b.printers[locale]; ok {
		return p
	}
	offered := append([]kyc.Locale{fallback}, b.Locales()...)
	return b.printers[Match(string(locale), offered)]
}
