package number_test

import (
	"testing"

	"github.com/paifang/paifang/plugins/sdk/number"
)

func TestRealName(t *testing.T) {
	for typed, want := range map[string]string{
		"王芳":              "王芳",
		" 王 芳 ":           "王芳",
		"欧阳\u3000娜娜":      "欧阳娜娜",
		"𠮷田一郎":            "𠮷田一郎", // U+20BB7, outside the basic plane
		"王\U00030EDD":     "王\U00030EDD",
		"〇王":              "〇王",
		"买买提·吐尔逊":         "买买提·吐尔逊",
		"买买提•吐尔逊":         "买买提·吐尔逊",
		"买买提・ 吐尔逊":        "买买提·吐尔逊",
		"买买提．吐尔逊":         "买买提·吐尔逊",
		"买买提.吐尔逊":         "买买提·吐尔逊",
		"葛\U000E0101城":    "葛城",
		"Anna  Maria":     "Anna Maria",
		"ＡＮＮＡ":            "ANNA",
		"O’Connor-Müller": "O’Connor-Müller",
		"J. Wang":         "J. Wang",
		"Kaʻiulani":       "Kaʻiulani",
		"D`Angelo":        "D`Angelo",
		"Jean\u2011Luc":   "Jean\u2011Luc",
	} {
		got, err := number.RealName(typed)
		if err != nil || got != want {
			t.Errorf("%q: %q, %v; want %q", typed, got, err, want)
		}
		if again, err := number.RealName(got); err != nil || again != got {
			t.Errorf("%q is not stable: %q, %v", got, again, err)
		}
	}
	for _, typed := range []string{"", " ", "·", "王3", "Иван", "محمد", "王<b>", "王\x00"} {
		if got, err := number.RealName(typed); err == nil {
			t.Errorf("%q became %q", typed, got)
		}
	}
}

func TestFaultProblem(t *testing.T) {
	for want, f := range map[string]number.Fault{
		"field.number_check_digit": {Code: number.CheckDigit, Part: "number", Position: 18},
		"field.mrz_check_digit":    {Code: number.CheckDigit, Part: "composite", Line: 2, Position: 44},
		"field.mrz_format":         {Code: number.Format, Line: 1},
	} {
		if code, params := f.Problem(); code != want || len(params)%2 != 0 {
			t.Errorf("%s: %s %v", f.Error(), code, params)
		}
	}
}
