package locales

import "github.com/paifang/paifang/core/kyc"

// Geography checks countries and addresses by the embedded data. The zero value
// is ready.
type Geography struct{}

// Country tells whether code is a region of ISO 3166-1 (or XK).
func (Geography) Country(code string) bool {
	_, ok := addressRegions()[code]
	return ok
}

// Address checks the parts of an address, found in values as "<prefix>.line1"
// and so on, by the form of its country. Parts that the country does not use
// are let pass: a form that was filled in before the country changed may still
// hold them.
func (g Geography) Address(prefix string, values kyc.Values) []kyc.Problem {
	country := values[prefix+".country"]
	if country == "" {
		return []kyc.Problem{kyc.P(prefix+".country", "field.required")}
	}
	if !g.Country(country) {
		return []kyc.Problem{kyc.P(prefix+".country", "field.country")}
	}
	var problems []kyc.Problem
	for _, line := range AddressFormat(country) {
		name := prefix + "." + line.Part
		switch v := values[name]; {
		case v == "" && line.Required:
			problems = append(problems, kyc.P(name, "field.required"))
		case v != "" && line.Part == "postal_code" && !PostalCode(country, v):
			problems = append(problems, kyc.P(name, "field.postal_code").With("example", line.Example))
		}
	}
	return problems
}
