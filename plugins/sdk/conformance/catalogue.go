package conformance

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"unicode"

	wirev1 "github.com/paifang/paifang/plugins/sdk/wire/v1"
)

const (
	maxMessages = 5000 // per language
	maxText     = 8000 // bytes of one form
)

var (
	placeholder = regexp.MustCompile(`\{\{\s*\.\w+\s*\}\}`)
	tag         = regexp.MustCompile(`</?[A-Za-z][^<>]*>`) // "P<UTO" of a passport is none
)

func catalogueCases() []check {
	return []check{
		{"catalogue.keys", `message keys begin with "<id>." and languages are BCP 47 tags`,
			"Nest the messages of a file messages/<language>.toml below a table with the provider's id.", catalogueKeys},
		{"catalogue.complete", "every message that the flows and codes name is there in the six shipped languages and in every other that it brings",
			"Add the message to the file of that language.", catalogueComplete},
		{"catalogue.parity", "every message is there in every language", "Add the message to the file of that language, or take it out of all.", catalogueParity},
		{"catalogue.plurals", "messages that count have all plural forms of their language",
			"Write all forms that CLDR has for the language: Arabic six, Russian four, French three.", cataloguePlurals},
		{"catalogue.placeholders", "placeholders are the same in every language", "A sentence must use the same {{.names}} as the English one.", cataloguePlaceholders},
		{"catalogue.plain", "texts are plain: no markup, no control characters, no more than they need",
			"Pages and messages escape what they show, so markup would be read out. Write plain sentences.", cataloguePlain},
	}
}

// messages are the provider's by language.
func (t *trial) messages() map[string]map[string]*wirev1.Text {
	all := map[string]map[string]*wirev1.Text{}
	for _, c := range t.about.Catalogues {
		all[c.Locale] = c.Messages
	}
	return all
}

// mute tells whether a provider says nothing to people.
func (t *trial) mute() bool {
	if len(t.about.Catalogues)+len(t.about.Flows)+len(t.about.OwnCodes) > 0 {
		return false
	}
	t.skip("it says nothing to people")
	return true
}

func catalogueKeys(_ context.Context, t *trial) {
	if t.mute() {
		return
	}
	seen := map[string]bool{}
	for _, c := range t.about.Catalogues {
		t.want(localeTag.MatchString(c.Locale) && !seen[c.Locale], "language %q", c.Locale)
		seen[c.Locale] = true
		t.want(len(c.Messages) <= maxMessages, "%s: more than %d messages", c.Locale, maxMessages)
		for key := range c.Messages {
			t.want(strings.HasPrefix(key, t.about.Id+".") && messageKey.MatchString(key), "%s: key %q", c.Locale, key)
		}
	}
}

func catalogueComplete(_ context.Context, t *trial) {
	if t.mute() {
		return
	}
	needed := flowKeys(t.about.Flows)
	for code := range ownCodes(t.about) {
		needed = append(needed, t.about.Id+".problem."+strings.TrimPrefix(code, "x."+t.about.Id+"."))
	}
	for _, locale := range t.languages() {
		for _, key := range needed {
			t.want(t.messages()[locale][key].GetForms()["other"] != "", "%s: %q is missing", locale, key)
		}
	}
	t.count = len(needed)
}

// languages are the shipped ones and those that the provider brings.
func (t *trial) languages() []string {
	var list []string
	for locale := range Languages() {
		list = append(list, locale)
	}
	for _, c := range t.about.Catalogues {
		list = append(list, c.Locale)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

func catalogueParity(_ context.Context, t *trial) {
	if t.mute() {
		return
	}
	all := t.messages()
	for _, messages := range all {
		for key := range messages {
			for locale := range all {
				t.want(all[locale][key].GetForms()["other"] != "", "%s: %q is missing", locale, key)
			}
		}
	}
}

func cataloguePlurals(_ context.Context, t *trial) {
	if t.mute() {
		return
	}
	all := t.messages()
	counts := map[string]bool{}
	for _, messages := range all {
		for key, text := range messages {
			counts[key] = counts[key] || len(text.GetForms()) > 1
		}
	}
	for locale, forms := range Languages() {
		for key, plural := range counts {
			if !plural || all[locale][key] == nil {
				continue
			}
			for _, form := range forms {
				t.want(all[locale][key].GetForms()[form] != "", "%s: %q has no form %q", locale, key, form)
			}
		}
	}
}

func cataloguePlaceholders(_ context.Context, t *trial) {
	if t.mute() {
		return
	}
	all := t.messages()
	for locale, messages := range all {
		for key, text := range messages {
			english := all["en"][key].GetForms()["other"]
			if english == "" {
				continue
			}
			mine, theirs := placeholders(text.GetForms()["other"]), placeholders(english)
			t.want(slices.Equal(mine, theirs), "%s: %q has %v, in English %v", locale, key, mine, theirs)
		}
	}
}

func placeholders(s string) []string {
	list := placeholder.FindAllString(s, -1)
	for i, p := range list {
		list[i] = strings.ReplaceAll(p, " ", "")
	}
	slices.Sort(list)
	return slices.Compact(list)
}

func cataloguePlain(_ context.Context, t *trial) {
	if t.mute() {
		return
	}
	for locale, messages := range t.messages() {
		for key, text := range messages {
			for form, s := range text.GetForms() {
				t.want(strings.Contains(" zero one two few many other ", " "+form+" "), "%s: %q has form %q", locale, key, form)
				t.want(plain(s) && len(s) <= maxText, "%s: %q is not plain", locale, key)
			}
		}
	}
}

func plain(s string) bool {
	return !tag.MatchString(s) && !strings.ContainsFunc(s, func(r rune) bool {
		return unicode.IsControl(r) && r != '\n' || r == '\u202d' || r == '\u202e' || r == unicode.ReplacementChar
	})
}

// flowKeys are all message keys that flows refer to.
func flowKeys(flows []*wirev1.Flow) []string {
	var keys []string
	add := func(list ...string) {
		for _, k := range list {
			if k != "" {
				keys = append(keys, k)
			}
		}
	}
	for _, f := range flows {
		add(f.Title, f.Summary)
		for _, w := range f.Ways {
			add(w.Title)
		}
		for _, s := range f.Steps {
			add(s.Title, s.Intro)
			add(fieldKeys(s.Fields)...)
			for _, r := range s.Documents {
				add(r.Label, r.Help)
				for _, side := range r.Sides {
					add(side.Label)
				}
			}
		}
		for _, tier := range f.Tiers {
			add(tier.Label, tier.Next)
			add(tier.Allows...)
			add(tier.Denies...)
		}
	}
	return keys
}

// fieldKeys are the message keys of fields and of the members of lists.
func fieldKeys(fields []*wirev1.Field) []string {
	var keys []string
	for _, field := range fields {
		keys = append(keys, field.Label, field.Help, field.Why)
		for _, o := range field.Options {
			keys = append(keys, o.Label)
		}
		keys = append(keys, fieldKeys(field.Fields)...)
	}
	return slices.DeleteFunc(keys, func(k string) bool { return k == "" })
}
