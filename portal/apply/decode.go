package apply

import (
	"fmt"
	"maps"
	"strings"
	"unicode"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/pipeline"
)

// decode reads a form into the values of the fields asked for. Boxes of one
// field are joined; what the form has besides is left alone.
func decode(fields []pipeline.FieldView, form func(name string) string) kyc.Values {
	values := kyc.Values{}
	take := func(name string) {
		if v := form(name); v != "" {
			values[name] = v
		}
	}
	for _, f := range fields {
		switch f.Type {
		case kyc.DateField:
			if v := joinDate(f.Name, form); v != "" {
				values[f.Name] = v
			}
		case kyc.AddressField:
			for _, part := range kyc.AddressParts {
				take(f.Name + "." + part)
			}
		case kyc.QuestionField:
			for i := 1; i <= max(1, f.Count); i++ {
				take(fmt.Sprintf("%s.%d.question", f.Name, i))
				take(fmt.Sprintf("%s.%d.answer", f.Name, i))
			}
		case kyc.PhoneField:
			if take(f.Name); values[f.Name] != "" {
				take(f.Name + ".region")
			}
		case kyc.CheckboxField, kyc.ConsentField:
			// A box that is not ticked is not sent at all.
			if f.When.Same == "" || form(f.Name+askedSuffix) != "" {
				values[f.Name] = fmt.Sprint(form(f.Name) == "true")
			}
		case kyc.ListField:
			maps.Copy(values, decodeRows(f.Field, form))
		case kyc.HumanField:
			if found := solution(form, f.Name); found != "" {
				values[f.Name] = found
			}
		default:
			take(f.Name)
		}
	}
	return values
}

// humanField is the name of a human test that is asked beside a step.
const humanField = "human"

// solution is that of a human test: what the script found, or the digits typed.
func solution(form func(string) string, name string) string {
	if found := form(name); found != "" || form(name+".digits") == "" {
		return found
	}
	return "img." + form(name+".id") + "." + digits(form(name+".digits"))
}

// joinDate makes YYYY-MM-DD of three boxes; what is no number stays as typed,
// for the pipeline to refuse and the page to show again.
func joinDate(name string, form func(string) string) string {
	if whole := form(name); whole != "" {
		return whole
	}
	y, m, day := digits(form(name+".year")), digits(form(name+".month")), digits(form(name+".day"))
	if y+m+day == "" {
		return ""
	}
	return pad(y, 4) + "-" + pad(m, 2) + "-" + pad(day, 2)
}

func pad(s string, n int) string {
	if s == "" || len(s) >= n {
		return s
	}
	return strings.Repeat("0", n-len(s)) + s
}

// zeros are the digit zero of the scripts that people type numbers in; the
// other nine follow each of them.
const zeros = "٠۰०๐０"

// digits turns the digits of other scripts into ASCII and drops space.
func digits(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		for _, zero := range zeros {
			if r >= zero && r <= zero+9 {
				return '0' + r - zero
			}
		}
		return r
	}, s)
}
