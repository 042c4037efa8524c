package host_test

import (
	"slices"
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
				{Name: "owners", Type: kyc.ListField, MaxRows: 3, Fields: []kyc.Field{{Name: "share", Type: kyc.NumberField}}},
				{Name: "tax", Type: kyc.TextField, Required: true, When: kyc.Condition{Field: "kind", In: []string{"x"}}}}},
			{ID: "papers", Kind: kyc.DocumentsStep, Documents: []kyc.Requirement{{ID: "passport", Kind: "passport", Sides: []kyc.Side{{Name: "front"}}}}},
			{ID: "bank", Kind: kyc.DocumentsStep, OnDemand: true, When: kyc.Condition{Field: "profile.kind", In: []string{"y"}},
				Documents: []kyc.Requirement{{ID: "statement", Kind: "statement", When: kyc.Condition{Field: "start.way", In: []string{"phone"}}}}},
			{ID: "contact", Kind: kyc.ContactStep, Consents: []string{"terms"}, Proof: &kyc.Proof{Channel: "phone", Field: "number", Login: true}},
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
		"a step goes":      {func(f *kyc.Flow) { f.Steps = slices.Delete(f.Steps, 1, 2) }, []host.Change{{Kind: "step.removed", Path: "papers", Breaking: true}}},
		"a field goes":     {func(f *kyc.Flow) { f.Steps[0].Fields = fields(f)[1:] }, []host.Change{{Kind: "field.removed", Path: "profile.name", Breaking: true}}},
		"a field comes":    {func(f *kyc.Flow) { f.Steps[0].Fields = append(fields(f), kyc.Field{Name: "new"}) }, []host.Change{{Kind: "field.added", Path: "profile.new"}}},
		"newly required":   {func(f *kyc.Flow) { fields(f)[1].Required = true }, []host.Change{{Kind: "field.required", Path: "profile.nick", Breaking: true}}},
		"no more required": {func(f *kyc.Flow) { fields(f)[0].Required = false }, []host.Change{{Kind: "field.optional", Path: "profile.name"}}},
		"another type":     {func(f *kyc.Flow) { fields(f)[0].Type = kyc.NameField }, []host.Change{{Kind: "field.type.changed", Path: "profile.name", From: "text", To: "name", Breaking: true}}},
		"shorter":          {func(f *kyc.Flow) { fields(f)[0].MaxLen = 5 }, []host.Change{{Kind: "field.bounds.changed", Path: "profile.name", From: "max 10", To: "max 5"}}},
		"a choice goes":    {func(f *kyc.Flow) { fields(f)[2].Options = fields(f)[2].Options[1:] }, []host.Change{{Kind: "field.choice.removed", Path: "profile.kind.x", Breaking: true}}},
		"a member goes":    {func(f *kyc.Flow) { fields(f)[3].Fields = nil }, []host.Change{{Kind: "field.removed", Path: "profile.owners.share", Breaking: true}}},
		"a document comes": {func(f *kyc.Flow) { f.Steps[1].Documents = append(f.Steps[1].Documents, kyc.Requirement{ID: "bill"}) }, []host.Change{{Kind: "document.added", Path: "papers.bill", Breaking: true}}},
		"a document for a new choice": {func(f *kyc.Flow) {
			fields(f)[2].Options = append(fields(f)[2].Options, kyc.Option{Value: "z"})
			f.Steps[1].Documents = append(f.Steps[1].Documents, kyc.Requirement{ID: "bill", When: kyc.Condition{Field: "profile.kind", In: []string{"z"}}})
		}, []host.Change{{Kind: "field.choice.added", Path: "profile.kind.z"}, {Kind: "document.added", Path: "papers.bill"}}},
		"a document for an old choice": {func(f *kyc.Flow) {
			f.Steps[1].Documents = append(f.Steps[1].Documents, kyc.Requirement{ID: "bill", When: kyc.Condition{Field: "profile.kind", In: []string{"y"}}})
		}, []host.Change{{Kind: "document.added", Path: "papers.bill", Breaking: true}}},
		"a side comes": {func(f *kyc.Flow) {
			f.Steps[1].Documents[0].Sides = append(f.Steps[1].Documents[0].Sides, kyc.Side{Name: "back"})
		}, []host.Change{{Kind: "side.added", Path: "papers.passport.back", Breaking: true}}},
		"asked of all": {func(f *kyc.Flow) { fields(f)[4].When = kyc.Condition{} },
			[]host.Change{{Kind: "field.when.changed", Path: "profile.tax", From: "kind in x", Breaking: true}}},
		"asked of more": {func(f *kyc.Flow) { fields(f)[4].When.In = []string{"x", "y"} },
			[]host.Change{{Kind: "field.when.changed", Path: "profile.tax", From: "kind in x", To: "kind in x y", Breaking: true}}},
		"asked of others": {func(f *kyc.Flow) { fields(f)[4].When = kyc.Condition{Field: "start.way", In: []string{"email"}} },
			[]host.Change{{Kind: "field.when.changed", Path: "profile.tax", From: "kind in x", To: "start.way in email", Breaking: true}}},
		"asked of whoever makes a new choice": {func(f *kyc.Flow) {
			fields(f)[2].Options, fields(f)[4].When.In = append(fields(f)[2].Options, kyc.Option{Value: "z"}), []string{"x", "z"}
		}, []host.Change{{Kind: "field.choice.added", Path: "profile.kind.z"}, {Kind: "field.when.changed", Path: "profile.tax", From: "kind in x", To: "kind in x z"}}},
		"asked of fewer": {func(f *kyc.Flow) { fields(f)[0].When = kyc.Condition{Field: "kind", In: []string{"x"}} },
			[]host.Change{{Kind: "field.when.changed", Path: "profile.name", To: "kind in x"}}},
		"a step for all": {func(f *kyc.Flow) { f.Steps[2].When = kyc.Condition{} },
			[]host.Change{{Kind: "step.when.changed", Path: "bank", From: "profile.kind in y", Breaking: true}}},
		"a step for fewer": {func(f *kyc.Flow) { f.Steps[0].When = kyc.Condition{Field: "start.way", In: []string{"phone"}} },
			[]host.Change{{Kind: "step.when.changed", Path: "profile", To: "start.way in phone"}}},
		"a step without being asked": {func(f *kyc.Flow) { f.Steps[2].OnDemand = false },
			[]host.Change{{Kind: "step.on_demand.changed", Path: "bank", From: "true", To: "false", Breaking: true}}},
		"a document for all": {func(f *kyc.Flow) { f.Steps[2].Documents[0].When = kyc.Condition{} },
			[]host.Change{{Kind: "document.when.changed", Path: "bank.statement", From: "start.way in phone", Breaking: true}}},
		"another proof": {func(f *kyc.Flow) {
			f.Steps[3].Proof = &kyc.Proof{Channel: "email", Field: "address", Login: true}
		}, []host.Change{{Kind: "step.proof.changed", Path: "contact", From: "phone number, login", To: "email address, login", Breaking: true}}},
		"no way to sign in": {func(f *kyc.Flow) { f.Steps[3].Proof = &kyc.Proof{Channel: "phone", Field: "number"} },
			[]host.Change{{Kind: "step.proof.changed", Path: "contact", From: "phone number, login", To: "phone number", Breaking: true}}},
		"no proof": {func(f *kyc.Flow) { f.Steps[3].Proof = nil },
			[]host.Change{{Kind: "step.proof.changed", Path: "contact", From: "phone number, login"}}},
		"for good": {func(f *kyc.Flow) { f.Steps[3].Immutable = true },
			[]host.Change{{Kind: "step.immutable.changed", Path: "contact", From: "false", To: "true", Breaking: true}}},
		"one more to agree to": {func(f *kyc.Flow) { f.Steps[3].Consents = []string{"terms", "marketing"} },
			[]host.Change{{Kind: "consent.added", Path: "contact.marketing", Breaking: true}}},
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
