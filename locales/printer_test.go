package locales

import (
	"math"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/paifang/paifang/core/kyc"
)

// sample is a bundle with our formats and a few texts of its own.
func sample(t testing.TB) *Bundle {
	t.Helper()
	messages, err := readFolder(fstest.MapFS{
		"a.en.toml": {Data: []byte(`
hello = "Hello {{.name}}"
only = "Only in English {{.n}}"
[wait]
one = "Wait {{.n}} second"
other = "Wait {{.n}} seconds"
[gender]
male = "male"
other = "other"
`)},
		"a.ar.toml": {Data: []byte(`
hello = "مرحبًا {{.name}}"
[wait]
zero = "لا انتظار"
one = "انتظر ثانية واحدة"
two = "انتظر ثانيتين"
few = "انتظر {{.n}} ثوانٍ"
many = "انتظر {{.n}} ثانية"
other = "انتظر {{.n}} ثانية"
[gender]
male = "ذكر"
other = "آخر"
`)},
		"a.zh-Hans.toml": {Data: []byte(`
hello = "您好，{{.name}}"
wait = "请等待 {{.n}} 秒"
[gender]
male = "男"
other = "其他"
`)},
	})
	if err != nil {
		t.Fatal(err)
	}
	formats, known, err := readData(data, []kyc.Locale{"ar", "en", "zh-Hans"})
	if err != nil {
		t.Fatal(err)
	}
	b, err := assemble(messages, formats, known)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestTexts(t *testing.T) {
	b := sample(t)
	en, ar, zh := b.Printer("en"), b.Printer("ar"), b.Printer("zh-Hans")
	for _, c := range []struct{ name, got, want string }{
		{"plain", en.T("hello", "name", "Ann"), "Hello Ann"},
		{"number in a text", zh.T("hello", "name", 12345), "您好，12,345"},
		{"entry named other", zh.T("gender.other"), "其他"},
		{"missing value is a gap", en.T("hello"), "Hello "},
		{"value without name is left out", en.T("hello", "name"), "Hello "},
		{"value is not a template", en.T("hello", "name", "{{.name}}"), "Hello {{.name}}"},
		{"other language lacks it", ar.T("only", "n", 3), "Only in English 3"},
		{"nobody has it", ar.T("no.such.key", "n", 3), "no.such.key"},
		{"nobody has the plural", ar.N("no.such.key", 3), "no.such.key"},
		{"one", en.N("wait", 1), "Wait 1 second"},
		{"many", en.N("wait", 1200), "Wait 1,200 seconds"},
		{"Chinese has one form", zh.N("wait", 1), "请等待 1 秒"},
		{"Arabic 0", ar.N("wait", 0), "لا انتظار"},
		{"Arabic 1", ar.N("wait", 1), "انتظر ثانية واحدة"},
		{"Arabic 2", ar.N("wait", 2), "انتظر ثانيتين"},
		{"Arabic 3", ar.N("wait", 3), "انتظر 3 ثوانٍ"},
		{"Arabic 11", ar.N("wait", 11), "انتظر 11 ثانية"},
		{"Arabic 100", ar.N("wait", 100), "انتظر 100 ثانية"},
		{"Arabic 1103", ar.N("wait", 1103), "انتظر 1,103 ثوانٍ"},
		{"phone in Arabic stays together", ar.T("hello", "name", "+86 138 0013"), "مرحبًا \u2068+86 138 0013\u2069"},
		{"Arabic name in English", en.T("hello", "name", "ليلى"), "Hello \u2068ليلى\u2069"},
		{"link stays bare", ar.T("hello", "name", "http://127.0.0.1/l/x"), "مرحبًا http://127.0.0.1/l/x"},
		{"code stays bare", ar.T("hello", "name", "123456"), "مرحبًا 123456"},
	} {
		if c.got != c.want {
			t.Errorf("%s: %q, want %q", c.name, c.got, c.want)
		}
	}
	if en.Has("no.such.key") || !ar.Has("only") {
		t.Error("Has does not tell what T can say")
	}
	if ar.Dir() != "rtl" || en.Dir() != "ltr" || zh.Dir() != "ltr" || zh.Lang() != "zh-Hans" {
		t.Error("direction or tag")
	}
	if en.Language("ar") != "العربية" || ar.Language("zh-Hans") != "简体中文" || ar.Language("xx") != "xx" {
		t.Error("languages are not called by their own names")
	}
}

func TestFormats(t *testing.T) {
	b := sample(t)
	en, ar, zh := b.Printer("en"), b.Printer("ar"), b.Printer("zh-Hans")
	at := kyc.At(time.Date(2026, 11, 22, 20, 5, 0, 0, time.UTC))
	midnight := time.Date(2026, 1, 2, 0, 30, 0, 0, time.UTC)
	shanghai := time.FixedZone("CST", 8*3600)
	for _, c := range []struct{ name, got, want string }{
		{"date en", en.Date(at), "November 22, 2026"},
		{"date zh", zh.Date(at), "2026年11月22日"},
		{"date ar", ar.Date(at), "22 نوفمبر 2026"},
		{"time en", en.DateTime(at), "November 22, 2026, 8:05\u202fPM UTC"},
		{"after midnight", en.DateTime(midnight), "January 2, 2026, 12:30\u202fAM UTC"},
		{"time zh", zh.In(shanghai).DateTime(at), "2026年11月23日 04:05 CST"},
		{"time ar", ar.DateTime(at), "22 نوفمبر 2026، 8:05 م \u2068UTC\u2069"},
		{"never", en.Date(kyc.Millis(0)) + en.DateTime(time.Time{}) + en.Date("2026"), ""},
		{"birth", zh.Birth("1990-03-07"), "1990年3月7日"},
		{"not a birth date", zh.Birth("1990-13-07"), "1990-13-07"},
		{"number", en.Number(-1234567), "-1,234,567"},
		{"small number", zh.Number(999), "999"},
		{"smallest number", en.Number(math.MinInt64), "-9,223,372,036,854,775,808"},
		{"dollars", en.Money(123456, "USD"), "$1,234.56"},
		{"cents", en.Money(5, "USD"), "$0.05"},
		{"nothing", zh.Money(0, "USD"), "US$0.00"},
		{"yuan", zh.Money(500000, "CNY"), "¥5,000.00"},
		{"yuan en", en.Money(-500000, "CNY"), "-CN¥5,000.00"},
		{"yen has no cents", en.Money(1500, "JPY"), "¥1,500"},
		{"dinar has thousandths", en.Money(1500, "KWD"), "KWD\u00a01.500"},
		{"yuan ar", ar.Money(500000, "CNY"), "\u200f5,000.00\u00a0\u2068CN¥\u2069"},
		{"dollars ar", ar.Money(123456, "USD"), "\u200f1,234.56\u00a0\u2068US$\u2069"},
		{"debt ar", ar.Money(-500000, "CNY"), "\u200f\u200e-5,000.00\u00a0\u2068CN¥\u2069"},
	} {
		if c.got != c.want {
			t.Errorf("%s: %q, want %q", c.name, c.got, c.want)
		}
	}
}

func TestCatalogueRefuses(t *testing.T) {
	for name, text := range map[string]string{
		"no text":        `a = ""`,
		"number":         `a = 1`,
		"list":           `a = ["x"]`,
		"function":       `a = "{{printf .x}}"`,
		"range":          `a = "{{range .x}}y{{end}}"`,
		"unclosed":       `a = "{{.x"`,
		"empty name":     `a = "{{.}}"`,
		"twice":          "\"a.b\" = \"x\"\n[a]\nb = \"y\"",
		"plural, broken": "[a]\none = \"{{x}}\"\nother = \"y\"",
		"not TOML":       `a = `,
	} {
		if got, err := ParseCatalogue([]byte(text)); err == nil {
			t.Errorf("%s: accepted as %v", name, got)
		}
	}
	_, err := readFolder(fstest.MapFS{
		"a.en.toml": {Data: []byte(`x = "1"`)}, "b.en.toml": {Data: []byte(`x = "2"`)},
	})
	if err == nil {
		t.Error("two files may say different things under one key")
	}
}

func TestProvidersAddAndNeverChange(t *testing.T) {
	b := sample(t)
	more, err := b.With(map[kyc.Locale]map[string]Message{
		"ar": {"mainland.title": {Other: "البر الرئيسي"}},
		"en": {"mainland.title": {Other: "Mainland {{.n}}"}},
		"fr": {"mainland.title": {Other: "Continent"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := more.Printer("en").T("mainland.title", "n", 1); got != "Mainland 1" {
		t.Errorf("added text: %q", got)
	}
	if b.Printer("en").Has("mainland.title") {
		t.Error("the first bundle has changed")
	}
	if got := more.Printer("zh-Hans").T("hello", "name", "x"); got != "您好，x" {
		t.Errorf("own text after adding: %q", got)
	}
	for name, message := range map[string]struct {
		key string
		Message
	}{
		"replaces ours": {"hello", Message{Other: "Pay here"}},
		"a program":     {"mainland.x", Message{Other: "{{range .}}{{.}}{{end}}"}},
		"empty":         {"mainland.x", Message{}},
	} {
		_, err := b.With(map[kyc.Locale]map[string]Message{"en": {message.key: message.Message}})
		if kyc.CodeOf(err) != kyc.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestNoDataSaysWhatToDo(t *testing.T) {
	_, _, err := readData(fstest.MapFS{}, []kyc.Locale{"en"})
	if err == nil || !strings.Contains(err.Error(), "make data") {
		t.Errorf("without data: %v", err)
	}
}

func TestMatch(t *testing.T) {
	offered := []kyc.Locale{"zh-Hans", "en", "ar"}
	for header, want := range map[string]kyc.Locale{
		"":                                 "zh-Hans",
		"zh-CN,zh;q=0.9,en;q=0.8":          "zh-Hans",
		"zh-Hans":                          "zh-Hans",
		"en-GB":                            "en",
		"ar-EG,en;q=0.5":                   "ar",
		"fr, en;q=0.1":                     "en",
		"th":                               "zh-Hans",
		"*":                                "zh-Hans",
		"\xff\x00;;;":                      "zh-Hans",
		strings.Repeat("a-b,", 100) + "en": "zh-Hans",
	} {
		if got := Match(header, offered); got != want {
			t.Errorf("%.40q: %q, want %q", header, got, want)
		}
	}
	all := []kyc.Locale{"en", "ar", "fr", "ru", "zh-Hans", "zh-Hant"}
	for header, want := range map[string]kyc.Locale{
		"zh-TW": "zh-Hant", "zh-HK,zh;q=0.9": "zh-Hant", "zh-MO": "zh-Hant", "zh-Hant-HK": "zh-Hant",
		"zh-CN": "zh-Hans", "zh-SG": "zh-Hans", "zh": "zh-Hans", "zh-Hans-CN": "zh-Hans",
		"fr-CA,fr;q=0.8,en;q=0.5": "fr", "fr-CH": "fr", "ru-UA": "ru", "ru": "ru", "ar-MA": "ar",
		"uk,en;q=0.5": "en", "de-DE,fr;q=0.4": "fr", "ja": "en",
	} {
		if got := Match(header, all); got != want {
			t.Errorf("%q of all: %q, want %q", header, got, want)
		}
	}
	// One Chinese is nearer to the other than English is.
	if got := Match("zh-TW", []kyc.Locale{"en", "zh-Hans"}); got != "zh-Hans" {
		t.Errorf("zh-TW without zh-Hant: %q", got)
	}
	if got := Match("en", nil); got != "" {
		t.Errorf("nothing offered: %q", got)
	}
	if got := sample(t).Printer("ar-EG").Lang(); got != "ar" {
		t.Errorf("printer of a regional tag: %q", got)
	}
}

func TestFormatsOfTheOthers(t *testing.T) {
	b := loaded(t)
	fr, ru, hant := b.Printer("fr"), b.Printer("ru"), b.Printer("zh-Hant")
	day := func(hour int) time.Time { return time.Date(2026, 11, 22, hour, 5, 0, 0, time.UTC) }
	for _, c := range []struct{ name, got, want string }{
		{"time fr", fr.DateTime(day(20)), "22 novembre 2026, 20:05 UTC"},
		{"time ru", ru.DateTime(day(20)), "22 ноября 2026\u202fг., 20:05 UTC"},
		{"evening", hant.DateTime(day(20)), "2026年11月22日 晚上8:05 UTC"},
		{"noon", hant.DateTime(day(12)), "2026年11月22日 中午12:05 UTC"},
		{"night", hant.DateTime(day(0)), "2026年11月22日 凌晨12:05 UTC"},
		{"morning", hant.DateTime(day(9)), "2026年11月22日 上午9:05 UTC"},
		{"money fr", fr.Money(-123456789, "EUR"), "-1\u202f234\u202f567,89\u00a0€"},
		{"money ru", ru.Money(500000, "CNY"), "5\u00a0000,00\u00a0CN¥"},
		{"money zh-Hant", hant.Money(500000, "USD"), "US$5,000.00"},
		{"fr 0", fr.N("message.minutes", 0), "0 minute"}, {"fr 1", fr.N("message.minutes", 1), "1 minute"},
		{"fr 2", fr.N("message.minutes", 2), "2 minutes"}, {"fr 1000000", fr.N("message.minutes", 1000000), "1\u202f000\u202f000 de minutes"},
		{"ru 1", ru.N("message.minutes", 1), "1 минуту"}, {"ru 3", ru.N("message.minutes", 3), "3 минуты"},
		{"ru 11", ru.N("message.minutes", 11), "11 минут"}, {"ru 21", ru.N("message.minutes", 21), "21 минуту"},
		{"zh-Hant 1", hant.N("message.minutes", 1), "1 分鐘"},
		{"own names", fr.Language("fr") + ru.Language("ru") + hant.Language("zh-Hant"), "françaisрусский繁體中文"},
	} {
		if c.got != c.want {
			t.Errorf("%s: %q, want %q", c.name, c.got, c.want)
		}
	}
}

func TestLocaleOf(t *testing.T) {
	got := []kyc.Locale{LocaleOf("zh-Hans.toml"), LocaleOf("locales/en.toml"), LocaleOf("a/b.ar.toml")}
	if diff := cmp.Diff([]kyc.Locale{"zh-Hans", "en", "ar"}, got); diff != "" {
		t.Error(diff)
	}
}

func BenchmarkT(b *testing.B) {
	p := sample(b).Printer("ar")
	for b.Loop() {
		p.T("hello", "name", "Ann")
	}
}

func BenchmarkN(b *testing.B) {
	p := sample(b).Printer("ar")
	for b.Loop() {
		p.N("wait", 11)
	}
}

func BenchmarkLoad(b *testing.B) {
	for b.Loop() {
		if _, err := Load(); err != nil {
			b.Fatal(err)
		}
	}
}
