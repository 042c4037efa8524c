package host

import (
	"slices"
	"strings"

	"github.com/paifang/paifang/core/kyc"
	wirev1 "github.com/paifang/paifang/plugins/sdk/wire/v1"
)

// What parts of a flow say of each other.

func (a *about) waysV1(f *findings, flow *kyc.Flow, ways []*wirev1.Way) {
	f.want(len(ways) != 1 && len(ways) <= 10, "%d ways", len(ways))
	for _, w := range ways {
		f.want(word.MatchString(w.Id) && !slices.ContainsFunc(flow.Ways, func(x kyc.Way) bool { return x.ID == w.Id }), "way %q", clip(w.Id))
		a.key(f, w.Title)
		flow.Ways = append(flow.Ways, kyc.Way{ID: w.Id, Title: w.Title})
	}
}

// checkConditions wants every condition to ask about a field that exists: one
// that does not would hide its step or field for ever.
func checkConditions(f *findings, flow *kyc.Flow) {
	for i := range flow.Steps {
		s := &flow.Steps[i]
		checkCondition(f, flow, s, s.When)
		for _, field := range s.Fields {
			checkCondition(f, flow, s, field.When)
		}
		for _, r := range s.Documents {
			checkCondition(f, flow, s, r.When)
		}
		if s.Proof != nil {
			checkCondition(f, flow, s, s.Proof.LoginWhen)
		}
	}
}

func checkCondition(f *findings, flow *kyc.Flow, step *kyc.Step, c kyc.Condition) {
	switch {
	case c.Field == "":
		f.want(len(c.In) == 0 && c.Same == "", "step %s: a condition without a field", step.ID)
		return
	case c.Same != "":
		f.want(len(c.In) == 0, "step %s: a condition of two kinds", step.ID)
		typed, ok := findField(flow, step, c.Field)
		proved, before := provedField(flow, step, c.Same)
		f.want(ok && before && typed.Type == proved, "step %s: %q cannot be the same as %q", step.ID, clip(c.Field), clip(c.Same))
		return
	}
	f.want(len(c.In) > 0, "step %s: a condition that never holds", step.ID)
	if c.Field == string(kyc.StartStep)+"."+kyc.WayField {
		for _, way := range c.In {
			_, ok := flow.Way(way)
			f.want(ok && way != "", "step %s: a condition on unknown way %q", step.ID, clip(way))
		}
		return
	}
	if hasField(step, c.Field) {
		return
	}
	id, name, _ := strings.Cut(c.Field, ".")
	other, ok := flow.Step(kyc.StepID(id))
	f.want(ok && hasField(other, name), "step %s: a condition on unknown %q", step.ID, clip(c.Field))
}

// findField finds the field of a name as conditions write it.
func findField(flow *kyc.Flow, step *kyc.Step, name string) (kyc.Field, bool) {
	if id, field, dotted := strings.Cut(name, "."); dotted {
		other, ok := flow.Step(kyc.StepID(id))
		if !ok {
			return kyc.Field{}, false
		}
		step, name = other, field
	}
	i := slices.IndexFunc(step.Fields, func(x kyc.Field) bool { return x.Name == name })
	if i < 0 {
		return kyc.Field{}, false
	}
	return step.Fields[i], true
}

// provedField is the type of a contact that a step before this one proves.
func provedField(flow *kyc.Flow, step *kyc.Step, name string) (kyc.FieldType, bool) {
	for _, s := range flow.Steps {
		if s.ID == step.ID {
			break
		}
		if p := s.Proof; p != nil && (p.Of == name || string(s.ID)+"."+p.Field == name) {
			return contactType(p.Channel), true
		}
	}
	return "", false
}

func contactType(channel string) kyc.FieldType {
	return map[string]kyc.FieldType{"phone": kyc.PhoneField, "email": kyc.EmailField}[channel]
}

// checkProofs wants a contact that a step proves for another to have been typed
// before, once; and what decides on a login name to be answered after its proof.
func checkProofs(f *findings, flow *kyc.Flow) {
	var claimed []string
	for i, s := range flow.Steps {
		p := s.Proof
		if p == nil {
			continue
		}
		if p.Of != "" {
			id, _, _ := strings.Cut(p.Of, ".")
			at := stepIndex(flow, id)
			typed, ok := findField(flow, &flow.Steps[i], p.Of)
			f.want(ok && at >= 0 && at < i && flow.Steps[at].Kind == kyc.ProfileStep && typed.Type == contactType(p.Channel),
				"step %s: %q is no contact of an earlier profile step", s.ID, clip(p.Of))
			f.want(!slices.Contains(claimed, id), "step %s: two contacts of step %s are proved", s.ID, clip(id))
			claimed = append(claimed, id)
		}
		if c := p.LoginWhen; c.Field != "" {
			id, _, _ := strings.Cut(c.Field, ".")
			_, ok := findField(flow, &flow.Steps[i], c.Field)
			f.want(ok && stepIndex(flow, id) > i && c.Same == "", "step %s: %q is not answered in a later step", s.ID, clip(c.Field))
		}
		checkInstead(f, flow, i)
	}
}

// checkInstead wants a contact that may be proved in place of another to be asked of
// the same people, and no ring or chain of more than two: somebody must end up
// with a contact that is proved. One that is proved before may take the place of
// one whose step claims nothing itself.
func checkInstead(f *findings, flow *kyc.Flow, i int) {
	s := &flow.Steps[i]
	instead := s.Proof.Instead
	if instead.Step == "" {
		return
	}
	at := stepIndex(flow, string(instead.Step))
	if at < 0 || at == i || flow.Steps[at].Proof == nil {
		f.wrong("step %s: %q is no other contact", s.ID, clip(string(instead.Step)))
		return
	}
	other := &flow.Steps[at]
	proved := at < i && !instead.Later // before the present one is asked for
	own := func(p *kyc.Proof, of, decided bool) bool {
		return (p.Of == "" || of) && (p.LoginWhen.Field == "" || decided)
	}
	f.want(own(s.Proof, proved, false) && own(other.Proof, false, proved), "step %s: only contacts of a step's own stand for each other", s.ID)
	everybody := other.When.Field == "" || other.When.Field == s.When.Field && other.When.Same == s.When.Same && slices.Equal(other.When.In, s.When.In)
	f.want(everybody && !other.OnDemand, "step %s: %q is not asked of everybody", s.ID, clip(string(other.ID)))
	back := other.Proof.Instead.Step
	f.want(back == "" || back == s.ID, "step %s: three contacts stand for each other", s.ID)
	f.want(!proved || back == "", "step %s: %q comes before it and may itself be left for it", s.ID, clip(string(other.ID)))
}

func stepIndex(flow *kyc.Flow, id string) int {
	return slices.IndexFunc(flow.Steps, func(s kyc.Step) bool { return string(s.ID) == id })
}
