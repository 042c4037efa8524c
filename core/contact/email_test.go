package contact_test

import (
	"net/mail"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/paifang/paifang/core/contact"
	"github.com/paifang/paifang/core/kyc"
)

func TestEmail(t *testing.T) {
	for typed, want := range map[string]string{
		"anna@example.com":                     "anna@example.com",
		"  Anna.Smith@Example.COM ":            "anna.smith@example.com",
		"anna+tag@example.com":                 "anna+tag@example.com",
		"ａｎｎａ＠ｅｘａｍｐｌｅ．ｃｏｍ":                     "anna@example.com",
		"anna@example。com":                     "anna@example.com",
		"\u202aanna@example.com\u202c":         "anna@example.com",
		"\ufeffanna@exam\u200bple.com":         "anna@example.com",
		"用户@例子.广告":                             "用户@xn--fsqu00a.xn--4rr70v",
		"user@münchen.example":                 "user@xn--mnchen-3ya.example",
		"user@xn--mnchen-3ya.example":          "user@xn--mnchen-3ya.example",
		"jose\u0301@example.com":               "jos\u00e9@example.com",
		"JOSÉ@example.com":                     "jos\u00e9@example.com",
		"o'neil_{x}@sub.example.co.uk":         "o'neil_{x}@sub.example.co.uk",
		"a@b.cd":                               "a@b.cd",
		"12345@qq.com":                         "12345@qq.com",
		strings.Repeat("a", 64) + "@example.c": strings.Repeat("a", 64) + "@example.c",
	} {
		got, problem, ok := contact.ParseEmail(typed)
		if !ok || got != want {
			t.Errorf("%q: %q %v, want %q", typed, got, problem, want)
		}
	}
}

func TestEmailArabic(t *testing.T) {
	got, problem, ok := contact.ParseEmail("مثال@موقع.شبكة")
	if !ok || !strings.HasPrefix(got, "مثال@xn--") || !strings.HasSuffix(got, ".xn--ngbc5azd") {
		t.Errorf("%q %v", got, problem)
	}
}

func TestEmailRefused(t *testing.T) {
	for typed, code := range map[string]string{
		"":                                   "field.required",
		" \t":                                "field.required",
		"anna":                               "field.email",
		"@example.com":                       "field.email",
		"anna@":                              "field.email",
		"anna@example":                       "field.email",
		"anna@127.0.0.1":                     "field.email",
		"anna@[127.0.0.1]":                   "field.email",
		"anna@example.123":                   "field.email",
		"Anna <anna@example.com>":            "field.email",
		"<anna@example.com>":                 "field.email",
		"anna@example.com, b@c.de":           "field.email",
		"\"a b\"@example.com":                "field.email",
		"anna(comment)@example.com":          "field.email",
		"a b@example.com":                    "field.email",
		".anna@example.com":                  "field.email",
		"anna.@example.com":                  "field.email",
		"an..na@example.com":                 "field.email",
		"anna@exa_mple.com":                  "field.email",
		"anna@-example.com":                  "field.email",
		"anna@example..com":                  "field.email",
		"anna@example.com.":                  "field.email",
		"anna@b@example.com":                 "field.email",
		"anna\r\nBcc: x@y.de@example.com":    "field.email",
		"an\x00na@example.com":               "field.email",
		"anna@exam\ue000ple.com":             "field.email",
		"\xffanna@example.com":               "field.email",
		strings.Repeat("a", 65) + "@ex.com":  "field.too_long",
		strings.Repeat("a", 2000) + "@ex.de": "field.email",
		"a@" + strings.Repeat(strings.Repeat("b", 60)+".", 4) + "example.com": "field.email",
	} {
		got, problem, ok := contact.ParseEmail(typed)
		if ok || problem.Code != code {
			t.Errorf("%q: %q %v, want %s", typed, got, problem, code)
		}
	}
}

func TestMask(t *testing.T) {
	for canonical, want := range map[string]string{
		"+8613800138000": "+86 138****8000",
		"+24740123":      "+247 ***23",
		"+376312345":     "+376 ****45",
		"+85251234567":   "+852 51***567",
		"+33612345678":   "+33 61****678",
		"nonsense":       "****",
	} {
		if got := contact.Mask(kyc.Phone, canonical); got != want {
			t.Errorf("%s: %q, want %q", canonical, got, want)
		}
	}
	for canonical, want := range map[string]string{
		"anna@example.com":             "a***@example.com",
		"a@example.com":                "***@example.com",
		"用户@xn--fsqu00a.xn--4rr70v":    "用***@例子.广告",
		"nonsense":                     "***",
		"x.y@xn--mnchen-3ya.example":   "x***@münchen.example",
		"verylongname@sub.example.org": "v***@sub.example.org",
	} {
		if got := contact.Mask(kyc.Email, canonical); got != want {
			t.Errorf("%s: %q, want %q", canonical, got, want)
		}
	}
}

func FuzzParseEmail(f *testing.F) {
	for _, s := range []string{"a@b.cd", "用户@例子.广告", "A <a@b.cd>", "İ@example.com", "ｆ＠ｂ．ｃｏ", "\"x\"@y.zz"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		got, problem, ok := contact.ParseEmail(typed)
		if ok == (problem.Code != "") {
			t.Fatalf("%v with problem %v", ok, problem)
		}
		if !ok {
			return
		}
		if len(got) > contact.MaxEmail || !utf8.ValidString(got) || strings.ContainsAny(got, "\r\n\t <>\"(),;:\\[]\x00") {
			t.Fatalf("%q gives %q", typed, got)
		}
		if again, _, ok := contact.ParseEmail(got); !ok || again != got {
			t.Fatalf("%q gives %q, which gives %q %v", typed, got, again, ok)
		}
		if p, err := mail.ParseAddress(got); err != nil || p.Address != got {
			t.Fatalf("%q: net/mail disagrees: %v", got, err)
		}
	})
}
