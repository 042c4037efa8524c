package locales

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/paifang/paifang/core/kyc"
)

func TestEveryCountryHasANameEverywhere(t *testing.T) {
	b, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, locale := range b.Locales() {
		p := b.Printer(locale)
		countries := p.Countries()
		if len(countries) != 250 { // the 249 of ISO 3166-1, and Kosovo
			t.Errorf("%s: %d regions", locale, len(countries))
		}
		seen := map[string]bool{}
		for _, c := range countries {
			if c.Name == "" || c.Name == c.Code || seen[c.Name] {
				t.Errorf("%s: %s is called %q", locale, c.Code, c.Name)
			}
			seen[c.Name] = true
		}
	}
}

// The names of states that changed theirs, and of regions old lists forgot.
func TestCountryNamesAreOfToday(t *testing.T) {
	b := sample(t)
	en, ar, zh := b.Printer("en"), b.Printer("ar"), b.Printer("zh-Hans")
	got := []string{
		en.Country("SZ"), en.Country("MK"), en.Country("TR"), en.Country("SS"), en.Country("XK"),
		zh.Country("CN"), zh.Country("SZ"), zh.Country("PS"), ar.Country("SA"), ar.Country("QA"), zh.Country("ZZ"),
	}
	want := []string{
		"Eswatini", "North Macedonia", "Türkiye", "South Sudan", "Kosovo",
		"中国", "斯威士兰", "巴勒斯坦领土", "المملكة العربية السعودية", "قطر", "ZZ",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestCountriesAreInTheOrderOfTheLanguage(t *testing.T) {
	b := loaded(t)
	for locale, inOrder := range map[kyc.Locale][]string{
		"en":      {"AF", "AX", "AL", "CI", "HR", "DE", "RE", "RO", "ZW"}, // Å and é among their letters
		"zh-Hans": {"AL", "AF", "BR", "DE", "FR", "CL", "CN", "HK"},       // pinyin: a'er, afu, ba, de, fa, zhi, zhong
		"ar":      {"IS", "ES", "EG", "HK"},
		"fr":      {"AF", "AL", "DE", "EG", "ES", "US", "ET", "ZW"}, // Égypte, Espagne, États-Unis, Éthiopie
		"ru":      {"AU", "DE", "CN", "RU", "JP"},
		"zh-Hant": {"CN", "JP", "FR"}, // by strokes
	} {
		codes := make([]string, 0, 250)
		for _, c := range b.Printer(locale).Countries() {
			codes = append(codes, c.Code)
		}
		at := -1
		for _, code := range inOrder {
			next := slices.Index(codes, code)
			if next <= at {
				t.Errorf("%s: %s stands at %d, after %d", locale, code, next, at)
			}
			at = next
		}
	}
}

func TestPhoneRegions(t *testing.T) {
	regions := sample(t).Printer("zh-Hans").PhoneRegions()
	calling := map[string]string{}
	for _, r := range regions {
		calling[r.Code] = r.Calling
		if r.Name == r.Code || !strings.HasPrefix(r.Calling, "+") {
			t.Errorf("%+v", r)
		}
	}
	if len(regions) < 4+137 {
		t.Errorf("only %d regions", len(regions))
	}
	first := sample(t).Printer("ar").PhoneRegions("CN", "HK", "MO", "TW")
	for i, code := range []string{"CN", "HK", "MO", "TW"} {
		if first[i].Code != code || len(first) != len(regions) {
			t.Errorf("%s stands not at %d of %d", code, i, len(first))
		}
	}
	for _, r := range regions {
		if main := map[string]bool{"GB": true, "GG": false, "US": true, "CA": false, "CN": true}; r.Main != main[r.Code] {
			if _, known := main[r.Code]; known {
				t.Errorf("%s is the main region of %s: %t", r.Code, r.Calling, r.Main)
			}
		}
	}
	want := map[string]string{
		"CN": "+86", "HK": "+852", "MO": "+853", "TW": "+886", "US": "+1", "KZ": "+7", "XK": "+383",
	}
	for code, c := range want {
		if calling[code] != c {
			t.Errorf("%s: %q, want %q", code, calling[code], c)
		}
	}
}

func TestAddressFormats(t *testing.T) {
	for country, want := range map[string]string{
		"CN": "country* admin_area.province* locality.city* dependent_locality.district line1* line2 postal_code.postal*",
		"US": "country* line1* line2 locality.city* admin_area.state* postal_code.zip*",
		"JP": "country* postal_code.postal* admin_area.prefecture* line1* line2",
		"AE": "country* line1* line2 admin_area.emirate*",
		"DE": "country* line1* line2 postal_code.postal* locality.city*",
		"GB": "country* line1* line2 locality.post_town* postal_code.postal*",
		"HK": "country* admin_area.area* locality.district line1* line2",
		"QA": "country* line1* line2 locality.city*", // nothing is known
		"??": "country* line1* line2 locality.city*",
	} {
		var parts []string
		for _, line := range AddressFormat(country) {
			part := strings.TrimPrefix(line.Label, "field.address.")
			if line.Required {
				part += "*"
			}
			parts = append(parts, part)
		}
		if got := strings.Join(parts, " "); got != want {
			t.Errorf("%s: %s\nwant %s", country, got, want)
		}
	}
}

// Every country has a form of known parts, each once, and each part a label.
func TestEveryAddressFormatHasLabels(t *testing.T) {
	b, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	for code := range b.regions {
		seen := map[string]bool{}
		for _, line := range AddressFormat(code) {
			if seen[line.Part] || !slices.Contains(kyc.AddressParts, line.Part) {
				t.Errorf("%s: part %q", code, line.Part)
			}
			seen[line.Part] = true
			if !b.Printer("en").Has(line.Label) {
				t.Errorf("%s: no label %q", code, line.Label)
			}
		}
		if !seen["line1"] {
			t.Errorf("%s: nowhere to write the street", code)
		}
	}
}

func TestPostalCodes(t *testing.T) {
	for _, c := range []struct {
		country, code string
		want          bool
	}{
		{"CN", "100096", true}, {"CN", "10009", false}, {"CN", "1000961", false},
		{"GB", "sw1a 1aa", true}, {"GB", "12345", false},
		{"US", "95014", true}, {"US", " 22162-1010 ", true}, {"US", "2216", false},
		{"JP", "154-0023", true}, {"IE", "A65 F4E2", true},
		{"QA", "anything", true}, {"??", "", true},
	} {
		if got := PostalCode(c.country, c.code); got != c.want {
			t.Errorf("%s %q: %v", c.country, c.code, got)
		}
	}
	for code, r := range addressRegions() {
		if _, err := regexp.Compile(r.Postal); err != nil {
			t.Errorf("%s: %v", code, err)
		}
		if r.Example != "" && !PostalCode(code, r.Example) {
			t.Errorf("%s: its own example %q is refused", code, r.Example)
		}
	}
}

func TestGeography(t *testing.T) {
	complete := kyc.Values{
		"a.country": "CN", "a.admin_area": "浙江省", "a.locality": "杭州市", "a.line1": "文三路 1 号", "a.postal_code": "310000",
	}
	for name, c := range map[string]struct {
		change kyc.Values
		want   []kyc.Problem
	}{
		"complete":     {nil, nil},
		"no country":   {kyc.Values{"a.country": ""}, []kyc.Problem{kyc.P("a.country", "field.required")}},
		"unknown":      {kyc.Values{"a.country": "ZZ"}, []kyc.Problem{kyc.P("a.country", "field.country")}},
		"no city":      {kyc.Values{"a.locality": ""}, []kyc.Problem{kyc.P("a.locality", "field.required")}},
		"wrong code":   {kyc.Values{"a.postal_code": "31"}, []kyc.Problem{kyc.P("a.postal_code", "field.postal_code").With("example", "266033")}},
		"without code": {kyc.Values{"a.country": "QA", "a.postal_code": ""}, nil},
	} {
		values := kyc.Values{}
		for k, v := range complete {
			values[k] = v
		}
		for k, v := range c.change {
			values[k] = v
		}
		if diff := cmp.Diff(c.want, Geography{}.Address("a", values)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}
