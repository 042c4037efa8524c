package locales

import (
	"regexp"
	"strings"
	"sync"
)

// AddressLine is one part of an address in a country's own form.
type AddressLine struct {
	Part     string // one of kyc.AddressParts
	Required bool
	Label    string // message key: "field.address.admin_area.prefecture"
	Example  string // of a postal code; "" for other parts
}

// defaultFormat is for countries of which nothing is known: street, then place.
const (
	defaultFormat  = "%A%n%C"
	defaultRequire = "AC"
)

// addressRegions is read once: the embedded data does not change.
var addressRegions = sync.OnceValue(func() regions {
	known := regions{}
	if err := readJSON(data, "regions", &known); err != nil {
		return regions{} // Load has the same error and reports it
	}
	for country, r := range known {
		if r.Postal == "" {
			continue
		}
		r.postal = sync.OnceValue(func() *regexp.Regexp {
			exact, err := regexp.Compile("(?i)^(?:" + r.Postal + ")$")
			if err != nil {
				return nil // a form that cannot be read is as good as none
			}
			return exact
		})
		known[country] = r
	}
	return known
})

// AddressFormat lists the parts of an address of a country in the order in
// which they are asked, the country itself first. An unknown country gets the
// plainest form.
func AddressFormat(country string) []AddressLine {
	r := addressRegions()[country]
	if r.Format == "" {
		r.Format = defaultFormat
	}
	if r.Require == "" {
		r.Require = defaultRequire
	}
	lines := []AddressLine{{Part: "country", Required: true, Label: "field.address.country"}}
	for _, letter := range askOrder(country, r.Format) {
		lines = append(lines, r.lines(letter)...)
	}
	return lines
}

// askOrder takes the parts from the form in which envelopes are written. A
// postal code that is written first is still asked last, save in Japan where
// people begin with it.
func askOrder(country, format string) []string {
	var order []string
	for _, field := range strings.Split(format, "%")[1:] {
		if strings.Contains("SCDZA", field[:1]) {
			order = append(order, field[:1])
		}
	}
	if len(order) > 0 && order[0] == "Z" && country != "JP" {
		order = append(order[1:], "Z")
	}
	return order
}

func (r region) lines(letter string) []AddressLine {
	required := strings.Contains(r.Require, letter)
	switch letter {
	case "S":
		return []AddressLine{r.line("admin_area", "province", required)}
	case "C":
		return []AddressLine{r.line("locality", "city", required)}
	case "D":
		return []AddressLine{r.line("dependent_locality", "district", required)}
	case "Z":
		line := r.line("postal_code", "postal", required)
		line.Example = r.Example
		return []AddressLine{line}
	}
	return []AddressLine{
		{Part: "line1", Required: required, Label: "field.address.line1"},
		{Part: "line2", Label: "field.address.line2"},
	}
}

func (r region) line(part, usual string, required bool) AddressLine {
	kind := r.Names[part]
	if kind == "" {
		kind = usual
	}
	return AddressLine{Part: part, Required: required, Label: "field.address." + part + "." + kind}
}

// PostalCode checks a postal code against the country's form. Case and outer
// space do not matter. Where no form is known everything is right.
func PostalCode(country, code string) bool {
	r := addressRegions()[country]
	if r.postal == nil {
		return true
	}
	exact := r.postal()
	return exact == nil || exact.MatchString(strings.TrimSpace(code))
}
