package contact

import (
	"slices"
	"strings"
	"testing"
)

func known(t testing.TB) *Known {
	t.Helper()
	k, err := LoadKnown()
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestThrowAwayMailboxes(t *testing.T) {
	k := known(t)
	for domain, want := range map[string]bool{"mailinator.com": true, "a.b.mailinator.com": true, "gmail.com": false, "qq.com": false,
		"notmailinator.com.example": false, "com": false, "": false, "example.com": false, ".": false, "\n": false} {
		if k.Disposable(domain) != want {
			t.Errorf("%q: %v", domain, !want)
		}
	}
	lines := strings.Split(strings.TrimSuffix(k.disposable, "\n"), "\n")
	if !slices.IsSorted(lines) || len(lines) < 10_000 {
		t.Fatalf("%d lines, sorted: %v", len(lines), slices.IsSorted(lines))
	}
	for i := 0; i < len(lines); i += 997 {
		if !k.hasLine(lines[i]) || k.hasLine(lines[i]+"x") || k.hasLine(lines[i][1:]+"-") {
			t.Errorf("%q is not found, or what is like it is", lines[i])
		}
	}
	if first, last := lines[0], lines[len(lines)-1]; !k.hasLine(first) || !k.hasLine(last) || k.hasLine("~") {
		t.Error("the ends are not found")
	}
}

func TestVirtualOperators(t *testing.T) {
	k := known(t)
	for number, want := range map[string]bool{"+8617012345678": true, "+8616512345678": true, "+8613812345678": false, "+16512345678": false, "": false} {
		if k.virtual(number) != want {
			t.Errorf("%s: %v", number, !want)
		}
	}
}

func TestPrefixIsNobody(t *testing.T) {
	for number, want := range map[string]string{"+8613800138000": "+8613800", "+12025550123": "+1202555", "+85291234567": "+8529123", "+290123": "+29", "+1": "", "": ""} {
		if got := Prefix(number); got != want {
			t.Errorf("%s: %q, want %q", number, got, want)
		}
	}
}

func TestRules(t *testing.T) {
	for raw, fine := range map[string]bool{
		`{"currency":"EUR","day":100}`: true,
		`{"currency":"EUR","day":100,"phone":{"CN":{"thousand":1,"day":1},"*":{"thousand":2,"day":0}},"regions":["CN"],"mail_deny":["a.example"]}`: true,
		`{"currency":"eur","day":100}`: false, `{"day":100}`: false, `{"currency":"EUR","day":-1}`: false, `{"currency":"EUR","day":1.5}`: false,
		`{"currency":"EUR","day":99999999999}`: false, `{"currency":"EUR","day":1,"phone":{"China":{"thousand":1,"day":1}}}`: false,
		`{"currency":"EUR","day":1,"email":{"thousand":-1,"day":1}}`: false, `{"currency":"EUR","day":1,"budget":1}`: false, `[]`: false, ``: false,
		`{"currency":"EUR","day":1,"mail_deny":["Bad Domain"]}`: false, `{"currency":"EUR","day":1,"regions":["C"]}`: false, `{"currency":"EUR","day":1}{}`: false,
	} {
		if _, err := ParseRules([]byte(raw)); (err == nil) != fine {
			t.Errorf("%s: %v", raw, err)
		}
	}
	k := known(t)
	own := Rules{Currency: "USD", Day: 7, Phone: map[string]Price{"CN": {1, 2}}}.over(k.Rules)
	if own.Day != 7 || own.price("phone", "CN") != (Price{1, 2}) || own.price("phone", "HK") != k.Rules.Phone["HK"] ||
		own.price("phone", "XX") != k.Rules.Phone["*"] || own.price("email", "") != *k.Rules.Email {
		t.Errorf("%+v", own)
	}
	if other := (Rules{Currency: "EUR", Day: 7}).over(k.Rules); other.price("phone", "CN") != (Price{}) || other.price("email", "") != (Price{}) {
		t.Error("prices of two currencies are mixed")
	}
	if r := (Rules{MailDeny: []string{"bad.example"}}); !r.Denies("bad.example") || !r.Denies("x.bad.example") || r.Denies("notbad.example") {
		t.Error("denied domains")
	}
}
