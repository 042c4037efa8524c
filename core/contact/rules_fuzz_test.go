package contact

import (
	"encoding/json"
	"testing"

	"github.com/paifang/paifang/core/kyc"
)

// FuzzRules: rules that are taken are within their bounds, mean the same when they
// are written and read again, and never lead to a sum that does not fit.
func FuzzRules(f *testing.F) {
	for _, s := range []string{`{"currency":"EUR","day":100}`, `{"currency":"EUR","day":1e3}`, `{"currency":"USD","day":10000000000,"phone":{"*":{"thousand":100000000,"day":10000000000}},"mail_deny":["xn--a.example"]}`,
		`{"currency":"EUR","day":-1}`, `{"currency":"EUR","day":9223372036854775807}`, `null`, `{"currency":"EUR","day":1,"day":2}`, `[]`} {
		f.Add([]byte(s))
	}
	k := known(f)
	f.Fuzz(func(t *testing.T, raw []byte) {
		r, err := ParseRules(raw)
		if err != nil {
			if kyc.CodeOf(err) != kyc.Invalid {
				t.Fatalf("%v", err)
			}
			return
		}
		again, err := json.Marshal(r)
		if err == nil {
			_, err = ParseRules(again)
		}
		if err != nil {
			t.Fatalf("%s: %v", again, err)
		}
		for _, region := range []string{"CN", "XX", ""} {
			p := r.over(k.Rules).price(kyc.Phone, region)
			if p.Thousand < 0 || p.Day < 0 || p.Day*milli*(1+perDay) < 0 || p.Thousand*reservedSegments < 0 {
				t.Errorf("%+v", p)
			}
		}
		_ = k.Disposable(string(raw))
	})
}
