package number_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/paifang/paifang/plugins/sdk/number"
)

const (
	line1 = "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<"
	line2 = "L898902C36UTO7408122F1204159ZE184226B<<<<<10"
)

func TestTD3(t *testing.T) {
	got, err := number.ParseTD3(line1 + "\n" + line2)
	want := number.MRZ{Format: number.TD3, Lines: [3]string{line1, line2}, Kind: "P", Issuer: "UTO", Surname: "ERIKSSON", Given: "ANNA MARIA",
		Number: "L898902C3", Nationality: "UTO", Birth: "740812", Gender: number.Female, Expiry: "120415", Optional: "ZE184226B"}
	if err != nil || got != want {
		t.Fatal(err, cmp.Diff(want, got))
	}
	now := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	if got.BirthDate(now) != "1974-08-12" || got.ExpiryDate(now) != "2012-04-15" {
		t.Error(got.BirthDate(now), got.ExpiryDate(now))
	}
}

func TestTD3AsPasted(t *testing.T) {
	for name, typed := range map[string]string{
		"windows lines":    line1 + "\r\n" + line2 + "\r\n",
		"lost line break":  line1 + line2,
		"space for break":  line1 + " " + line2,
		"lower case":       strings.ToLower(line1 + "\n" + line2),
		"single brackets":  strings.ReplaceAll(line1+"\n"+line2, "<", "‹"),
		"guillemets":       strings.ReplaceAll(line1+"\n"+line2, "<<", "«"),
		"guillemet as one": strings.ReplaceAll(line1+"\n"+line2, "<", "«"),
		"full width":       strings.ReplaceAll(line1+"\n"+line2, "<", "＜"),
		"blank lines":      "\n\n " + line1 + "\n\n" + line2,
		"short names":      "P<UTOERIKSSON<<ANNA<MARIA<<<\n" + line2,
		"no end fillers":   "P<UTOERIKSSON<<ANNA<MARIA\n" + line2,
		"long names":       line1 + "<<<\n" + line2,
		"short optional":   line1 + "\nL898902C36UTO7408122F1204159ZE184226B<<<10",
		"long optional":    line1 + "\nL898902C36UTO7408122F1204159ZE184226B<<<<<<<10",
		"O for 0":          line1 + "\nL898902C36UTO74O8122F12O4159ZE184226B<<<<<1O",
		"narrow window":    line1[:30] + "\n" + line1[30:] + "\n" + line2[:30] + "\n" + line2[30:],
	} {
		m, err := number.ParseTD3(typed)
		if err != nil || m.Lines != [3]string{line1, line2} {
			t.Errorf("%s: %v\n%q", name, err, m.Lines)
		}
	}
}

func TestTD3Faults(t *testing.T) {
	for name, c := range map[string]struct {
		two  string
		want number.Fault
	}{
		"number":    {"L898902C46UTO7408122F1204159ZE184226B<<<<<10", number.Fault{Code: number.CheckDigit, Part: "number", Line: 2, Position: 10}},
		"birth":     {"L898902C36UTO7408112F1204159ZE184226B<<<<<10", number.Fault{Code: number.CheckDigit, Part: "birth_date", Line: 2, Position: 20}},
		"expiry":    {"L898902C36UTO7408122F1204169ZE184226B<<<<<10", number.Fault{Code: number.CheckDigit, Part: "expiry_date", Line: 2, Position: 28}},
		"optional":  {"L898902C36UTO7408122F1204159ZE184226C<<<<<10", number.Fault{Code: number.CheckDigit, Part: "optional", Line: 2, Position: 43}},
		"composite": {"L898902C36UTO7408122F1204159ZE184226B<<<<<11", number.Fault{Code: number.CheckDigit, Part: "composite", Line: 2, Position: 44}},
		"letters":   {"L898902C36UTO7408122F1204159ZE184226Б<<<<<10", number.Fault{Code: number.Character, Part: "line2", Line: 2, Position: 37}},
		"short":     {"L898902C36UTO7408122F", number.Fault{Code: number.Length, Part: "line2", Line: 2, Width: 44}},
	} {
		_, err := number.ParseTD3(line1 + "\n" + c.two)
		var fault *number.Fault
		if !errors.As(err, &fault) || *fault != c.want {
			t.Errorf("%s: %v, want %v", name, err, &c.want)
		}
	}
	for _, s := range []string{"", "P", strings.Repeat("<", 88), strings.Repeat("A", 5000), "V" + line1[1:] + "\n" + line2} {
		if _, err := number.ParseTD3(s); err == nil {
			t.Errorf("%.10q was read", s)
		}
	}
}

