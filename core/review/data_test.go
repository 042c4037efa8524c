package review

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/paifang/paifang/core/kyc"
)

// TestDigestIsOfCurrentFiles: pictures that were replaced or refused are shown,
// but no decision rests on them.
func TestDigestIsOfCurrentFiles(t *testing.T) {
	current := kyc.File{ID: "2", Requirement: "passport", State: kyc.FileCurrent}
	alone := digest(kyc.Application{}, nil, []kyc.File{current}, nil, kyc.Recovery{})
	for _, state := range []kyc.FileState{kyc.FileReplaced, kyc.FileRefused} {
		if digest(kyc.Application{}, nil, []kyc.File{{ID: "1", Requirement: "passport", State: state}, current}, nil, kyc.Recovery{}) != alone {
			t.Errorf("a %s file changes the digest", state)
		}
	}
}

// TestFields: every member of a group is named, and of secrets none is shown,
// not even which questions were chosen.
func TestFields(t *testing.T) {
	step := kyc.Step{Fields: []kyc.Field{
		{Name: "phone", Type: kyc.PhoneField, Label: "m.phone", PII: kyc.PIIContact},
		{Name: "questions", Type: kyc.QuestionField, PII: kyc.PIISecret},
		{Name: "login_password", Type: kyc.PasswordField, PII: kyc.PIISecret},
	}}
	got := map[string]string{}
	for _, f := range fields(step, kyc.Values{"phone": "+201001234567", "phone.region": "EG", "questions.1.question": "first_job", "odd": "1"}) {
		got[f.Name] = f.Label + "/" + string(f.Type)
	}
	want := map[string]string{"phone": "m.phone/phone", "phone.region": "apply.phone_region/country", "odd": "admin.given.odd/"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestRows: the members of a list are told row by row, each as what it is.
func TestRows(t *testing.T) {
	step := kyc.Step{Fields: []kyc.Field{{Name: "owners", Type: kyc.ListField, Label: "m.owners", MaxRows: 12, Fields: []kyc.Field{
		{Name: "name", Type: kyc.NameField, Label: "m.name", PII: kyc.PIIIdentity},
		{Name: "kind", Type: kyc.SelectField, Label: "m.kind", PII: kyc.PIINone}}}}}
	typed := kyc.Values{"owners.10.name": "J", "owners.2.name": "B", "owners.2.kind": "passport", "owners.1.name": "A", "owners.1.odd": "1"}
	var got []string
	for _, f := range fields(step, typed) {
		if typed[f.Name] == "" {
			continue
		}
		list, row := rowOf(step, f.Name)
		got = append(got, fmt.Sprintf("%s %s %s %s %s %d", f.Name, f.Type, f.Label, f.PII, list, row))
	}
	want := []string{"owners.1.name name m.name identity m.owners 1", "owners.2.name name m.name identity m.owners 2",
		"owners.2.kind select m.kind none m.owners 2", "owners.10.name name m.name identity m.owners 10",
		"owners.1.odd  admin.given.owners_1_odd sensitive m.owners 1"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
