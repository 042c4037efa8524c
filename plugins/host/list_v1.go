package host

import (
	"slices"

	"github.com/paifang/paifang/core/kyc"
	wirev1 "github.com/paifang/paifang/plugins/sdk/wire/v1"
)

const (
	mostRows    = 20
	mostMembers = 20
)

// memberTypes are what a row can have. Secrets, contacts and proofs have steps
// of their own, and a list in a list is more than a person can follow.
var memberTypes = []kyc.FieldType{kyc.TextField, kyc.NameField, kyc.DateField, kyc.SelectField, kyc.CountryField,
	kyc.NumberField, kyc.CheckboxField, kyc.AddressField}

// listV1 translates what only lists have.
func (a *about) listV1(f *findings, at string, w *wirev1.Field, field *kyc.Field) {
	c := w.Constraint
	field.MinRows, field.MaxRows = int(c.GetMinRows()), int(c.GetMaxRows())
	if field.Type != kyc.ListField {
		f.want(len(w.Fields) == 0 && field.MinRows == 0 && field.MaxRows == 0, "field %s: lists, and only they, have rows", at)
		return
	}
	f.want(field.MaxRows >= 1 && field.MaxRows <= mostRows && field.MinRows >= 0 && field.MinRows <= field.MaxRows,
		"field %s: %d to %d rows", at, field.MinRows, field.MaxRows)
	f.want(len(w.Fields) >= 1 && len(w.Fields) <= mostMembers, "field %s: %d members", at, len(w.Fields))
	seen := map[string]bool{}
	for _, m := range w.Fields {
		f.want(word.MatchString(m.Name) && !seen[m.Name], "field %s: member %q", at, clip(m.Name))
		f.want(slices.Contains(memberTypes, kyc.FieldType(m.Type)), "field %s: member %q of type %q", at, clip(m.Name), clip(m.Type))
		seen[m.Name] = true
		field.Fields = append(field.Fields, a.fieldV1(f, at, m, nil))
	}
	for _, m := range field.Fields {
		c := m.When
		f.want((c.Field == "") == (len(c.In) == 0) && (c.Field == "" || c.Field != m.Name && seen[c.Field]),
			"field %s: the condition of member %q is not about another member", at, clip(m.Name))
	}
}

// inList tells whether a name is that of a member in a row that the list can have.
func inList(list kyc.Field, name string) bool {
	row, member, ok := kyc.SplitMember(list.Name, name)
	if !ok || row > list.MaxRows {
		return false
	}
	return hasField(&kyc.Step{Fields: list.Fields}, member)
}
