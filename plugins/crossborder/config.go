package main

import (
	"slices"
	"strconv"
	"strings"

	"github.com/paifang/paifang/plugins/sdk"
)

// tenantSchema is the JSON Schema of what a tenant may set. Currencies are
// those that an account has beside USD and CNY.
const tenantSchema = `{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "type": "object",
  "additionalProperties": false,
  "properties": {
    "min_age": {"type": "integer", "minimum": 16, "maximum": 99, "default": 18, "title": "Minimum age"},
    "memberships": {"type": "array", "items": {"type": "string", "minLength": 1, "maxLength": 64}, "minItems": 1, "uniqueItems": true, "default": ["gold"]},
    "sites": {"type": "array", "items": {"type": "string", "minLength": 1, "maxLength": 64}, "uniqueItems": true, "default": []},
    "currencies": {"type": "array", "items": {"type": "string", "pattern": "^[A-Z]{3}$"}, "maxItems": 20, "uniqueItems": true, "default": []}
  }
}`

// currencies are the active codes of ISO 4217 for money that accounts can hold.
const currencies = "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLP " +
	"CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR " +
	"IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR " +
	"MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE " +
	"SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VED VES VND VUV WST XAF XCD XCG XOF XPF " +
	"YER ZAR ZMW ZWG"

// config is what a tenant has set.
type config struct {
	MinAge      int      `json:"min_age"`
	Memberships []string `json:"memberships"` // that may enter
	Sites       []string `json:"sites"`       // of which a membership counts; empty: all
	Currencies  []string `json:"currencies"`
}

const leastMinAge, mostMinAge = 16, 99

// readConfig reads a tenant's configuration; what it does not say has its
// default.
func readConfig(raw []byte) (config, error) {
	c := config{MinAge: 18, Memberships: []string{"gold"}}
	return c, sdk.DecodeConfig(raw, &c)
}

func validateConfig(raw []byte) []sdk.Diagnostic {
	c, err := readConfig(raw)
	if err != nil {
		return []sdk.Diagnostic{{Code: "config.invalid", Key: "crossborder.config.invalid"}}
	}
	var found []sdk.Diagnostic
	if c.MinAge < leastMinAge || c.MinAge > mostMinAge {
		found = append(found, sdk.Diagnostic{Code: "config.range", Key: "crossborder.config.min_age", Path: "min_age",
			Params: map[string]string{"min": strconv.Itoa(leastMinAge), "max": strconv.Itoa(mostMinAge)}})
	}
	if len(c.Memberships) == 0 || slices.Contains(c.Memberships, "") {
		found = append(found, sdk.Diagnostic{Code: "config.required", Key: "crossborder.config.memberships", Path: "memberships"})
	}
	for i, code := range c.Currencies {
		if !slices.Contains(strings.Fields(currencies), code) {
			found = append(found, sdk.Diagnostic{Code: "config.currency", Key: "crossborder.config.currency",
				Path: "currencies." + strconv.Itoa(i), Params: map[string]string{"code": code}})
		}
	}
	return found
}
