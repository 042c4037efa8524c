package pipeline

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/paifang/paifang/core/contact"
	"github.com/paifang/paifang/core/kyc"
)

// maxLen bounds every value in characters unless the field says less.
const maxLen = 500

// validate is the generic validation: known names, bounds, Unicode, formats.
// It splits what was typed into values and secrets.
func (a *attempt) validate(typed kyc.Values) {
	a.typed, a.values, a.secrets = kyc.Values{}, kyc.Values{}, kyc.Values{}
	for _, f := range a.step.Fields {
		typed = closeRows(f, typed)
	}
	fields := a.unfold(a.fields(a.step, typed), typed)
	names := map[string]bool{}
	for _, f := range fields {
		for _, name := range fieldNames(f) {
			names[name] = true
			a.validateValue(f, name, typed[name])
		}
	}
	for name := range typed {
		if !names[name] && !a.declared(name) {
			a.problems = append(a.problems, kyc.P("", "field.unknown"))
			break
		}
	}
	for _, f := range fields {
		a.validateGroup(f)
	}
}

// declared tells whether the step knows a field that is not asked just now (its
// condition does not hold): typing it is no mistake, it is only not taken.
func (a *attempt) declared(name string) bool {
	for _, f := range a.step.Fields {
		if slices.Contains(fieldNames(f), name) || tooMany(f, name) {
			return true
		}
	}
	return false
}

// fieldNames are the names under which a field's values are submitted.
func fieldNames(f kyc.Field) []string {
	switch f.Type {
	case kyc.AddressField:
		names := make([]string, len(kyc.AddressParts))
		for i, part := range kyc.AddressParts {
			names[i] = f.Name + "." + part
		}
		return names
	case kyc.QuestionField:
		var names []string
		for i := 1; i <= max(1, f.Count); i++ {
			names = append(names, fmt.Sprintf("%s.%d.question", f.Name, i), fmt.Sprintf("%s.%d.answer", f.Name, i))
		}
		return names
	case kyc.PhoneField:
		return []string{f.Name, f.Name + ".region"}
	case kyc.ListField:
		var names []string
		for row := 1; row <= f.MaxRows; row++ {
			for _, member := range f.Row(row) {
				names = append(names, fieldNames(member)...)
			}
		}
		return names
	}
	return []string{f.Name}
}

func (a *attempt) problem(path, code string) { a.problems = append(a.problems, kyc.P(path, code)) }

// validateValue cleans one value and puts it where it belongs.
func (a *attempt) validateValue(f kyc.Field, name, raw string) {
	v, problem := clean(raw, f.Type)
	if problem != "" {
		a.problem(name, problem)
		return
	}
	if secret(f, name) {
		if v != "" {
			a.secrets[name] = v
		}
	} else if v != "" {
		a.typed[name] = v
		a.values[name] = v
	}
	limit := f.MaxLen
	if limit == 0 {
		limit = typeMaxLen(f.Type)
	}
	if n := utf8.RuneCountInString(v); n > limit {
		delete(a.typed, name)
		delete(a.values, name)
		a.problems = append(a.problems, kyc.P(name, "field.too_long").With("max", strconv.Itoa(limit)))
	} else if v != "" && n < f.MinLen && !secret(f, name) {
		a.problems = append(a.problems, kyc.P(name, "field.too_short").With("min", strconv.Itoa(f.MinLen)))
	}
}

func typeMaxLen(t kyc.FieldType) int {
	switch t {
	case kyc.PasswordField:
		return 128
	case kyc.AssertionField, kyc.HumanField:
		return 4096
	}
	return maxLen
}

// secret tells whether a value is hashed or compared and never kept.
func secret(f kyc.Field, name string) bool {
	switch f.Type {
	case kyc.PasswordField, kyc.PINField, kyc.HumanField, kyc.AssertionField:
		return true
	case kyc.QuestionField:
		return strings.HasSuffix(name, ".answer")
	}
	return false
}

// clean brings a value to NFC without surrounding space and without characters
// that nobody sees, and refuses what is not text: broken UTF-8, control and
// bidirectional override characters.
func clean(raw string, t kyc.FieldType) (string, string) {
	if !utf8.ValidString(raw) {
		return "", "field.unicode"
	}
	if t == kyc.PasswordField {
		return raw, "" // a password may begin with a space
	}
	v := strings.TrimSpace(norm.NFC.String(visible(strings.ReplaceAll(raw, "\r\n", "\n"))))
	for _, r := range v {
		if r == '\n' && (t == kyc.MRZField || t == kyc.TextField) {
			continue
		}
		if unicode.IsControl(r) || (r >= 0x202A && r <= 0x202E) || (r >= 0x2066 && r <= 0x2069) {
			return "", "field.control_characters"
		}
	}
	return v, ""
}

