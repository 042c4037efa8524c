package review

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/policies"
)

func (o *opening) values(ctx context.Context, column string, sealed []byte) (kyc.Values, error) {
	if len(sealed) == 0 {
		return nil, nil
	}
	plain, err := o.desk.Vault.Unseal(ctx, o.who.Tenant, o.app.Applicant, column, sealed)
	if err != nil {
		return nil, err
	}
	values := kyc.Values{}
	if err := json.Unmarshal(plain, &values); err != nil {
		return nil, kyc.E(kyc.Internal, "sealed values are not readable") // the cause would quote them
	}
	return values, nil
}

// stepData shows the answers in the market's order.
func (o *opening) stepData(ctx context.Context) ([]StepData, error) {
	records := map[kyc.StepID]kyc.StepRecord{}
	for _, r := range o.steps {
		records[r.Step] = r
	}
	var out []StepData
	for _, step := range o.flow.Steps {
		r, ok := records[step.ID]
		if !ok {
			continue
		}
		delete(records, step.ID)
		data, err := o.one(ctx, step, r)
		if err != nil {
			return nil, err
		}
		out = append(out, data)
	}
	for _, id := range slices.Sorted(maps.Keys(records)) { // steps that the market does not know any more
		data, err := o.one(ctx, kyc.Step{ID: id}, records[id])
		if err != nil {
			return nil, err
		}
		out = append(out, data)
	}
	return out, nil
}

