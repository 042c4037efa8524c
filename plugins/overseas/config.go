package main

import (
	"strconv"

	"github.com/paifang/paifang/plugins/sdk"
)

// tenantSchema is the JSON Schema of what a tenant may set.
const tenantSchema = `{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "type": "object",
  "additionalProperties": false,
  "properties": {
    "min_age": {"type": "integer", "minimum": 16, "maximum": 99, "default": 18}
  }
}`

// config is what a tenant has set.
type config struct {
	MinAge int `json:"min_age"`
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
	return nil
}
