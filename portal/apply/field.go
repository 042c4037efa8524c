package apply

import (
	"fmt"
	"slices"
	"strings"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/pipeline"
	"github.com/paifang/paifang/locales"
)

// actionField says which of a form's buttons was pressed: "submit"; "country" to
// see an address in another country's form; "refresh" to see the fields that
// apply to what is typed.
const actionField = "_action"

// askedSuffix marks a box that the page did show: only then is one that is not
// ticked an answer.
const askedSuffix = ".asked"

// field is a field of a form as its template wants it.
type field struct {
	kyc.Field
	ID       string
	Value    string
	Problems []kyc.Problem // of the field itself
	Parts    []part        // of fields that have more than one control
	Consents []pipeline.ConsentView
	Human    *human
	Home     string // path of the tenant
	Region   string // of phones
	When     *when
	Rows     []listRow // of lists
	Applies  bool      // to the form as it is shown
	Controls bool      // which other fields apply
	Again    bool      // a secret that was right and has to be typed once more all the same
}

// part is one control of a field.
type part struct {
	Name, ID, Key string // Key: what it is: day, locality, question, …
	Label         string // message key
	Value         string
	Required      bool
	Autocomplete  string
	Example       string
	Options       []kyc.Option
	Problems      []kyc.Problem
	Number        int  // of a security question, from 1
	Again         bool // as of a field
}

// human is a human test: a puzzle for browsers, digits for everybody else.
type human struct{ Base, ID, Name string }

// when ties a field to another one of the same step.
type when struct {
	ID     string // of the other control
	Values string // separated by spaces
	Same   bool   // as something proved; only the server can tell
}

// builder makes fields from what the pipeline says of a step.
type builder struct {
	problems []kyc.Problem
	consents []pipeline.ConsentView
	fields   []pipeline.FieldView
	typed    kyc.Values
	rows     map[string]int // how many rows of a list to show, when something was typed
	home     string
	locale   kyc.Locale
}

func id(name string) string {
	return "f-" + strings.NewReplacer(".", "-", "/", "-", "_", "-").Replace(name)
}

func (b builder) problemsOf(name string) []kyc.Problem {
	var list []kyc.Problem
	for _, p := range b.problems {
		if p.Path == name {
			list = append(list, p)
		}
	}
	return list
}

func (b builder) field(v pipeline.FieldView) field {
	value := func(name string) string {
		if typed, ok := b.typed[name]; ok {
			return typed
		}
		return v.Values[name]
	}
	f := field{Field: v.Field, Applies: v.Applies || v.When.Field == "", Home: b.home, ID: id(v.Name), Value: value(v.Name), Problems: b.problemsOf(v.Name), When: b.when(v.Field)}
	f.Again = v.Required && (v.Type == kyc.PasswordField || v.Type == kyc.PINField) && b.again(v.Name, f.Problems)
	f.Controls = slices.ContainsFunc(b.fields, func(x pipeline.FieldView) bool { return x.When.Field == v.Name && x.When.Same == "" })
	if f.Value == "" && f.Type != kyc.PhoneField {
		f.Value = v.Default
	}
	switch v.Type {
	case kyc.DateField:
		f.Parts = b.date(f)
	case kyc.AddressField:
		f.Parts = b.address(f, value)
	case kyc.QuestionField:
		f.Parts = b.questions(f, value)
	case kyc.PhoneField:
		f.Region = value(v.Name + ".region")
		if f.Region == "" && len(v.Regions) > 0 {
			f.Region = v.Regions[0]
		}
		if f.Region == "" && len(v.Default) == 2 {
			f.Region = v.Default
		}
	case kyc.ConsentField:
		f.Consents = b.consents
	case kyc.ListField:
		f.Rows = b.list(v)
	}
	return f
}

// again tells that the page is shown once more and a secret with it, which had
// no problem of its own: it was typed, and is neither kept nor sent back.
func (b builder) again(name string, own []kyc.Problem) bool {
	if b.typed != nil {
		return b.typed[name] != ""
	}
	return len(b.problems) > 0 && len(own) == 0
}

// when finds the field of the same step that a condition is about.
func (b builder) when(f kyc.Field) *when {
	for _, other := range b.fields {
		if f.When.Field == "" || f.When.Field != other.Name {
			continue
		}
		return &when{ID: id(other.Name), Values: strings.Join(f.When.In, " "), Same: f.When.Same != ""}
	}
	return nil
}

