package contact_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/paifang/paifang/core/contact"
)

// FuzzTexts: codes, addresses of the net and tokens as anybody may send them.
func FuzzTexts(f *testing.F) {
	for _, s := range []string{"123456", "１２３４５６", "12-34 56", "\u202e123", "2001:db8::1%eth0", "10.0.0.1:80", "::ffff:10.0.0.1",
		strings.Repeat("A", 43), "\xff\xfe", "ⅫⅩ"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if d, ok := contact.Digits(s); ok {
			if again, ok := contact.Digits(d); !ok || again != d || strings.Trim(d, "0123456789") != "" {
				t.Fatalf("%q gives %q gives %q", s, d, again)
			}
		}
		if a := contact.CanonicalAddress(s); a == "" || len(a) > 64 {
			t.Fatalf("%q is counted under %q", s, a)
		}
		if contact.WellFormed(s) && (!utf8.ValidString(s) || len(contact.HashToken(s)) == 0) {
			t.Fatalf("%q is a token", s)
		}
	})
}