// validateGroup checks a field's presence and its type's format.
func (a *attempt) validateGroup(f kyc.Field) {
	if a.hasProblem(f) {
		return
	}
	v, typed := a.values[f.Name], true
	if secret(f, f.Name) {
		v = a.secrets[f.Name]
	}
	switch f.Type {
	case kyc.AddressField, kyc.QuestionField:
	default:
		typed = v != ""
	}
	if !typed {
		if f.Required || f.Type == kyc.HumanField || f.Type == kyc.ConsentField {
			a.problem(f.Name, requiredCode(f.Type))
		}
		return
	}
	a.validateType(f, v)
}

func requiredCode(t kyc.FieldType) string {
	switch t {
	case kyc.ConsentField:
		return "field.consent"
	case kyc.HumanField:
		return "human.required"
	case kyc.CheckboxField:
		return "field.decide" // not the same as one that is not ticked
	}
	return "field.required"
}

func (a *attempt) validateType(f kyc.Field, v string) {
	switch f.Type {
	case kyc.DateField:
		if _, err := time.Parse(time.DateOnly, v); err != nil {
			a.problem(f.Name, "field.date")
		}
	case kyc.SelectField:
		if !slices.ContainsFunc(f.Options, func(o kyc.Option) bool { return o.Value == v }) {
			a.problem(f.Name, "field.not_option")
		}
	case kyc.CountryField:
		if !a.p.Geography.Country(v) {
			a.problem(f.Name, "field.country")
		}
	case kyc.CheckboxField:
		if v != "true" && v != "false" {
			a.problem(f.Name, "field.checkbox")
		}
	case kyc.ConsentField:
		if v != "true" {
			a.problem(f.Name, "field.consent")
		}
	case kyc.NameField:
		if !strings.ContainsFunc(v, unicode.IsLetter) || (f.Script == "latin" && !latin(v)) {
			a.problem(f.Name, map[bool]string{true: "field.latin_only", false: "field.name"}[f.Script == "latin"])
		}
	case kyc.PhoneField, kyc.EmailField:
		a.validateContact(f, v)
	case kyc.AddressField:
		if f.Required || a.values[f.Name+".line1"] != "" {
			a.problems = append(a.problems, a.p.Geography.Address(f.Name, a.values)...)
		}
	case kyc.QuestionField:
		a.validateQuestions(f)
	}
}

// validateContact replaces a contact by its canonical form.
func (a *attempt) validateContact(f kyc.Field, v string) {
	if f.Type == kyc.EmailField {
		canonical, problem, ok := contact.ParseEmail(v)
		if !ok {
			problem.Path = f.Name
			a.problems = append(a.problems, problem)
			return
		}
		a.values[f.Name] = canonical
		return
	}
	region := a.values[f.Name+".region"]
	if region == "" && len(f.Regions) > 0 {
		region = f.Regions[0]
	}
	phone, problem, ok := contact.ParsePhone(v, region, f.Regions)
	if !ok {
		problem.Path = f.Name
		a.problems = append(a.problems, problem)
		return
	}
	a.values[f.Name], a.values[f.Name+".region"] = phone.E164, phone.Region
}

func (a *attempt) validateQuestions(f kyc.Field) {
	for i := 1; i <= max(1, f.Count); i++ {
		name := fmt.Sprintf("%s.%d.question", f.Name, i)
		q, answer := a.values[name], a.secrets[fmt.Sprintf("%s.%d.answer", f.Name, i)]
		switch {
		case q == "":
			a.problem(name, "field.required")
		case !slices.ContainsFunc(f.Options, func(o kyc.Option) bool { return o.Value == q }):
			a.problem(name, "field.not_option")
		}
		if answer == "" {
			a.problem(fmt.Sprintf("%s.%d.answer", f.Name, i), "field.required")
		}
	}
}

func (a *attempt) hasProblem(f kyc.Field) bool {
	for _, name := range fieldNames(f) {
		for _, p := range a.problems {
			if p.Path == name {
				return true
			}
		}
	}
	return false
}

// nameMarks are the marks that names in Latin letters have, as keyboards, offices
// and other programs write them: apostrophes and what stands for one (the okina and
// its look-alikes, accents typed alone), hyphens, the Catalan middle dot, full stop, comma.
const nameMarks = "'‘’ʻʼ`´-\u2010\u2011\u2013·.,"

// latin tells whether a name is written in Latin letters, with combining accents,
// the marks that names have and spaces of any kind.
func latin(s string) bool {
	for _, r := range s {
		if unicode.In(r, unicode.Latin, unicode.Mn, unicode.Zs) || strings.ContainsRune(nameMarks, r) {
			continue
		}
		return false
	}
	return true
}
