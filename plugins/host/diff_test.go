package host_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/plugins/host"
)

// plain is a flow with one of everything.
func plain() *kyc.Flow {
	return &kyc.Flow{Market: "m", Review: "always", Currencies: []string{"CNY"}, Checks: []string{"a"}, Ways: []kyc.Way{{ID: "phone"}, {ID: "email"}},
		Tiers: []kyc.Tier{{ID: "low", Limits: []kyc.Limit{{Operation: "pay", Currency: "CNY", Period: "day", Minor: 100}}}},
		Steps: []kyc.Step{
			{ID: "profile", Kind: kyc.ProfileStep, Fields: []kyc.Field{
				{Name: "name", Type: kyc.TextField, Required: true, MaxLen: 10}, {Name: "nick", Type: kyc.TextField},
				{Name: "kind", Type: kyc.SelectField, Options: []kyc.Option{{Value: "x"}, {Value: "y"}}},
				{Name: "owners", Type: kyc.ListField, MaxRows: 3, Fields: []kyc.Field{{Name: "share", Type: kyc.NumberField}}}}},
			{ID: "papers", Kind: kyc.DocumentsStep, Documents: []kyc.Requirement{{ID: "passport", Kind: "passport", Sides: []kyc.Side{{Name: "front"}}}}},
		}}
}

func TestDiff(t *testing.T) {
	if changes := host.Diff(plain(), plain()); len(changes) > 0 {
		t.Errorf("of the same flow: %v", changes)
	}
	fields := func(f *kyc.Flow) []kyc.Field { return f.Steps[0].Fields }
	for name, c := range map[string]struct {
		change func(f *kyc.Flow)
		want   []host.Change
	}{
		"a step goes":       {func(f *kyc.Flow) { f.Steps = f.Steps[:1] }, []host.Change{{Kind: "step.removed", Path: "papers", Breaking: true}}},
		"a field goes":      {func(f *kyc.Flow) { f.Steps[0].Fields = fields(f)[1:] }, []host.Change{{Kind: "field.removed", Path: "profile.name", Breaking: true}}},
		"a field comes":     {func(f *kyc.Flow) { f.Steps[0].Fields = append(fields(f), kyc.Field{Name: "new"}) }, []host.Change{{Kind: "field.added", Path: "profile.new"}}},
		"newly required":    {func(f *kyc.Flow) { fields(f)[1].Required = true }, []host.Change{{Kind: "field.required", Path: "profile.nick", Breaking: true}}},
		"no more required":  {func(f *kyc.Flow) { fields(f)[0].Required = false }, []host.Change{{Kind: "field.optional", Path: "profile.name"}}},
		"another type":      {func(f *kyc.Flow) { fields(f)[0].Type = kyc.NameField }, []host.Change{{Kind: "field.type.changed", Path: "profile.name", From: "text", To: "name", Breaking: true}}},
		"shorter":           {func(f *kyc.Flow) { fields(f)[0].MaxLen = 5 }, []host.Change{{Kind: "field.bounds.changed", Path: "profile.name", From: "max 10", To: "max 5"}}},
		"a choice goes":     {func(f *kyc.Flow) { fields(f)[2].Options = fields(f)[2].Options[1:] }, []host.Change{{Kind: "field.choice.removed", Path: "profile.kind.x", Breaking: true}}},
		"a member goes":     {func(f *kyc.Flow) { fields(f)[3].Fields = nil }, []host.Change{{Kind: "field.removed", Path: "profile.owners.share", Breaking: true}}},
		"a document comes":  {func(f *kyc.Flow) { f.Steps[1].Documents = append(f.Steps[1].Documents, kyc.Requirement{ID: "bill"}) }, []host.Change{{Kind: "document.added", Path: "papers.bill"}}},
		"another document":  {func(f *kyc.Flow) { f.Steps[1].Documents[0].Kind = "visa" }, []host.Change{{Kind: "document.kind.changed", Path: "papers.passport", From: "passport", To: "visa", Breaking: true}}},
		"a side goes":       {func(f *kyc.Flow) { f.Steps[1].Documents[0].Sides = nil }, []host.Change{{Kind: "side.removed", Path: "papers.passport.front", Breaking: true}}},
		"a tier goes":       {func(f *kyc.Flow) { f.Tiers = nil }, []host.Change{{Kind: "tier.removed", Path: "tier.low", Breaking: true}}},
		"another limit":     {func(f *kyc.Flow) { f.Tiers[0].Limits[0].Minor = 5 }, []host.Change{{Kind: "limit.changed", Path: "tier.low.pay.day.CNY", From: "100", To: "5"}}},
		"a way goes":        {func(f *kyc.Flow) { f.Ways = f.Ways[1:] }, []host.Change{{Kind: "way.removed", Path: "way.phone", Breaking: true}}},
		"a currency goes":   {func(f *kyc.Flow) { f.Currencies = nil }, []host.Change{{Kind: "currency.removed", Path: "CNY", Breaking: true}}},
		"a check goes":      {func(f *kyc.Flow) { f.Checks = nil }, []host.Change{{Kind: "check.removed", Path: "a"}}},
		"when it is looked": {func(f *kyc.Flow) { f.Review = kyc.ReviewOnReferral }, []host.Change{{Kind: "review.changed", Path: "review", From: "always", To: kyc.ReviewOnReferral}}},
		"a step comes": {func(f *kyc.Flow) {
			f.Steps = append(f.Steps, kyc.Step{ID: "more", Kind: kyc.ProfileStep, Fields: []kyc.Field{{Name: "must", Required: true}}})
		}, []host.Change{{Kind: "step.added", Path: "more"}, {Kind: "field.added", Path: "more.must"}, {Kind: "field.required", Path: "more.must", Breaking: true}}},
	} {
		to := plain()
		c.change(to)
		got := host.Diff(plain(), to)
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		breaking := false
		for _, change := range c.want {
			breaking = breaking || change.Breaking
		}
		if host.Breaks(got) != breaking {
			t.Errorf("%s: breaks", name)
		}
	}
}
