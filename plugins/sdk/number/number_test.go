package number_test

import (
	"encoding/csv"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/paifang/paifang/plugins/sdk/number"
)

func rows(t *testing.T, file string) []map[string]string {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	all, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var out []map[string]string
	for _, row := range all[1:] {
		m := map[string]string{}
		for i, name := range all[0] {
			m[name] = row[i]
		}
		out = append(out, m)
	}
	return out
}

// TestIdentityVectors meets the known numbers. Kinds that are not read yet are
// named here, so that a new kind in the file is not skipped unseen.
func TestIdentityVectors(t *testing.T) {
	parsers := map[string]func(string) error{
		"resident_id":                     func(s string) error { _, err := number.ParseResidentID(s); return err },
		"hmt_residence_permit":            func(s string) error { _, err := number.ParseResidencePermit(s); return err },
		"foreign_permanent_resident_2023": func(s string) error { _, err := number.ParsePermanentResident(s); return err },
		"cn_ordinary_passport":            func(s string) error { _, err := number.ParsePassport("CN", s); return err },
	}
	notRead := map[string]bool{"hkid": true, "macau_bir": true, "taiwan_id": true, "hk_macao_home_return_permit": true,
		"taiwan_compatriot_permit": true, "cn_hkmo_exit_permit": true}
	met := map[string]int{}
	for _, row := range rows(t, "testdata/cn_hk_mo_tw_ids.csv") {
		parse, ok := parsers[row["kind"]]
		if !ok {
			if !notRead[row["kind"]] {
				t.Errorf("kind %s is neither read nor on the list of kinds not read", row["kind"])
			}
			continue
		}
		met[row["kind"]]++
		if err := parse(row["number"]); (err == nil) != (row["expected_valid"] == "1") {
			t.Errorf("%s %s: %v, want valid %s", row["kind"], row["number"], err, row["expected_valid"])
		}
	}
	for kind := range parsers {
		if met[kind] == 0 {
			t.Errorf("no vector of kind %s", kind)
		}
	}
}

func TestMRZVectors(t *testing.T) {
	notRead := map[string]bool{"TD1": true, "TD2": true, "MRVA": true}
	met := 0
	for _, row := range rows(t, "testdata/mrz.csv") {
		text := strings.ReplaceAll(row["mrz"], `\n`, "\n")
		m, err := number.ParseTD3(text)
		if row["format"] != "TD3" {
			if !notRead[row["format"]] {
				t.Errorf("format %s is neither read nor on the list of formats not read", row["format"])
			}
			if err == nil {
				t.Errorf("%s was read as TD3", row["note"])
			}
			continue
		}
		met++
		if (err == nil) != (row["expected_valid"] == "1") {
			t.Errorf("%s: %v", row["note"], err)
		}
		if got := strings.Join(m.Lines[:], "\n"); got != text {
			t.Errorf("%s: canonical form is another:\n%s", row["note"], cmp.Diff(text, got))
		}
	}
	if met < 6 {
		t.Errorf("only %d TD3 vectors", met)
	}
}

func TestResidentID(t *testing.T) {
	want := number.ResidentID{Number: "11010519491231002X", Region: "110105", Birth: "1949-12-31", Gender: number.Female}
	for _, typed := range []string{
		"11010519491231002X", "11010519491231002x", " 110105 19491231 002X ", "110105-19491231-002x",
		"１１０１０５１９４９１２３１００２Ｘ", "110105194912310\u200b02ⅹ", "١١٠١٠٥١٩٤٩١٢٣١٠٠٢X",
	} {
		got, err := number.ParseResidentID(typed)
		if err != nil || got != want {
			t.Errorf("%q: %v, %s", typed, err, cmp.Diff(want, got))
		}
	}
	for typed, code := range map[string]number.Code{
		"":                    number.Length,
		"1101051949123100":    number.Length,
		"11010519491231002XX": number.Character,
		"1101051949123100ZX":  number.Character,
		"99010519491231002X":  number.Region,
		"810000199408230021":  number.Region,
		"110105194913310026":  number.Date,
		"110105194902300026":  number.Date,
		"110105194912310021":  number.CheckDigit,
	} {
		_, err := number.ParseResidentID(typed)
		var fault *number.Fault
		if !errors.As(err, &fault) || fault.Code != code {
			t.Errorf("%q: %v, want %s", typed, err, code)
		}
	}
}

func TestPassport(t *testing.T) {
	good := [][2]string{{"", "C01X0006H"}, {"DE", "c01x 0006h"}, {"PL", "ZS0000177"}, {"CA", "ZE000509"},
		{"TW", "000000000"}, {"CN", "G62292599"}, {"CN", "ＥＡ１２３４５６７"}, {"US", "A12345678"}, {"HK", "K12345678"},
		{"HK", "HJ1234567"}, {"ZZ", "L898902C3"}, {"KR", "M123A4567"}}
	for _, c := range good {
		if _, err := number.ParsePassport(c[0], c[1]); err != nil {
			t.Errorf("%s %s: %v", c[0], c[1], err)
		}
	}
	bad := [][2]string{{"", "12345"}, {"", "1234567890"}, {"", "ABCDEFG"}, {"", "AB12345é"}, {"CN", "E1234567"}, {"GB", "A12345678"}}
	for _, c := range bad {
		if n, err := number.ParsePassport(c[0], c[1]); err == nil {
			t.Errorf("%s %s was read as %s", c[0], c[1], n)
		}
	}
}

func TestAge(t *testing.T) {
	for _, c := range []struct {
		birth, now string
		age        int
	}{
		{"2008-11-22", "2026-11-22", 18}, {"2008-11-23", "2026-11-22", 17}, {"2008-02-29", "2026-02-28", 17},
		{"2008-02-29", "2026-03-01", 18}, {"2027-01-01", "2026-11-22", -1},
	} {
		birth, err := number.ParseDate(c.birth)
		now, _ := time.Parse(number.ISODate, c.now)
		if got := number.Age(birth, now); err != nil || got != c.age {
			t.Errorf("born %s, on %s: %d, want %d", c.birth, c.now, got, c.age)
		}
	}
	for _, s := range []string{"", "2026-02-30", "2026-2-3", "26-02-03", "2026-02-03T"} {
		if _, err := number.ParseDate(s); err == nil {
			t.Errorf("%q is no date", s)
		}
	}
}

func TestCountry(t *testing.T) {
	for icao, want := range map[string]string{"D": "DE", "GBO": "GB", "CHN": "CN", "RKS": "XK", "UTO": "", "XXA": "", "": "", "FRA": "FR"} {
		if got := number.CountryOf(icao); got != want {
			t.Errorf("%s is %q, want %q", icao, got, want)
		}
	}
	if !number.SameCountry("HK", "CHN") || number.SameCountry("TW", "CHN") || number.SameCountry("", "UTO") {
		t.Error("Hong Kong's passports are issued by CHN, Taiwan's are not, and nothing agrees with nothing")
	}
	if number.Country("UK") || !number.Country("GB") {
		t.Error("ISO 3166-1 has GB, not UK")
	}
}