func TestLongNumberAndUnknownBirth(t *testing.T) {
	two := seal("D23145890<UTO74<<<<0F1204150" + "734" + "<<<<<<<<<<<" + "00")
	two = two[:28] + "73" + string(number.MRZCheck("D2314589073")) + two[31:]
	two = seal(two)
	m, err := number.ParseTD3(line1 + "\n" + two)
	if err != nil || m.Number != "D2314589073" || m.Optional != "" || m.BirthDate(time.Now()) != "" {
		t.Errorf("%v %+v", err, m)
	}
	if !number.SameDate(m.Birth, "1974-03-09") || number.SameDate(m.Birth, "1975-03-09") {
		t.Error("unknown day and month agree with any, the year does not")
	}
}

// seal writes the check digits of a line 2, except that of the number.
func seal(line string) string {
	b := []byte(line)
	for _, r := range [][2]int{{13, 19}, {21, 27}, {28, 42}} {
		b[r[1]] = number.MRZCheck(string(b[r[0]:r[1]]))
	}
	b[43] = number.MRZCheck(string(b[:10]) + string(b[13:20]) + string(b[21:43]))
	return string(b)
}

func TestSameName(t *testing.T) {
	zone := func(surname, given string) number.MRZ { return number.MRZ{Surname: surname, Given: given} }
	for _, c := range []struct {
		typed string
		m     number.MRZ
		same  bool
	}{
		{"Anna Maria Eriksson", zone("ERIKSSON", "ANNA MARIA"), true},
		{"ERIKSSON, Anna Maria", zone("ERIKSSON", "ANNA MARIA"), true},
		{"Eriksson", zone("ERIKSSON", "ANNA MARIA"), false},
		{"Suharto", zone("SUHARTO", ""), true},
		{"Sinéad O'Connor", zone("OCONNOR", "SINEAD"), true},
		{"Sinéad O’Connor", zone("O CONNOR", "SINEAD"), true},
		{"Jean-Luc Müller", zone("MUELLER", "JEAN LUC"), true},
		{"Jean-Luc Muller", zone("MUELLER", "JEAN LUC"), true},
		{"Jo-Elle Noe", zone("NOE", "JOELLE"), true},
		{"Strauß Øystein Łukasz", zone("STRAUSS", "OEYSTEIN LUKASZ"), true},
		{"Müller", zone("MUELLER", ""), true},
		{"Anna Berg", zone("BERG", "ANNE"), false},
		{"Ánnа Berg", zone("BERG", "ANNA"), false}, // the last а is Cyrillic
		{"", zone("BERG", "ANNA"), false},
		{"Nilavadhanananda Chayapa Dejthamrong Krasuang",
			number.MRZ{Surname: "NILAVADHANANANDA", Given: "CHAYAPA DEJTHAMRONG KRA", Truncated: true}, true},
		{"Nilavadhanananda Chayapa",
			number.MRZ{Surname: "NILAVADHANANANDA", Given: "CHAYAPA DEJTHAMRONG KRA", Truncated: true}, false},
	} {
		if got := number.SameName(c.typed, c.m); got != c.same {
			t.Errorf("%s and %s %s: %t", c.typed, c.m.Surname, c.m.Given, got)
		}
	}
}

