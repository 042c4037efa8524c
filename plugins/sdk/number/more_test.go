package number_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/paifang/paifang/plugins/sdk/number"
)

// TestFaults: what is wrong is said with its reason, not as a bare "invalid".
func TestFaults(t *testing.T) {
	for _, c := range []struct {
		kind, text string
		code       number.Code
		position   int
	}{
		{"resident_id", "1101051949123100 2Х", number.Lookalike, 18}, // the Х is Cyrillic
		{"hkid", "A123456(4)", number.CheckDigit, 8},
		{"hkid", "А123456(3)", number.Lookalike, 1}, // the А is Cyrillic
		{"hkid", "12345678", number.Character, 1},
		{"hkid", "A12345", number.Length, 0},
		{"macau_bir", "22281507", number.Format, 0},
		{"macau_bir", "1228150A", number.Character, 8},
		{"taiwan_id", "A123456780", number.CheckDigit, 10},
		{"taiwan_id", "A323456789", number.Format, 2},
		{"taiwan_id", "1123456789", number.Character, 1},
		{"hk_macao_home_return_permit", "K12345678", number.Format, 0},
		{"hk_macao_home_return_permit", "H123456", number.Length, 0},
		{"taiwan_compatriot_permit", "1234567A", number.Format, 0},
		{"foreign_permanent_resident_2023", "KAZ110090123106", number.CheckDigit, 15},
		{"foreign_permanent_resident_2023", "KAA110090123105", number.NoCountry, 1},
		{"foreign_permanent_resident_2023", "KAZ990090123105", number.Region, 4},
		{"foreign_permanent_resident_2023", "KAZ110090133105", number.Date, 8},
		{"foreign_permanent_resident_2023", "KAZ11009012310", number.Length, 0},
		{"iban", "DE89370400440532013001", number.CheckDigit, 3},
		{"iban", "DE8937040044053201300", number.Length, 0},
		{"iban", "US89370400440532013000", number.NoCountry, 1},
		{"iban", "DE893704004405320130OO", number.Character, 21},
		{"bic", "DEUTDEF", number.Length, 0},
		{"bic", "DEUTQQFF", number.NoCountry, 5},
		{"bic", "DEUT12FF", number.Format, 0},
		{"lei", "213800KUD8LAJWSQ9D16", number.CheckDigit, 19},
		{"lei", "213800KUD8LAJWSQ9DXX", number.Character, 19},
		{"card", "4111 1111 1111 1112", number.CheckDigit, 16},
		{"card", "411111111111111", number.Length, 0},
		{"card", "4111 1111 1111 111A", number.Character, 16},
		{"card", "0000 0000 0000 0000", number.CheckDigit, 16},
	} {
		_, err := readers()[c.kind](c.text)
		var fault *number.Fault
		if !errors.As(err, &fault) || fault.Code != c.code || fault.Position != c.position {
			t.Errorf("%s %q: %v, want %s at %d", c.kind, c.text, err, c.code, c.position)
		}
	}
}

func TestPermanentResidentForms(t *testing.T) {
	now := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	old, err := number.ParsePermanentResident("kaz 1100 901231 05")
	if err != nil || old.Nationality != "KAZ" || old.Region != "1100" || old.BirthDate(now) != "1990-12-31" || old.Gender != number.Female {
		t.Errorf("%v %+v", err, old)
	}
	card, err := number.ParsePermanentResident("911124198108030024")
	if err != nil || card.Nationality != "124" || card.Region != "11" || card.BirthDate(now) != "1981-08-03" || card.Gender != number.Female {
		t.Errorf("%v %+v", err, card)
	}
}

func TestPermitHolder(t *testing.T) {
	first, err := number.ParseHKMacaoPermit("H12345678 01")
	later, err2 := number.ParseHKMacaoPermit("H1234567802")
	if err != nil || err2 != nil || first.Holder != "H12345678" || later.Holder != first.Holder || later.Issue != "02" {
		t.Errorf("%v %v %+v %+v", err, err2, first, later)
	}
}

func TestNationalID(t *testing.T) {
	for _, c := range []struct{ country, text, want string }{
		{"ES", "12345678-z", "12345678Z"}, {"ES", "BAA000589", "BAA000589"}, {"SG", "S1234567D", "S1234567D"},
		{"TR", "10000000146", "10000000146"}, {"TR", "A12B34567", "A12B34567"}, {"DE", "L01X00T47", "L01X00T47"}, {"EG", "٢٩٠٠١٠١١٢٣٤٥٦٧", "29001011234567"},
		{"HK", "A123456(3)", "A1234563"}, {"MO", "1/228150/7", "12281507"}, {"TW", "A123456789", "A123456789"}, {"CN", "11010519491231002X", "11010519491231002X"},
	} {
		if got, err := number.ParseNationalID(c.country, c.text); c.want != "" && (err != nil || got != c.want) {
			t.Errorf("%s %s: %q %v", c.country, c.text, got, err)
		}
	}
	for _, c := range []struct {
		country, text string
		code          number.Code
	}{
		{"ES", "12345678A", number.CheckDigit}, {"TR", "10000000147", number.CheckDigit}, {"SG", "S1234567A", number.CheckDigit},
		{"HK", "A1234564", number.CheckDigit}, {"DE", "AB1", number.Length}, {"DE", "ABCDEFG", number.Format}, {"DE", "L01Х00T47", number.Lookalike},
	} {
		_, err := number.ParseNationalID(c.country, c.text)
		var fault *number.Fault
		if !errors.As(err, &fault) || fault.Code != c.code {
			t.Errorf("%s %s: %v, want %s", c.country, c.text, err, c.code)
		}
	}
}

