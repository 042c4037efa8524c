package plugintest

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/paifang/paifang/plugins/sdk"
	wirev1 "github.com/paifang/paifang/plugins/sdk/wire/v1"
)

// refersValid wants ways, conditions and proofs to name what there is: a
// condition on nothing would hide its step or field for ever.
func refersValid(t *testing.T, f *wirev1.Flow) {
	if len(f.Ways) == 1 {
		t.Error("one way is none: leave it out")
	}
	for i, s := range f.Steps {
		if s.Id == "start" {
			t.Error(`"start" is no id of a step: conditions know the way by it`)
		}
		conditionValid(t, f, i, s.When)
		for _, field := range s.Fields {
			conditionValid(t, f, i, field.When)
		}
		for _, r := range s.Documents {
			conditionValid(t, f, i, r.When)
		}
		if s.Proof != nil {
			proofValid(t, f, i, s.Proof)
		}
	}
}

func conditionValid(t *testing.T, f *wirev1.Flow, at int, c *wirev1.Condition) {
	if c == nil {
		return
	}
	step := f.Steps[at].Id
	if (len(c.In) == 0) == (c.Same == "") {
		t.Errorf("step %q: a condition has values or a contact to be the same as", step)
	}
	if c.Field == "start.way" {
		for _, id := range c.In {
			if !slices.ContainsFunc(f.Ways, func(w *wirev1.Way) bool { return w.Id == id }) {
				t.Errorf("step %q: a condition on unknown way %q", step, id)
			}
		}
		return
	}
	typed := fieldType(f, at, c.Field)
	if typed == "" {
		t.Errorf("step %q: a condition on unknown %q", step, c.Field)
	}
	if c.Same != "" && !provedBefore(f, at, c.Same, typed) {
		t.Errorf("step %q: no earlier step proves %q", step, c.Same)
	}
}

func proofValid(t *testing.T, f *wirev1.Flow, at int, p *wirev1.Proof) {
	step, name := f.Steps[at].Id, p.Field
	if (p.Of == "") == (p.Field == "") {
		t.Errorf("step %q proves a contact of its own or of another step", step)
	}
	if p.Of != "" {
		name = p.Of
	}
	if want := contactType(p.Channel); want == "" || fieldType(f, at, name) != want {
		t.Errorf("step %q: %q is no contact of channel %q", step, name, p.Channel)
	}
	if p.Link && p.Channel != sdk.EmailChannel {
		t.Errorf("step %q: only e-mail has links", step)
	}
	conditionValid(t, f, at, p.LoginWhen)
}

// provedBefore tells whether a step before this one proves the contact.
func provedBefore(f *wirev1.Flow, at int, name, typed string) bool {
	return slices.ContainsFunc(f.Steps[:at], func(s *wirev1.Step) bool {
		p := s.Proof
		return p != nil && (p.Of == name || s.Id+"."+p.Field == name) && contactType(p.Channel) == typed
	})
}

func contactType(channel string) string {
	return map[string]string{sdk.PhoneChannel: sdk.PhoneField, sdk.EmailChannel: sdk.EmailField}[channel]
}

// fieldType is the type of a field as conditions name it; "" when there is none.
func fieldType(f *wirev1.Flow, at int, name string) string {
	step := f.Steps[at]
	if id, field, dotted := strings.Cut(name, "."); dotted {
		i := slices.IndexFunc(f.Steps, func(s *wirev1.Step) bool { return s.Id == id })
		if i < 0 {
			return ""
		}
		step, name = f.Steps[i], field
	}
	return typeOf(step.Fields, name)
}

// typeOf is the type of a field, or of a member of a list ("owners.2.name").
func typeOf(fields []*wirev1.Field, name string) string {
	for _, field := range fields {
		if field.Name == name {
			return field.Type
		}
		if row, found := strings.CutPrefix(name, field.Name+"."); found && field.Type == sdk.ListField {
			n, member, _ := strings.Cut(row, ".")
			if i, err := strconv.Atoi(n); err == nil && i >= 1 && i <= int(field.GetConstraint().GetMaxRows()) {
				return typeOf(field.Fields, member)
			}
		}
	}
	return ""
}
