package api

import (
	"encoding/json"
	"errors"
	"reflect"
	"testing"
	"unicode/utf8"

	"github.com/paifang/paifang/core/kyc"
)

// FuzzBodies: whatever is sent as a body to whichever route, it is decoded, told
// to fall short with names that are no data of anybody, or refused in one of our
// own words; and what was decoded decodes again to the same.
func FuzzBodies(f *testing.F) {
	for _, s := range []string{`{"version":1,"values":{"name":"Анна","consent":true}}`, `{"values":{"a":1e999}}`, `{"values":{"a":[{"b":null}]}}`,
		`{"market":"overseas","locale":"ar"}`, `{"code":"１２３"}`, `{"login":"x","password":"\ud800"}`, `[]`, `null`, `{} {}`, "\xff", `{"a":{"b":{"c":{}}}}`} {
		f.Add([]byte(s))
	}
	var types []reflect.Type
	var checks []func(any) []kyc.Problem
	for _, r := range (&Door{}).table() {
		if r.Handle.request != nil {
			types, checks = append(types, r.Handle.request), append(checks, schemaCheck(r.Handle.request))
		}
	}
	if len(types) < 5 {
		f.Fatalf("only %d bodies", len(types))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		for i, kind := range types {
			in := reflect.New(kind)
			problems, err := parse(body, in.Interface(), checks[i])
			var ours *kyc.Error
			if err != nil && (!errors.As(err, &ours) || ours.Key == "") {
				t.Fatalf("%s: %T", kind, err)
			}
			for _, p := range problems {
				if !utf8.ValidString(p.Path) || len(p.Path) > 80 {
					t.Fatalf("%s: path %q", kind, p.Path)
				}
			}
			if err != nil || len(problems) > 0 {
				continue
			}
			text, err := json.Marshal(in.Interface())
			if err != nil {
				t.Fatalf("%s: %v", kind, err)
			}
			again := reflect.New(kind)
			if err := json.Unmarshal(text, again.Interface()); err != nil || !reflect.DeepEqual(in.Interface(), again.Interface()) {
				t.Fatalf("%s: %s is not decoded again to the same: %v", kind, text, err)
			}
		}
	})
}