func FuzzResidentID(f *testing.F) {
	f.Add("11010519491231002X")
	f.Add("１１０１０５ 19491231-002x")
	f.Fuzz(func(t *testing.T, s string) {
		id, err := number.ParseResidentID(s)
		if number.Canonical(number.Canonical(s)) != number.Canonical(s) {
			t.Fatalf("canonical form of %q is not stable", s)
		}
		if err != nil {
			if text := err.Error(); len(s) >= 10 && strings.Contains(text, s) {
				t.Fatalf("the number is in the error")
			}
			return
		}
		again, err := number.ParseResidentID(id.Number)
		if err != nil || again != id {
			t.Fatalf("%q: the canonical form is read as another: %v", s, err)
		}
		if number.ResidentCheck(id.Number[:17]) != id.Number[17] || strings.ReplaceAll(id.Birth, "-", "") != id.Number[6:14] {
			t.Fatalf("%q: %+v", s, id)
		}
		for i := 0; i < 17; i++ { // one wrong digit is always found
			wrong := []byte(id.Number)
			wrong[i] = '0' + (wrong[i]-'0'+1)%10
			if _, err := number.ParseResidentID(string(wrong)); err == nil {
				t.Fatalf("a changed digit %d of %q went unnoticed", i, id.Number)
			}
		}
	})
}

func TestCards(t *testing.T) {
	now := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		text                  string
		format                number.Zone
		number, optional      string
		surname, given, birth string
	}{
		{"I<PRT007666667<ZZ00<<<<<<<<<<<\n8303143M3405293PRT<<<<<<<<<<<4\nCACADOR<DE<ARAUJO<<ANDRE<ESTEV", number.TD1,
			"007666667ZZ0", "", "CACADOR DE ARAUJO", "ANDRE ESTEV", "1983-03-14"},
		{"IDCHES0002068<8<<<<<<<<<<<<<<<\n8102287F1301014CHE<<<<<<<<<<<4\nVADIS<<QUO<<<<<<<<<<<<<<<<<<<<", number.TD1,
			"S0002068", "", "VADIS", "QUO", "1981-02-28"},
		{"I<FINXA10000585010195<112X<<<<\n9501016F2803135FIN<<<<<<<<<<<7\nSPECIMEN<TRAVEL<<VILMA<SOFIA<<", number.TD1,
			"XA1000058", "010195 112X", "SPECIMEN TRAVEL", "VILMA SOFIA", "1995-01-01"},
		{"I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<\nD231458907UTO7408122F1204159<<<<<<<6", number.TD2,
			"D23145890", "", "ERIKSSON", "ANNA MARIA", "1974-08-12"},
	} {
		for name, typed := range map[string]string{
			"as it is": c.text, "lost line breaks": strings.ReplaceAll(c.text, "\n", ""), "lower case": strings.ToLower(c.text),
			"single brackets": strings.ReplaceAll(c.text, "<", "‹"), "spaced": strings.ReplaceAll(c.text, "<<", "< <"),
			"narrow": c.text[:9] + "\n" + c.text[9:20] + "\n" + c.text[20:],
		} {
			m, err := number.ParseCardMRZ(typed)
			if err != nil || m.Format != c.format || m.Number != c.number || m.Optional != c.optional || m.Surname != c.surname ||
				m.Given != c.given || m.BirthDate(now) != c.birth || m.Text() != c.text {
				t.Errorf("%s: %v\n%+v", name, err, m)
			}
		}
	}
	short := strings.ReplaceAll("I<UTOERIKSSON<<ANNA<MARIA\nD231458907UTO7408122F1204159<<<<<<<6", "\n", "\r\n")
	if m, err := number.ParseTD2(short); err != nil || m.Given != "ANNA MARIA" {
		t.Error("a card of two lines without the fillers at the end:", err)
	}
	visa := "V<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL8988901C4XXX4009078F96121096ZE184226B<<<<<<"
	if _, err := number.ParseCardMRZ(visa); err == nil {
		t.Error("a visa is no card")
	}
	if _, err := number.ParseCardMRZ(line1 + "\n" + line2); err == nil {
		t.Error("a passport is no card")
	}
}

