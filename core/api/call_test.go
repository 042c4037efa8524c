package api

import (
	"reflect"
	"testing"

	"github.com/paifang/paifang/core/kyc"
)

// What the API has told can be sent back as it came; what nobody asked for is
// named as such, at its place.
func TestBodiesAreCheckedAtTheirPlace(t *testing.T) {
	check := schemaCheck(reflect.TypeFor[StepRequest]())
	for body, want := range map[string]kyc.Problem{
		`{"values": {}, "consents": [{"document": "terms", "version": "1", "locale": "en", "title": "Terms", "href": "/t/demo/legal/terms"}]}`: {},
		`{"values": {}, "consents": [{"document": "terms", "version": "1", "locale": "en", "extra": "x"}]}`:                                    kyc.P("consents.0.extra", "field.unknown"),
		`{"values": {}, "consents": [{"document": "terms", "version": 1, "locale": "en"}]}`:                                                    kyc.P("consents.0.version", "field.type"),
		`{"values": {}, "evil<>": 1}`: kyc.P("", "field.unknown"),
	} {
		var in StepRequest
		problems, err := parse([]byte(body), &in, check)
		switch {
		case err != nil || (want.Code == "" && len(problems) > 0):
			t.Errorf("%s: %v, %v", body, problems, err)
		case want.Code != "" && (len(problems) != 1 || problems[0].Path != want.Path || problems[0].Code != want.Code):
			t.Errorf("%s: %v, want %v", body, problems, want)
		}
	}
}