func (o *opening) one(ctx context.Context, step kyc.Step, r kyc.StepRecord) (StepData, error) {
	s := StepData{ID: r.Step, Kind: step.Kind, Title: step.Title, State: r.State, Askable: Askable(step),
		Revealed: o.revealed.covers(r.Step), Provider: r.Provider, Reasons: r.Reasons}
	typed, err := o.values(ctx, kyc.OfStep(kyc.SealedStepValues, r.Step), r.Values)
	if err != nil {
		return s, err
	}
	derived, err := o.values(ctx, kyc.OfStep(kyc.SealedStepDerived, r.Step), r.Derived)
	if err != nil {
		return s, err
	}
	for _, f := range fields(step, typed) {
		if v := typed[f.Name]; v != "" {
			d := o.beside(f, v, r, s.Revealed)
			d.List, d.Row = rowOf(step, f.Name)
			s.Data = append(s.Data, d)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(derived)) {
		d := o.beside(derivedField(step, name), derived[name], r, s.Revealed)
		d.Derived = true
		s.Data = append(s.Data, d)
	}
	return s, nil
}

// fields lists the fields that typed has values for, groups member by member,
// in the market's order. What the market does not declare is sensitive.
func fields(step kyc.Step, typed kyc.Values) []kyc.Field {
	var out []kyc.Field
	seen := map[string]bool{}
	for _, f := range unfolded(step.Fields, typed) {
		for _, name := range members(f, typed) {
			seen[name] = true
			if f.PII != kyc.PIISecret && !hiddenType(f.Type) {
				out = append(out, member(f, name))
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(typed)) {
		if !seen[name] {
			out = append(out, kyc.Field{Name: name, PII: kyc.PIISensitive, Label: "admin.given." + strings.ReplaceAll(name, ".", "_")})
		}
	}
	return out
}

// unfolded puts the members of every row in the place of their list.
func unfolded(fields []kyc.Field, typed kyc.Values) []kyc.Field {
	var out []kyc.Field
	for _, f := range fields {
		if f.Type != kyc.ListField {
			out = append(out, f)
			continue
		}
		for row := 1; row <= f.Rows(typed); row++ {
			out = append(out, f.Row(row)...)
		}
	}
	return out
}

// rowOf tells of which list a value is, by the list's label, and in which row of
// it; the row is 0 for none.
func rowOf(step kyc.Step, name string) (list string, row int) {
	for _, f := range step.Fields {
		if n, _, ok := kyc.SplitMember(f.Name, name); ok && f.Type == kyc.ListField {
			return f.Label, n
		}
	}
	return "", 0
}

// member is the field of one member of a group, or the field itself.
func member(f kyc.Field, name string) kyc.Field {
	m := f
	m.Name = name
	part := strings.TrimPrefix(name, f.Name+".")
	switch {
	case f.Type == kyc.AddressField:
		m.Type, m.Label = kyc.TextField, "admin.address."+part
		if part == "country" {
			m.Type = kyc.CountryField
		}
	case f.Type == kyc.PhoneField && part == "region":
		m.Type, m.Label = kyc.CountryField, "apply.phone_region"
	}
	return m
}

// hiddenType tells what is never kept and so never shown.
func hiddenType(t kyc.FieldType) bool {
	return t == kyc.PasswordField || t == kyc.PINField || t == kyc.HumanField || t == kyc.AssertionField
}

func members(f kyc.Field, typed kyc.Values) []string {
	if f.Type == kyc.AddressField {
		var names []string
		for _, part := range kyc.AddressParts {
			names = append(names, f.Name+"."+part)
		}
		return names
	}
	names := []string{f.Name}
	for _, name := range slices.Sorted(maps.Keys(typed)) {
		if strings.HasPrefix(name, f.Name+".") {
			names = append(names, name)
		}
	}
	return names
}

// derivedField guesses how a derived value is to be read: as the step's field
// of that name, if it has one, else as something sensitive.
func derivedField(step kyc.Step, name string) kyc.Field {
	for _, f := range step.Fields {
		if f.Name == name {
			return f
		}
	}
	f := kyc.Field{Name: name, Type: kyc.TextField, PII: kyc.PIISensitive, Label: "field.derived." + name}
	switch {
	case strings.HasSuffix(name, "_date"):
		f.Type = kyc.DateField
	case name == "gender":
		f.Type, f.Options = kyc.SelectField, genders
	}
	return f
}

// genders are the values that documents and numbers tell.
var genders = []kyc.Option{{Value: "female", Label: "field.value.female"}, {Value: "male", Label: "field.value.male"},
	{Value: "unspecified", Label: "field.value.unspecified"}}

// beside is a datum with what a document says about it.
func (o *opening) beside(f kyc.Field, value string, r kyc.StepRecord, revealed bool) Datum {
	d := datum(f, value, revealed && o.clear(f.PII))
	if said, ok := o.read[f.Name]; ok && !o.retyped(r) {
		d.Document, d.Agreement = said.value, said.agreement
		if d.Masked {
			d.Document = mask(f, said.value)
		}
	}
	return d
}

// clear tells whether who asks may have data of a privacy class revealed: not what
// is in documents that they may not open.
func (o *opening) clear(pii string) bool {
	class := kyc.DataClass(pii)
	return class == "" || o.desk.mayClass(o.who, o.case_, policies.DataReveal, class) == nil
}

func datum(f kyc.Field, value string, revealed bool) Datum {
	d := Datum{Name: f.Name, Label: f.Label, Type: f.Type, Options: f.Options, Value: value}
	if !revealed && !open(f.PII) {
		d.Masked, d.Value = true, mask(f, value)
	}
	return d
}

// said is what a document says about a field.
type said struct {
	value     string
	agreement Agreement
}

// checkData shows the checks, and keeps what documents say for the comparison:
// only those of the latest submission, since what earlier ones read is about
// other answers and other files.
func (o *opening) checkData(ctx context.Context) (latest, earlier []CheckData, err error) {
	o.read = map[string]said{}
	for _, c := range o.checks {
		evidence, err := o.values(ctx, kyc.SealedEvidence, c.Evidence)
		if err != nil {
			return nil, nil, err
		}
		cd := o.found(c, evidence)
		if !bytes.Equal(c.Inputs, o.newest().Inputs) {
			earlier = append(earlier, cd)
			continue
		}
		o.compared(evidence)
		latest = append(latest, cd)
	}
	return latest, earlier, nil
}

// newest is the check that was made last; the zero check when there is none.
func (o *opening) newest() kyc.Check {
	if len(o.checks) == 0 {
		return kyc.Check{}
	}
	return o.checks[len(o.checks)-1]
}

// retyped tells whether a step was answered anew after the checks, so that they
// say nothing about its data. In review there is no such step.
func (o *opening) retyped(r kyc.StepRecord) bool {
	return o.app.State != kyc.InReview && r.State != kyc.StepAgain && r.Updated > o.newest().At
}

func (o *opening) found(c kyc.Check, evidence kyc.Values) CheckData {
	cd := CheckData{Check: c}
	for _, name := range slices.Sorted(maps.Keys(evidence)) {
		f := kyc.Field{Name: name, Type: kyc.TextField, PII: kyc.PIISensitive}
		if slices.Contains(verdicts, evidence[name]) || strings.HasPrefix(name, "others.") { // how many there are
			f.PII = kyc.PIINone
		}
		d := datum(f, evidence[name], o.revealed.All && o.clear(f.PII))
		if requirement, side, ok := strings.Cut(name, "/"); ok {
			d.Label, d.Side = o.sideLabels(requirement, side)
		}
		cd.Evidence = append(cd.Evidence, d)
	}
	return cd
}

// sideLabels are the message keys of a document and of one of its sides.
func (o *opening) sideLabels(requirement, side string) (document, page string) {
	for _, step := range o.flow.Steps {
		for _, r := range step.Documents {
			if r.ID != requirement {
				continue
			}
			if i := slices.IndexFunc(r.Sides, func(s kyc.Side) bool { return s.Name == side }); i >= 0 {
				return r.Label, r.Sides[i].Label
			}
		}
	}
	return "", ""
}

// verdicts are what checks say in evidence without telling anything personal.
var verdicts = []string{"agrees", "differs", "not_given", "unreadable", "nothing", "yes", "no", "agree", "present", "missing"}

// compared reads from a check's evidence what documents say: an element has
// "agrees" or "differs", and the element with ".read" what was read.
func (o *opening) compared(evidence kyc.Values) {
	for element, verdict := range evidence {
		read := evidence[element+".read"]
		if read == "" || (verdict != string(Agrees) && verdict != string(Differs)) {
			continue
		}
		fields := []string{element}
		if element == "name" { // whichever of them the market asks for
			fields = []string{"name_latin", "name", "real_name"}
		}
		for _, f := range fields {
			o.read[f] = said{read, Agreement(verdict)}
		}
	}
}
