package conformance

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/paifang/paifang/plugins/sdk"
	wirev1 "github.com/paifang/paifang/plugins/sdk/wire/v1"
)

var (
	stepID     = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,39}$`)
	word       = regexp.MustCompile(`^[a-z][a-z0-9_]{0,39}$`)
	autofill   = regexp.MustCompile(`^[a-z0-9 -]{0,60}$`)
	currency   = regexp.MustCompile(`^[A-Z]{3}$`)
	region     = regexp.MustCompile(`^[A-Z]{2}$`)
	checkName  = regexp.MustCompile(`^[a-z][a-z0-9_]{0,39}(\.[a-z0-9_]{1,40})?$`)
	optionText = regexp.MustCompile(`^[A-Za-z0-9_.:-]{1,64}$`)
)

const (
	maxLifetime = 366 * 24 * time.Hour
	maxProofTTL = 7 * 24 * time.Hour
)

// What a flow is made of; the names are those of package sdk.
const (
	stepKinds  = " federated contact profile credentials documents "
	fieldTypes = " text name date select country phone email identity_number mrz password pin checkbox consent address " +
		"security_questions human_test assertion list "
	memberTypes = " text name date select country identity_number checkbox address "
	piiClasses  = " none contact identity sensitive secret "
)

func among(list, word string) bool { return word != "" && strings.Contains(list, " "+word+" ") }

// flowCases are for all providers; one that is no market must have no flow.
func flowCases() []check {
	return []check{
		{"flow.market", "a market has one flow with its own id, and only markets have one",
			"Declare exactly one Flow whose Market is the provider's id.", flowMarket},
		{"flow.whole", "flows have steps, tiers, checks, currencies and a review that a host knows",
			`Give every flow 1 to 40 steps, at least one tier, and review "always" or "on_referral".`, each(flowWhole)},
		{"flow.steps", "steps are of known kinds, with what their kind needs and nothing else",
			"Contact steps, and only they, have a Proof; documents steps, and only they, have Documents; ids are unique, and none is \"start\".", each(flowSteps)},
		{"flow.fields", "fields are of known types, with unique names, a PII class and what their type needs",
			"Select fields and security questions have options, questions have a count, lists have members and rows; say the PII class of every field.", each(flowFields)},
		{"flow.documents", "documents have kinds and sides", "Name each document once, with 1 to 20 sides.", each(flowDocuments)},
		{"flow.tiers", "tiers and their limits are whole", "Limits are of receive, pay or withdraw, in a currency, per day, year or lifetime.", each(flowTiers)},
		{"flow.conditions", "conditions ask about fields and ways that exist",
			"A condition on nothing would hide its step or field for ever: mend the name.", each(flowConditions)},
		{"flow.proofs", "proofs are of contacts that are asked for", "Name the field of the channel's type, or with Of that of an earlier profile step; with Instead another contact step that everybody is asked for.", each(flowProofs)},
	}
}

func (t *trial) isMarket() bool {
	return slices.Contains(t.about.Kinds, wirev1.ProviderKind_PROVIDER_KIND_MARKET)
}

func flowMarket(_ context.Context, t *trial) {
	if !t.isMarket() {
		t.want(len(t.about.Flows) == 0, "flows, but no market")
		return
	}
	t.want(len(t.about.Flows) == 1 && t.about.Flows[0].Market == t.about.Id, "%d flows, or one of another market", len(t.about.Flows))
}

func each(f func(*trial, *wirev1.Flow)) func(context.Context, *trial) {
	return func(_ context.Context, t *trial) {
		if len(t.about.Flows) == 0 {
			t.skip("it has no flow")
		}
		for _, flow := range t.about.Flows {
			f(t, flow)
		}
	}
}

func flowWhole(t *trial, f *wirev1.Flow) {
	t.want(len(f.Steps) >= 1 && len(f.Steps) <= 40, "%d steps", len(f.Steps))
	t.want(len(f.Tiers) >= 1, "no tiers")
	t.want(f.Review == sdk.ReviewAlways || f.Review == sdk.ReviewOnReferral, "review %q", f.Review)
	for _, name := range f.Checks {
		t.want(checkName.MatchString(name), "check %q", name)
	}
	t.unique("currency", f.Currencies, currency)
	t.unique("contact region", f.ContactRegions, region)
	if f.Lifetime != nil {
		d := f.Lifetime.AsDuration()
		t.want(f.Lifetime.IsValid() && d > 0 && d <= maxLifetime, "lifetime %s", d)
	}
	t.want(len(f.Ways) != 1 && len(f.Ways) <= 10, "%d ways: one is none, leave it out", len(f.Ways))
	var ids []string
	for _, w := range f.Ways {
		ids = append(ids, w.Id)
	}
	t.unique("way", ids, word)
}

func flowSteps(t *trial, f *wirev1.Flow) {
	var ids []string
	for _, s := range f.Steps {
		ids = append(ids, s.Id)
		t.want(s.Id != "start", `"start" is no id of a step: conditions know the way by it`)
		t.want(among(stepKinds, s.Kind), "step %s: unknown kind %q", s.Id, s.Kind)
		t.want((s.Kind == sdk.ContactStep) == (s.Proof != nil), "step %s: contact steps, and only they, say how to prove", s.Id)
		t.want((s.Kind == sdk.DocumentsStep) == (len(s.Documents) > 0), "step %s: documents steps, and only they, ask for documents", s.Id)
		t.want(len(s.Fields) <= 60, "step %s: %d fields", s.Id, len(s.Fields))
		t.unique("consent of step "+s.Id, s.Consents, word)
	}
	t.unique("step", ids, stepID)
}

func flowFields(t *trial, f *wirev1.Flow) {
	for _, s := range f.Steps {
		t.fields(s.Id, s.Fields)
	}
}

func (t *trial) fields(at string, fields []*wirev1.Field) {
	var names []string
	for _, field := range fields {
		names = append(names, field.Name)
		t.field(at+"."+field.Name, field)
	}
	t.unique("field of "+at, names, word)
}

func (t *trial) field(at string, f *wirev1.Field) {
	c := f.Constraint
	t.want(among(fieldTypes, f.Type), "field %s: unknown type %q", at, f.Type)
	t.want(among(piiClasses, f.Pii), "field %s: PII class %q", at, f.Pii)
	t.want(autofill.MatchString(f.Autocomplete), "field %s: autofill %q", at, f.Autocomplete)
	t.want(c.GetMinLength() >= 0 && c.GetMaxLength() >= 0 && (c.GetMaxLength() == 0 || c.GetMinLength() <= c.GetMaxLength()), "field %s: lengths", at)
	t.want(c.GetScript() == "" || c.GetScript() == "latin", "field %s: script %q", at, c.GetScript())
	t.want((f.Type == sdk.QuestionField) == (c.GetCount() > 0) && c.GetCount() <= 5, "field %s: security questions, and only they, have a count, at most 5", at)
	t.want(c.GetPattern() == "" && !f.Immutable, "field %s: patterns and immutable fields are not known to hosts of today", at)
	t.unique("region of field "+at, c.GetRegions(), region)
	choice := f.Type == sdk.SelectField || f.Type == sdk.QuestionField
	t.want(choice == (len(f.Options) > 0), "field %s: select fields and security questions, and only they, have options", at)
	var values []string
	for _, o := range f.Options {
		values = append(values, o.Value)
	}
	t.unique("option of "+at, values, optionText)
	t.want(f.DefaultValue == "" || len(values) == 0 || slices.Contains(values, f.DefaultValue), "field %s: its default is no option", at)
	list := f.Type == sdk.ListField
	t.want(list == (len(f.Fields) > 0) && list == (c.GetMaxRows() > 0), "field %s: lists, and only they, have members and a number of rows", at)
	t.want(c.GetMinRows() >= 0 && c.GetMinRows() <= c.GetMaxRows() && c.GetMaxRows() <= 20 && len(f.Fields) <= 20, "field %s: rows or members", at)
	for _, m := range f.Fields {
		t.want(among(memberTypes, m.Type), "field %s: member %s of type %q", at, m.Name, m.Type)
		c := m.When
		t.want(c == nil || c.Field != m.Name && slices.ContainsFunc(f.Fields, func(x *wirev1.Field) bool { return x.Name == c.Field }),
			"field %s: the condition of member %s is not about another member", at, m.Name)
	}
	if list {
		t.fields(at, f.Fields)
	}
}

func flowDocuments(t *trial, f *wirev1.Flow) {
	for _, s := range f.Steps {
		var ids []string
		for _, r := range s.Documents {
			ids = append(ids, r.Id)
			t.want(word.MatchString(r.Kind), "document %s.%s: kind %q", s.Id, r.Id, r.Kind)
			t.want(len(r.Sides) >= 1 && len(r.Sides) <= 20, "document %s.%s: %d sides", s.Id, r.Id, len(r.Sides))
			var sides []string
			for _, side := range r.Sides {
				sides = append(sides, side.Name)
			}
			t.unique(fmt.Sprintf("side of %s.%s", s.Id, r.Id), sides, word)
		}
		t.unique("document of "+s.Id, ids, stepID)
	}
}

func flowTiers(t *trial, f *wirev1.Flow) {
	var ids []string
	for _, tier := range f.Tiers {
		ids = append(ids, tier.Id)
		for _, l := range tier.Limits {
			t.want(among(" receive pay withdraw ", l.Operation) && among(" day year lifetime ", l.Period) && currency.MatchString(l.Currency) && l.Minor >= 0,
				"tier %s: limit of %q in %q per %q", tier.Id, l.Operation, l.Currency, l.Period)
		}
	}
	t.unique("tier", ids, stepID)
}

// unique wants all of a list to be of a form, and none twice.
func (t *trial) unique(what string, list []string, form *regexp.Regexp) {
	seen := map[string]bool{}
	for _, v := range list {
		t.want(form.MatchString(v), "%s %q is not of its form", what, v)
		t.want(!seen[v], "%s %q is there twice", what, v)
		seen[v] = true
	}
}
