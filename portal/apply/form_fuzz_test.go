package apply

import (
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/pipeline"
)

// FuzzForms: whatever a form says, only the fields of the step are read from it,
// no more rows than a list may have, and pressing a button of a list loses no row
// but the one that was meant.
func FuzzForms(f *testing.F) {
	for _, s := range []string{"name=Ada&date.day=1&date.month=2&date.year=1990", "owners.rows=99999&owners.3.name=x", "owners.rows=-1",
		"action=add.owners&owners.rows=2&owners.1.name=a&owners.2.name=b", "action=remove.owners.1&owners.rows=2&owners.1.name=a&owners.2.name=b",
		"action=remove.owners.&owners.rows=3", "phone=%2B86&phone.region=CN", "questions.1.answer=%00", "address.line1=%ff"} {
		f.Add(s)
	}
	owners := kyc.Field{Name: "owners", Type: kyc.ListField, MinRows: 1, MaxRows: 3, Fields: []kyc.Field{{Name: "name", Type: kyc.NameField}}}
	fields := []pipeline.FieldView{{Field: kyc.Field{Name: "name", Type: kyc.NameField}}, {Field: kyc.Field{Name: "date", Type: kyc.DateField}},
		{Field: kyc.Field{Name: "phone", Type: kyc.PhoneField}}, {Field: kyc.Field{Name: "address", Type: kyc.AddressField}},
		{Field: kyc.Field{Name: "questions", Type: kyc.QuestionField, Count: 2}}, {Field: kyc.Field{Name: "box", Type: kyc.CheckboxField}}, {Field: owners}}
	f.Fuzz(func(t *testing.T, body string) {
		form, err := url.ParseQuery(body)
		if err != nil {
			return
		}
		values := decode(fields, form.Get)
		for name := range values {
			first, _, _ := strings.Cut(name, ".")
			if !strings.Contains(" name date phone address questions box owners ", " "+first+" ") {
				t.Errorf("%q is read", name)
			}
			if row, _, ok := kyc.SplitMember("owners", name); ok && (row < 1 || row > 3) {
				t.Errorf("row %d is read", row)
			}
		}
		before := len(values)
		after, rows := rearrange(fields, form.Get("action"), form.Get, values)
		if rows["owners"] < 0 || rows["owners"] > 3 || len(after) > before || before-len(after) > 1 && !utf8.ValidString(body) {
			t.Errorf("%q makes %d rows of %v: %v", body, rows["owners"], values, after)
		}
	})
}
