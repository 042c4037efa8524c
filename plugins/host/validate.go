package host

import (
	"bytes"
	"context"
	"errors"
	"unicode/utf8"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/paifang/paifang/core/kyc"
	wirev1 "github.com/paifang/paifang/plugins/sdk/wire/v1"
)

// Diagnostic says what is wrong with a configuration, and where. Of a breach of
// the provider's JSON Schema the code is "schema." and the schema's rule, there is
// no key, and Params may tell what the rule wants; all others are the provider's words, which may name values.
type Diagnostic struct {
	Code   string
	Key    string // message key of the provider's, or ""
	Params map[string]string
	Path   string // of the setting, "currencies.0"; "": the whole
}

const maxDiagnostics = 50

// ValidateTenant has a market judge the configuration that a tenant gives it,
// JSON, by a version, or with "" by the one in force. No diagnostics: it is good.
// NotFound means that no provider has such a market, Unavailable that the version
// does not run or cannot be asked now: no other one is asked in its place.
func (h *Host) ValidateTenant(ctx context.Context, market kyc.MarketID, version string, config []byte) (list []Diagnostic, err error) {
	p, err := h.market(market)
	if err != nil {
		return nil, err
	}
	if version != "" {
		s := p.routes.Load().named(version)
		if s == nil {
			return nil, unavailable(p.name, "version "+clip(version)+" does not run")
		}
		if about := s.describes(); about != nil {
			version = about.version // the shipped one is known to calls by what it says
		}
	}
	err = p.call(ctx, version, h.timing.Evaluate, func(ctx context.Context, g *generation) error {
		var err error
		list, err = g.validate(ctx, g.about.tenantSchema, config, true)
		return err
	})
	return list, err
}

// validate judges by the schema and then by the provider.
func (g *generation) validate(ctx context.Context, schema *jsonschema.Schema, config []byte, tenant bool) ([]Diagnostic, error) {
	if list := breaches(schema, config); len(list) > 0 {
		return list, nil
	}
	r, err := g.base.ValidateConfig(ctx, &wirev1.ValidateConfigRequest{Config: config, Tenant: tenant})
	if err != nil {
		return nil, err
	}
	var list []Diagnostic
	for _, d := range r.Diagnostics[:min(len(r.Diagnostics), maxDiagnostics)] {
		if !logCode.MatchString(d.Code) || !paramsGood(d.Params) || len(d.Path) > 200 || !utf8.ValidString(d.Path) {
			return nil, &errInvalid{"diagnostic"}
		}
		out := Diagnostic{Code: d.Code, Params: d.Params, Path: d.Path}
		if isMessageKey(d.Key) {
			out.Key = d.Key
		}
		list = append(list, out)
	}
	return list, nil
}

// breaches lists where a configuration breaks which rule of the schema. No value
// of it gets into the list.
func breaches(schema *jsonschema.Schema, config []byte) []Diagnostic {
	if schema == nil || len(config) == 0 {
		return nil
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(config))
	if err != nil {
		return []Diagnostic{{Code: "schema.json"}}
	}
	var invalid *jsonschema.ValidationError
	if errors.As(schema.Validate(doc), &invalid) {
		return breachesOf(invalid, nil)
	}
	return nil
}
