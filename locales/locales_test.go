package locales

import (
	"testing"

	"github.com/paifang/paifang/core/kyc"
)

func load(t testing.TB) *Bundle {
	t.Helper()
	b, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestSmoke(t *testing.T) {
	b := load(t)
	for _, l := range b.Locales() {
		p := b.Printer(l)
		t.Log(l, p.Dir(), p.Date(kyc.Millis(1795000000000)), p.DateTime(kyc.Millis(1795000000000)), p.Money(-123456789, "CNY"), p.Money(1234567, "USD"), p.Money(5, "KWD"), p.Money(12345, "AED"), p.Money(1500, "JPY"), p.Birth("1990-01-02"), p.Number(-1234567))
		cs := p.Countries()
		t.Log(len(cs), cs[:6], cs[len(cs)-5:], len(p.PhoneRegions()))
	}
	for _, c := range []string{"CN", "US", "JP", "AE", "SA", "DE", "IE", "HK", "XK", "QA", "KR"} {
		t.Log(c, AddressFormat(c))
	}
}
