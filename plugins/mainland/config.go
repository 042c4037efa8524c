package main

import (
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
      "items": {"enum": ["resident_id", "hmt_residence_permit", "hk_macao_permit", "taiwan_permit", "foreign_permanent_res", "passport"]},
      "default": ["resident_id", "hmt_residence_permit", "hk_macao_permit", "taiwan_permit", "foreign_permanent_res", "passport"]}
  }
}`

// config is what a tenant has set.
type config struct {
	MinAge        int      `json:"min_age"`
	DocumentKinds []string `json:"document_kinds"` // that are accepted; empty: all
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
		return []sdk.Diagnostic{{Code: "config.invalid", Key: "mainland.config.invalid"}}
	}
	if c.MinAge < leastMinAge || c.MinAge > mostMinAge {
		return []sdk.Diagnostic{{Code: "config.range", Key: "mainland.config.min_age", Path: "min_age",
			Params: map[string]string{"min": strconv.Itoa(leastMinAge), "max": strconv.Itoa(mostMinAge)}}}
	}
	if c.DocumentKinds != nil && len(c.DocumentKinds) == 0 {
		return []sdk.Diagnostic{{Code: "config.required", Key: "mainland.config.kinds", Path: "document_kinds"}}
	}
	for i, kind := range c.DocumentKinds {
		if !slices.Contains(kinds(), kind) {
			return []sdk.Diagnostic{{Code: "config.invalid", Key: "mainland.config.invalid", Path: "document_kinds." + strconv.Itoa(i)}}
		}
	}
	return nil
}

// accepts tells whether the tenant takes a kind of document.
func (c config) accepts(kind string) bool {
	return len(c.DocumentKinds) == 0 || slices.Contains(c.DocumentKinds, kind)
}
