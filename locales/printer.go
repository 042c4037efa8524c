package locales

import (
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/unicode/bidi"

	"github.com/paifang/paifang/core/kyc"
)

// Printer speaks one language. It does not change and is safe for concurrent use.
type Printer struct {
	locale    kyc.Locale
	bundle    *Bundle
	format    *format
	localizer *i18n.Localizer
	countries []Country
	phones    []PhoneRegion
	zone      *time.Location
}

func newPrinter(b *Bundle, locale kyc.Locale) *Printer {
	p := &Printer{
		locale: locale, bundle: b, format: b.formats[locale], zone: time.UTC,
		localizer: i18n.NewLocalizer(b.plurals, string(locale)),
	}
	p.countries = p.sortedCountries()
	p.phones = p.phoneRegions()
	return p
}

// In is the same printer with times shown in zone instead of UTC.
func (p *Printer) In(zone *time.Location) *Printer {
	q := *p
	q.zone = zone
	return &q
}

// Lang is the BCP 47 tag, for the lang attribute.
func (p *Printer) Lang() string { return string(p.locale) }

// Locale is the language as the core names it.
func (p *Printer) Locale() kyc.Locale { return p.locale }

// Dir is the direction of writing: "ltr" or "rtl".
func (p *Printer) Dir() string {
	if p.format.RightToLeft {
		return "rtl"
	}
	return "ltr"
}

// Has tells whether a key has a text, in this language or in English.
func (p *Printer) Has(key string) bool {
	_, ok := p.find(key)
	return ok
}

// T is the text of a key. args are pairs of a placeholder's name and its value;
// integers are written as the language does. A key without text in this
// language is answered in English, and with the key itself when there is none.
func (p *Printer) T(key string, args ...any) string {
	return p.say(key, p.values(args))
}

// say is the one text of a key.
func (p *Printer) say(key string, values map[string]string) string {
	message, ok := p.find(key)
	if !ok {
		return key
	}
	parsed, err := parse(message.Other)
	if err != nil {
		return key
	}
	s, _ := parsed.Execute(values)
	return s
}

// N is the text of a key for a number, in the plural form that the language
// wants. {{.n}} is the number, written as the language does.
func (p *Printer) N(key string, n int, args ...any) string {
	if !p.Has(key) {
		return key
	}
	values := p.values(args)
	values["n"] = p.Number(int64(n))
	if !p.bundle.counted[key] {
		return p.say(key, values)
	}
	s, _ := p.localizer.Localize(&i18n.LocalizeConfig{
		MessageID: key, PluralCount: n, TemplateData: values, TemplateParser: parser{},
	})
	if s == "" {
		return key
	}
	return s
}

func (p *Printer) find(key string) (Message, bool) {
	if m, ok := p.bundle.messages[p.locale][key]; ok {
		return m, true
	}
	m, ok := p.bundle.messages[fallback][key]
	return m, ok
}

// values makes the pairs of args a map of texts. A name without a value and a
// name that is not a string are left out.
func (p *Printer) values(args []any) map[string]string {
	out := make(map[string]string, len(args)/2+1)
	for i := 0; i+1 < len(args); i += 2 {
		name, ok := args[i].(string)
		if !ok {
			continue
		}
		switch v := args[i+1].(type) {
		case int:
			out[name] = p.Number(int64(v))
		case int64:
			out[name] = p.Number(v)
		case string:
			out[name] = p.isolate(v)
		default:
			out[name] = p.isolate(fmt.Sprint(v))
		}
	}
	return out
}

const (
	firstStrongIsolate = "\u2068"
	popIsolate         = "\u2069"
)

// isolate keeps a value that is written the other way from pulling the sentence
// around it apart: without it "+86 138" reads "138 86+" in Arabic. Addresses of
// pages stay bare, because programs that make links of them take the mark along.
func (p *Printer) isolate(value string) string {
	if strings.Contains(value, "://") || !p.disturbs(value) {
		return value
	}
	return firstStrongIsolate + value + popIsolate
}

func (p *Printer) disturbs(value string) bool {
	if p.format.RightToLeft && strings.ContainsAny(value, "+*") {
		return true
	}
	for _, r := range value {
		if !unicode.IsLetter(r) {
			continue
		}
		properties, _ := bidi.LookupRune(r)
		class := properties.Class()
		if rtl := class == bidi.R || class == bidi.AL; rtl != p.format.RightToLeft {
			return true
		}
	}
	return false
}

// Language is a language's name in itself: "العربية". An unknown one is its tag.
func (p *Printer) Language(locale kyc.Locale) string {
	if f, ok := p.bundle.formats[locale]; ok {
		return f.Name
	}
	return string(locale)
}
