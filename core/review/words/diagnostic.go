package words

import (
	"github.com/paifang/paifang/core/offer"
	"github.com/paifang/paifang/locales"
)

// Diagnostic says what is wrong with settings: in the provider's words where it has
// any, else in ours for the rule of the schema.
func Diagnostic(p *locales.Printer, d offer.Diagnostic) string {
	var args []any
	for name, value := range d.Params {
		args = append(args, name, value)
	}
	for _, key := range []string{d.Key, "problem." + d.Code} {
		if key != "" && p.Has(key) && (key != "problem."+d.Code || d.Params["want"] != "" || !needsWant[d.Code]) {
			return p.T(key, args...)
		}
	}
	return p.T("problem.schema.other", "code", d.Code)
}

// needsWant are the rules whose sentence says what is wanted.
var needsWant = map[string]bool{"schema.minimum": true, "schema.maximum": true, "schema.minLength": true, "schema.maxLength": true,
	"schema.minItems": true, "schema.maxItems": true, "schema.format": true, "schema.exclusiveMinimum": true, "schema.exclusiveMaximum": true,
	"schema.multipleOf": true, "schema.type": true}
