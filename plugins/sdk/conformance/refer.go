package conformance

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/paifang/paifang/plugins/sdk"
	wirev1 "github.com/paifang/paifang/plugins/sdk/wire/v1"
)

// flowConditions wants conditions to name what there is.
func flowConditions(t *trial, f *wirev1.Flow) {
	for i, s := range f.Steps {
		t.condition(f, i, s.When)
		for _, field := range s.Fields {
			t.condition(f, i, field.When)
		}
		for _, r := range s.Documents {
			t.condition(f, i, r.When)
		}
		if s.Proof != nil {
			t.condition(f, i, s.Proof.LoginWhen)
		}
	}
}

func (t *trial) condition(f *wirev1.Flow, at int, c *wirev1.Condition) {
	if c == nil {
		return
	}
	step := f.Steps[at].Id
	t.want((len(c.In) == 0) != (c.Same == ""), "step %s: a condition has values, or a contact to be the same as", step)
	if c.Field == "start.way" {
		for _, id := range c.In {
			t.want(slices.ContainsFunc(f.Ways, func(w *wirev1.Way) bool { return w.Id == id }), "step %s: a condition on unknown way %q", step, id)
		}
		return
	}
	typed := fieldType(f, at, c.Field)
	t.want(typed != "", "step %s: a condition on unknown %q", step, c.Field)
	t.want(c.Same == "" || provedBefore(f, at, c.Same, typed), "step %s: no earlier step proves %q", step, c.Same)
}

func flowProofs(t *trial, f *wirev1.Flow) {
	var claimed []string
	for i, s := range f.Steps {
		p := s.Proof
		if p == nil {
			continue
		}
		name := p.Field
		t.want((p.Of == "") != (p.Field == ""), "step %s proves a contact of its own or of another step", s.Id)
		if p.Of != "" {
			name = p.Of
			id, _, _ := strings.Cut(p.Of, ".")
			at := stepIndex(f, id)
			t.want(at >= 0 && at < i && f.Steps[at].Kind == sdk.ProfileStep, "step %s: %q is not asked for in an earlier profile step", s.Id, p.Of)
			t.want(!slices.Contains(claimed, id), "step %s: two contacts of step %s are proved", s.Id, id)
			claimed = append(claimed, id)
		}
		want := contactType(p.Channel)
		t.want(want != "" && fieldType(f, i, name) == want, "step %s: %q is no contact of channel %q", s.Id, name, p.Channel)
		t.want(!p.Link || p.Channel == sdk.EmailChannel, "step %s: only e-mail has links", s.Id)
		ttl := p.Ttl.AsDuration()
		t.want(ttl >= time.Minute && ttl <= maxProofTTL, "step %s: a code lives %s", s.Id, ttl)
		t.want(p.Login || p.LoginWhen == nil, "step %s: when to become a login name, but it never does", s.Id)
		if c := p.LoginWhen; c != nil {
			id, _, _ := strings.Cut(c.Field, ".")
			t.want(stepIndex(f, id) > i, "step %s: %q is not answered in a later step", s.Id, c.Field)
		}
		flowInstead(t, f, i)
	}
}

// flowInstead wants what may be proved in place of a contact to be there for
// everybody whom the contact is asked of.
func flowInstead(t *trial, f *wirev1.Flow, i int) {
	s := f.Steps[i]
	instead := s.Proof.GetInstead()
	if instead == nil {
		return
	}
	at := stepIndex(f, instead.Step)
	if at < 0 || at == i || f.Steps[at].Proof == nil {
		t.errorf("step %s: %q is no other contact step", s.Id, instead.Step)
		return
	}
	other := f.Steps[at]
	proved := at < i && !instead.Later // before the present one is asked for
	own := func(p *wirev1.Proof, of, decided bool) bool {
		return (p.Of == "" || of) && (p.LoginWhen == nil || decided)
	}
	t.want(own(s.Proof, proved, false) && own(other.Proof, false, proved), "step %s: only contacts with a field of their own and without login_when stand for each other", s.Id)
	t.want((other.When == nil || proto.Equal(other.When, s.When)) && !other.OnDemand, "step %s: %q is not asked of everybody whom it is asked of", s.Id, other.Id)
	back := other.Proof.GetInstead().GetStep()
	t.want(back == "" || back == s.Id, "step %s: three contacts stand for each other", s.Id)
	t.want(!proved || back == "", "step %s: %q comes before it and may itself be left for it; say later", s.Id, other.Id)
}

func stepIndex(f *wirev1.Flow, id string) int {
	return slices.IndexFunc(f.Steps, func(s *wirev1.Step) bool { return s.Id == id })
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
		i := stepIndex(f, id)
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
