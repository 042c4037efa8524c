package contact_test

import (
	"encoding/csv"
	"os"
	"strings"
	"testing"
	"unicode"

	"pgregory.net/rapid"

	"github.com/paifang/paifang/core/contact"
)

type phoneRow struct{ region, kind, e164, national string }

func phoneRows(t testing.TB) []phoneRow {
	t.Helper()
	f, err := os.Open("testdata/phones.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var out []phoneRow
	for _, r := range rows[1:] {
		if r[4] != "true" {
			t.Fatalf("vector %v: only valid numbers are known", r)
		}
		out = append(out, phoneRow{r[0], r[1], r[2], r[3]})
	}
	return out
}

func TestPhoneVectors(t *testing.T) {
	rows := phoneRows(t)
	if len(rows) < 300 {
		t.Fatalf("%d vectors", len(rows))
	}
	for _, r := range rows {
		got, problem, ok := contact.PhoneRules{AnyType: true}.Parse(r.e164)
		if !ok || got.E164 != r.e164 {
			t.Errorf("%s: %+v %v", r.e164, got, problem)
		}
		forms := []string{wide(r.e164), "tel:" + r.e164, "00" + r.e164[1:]}
		// Argentina's example lacks the area code 11 that its E.164 form has: no
		// reading gives it back. The whole form is met by itself below.
		if r.national != "09 15-2345-6789" {
			forms = append(forms, r.national, wide(r.national))
		}
		for _, pasted := range forms {
			if got, problem, ok = (contact.PhoneRules{Region: r.region, AnyType: true}).Parse(pasted); !ok || got.E164 != r.e164 {
				t.Errorf("%s %q: %+v %v", r.region, pasted, got, problem)
			}
		}
		_, problem, ok = contact.ParsePhone(r.e164, r.region, nil)
		switch r.kind {
		case "MOBILE":
			if !ok {
				t.Errorf("mobile %s: %v", r.e164, problem)
			}
		case "TOLL_FREE":
			if ok || problem.Code != "field.phone_type" {
				t.Errorf("toll-free %s: %v", r.e164, problem)
			}
		}
	}
}

// wide is s in full-width forms, its digits Arabic-Indic every other time.
func wide(s string) string {
	odd := false
	return strings.Map(func(r rune) rune {
		odd = !odd
		switch {
		case r >= '0' && r <= '9' && odd:
			return r + '٠' - '0'
		case r > ' ' && r <= '~':
			return r + '！' - '!'
		}
		return r
	}, s)
}

func TestPhoneOfArgentina(t *testing.T) {
	got, problem, ok := contact.ParsePhone("011 15-2345-6789", "AR", nil)
	if !ok || got.E164 != "+5491123456789" {
		t.Errorf("%+v %v", got, problem)
	}
}

func TestPhoneAsPeopleWriteIt(t *testing.T) {
	const want = "+8613800138000"
	for _, typed := range []string{
		"13800138000", "138 0013 8000", "138-0013-8000", "+86 138 0013 8000", "+8613800138000",
		"0086 138 0013 8000", "008613800138000", "8613800138000", "+86-138-0013-8000", "(+86) 13800138000",
		"１３８００１３８０００", "＋８６　１３８００１３８０００", "٠٠٨٦١٣٨٠٠١٣٨٠٠٠", "+٨٦ ١٣٨ ٠٠١٣ ٨٠٠٠", "۱۳۸۰۰۱۳۸۰۰۰",
		"\u202a+86 138 0013 8000\u202c", "tel:+86-138-0013-8000", "+0086 13800138000", "138.0013.8000", "\t13800138000\n",
		"+86\u00a0138\u20110013\u20118000",
	} {
		got, problem, ok := contact.ParsePhone(typed, "CN", []string{"CN"})
		if !ok || got.E164 != want || got.Region != "CN" {
			t.Errorf("%q: %+v %v", typed, got, problem)
		}
	}
}

func TestPhoneProblems(t *testing.T) {
	for _, c := range []struct {
		typed, region string
		accepted      []string
		code          string
	}{
		{"", "CN", nil, "field.required"},
		{" \u00a0", "CN", nil, "field.required"},
		{"12", "CN", nil, "field.phone"},
		{"hello", "CN", nil, "field.phone"},
		{"1-800-FLOWERS", "US", nil, "field.phone"},
		{"13800138000", "", nil, "field.phone"}, // no country known
		{"+86 138 0013 800", "CN", nil, "field.phone"},
		{"+86 13800138000 ext 5", "CN", nil, "field.phone"},
		{"+49 1512 3456789", "CN", []string{"CN"}, "field.phone_region"},
		{"010 6552 9988", "CN", []string{"CN"}, "field.phone_type"},
		{"+44 20 7031 3000", "", nil, "field.phone_type"},
		{strings.Repeat("1", 300), "CN", nil, "field.phone"},
		{"+++8613800138000", "CN", nil, "field.phone"},
		{"138\x000013800", "CN", nil, "field.phone"},
	} {
		got, problem, ok := contact.ParsePhone(c.typed, c.region, c.accepted)
		if ok || problem.Code != c.code {
			t.Errorf("%q: %+v %v, want %s", c.typed, got, problem, c.code)
		}
	}
	_, problem, _ := contact.ParsePhone("+49 1512 3456789", "CN", []string{"CN", "HK"})
	if problem.Params["codes"] != "+86, +852" || problem.Params["regions"] != "CN, HK" {
		t.Errorf("params %v", problem.Params)
	}
}

func TestPhoneSharedPlans(t *testing.T) {
	got, _, ok := contact.ParsePhone("+590 690 00 12 34", "MF", nil)
	if !ok || got.Region != "MF" {
		t.Errorf("Saint Martin: %+v %v", got, ok)
	}
	got, _, ok = contact.ParsePhone("13800138000", "", []string{"CN"})
	if !ok || got.Region != "CN" {
		t.Errorf("the only accepted region is not the default: %+v", got)
	}
	got, _, ok = contact.ParsePhone("+852 5123 4567", "CN", nil)
	if !ok || got.Region != "HK" {
		t.Errorf("Hong Kong: %+v", got)
	}
}

// Every valid mobile number survives any script's digits and any separators.
func TestPhoneScripts(t *testing.T) {
	var mobile []phoneRow
	for _, r := range phoneRows(t) {
		if r.kind == "MOBILE" {
			mobile = append(mobile, r)
		}
	}
	zeros := []rune{'0', '０', '٠', '۰', '०', '๐', '᠐', '𝟎'}
	rapid.Check(t, func(t *rapid.T) {
		row := rapid.SampledFrom(mobile).Draw(t, "row")
		zero := rapid.SampledFrom(zeros).Draw(t, "zero")
		var b strings.Builder
		for i, r := range row.e164 {
			if i > 1 {
				b.WriteString(rapid.SampledFrom([]string{"", " ", "-", "\u00a0", "\u200e", "–", "."}).Draw(t, "sep"))
			}
			if unicode.IsDigit(r) {
				r = zero + r - '0'
			}
			b.WriteRune(r)
		}
		got, problem, ok := contact.ParsePhone(b.String(), "", nil)
		if !ok || got.E164 != row.e164 {
			t.Fatalf("%q: %+v %v", b.String(), got, problem)
		}
	})
}

func TestDigitsOfEveryScript(t *testing.T) {
	want := 0
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if unicode.Is(unicode.Nd, r) {
			got, ok := contact.Digits(string(r))
			if !ok || got != string(rune('0'+want)) {
				t.Fatalf("%U read as %q, want %d", r, got, want)
			}
			want = (want + 1) % 10
		}
	}
	if got, ok := contact.Digits(" １２3-٤ 5\u200f6 "); !ok || got != "123456" {
		t.Errorf("%q %v", got, ok)
	}
	if _, ok := contact.Digits("12a456"); ok {
		t.Error("a letter passed")
	}
}

func FuzzParsePhone(f *testing.F) {
	for _, s := range []string{"+8613800138000", "0086 138", "(0)20", "١٣٨", "tel:+1", "+00", "\xff"} {
		f.Add(s, "CN")
	}
	f.Fuzz(func(t *testing.T, typed, region string) {
		got, problem, ok := contact.ParsePhone(typed, region, nil)
		if ok == (problem.Code != "") {
			t.Fatalf("%v with problem %v", ok, problem)
		}
		if !ok {
			return
		}
		again, _, ok := contact.ParsePhone(got.E164, "", nil)
		if !ok || again.E164 != got.E164 {
			t.Fatalf("%q gives %q, which gives %q", typed, got.E164, again.E164)
		}
		if masked := contact.MaskPhone(got.E164); strings.Contains(masked, got.E164[3:]) {
			t.Fatalf("%q is masked as %q", got.E164, masked)
		}
	})
}
