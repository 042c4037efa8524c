package main

import (
	"context"
	"testing"

	"github.com/paifang/paifang/plugins/sdk"
	"github.com/paifang/paifang/plugins/sdk/conformance"
	"github.com/paifang/paifang/plugins/sdk/plugintest"
)

func TestGolden(t *testing.T) {
	for _, file := range []string{"testdata/cases.toml", "testdata/company.toml"} {
		if n := plugintest.Golden(t, file, market{}.Evaluate); n < 25 {
			t.Errorf("only %d cases", n)
		}
	}
}

func TestConformance(t *testing.T) {
	plugintest.Conform(t, conformance.Options{Program: plugintest.Build(t, "."), Vectors: "testdata"})
}

func TestTenantConfig(t *testing.T) {
	for raw, good := range map[string]bool{
		"": true, "{}": true, `{"min_age": 18}`: true, `{"min_age": 3}`: false, `{"min_age": "18"}`: false, `{"x": 1}`: false, "[": false,
		`{"memberships": ["gold", "vip"], "sites": ["intl"], "currencies": ["EUR", "JPY"]}`: true,
		`{"memberships": []}`: false, `{"memberships": [""]}`: false, `{"currencies": ["EURO"]}`: false, `{"currencies": ["XYZ"]}`: false,
	} {
		if got := (market{}).ValidateTenantConfig([]byte(raw)); (len(got) == 0) != good {
			t.Errorf("%s: %v", raw, got)
		}
	}
	if _, err := (market{}).Evaluate(context.Background(), &sdk.Question{Step: "profile", Config: []byte("[")}); err == nil {
		t.Error("a broken configuration is an error, not a default")
	}
	if _, err := (market{}).Evaluate(context.Background(), &sdk.Question{Step: "payment"}); err == nil {
		t.Error("an unknown step is an error")
	}
}
