package host

import (
	"math/big"
	"slices"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
)

// breachesOf lists the rules that are broken, each at the setting that breaks it:
// of one that is missing or unknown at its own place. Params has what the rule
// wants, as "want".
func breachesOf(e *jsonschema.ValidationError, list []Diagnostic) []Diagnostic {
	if len(e.Causes) > 0 {
		for _, cause := range e.Causes {
			list = breachesOf(cause, list)
		}
		return list
	}
	for _, d := range breachOf(e) {
		if len(list) < maxDiagnostics && !slices.ContainsFunc(list, func(x Diagnostic) bool { return x.Code == d.Code && x.Path == d.Path }) {
			list = append(list, d)
		}
	}
	return list
}

func breachOf(e *jsonschema.ValidationError) []Diagnostic {
	code := "schema.false"
	if rule := e.ErrorKind.KeywordPath(); len(rule) > 0 {
		code = "schema." + rule[len(rule)-1]
	}
	members := func(code string, names []string) (list []Diagnostic) {
		for _, name := range names {
			list = append(list, Diagnostic{Code: code, Path: strings.Join(append(slices.Clone(e.InstanceLocation), name), ".")})
		}
		return list
	}
	one := Diagnostic{Code: code, Path: strings.Join(e.InstanceLocation, ".")}
	switch k := e.ErrorKind.(type) {
	case *kind.Required:
		return members("schema.required", k.Missing)
	case *kind.DependentRequired:
		return members("schema.required", k.Missing)
	case *kind.AdditionalProperties:
		return members("schema.additionalProperties", k.Properties)
	case *kind.Type:
		one.want(strings.Join(k.Want, ", "))
	case *kind.Format:
		one.want(k.Want)
	case *kind.Pattern:
		one.want(k.Want)
	case *kind.MinLength:
		one.want(strconv.Itoa(k.Want))
	case *kind.MaxLength:
		one.want(strconv.Itoa(k.Want))
	case *kind.MinItems:
		one.want(strconv.Itoa(k.Want))
	case *kind.MaxItems:
		one.want(strconv.Itoa(k.Want))
	case *kind.Minimum:
		one.want(decimal(k.Want))
	case *kind.Maximum:
		one.want(decimal(k.Want))
	case *kind.ExclusiveMinimum:
		one.want(decimal(k.Want))
	case *kind.ExclusiveMaximum:
		one.want(decimal(k.Want))
	case *kind.MultipleOf:
		one.want(decimal(k.Want))
	}
	return []Diagnostic{one}
}

func (d *Diagnostic) want(what string) { d.Params = map[string]string{"want": clip(what)} }

func decimal(r *big.Rat) string {
	if r.IsInt() {
		return r.RatString()
	}
	f, _ := r.Float64()
	return strconv.FormatFloat(f, 'f', -1, 64)
}