func TestCardWithoutExpiry(t *testing.T) {
	text := "I<UTOD231458907<<<<<<<<<<<<<<<\n7408122F<<<<<<<UTO<<<<<<<<<<<?\nERIKSSON<<ANNA<MARIA<<<<<<<<<<"
	sum := number.MRZCheck(text[5:30] + text[31:38] + text[39:46] + text[49:60])
	m, err := number.ParseTD1(strings.Replace(text, "?", string(sum), 1))
	if err != nil || m.Expires() || m.ExpiryDate(time.Now()) != "" {
		t.Errorf("%v %+v", err, m)
	}
	if _, err := number.ParseTD3(line1 + "\n" + seal("L898902C36UTO7408122F<<<<<<<<<<<<<<<<<<<<<<<")); err == nil {
		t.Error("a passport expires")
	}
}

func TestCardFaults(t *testing.T) {
	const a, b, c = "I<PRT007666667<ZZ00<<<<<<<<<<<", "8303143M3405293PRT<<<<<<<<<<<4", "CACADOR<DE<ARAUJO<<ANDRE<ESTEV"
	for text, want := range map[string]number.Fault{
		a[:16] + "Y" + a[17:] + "\n" + b + "\n" + c:   {Code: number.CheckDigit, Part: "number", Line: 1, Position: 15},
		a + "\n8303153" + b[7:] + "\n" + c:            {Code: number.CheckDigit, Part: "birth_date", Line: 2, Position: 7},
		a + "\n" + b[:29] + "5\n" + c:                 {Code: number.CheckDigit, Part: "composite", Line: 2, Position: 30},
		a + "\n" + b + "\n" + c[:29] + "Б":            {Code: number.Character, Part: "line3", Line: 3, Position: 30},
		a + "\n" + b + "\n" + c[:29] + "В":            {Code: number.Lookalike, Part: "line3", Line: 3, Position: 30},
		a + "\n" + b + "\n" + c + "AB":                {Code: number.Length, Part: "line3", Line: 3, Width: 30},
		a + "\n" + b + "\n" + strings.Repeat("<", 30): {Code: number.Format, Part: "name", Line: 3, Position: 1},
		"X" + a[1:] + "\n" + b + "\n" + c:             {Code: number.Format, Part: "line1", Line: 1, Position: 1},
		"":                                            {Code: number.Format, Part: "line1", Line: 1, Position: 1},
	} {
		_, err := number.ParseMRZ(text)
		var fault *number.Fault
		if !errors.As(err, &fault) || *fault != want {
			t.Errorf("%q: %v, want %v", text, err, &want)
		}
	}
}

func FuzzMRZ(f *testing.F) {
	f.Add(line1 + "\n" + line2)
	f.Add("p<d<<musterrmann«erika\nC01X0006H1D<<6408125F1710319<<<<<<<<0")
	for _, row := range rows(f, "testdata/mrz.csv") {
		f.Add(strings.ReplaceAll(row["mrz"], `\n`, "\n"))
	}
	f.Fuzz(func(t *testing.T, s string) {
		m, err := number.ParseMRZ(s)
		if err != nil {
			return
		}
		again, err := number.ParseMRZ(m.Text())
		if err != nil || again != m {
			t.Fatalf("%q: the canonical form is read as another: %v", s, err)
		}
		if len(m.Number) < 1 || len(m.Birth) != 6 || len(m.Expiry) != 6 {
			t.Fatalf("%q: %+v", s, m)
		}
	})
}

// TestHasNumber: a piece of what else stands in the lines is no number.
func TestHasNumber(t *testing.T) {
	m, err := number.ParseCardMRZ("I<FINXA10000585010195<112X<<<<\n9501016F2803135FIN<<<<<<<<<<<7\nSPECIMEN<TRAVEL<<VILMA<SOFIA<<")
	if err != nil {
		t.Fatal(err)
	}
	for typed, want := range map[string]bool{
		"XA1000058": true, "xa 1000058": true, "010195-112X": true, "010195": true,
		"010195-112": false, "10195112X": false, "195112": false, "112X": false, "A1000058": false, "": false,
	} {
		if m.HasNumber(typed) != want {
			t.Errorf("%q: %v", typed, !want)
		}
	}
}
