package plugintest

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/paifang/paifang/plugins/sdk"
	"github.com/paifang/paifang/plugins/sdk/wire"
	wirev1 "github.com/paifang/paifang/plugins/sdk/wire/v1"
)

// Languages are the shipped languages and the plural forms that CLDR gives them.
func Languages() map[string][]string {
	return map[string][]string{
		"zh-Hans": {"other"},
		"zh-Hant": {"other"},
		"en":      {"one", "other"},
		"fr":      {"one", "many", "other"},
		"ru":      {"one", "few", "many", "other"},
		"ar":      {"zero", "one", "two", "few", "many", "other"},
	}
}

func describeValid(t *testing.T, c *Client) {
	about := c.About
	if !regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,38}[a-z0-9]$`).MatchString(about.Id) {
		t.Errorf("id %q is not a slug", about.Id)
	}
	if !regexp.MustCompile(`^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z.-]+)?$`).MatchString(about.Version) {
		t.Errorf("version %q is not semantic", about.Version)
	}
	if about.ProtocolMin > wire.Protocol || about.ProtocolMax < wire.Protocol {
		t.Errorf("protocol range %d to %d is without %d", about.ProtocolMin, about.ProtocolMax, wire.Protocol)
	}
	for code, parent := range ownCodes(about) {
		if !strings.HasPrefix(code, "x."+about.Id+".") || parent == "" {
			t.Errorf("own code %q with parent %q", code, parent)
		}
	}
	if slices.Contains(about.Kinds, wirev1.ProviderKind_PROVIDER_KIND_MARKET) && len(about.Flows) == 0 {
		t.Error("a market without a flow")
	}
	for _, f := range about.Flows {
		flowValid(t, f)
	}
}

func flowValid(t *testing.T, f *wirev1.Flow) {
	if len(f.Steps) == 0 || len(f.Tiers) == 0 {
		t.Errorf("market %q needs steps and tiers", f.Market)
	}
	if f.Review != sdk.ReviewAlways && f.Review != sdk.ReviewOnReferral {
		t.Errorf("market %q: review %q", f.Market, f.Review)
	}
	refersValid(t, f)
	seen := map[string]bool{}
	for _, s := range f.Steps {
		if seen[s.Id] {
			t.Errorf("step %q is there twice", s.Id)
		}
		seen[s.Id] = true
		if s.Kind == sdk.ContactStep && s.Proof == nil {
			t.Errorf("contact step %q does not say how to prove", s.Id)
		}
		if s.Kind == sdk.DocumentsStep && len(s.Documents) == 0 {
			t.Errorf("documents step %q asks for none", s.Id)
		}
		fieldsValid(t, s.Id, s.Fields)
	}
}

func fieldsValid(t *testing.T, at string, fields []*wirev1.Field) {
	seen := map[string]bool{}
	for _, field := range fields {
		if seen[field.Name] {
			t.Errorf("field %s.%s is there twice", at, field.Name)
		}
		seen[field.Name] = true
		if field.Pii == "" {
			t.Errorf("field %s.%s has no PII class", at, field.Name)
		}
		if field.Type == sdk.SelectField && len(field.Options) == 0 {
			t.Errorf("field %s.%s has nothing to select", at, field.Name)
		}
		if list := field.Type == sdk.ListField; list != (len(field.Fields) > 0) || list != (field.Constraint.GetMaxRows() > 0) {
			t.Errorf("field %s.%s: lists, and only they, have members and a number of rows", at, field.Name)
		}
		fieldsValid(t, at+"."+field.Name, field.Fields)
	}
}

// catalogueParity wants every message in every shipped language with all its
// plural forms and the same placeholders, and every key of the flows there.
func catalogueParity(t *testing.T, c *Client) {
	if len(c.About.Catalogues) == 0 && len(c.About.Flows) == 0 {
		t.Skip("says nothing to people")
	}
	byLocale := map[string]map[string]*wirev1.Text{}
	every := map[string]bool{}
	for _, cat := range c.About.Catalogues {
		byLocale[cat.Locale] = cat.Messages
		for key := range cat.Messages {
			every[key] = true
			if !strings.HasPrefix(key, c.About.Id+".") {
				t.Errorf("%s: key %q does not begin with %q", cat.Locale, key, c.About.Id+".")
			}
		}
	}
	for _, key := range flowKeys(c.About.Flows) {
		every[key] = true
	}
	for code := range ownCodes(c.About) {
		every[c.About.Id+".problem."+strings.TrimPrefix(code, "x."+c.About.Id+".")] = true
	}
	for locale, forms := range Languages() {
		for key := range every {
			text := byLocale[locale][key].GetForms()
			if text["other"] == "" {
				t.Errorf("%s: %q is missing", locale, key)
				continue
			}
			pluralComplete(t, locale, key, text, forms, counts(byLocale, key))
			samePlaceholders(t, locale, key, text["other"], byLocale["en"][key].GetForms()["other"])
		}
	}
}

// counts tells whether a message has plural forms in any language.
func counts(byLocale map[string]map[string]*wirev1.Text, key string) bool {
	for _, messages := range byLocale {
		if len(messages[key].GetForms()) > 1 {
			return true
		}
	}
	return false
}

func pluralComplete(t *testing.T, locale, key string, text map[string]string, forms []string, plural bool) {
	if !plural {
		return
	}
	for _, form := range forms {
		if text[form] == "" {
			t.Errorf("%s: %q has no form %q", locale, key, form)
		}
	}
}

func samePlaceholders(t *testing.T, locale, key, a, b string) {
	find := func(s string) []string {
		list := regexp.MustCompile(`\{\{\s*\.\w+\s*\}\}`).FindAllString(s, -1)
		slices.Sort(list)
		return slices.Compact(list)
	}
	if !slices.Equal(find(a), find(b)) {
		t.Errorf("%s: %q has placeholders %v, in en %v", locale, key, find(a), find(b))
	}
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
	return keys
}

func ownCodes(about *wirev1.DescribeResponse) map[string]string {
	m := map[string]string{}
	for _, c := range about.OwnCodes {
		m[c.Code] = c.Parent
	}
	return m
}

// checkCode wants an own code to be declared.
func checkCode(t *testing.T, c *Client, code string) {
	switch {
	case code == "":
		t.Error("a code is empty")
	case strings.HasPrefix(code, "x.") && ownCodes(c.About)[code] == "":
		t.Errorf("own code %q is not declared in OwnCodes", code)
	}
}

func hasTier(f *wirev1.Flow, id string) bool {
	return slices.ContainsFunc(f.Tiers, func(t *wirev1.Tier) bool { return t.Id == id })
}

func onDemand(f *wirev1.Flow, id string) bool {
	return slices.ContainsFunc(f.Steps, func(s *wirev1.Step) bool { return s.Id == id && s.OnDemand })
}
