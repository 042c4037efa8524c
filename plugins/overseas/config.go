package main

import (
	"maps"
	"slices"
	"strconv"

	"github.com/paifang/paifang/plugins/sdk"
)

// tenantSchema is the JSON Schema of what a tenant may set.
const tenantSchema = `{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "type": "object",
  "additionalProperties": false,
  "properties": {
    "min_age": {"type": "integer", "minimum": 16, "maximum": 99, "default": 18, "title": "Minimum age"},
    "document_kinds": {"type": "array", "minItems": 1, "uniqueItems": true, "title": "Documents accepted",
      "items": {"enum": ["passport", "national_id", "driving_licence"]},
      "default": ["passport", "national_id", "driving_licence"]},
    "countries_refused": {"type": "array", "maxItems": 250, "uniqueItems": true, "title": "Countries whose documents are not accepted",
      "items": {"type": "string", "pattern": "^[A-Z]{2}$"}, "default": []}
  }
}`

// config is what a tenant has set.
type config struct {
	MinAge           int      `json:"min_age"`
	DocumentKinds    []string `json:"document_kinds"`    // that are accepted; empty: all
	CountriesRefused []string `json:"countries_refused"` // that issued a document; ISO 3166-1 alpha-2
}

const leastMinAge, mostMinAge = 16, 99

// readConfig reads a tenant's configuration; what it does not say has its
// default.
func readConfig(raw []byte) (config, error) {
	c := config{MinAge: 18}
	return c, sdk.DecodeConfig(raw, &c)
}

func validateConfig(raw []byte) []sdk.Diagnostic {
	c, err := readConfig(raw)
	if err != nil {
		return []sdk.Diagnostic{{Code: "config.invalid", Key: "overseas.config.invalid"}}
	}
	if c.MinAge < leastMinAge || c.MinAge > mostMinAge {
		return []sdk.Diagnostic{{Code: "config.range", Key: "overseas.config.min_age", Path: "min_age",
			Params: map[string]string{"min": strconv.Itoa(leastMinAge), "max": strconv.Itoa(mostMinAge)}}}
	}
	if c.DocumentKinds != nil && len(c.DocumentKinds) == 0 {
		return []sdk.Diagnostic{{Code: "config.required", Key: "overseas.config.kinds", Path: "document_kinds"}}
	}
	for i, kind := range c.DocumentKinds {
		if !slices.Contains(slices.Collect(maps.Keys(kinds)), kind) {
			return []sdk.Diagnostic{{Code: "config.invalid", Key: "overseas.config.invalid", Path: "document_kinds." + strconv.Itoa(i)}}
		}
	}
	return nil
}

// accepts tells whether the tenant takes a kind of document.
func (c config) accepts(kind string) bool {
	return len(c.DocumentKinds) == 0 || slices.Contains(c.DocumentKinds, kind)
}