func TestLicence(t *testing.T) {
	for text, want := range map[string]string{
		"morga 657054 sm9ij 35": "MORGA657054SM9IJ35", "77 ав 123456": "77АВ123456", "B072RRE2I55": "B072RRE2I55", "١٢٣٤٥٦٧": "1234567",
	} {
		if got, err := number.ParseLicence(text); err != nil || got != want {
			t.Errorf("%s: %q %v", text, got, err)
		}
	}
	for text, code := range map[string]number.Code{"A1": number.Length, "ABCDEFG": number.Format, "AB12<4": number.Character, strings.Repeat("1", 26): number.Length} {
		_, err := number.ParseLicence(text)
		var fault *number.Fault
		if !errors.As(err, &fault) || fault.Code != code {
			t.Errorf("%s: %v, want %s", text, err, code)
		}
	}
}

// TestCardSchemes uses the schemes' published test numbers.
func TestCardSchemes(t *testing.T) {
	for text, scheme := range map[string]string{
		"4111 1111 1111 1111": "visa", "4222222222222": "visa", "5555-5555-5555-4444": "mastercard", "2223003122003222": "mastercard",
		"378282246310005": "amex", "6200000000000005": "unionpay", "6205500000000000004": "unionpay", "3566002020360505": "jcb",
		"6011111111111117": "discover", "36227206271667": "diners", "2200770239097761": "mir", "9000000000000001": "",
	} {
		c, err := number.ParseCard(text)
		if scheme == "" && err != nil {
			continue
		}
		if err != nil || c.Scheme != scheme || c.Last() != c.Number[len(c.Number)-4:] {
			t.Errorf("%s: %v %s, want %s", text, err, c.Scheme, scheme)
		}
	}
	unknown := "900000000000000"
	if c, err := number.ParseCard(unknown + string(number.LuhnCheck(unknown))); err != nil || c.Scheme != "" {
		t.Errorf("an issuer that is not known here: %v %+v", err, c)
	}
}

func TestBICForms(t *testing.T) {
	head, err := number.ParseBIC("deut de ff xxx")
	test, err2 := number.ParseBIC("DEUTDEF0")
	if err != nil || err2 != nil || head.Code != "DEUTDEFF" || head.Country != "DE" || head.Test || !test.Test {
		t.Errorf("%v %v %+v %+v", err, err2, head, test)
	}
}

func TestIBANAsPrinted(t *testing.T) {
	got, err := number.ParseIBAN("IBAN GB29 NWBK 6016 1331 9268 19")
	if err != nil || got != (number.IBAN{Number: "GB29NWBK60161331926819", Country: "GB", Account: "NWBK60161331926819"}) {
		t.Errorf("%v %+v", err, got)
	}
}

// FuzzNumbers: no parser panics, none puts the number into its error, and each
// reads its own canonical form as the same.
func FuzzNumbers(f *testing.F) {
	for _, s := range []string{"A123456(3)", "KAZ110090123105", "IBAN GB29 NWBK 6016 1331 9268 19", "ABCDMXXXXXX", "91350100M0001TGQXM",
		"4111 1111 1111 1111", "H1234567801", "213800KUD8LAJWSQ9D15", "Ｗ１２３４５６７８", "EA1234567", "\xff", "А123456789"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for kind, read := range readers() {
			n, err := read(s)
			var fault *number.Fault
			if err != nil && !errors.As(err, &fault) {
				t.Fatalf("%s %q: %T is no fault", kind, s, err)
			}
			if err != nil && len(s) >= 10 && strings.Contains(err.Error(), s) {
				t.Fatalf("%s: the number is in the error", kind)
			}
			if err != nil && n == "" {
				continue
			}
			again, err2 := read(n)
			if again != n || (err == nil) != (err2 == nil) {
				t.Fatalf("%s %q: %q is read as %q: %v", kind, s, n, again, err2)
			}
		}
	})
}

func FuzzRealName(f *testing.F) {
	for _, s := range []string{"王芳", "阿卜杜热合曼·吐尔逊", "𠮷野", "Anna-Maria O’Neil", "· ·", "A\u202eB", "ＷＡＮＧ Fang"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		name, err := number.RealName(s)
		if err != nil {
			return
		}
		if again, err := number.RealName(name); err != nil || again != name {
			t.Fatalf("%q becomes %q becomes %q: %v", s, name, again, err)
		}
	})
}
