package pipeline

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/paifang/paifang/core/kyc"
)

func owners() kyc.Field {
	return kyc.Field{Name: "owners", Type: kyc.ListField, Required: true, MinRows: 2, MaxRows: 3, Fields: []kyc.Field{
		{Name: "name", Type: kyc.NameField, Required: true},
		{Name: "kind", Type: kyc.SelectField, Required: true, Options: []kyc.Option{{Value: "passport"}, {Value: "resident_id"}}},
		{Name: "birth_date", Type: kyc.DateField, Required: true, When: kyc.Condition{Field: "kind", In: []string{"passport"}}},
		{Name: "visa", Type: kyc.TextField, Required: true, When: kyc.Condition{Field: "birth_date", In: []string{"1999-09-09"}}},
		{Name: "managing", Type: kyc.CheckboxField},
	}}
}

// validated runs the generic validation of a step with the list alone.
func validated(typed kyc.Values) (kyc.Values, []string) {
	step := kyc.Step{ID: "owners", Kind: kyc.ProfileStep, Fields: []kyc.Field{owners()}}
	a := &attempt{run: &run{flow: &kyc.Flow{Steps: []kyc.Step{step}}}, step: step}
	a.validate(typed)
	var found []string
	for _, p := range a.problems {
		found = append(found, strings.TrimSpace(p.Path+" "+p.Code))
	}
	slices.Sort(found)
	return a.values, found
}

func TestRows(t *testing.T) {
	one := kyc.Values{"owners.1.name": "王芳", "owners.1.kind": "resident_id"}
	with := func(more kyc.Values) kyc.Values {
		all := kyc.Values{}
		for _, set := range []kyc.Values{one, more} {
			for name, v := range set {
				all[name] = v
			}
		}
		return all
	}
	for name, c := range map[string]struct {
		typed    kyc.Values
		problems []string
		values   map[string]string
	}{
		"nothing":           {kyc.Values{}, []string{"owners field.required"}, nil},
		"empty rows only":   {kyc.Values{"owners.1.name": " ", "owners.2.managing": "false"}, []string{"owners field.required"}, nil},
		"one of two":        {one, []string{"owners field.too_few_rows"}, nil},
		"a gap is closed":   {with(kyc.Values{"owners.3.name": "Erika", "owners.3.kind": "passport", "owners.3.birth_date": "1964-08-12", "owners.2.managing": "false"}), nil, map[string]string{"owners.2.birth_date": "1964-08-12", "owners.3.name": ""}},
		"a far row":         {with(kyc.Values{"owners.9.name": "Erika", "owners.9.kind": "resident_id"}), nil, map[string]string{"owners.2.name": "Erika"}},
		"each by its type":  {with(kyc.Values{"owners.2.name": "1", "owners.2.kind": "passport", "owners.2.birth_date": "1964-02-30"}), []string{"owners.2.birth_date field.date", "owners.2.name field.name"}, nil},
		"needed by the row": {with(kyc.Values{"owners.2.name": "Erika", "owners.2.kind": "passport"}), []string{"owners.2.birth_date field.required"}, nil},
		"not asked in the row": {with(kyc.Values{"owners.2.name": "Erika", "owners.2.kind": "resident_id", "owners.2.birth_date": "x"}), nil,
			map[string]string{"owners.2.birth_date": ""}},
		"on what is not asked": {with(kyc.Values{"owners.2.name": "Erika", "owners.2.kind": "resident_id", "owners.2.birth_date": "1999-09-09"}), nil,
			map[string]string{"owners.2.birth_date": ""}},
		"on what is asked": {with(kyc.Values{"owners.2.name": "Erika", "owners.2.kind": "passport", "owners.2.birth_date": "1999-09-09"}), []string{"owners.2.visa field.required"}, nil},
		"too many": {with(kyc.Values{"owners.2.name": "a", "owners.2.kind": "resident_id", "owners.3.name": "b", "owners.3.kind": "resident_id",
			"owners.4.name": "c", "owners.4.kind": "resident_id"}), []string{"owners field.too_many_rows"}, nil},
		"unknown member": {with(kyc.Values{"owners.2.name": "a", "owners.2.kind": "resident_id", "owners.2.shoe": "45"}), []string{"field.unknown"}, nil},
		"no row of it":   {with(kyc.Values{"owners.2.name": "a", "owners.2.kind": "resident_id", "owners.02.name": "b"}), []string{"field.unknown"}, nil},
	} {
		values, problems := validated(c.typed)
		if !slices.Equal(problems, c.problems) {
			t.Errorf("%s: problems %q, want %q", name, problems, c.problems)
		}
		for field, want := range c.values {
			if values[field] != want {
				t.Errorf("%s: %s is %q, want %q", name, field, values[field], want)
			}
		}
	}
}

// A form proposes a country for an address and for a phone: nobody said it.
func TestProposedIsNotSaid(t *testing.T) {
	list := kyc.Field{Name: "shops", Type: kyc.ListField, MaxRows: 3, Fields: []kyc.Field{
		{Name: "name", Type: kyc.TextField}, {Name: "place", Type: kyc.AddressField, Default: "CN"}, {Name: "phone", Type: kyc.PhoneField, Regions: []string{"CN"}}}}
	got := closeRows(list, kyc.Values{"shops.1.place.country": "CN", "shops.1.phone.region": "CN", "shops.1.name": "",
		"shops.2.place.country": "CN", "shops.2.place.city": "Hangzhou", "shops.3.place.country": "SG"})
	want := kyc.Values{"shops.1.place.country": "CN", "shops.1.place.city": "Hangzhou", "shops.2.place.country": "SG"}
	if !maps.Equal(got, want) {
		t.Errorf("rows are %v", got)
	}
}

// A step that is not to be taken any more says nothing to the steps after it.
func TestAnswersOfOtherWays(t *testing.T) {
	seller := func(kind string) kyc.Condition { return kyc.Condition{Field: "seller.kind", In: []string{kind}} }
	flow := &kyc.Flow{Steps: []kyc.Step{{ID: "seller"}, {ID: "profile", When: seller("individual")},
		{ID: "company", When: seller("company")},
		{ID: "passport", When: kyc.Condition{Field: "profile.document", In: []string{"passport"}}}}}
	u := &run{flow: flow, answers: kyc.Answers{"seller": {"kind": "individual"}, "profile": {"document": "passport"}, "company": {"name": "x"}}}
	steps := func() string {
		var ids []string
		for _, s := range u.plan() {
			ids = append(ids, string(s.ID))
		}
		return strings.Join(ids, " ")
	}
	if got := steps(); got != "seller profile passport" || u.live()["company"] != nil {
		t.Errorf("individual: %s, %v", got, u.live())
	}
	u.answers["seller"] = kyc.Values{"kind": "company"}
	if got := steps(); got != "seller company" || u.live()["profile"] != nil {
		t.Errorf("company: %s, %v", got, u.live())
	}
}
