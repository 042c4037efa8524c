package web

import (
	"testing"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/locales"
)

// A line of the error summary reads well after a label that is a question, too.
func TestMistake(t *testing.T) {
	b, err := locales.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ locale, label, problem, want string }{
		{"en", "Bank", "Fill this in.", "Bank: Fill this in."},
		{"en", "Which document?", "Fill this in.", "Which document? Fill this in."},
		{"fr", "Quel document\u202f?", "Remplissez.", "Quel document\u202f? Remplissez."},
		{"ar", "ما الوثيقة؟", "املأ.", "ما الوثيقة؟ املأ."},
		{"zh-Hant", "哪種證件？", "請填寫。", "哪種證件？請填寫。"},
		{"zh-Hant", "姓名", "請填寫。", "姓名：請填寫。"},
	} {
		if got := mistake(b.Printer(kyc.Locale(c.locale)), c.label, c.problem); got != c.want {
			t.Errorf("%s: %q, want %q", c.locale, got, c.want)
		}
	}
}