// date splits YYYY-MM-DD into three boxes in the order in which the language
// says them: year first in Chinese, Japanese and Korean, day first elsewhere.
func (b builder) date(f field) []part {
	values := strings.SplitN(f.Value+"--", "-", 4)
	typed := map[string]string{"year": values[0], "month": values[1], "day": strings.TrimRight(values[2], "-")}
	order := []string{"day", "month", "year"}
	if slices.Contains([]string{"zh", "ja", "ko"}, string(b.locale[:min(2, len(b.locale))])) {
		slices.Reverse(order)
	}
	var parts []part
	for _, key := range order {
		p := part{Name: f.Name + "." + key, ID: f.ID + "-" + key, Key: key, Label: "apply.date." + key,
			Value: typed[key], Required: f.Required}
		if f.Autocomplete == "bday" {
			p.Autocomplete = "bday-" + key
		}
		parts = append(parts, p)
	}
	return parts
}

// autofill tokens of the parts of an address.
var autofill = map[string]string{"country": "country", "admin_area": "address-level1", "locality": "address-level2",
	"dependent_locality": "address-level3", "postal_code": "postal-code", "line1": "address-line1", "line2": "address-line2"}

// address lists the parts that the chosen country uses, in its order. Before a
// country is chosen only the country is asked.
func (b builder) address(f field, value func(string) string) []part {
	country := value(f.Name + ".country")
	if country == "" && len(f.Default) == 2 {
		country = f.Default
	}
	var parts []part
	for _, line := range locales.AddressFormat(country) {
		name := f.Name + "." + line.Part
		p := part{Name: name, ID: id(name), Key: line.Part, Label: line.Label, Value: value(name),
			Required: f.Required && line.Required, Autocomplete: autofill[line.Part], Example: isolate(line.Example), Problems: b.problemsOf(name)}
		if line.Part == "country" {
			p.Value = country
		}
		parts = append(parts, p)
		if country == "" {
			break
		}
	}
	return parts
}

func (b builder) questions(f field, value func(string) string) []part {
	var parts []part
	for i := 1; i <= max(1, f.Count); i++ {
		q, a := fmt.Sprintf("%s.%d.question", f.Name, i), fmt.Sprintf("%s.%d.answer", f.Name, i)
		parts = append(parts,
			part{Name: q, ID: id(q), Key: "question", Label: "apply.question", Number: i, Value: value(q), Options: f.Options, Required: true, Problems: b.problemsOf(q)},
			part{Name: a, ID: id(a), Key: "answer", Label: "apply.answer", Number: i, Required: true, Problems: b.problemsOf(a), Again: b.again(a, b.problemsOf(a))})
	}
	return parts
}

// find tells which control a problem's path is about.
func (f field) find(path string) (m mistake, ok bool) {
	for _, p := range f.Parts {
		if p.Name == path {
			return mistake{Anchor: p.ID, Label: p.Label, Number: p.Number}, true
		}
	}
	if path != f.Name {
		return mistake{}, false
	}
	if len(f.Parts) > 0 {
		return mistake{Anchor: f.Parts[0].ID, Label: f.Label}, true
	}
	return mistake{Anchor: f.ID, Label: f.Label}, true
}

// Accepts tells whether the market takes phones of a region.
func (f field) Accepts(region string) bool {
	return len(f.Regions) == 0 || slices.Contains(f.Regions, region)
}

// Only is the single region that a phone may have, "" for a choice.
func (f field) Only() string {
	if f.Type == kyc.PhoneField && len(f.Regions) == 1 {
		return f.Regions[0]
	}
	return ""
}

// Taken tells whether the contact belongs to somebody who could sign in.
func (f field) Taken() bool {
	return slices.ContainsFunc(f.Problems, func(p kyc.Problem) bool {
		return slices.Contains([]string{"contact.taken", "contact.taken_known", "contact.login_taken"}, p.Code)
	})
}

// Long tells of a text that takes more than a line, such as what happened.
func (f field) Long() bool { return f.Type == kyc.TextField && f.MaxLen >= 500 }

// Bad tells whether the field itself fell short; its parts say so themselves.
func (f field) Bad() bool { return len(f.Problems) > 0 }

// isolate keeps a code readable from left to right within a sentence of
// another direction (Unicode isolates).
func isolate(code string) string {
	if code == "" {
		return ""
	}
	return "\u2066" + code + "\u2069"
}
