package host

import (
	"regexp"
	"strings"
	"time"

	"github.com/paifang/paifang/core/kyc"
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

const maxProofTTL = 7 * 24 * time.Hour

func (a *about) flowV1(f *findings, w *wirev1.Flow) *kyc.Flow {
	flow := &kyc.Flow{
		Market: kyc.MarketID(w.Market), Provider: a.id, Version: a.version,
		Title: w.Title, Summary: w.Summary, Review: w.Review,
		Checks: w.Checks, Currencies: w.Currencies,
	}
	a.key(f, w.Title)
	a.keyOr(f, w.Summary)
	f.want(w.Review == "always" || w.Review == kyc.ReviewOnReferral, "review %q", clip(w.Review))
	if w.Lifetime != nil {
		flow.Lifetime = w.Lifetime.AsDuration()
		f.want(w.Lifetime.IsValid() && flow.Lifetime > 0 && flow.Lifetime <= maxLifetime, "lifetime")
	}
	for _, name := range w.Checks {
		f.want(checkName.MatchString(name), "check %q", clip(name))
	}
	unique(f, "currency", w.Currencies, currency)
	unique(f, "contact region", w.ContactRegions, region)
	f.want(len(w.Equivalences) == 0, "identifier equivalences are not known to this host")
	a.waysV1(f, flow, w.Ways)
	f.want(len(w.Steps) >= 1 && len(w.Steps) <= 40, "%d steps", len(w.Steps))
	for _, s := range w.Steps {
		_, twice := flow.Step(kyc.StepID(s.Id))
		f.want(stepID.MatchString(s.Id) && !twice && s.Id != string(kyc.StartStep), "step %q", clip(s.Id))
		flow.Steps = append(flow.Steps, a.stepV1(f, s, w.ContactRegions))
	}
	a.tiersV1(f, flow, w.Tiers)
	checkConditions(f, flow)
	checkProofs(f, flow)
	return flow
}

func (a *about) stepV1(f *findings, w *wirev1.Step, regions []string) kyc.Step {
	at := clip(w.Id)
	s := kyc.Step{
		ID: kyc.StepID(w.Id), Kind: kyc.StepKind(w.Kind), Title: w.Title, Intro: w.Intro,
		Consents: w.Consents, Immutable: w.Immutable, OnDemand: w.OnDemand, When: conditionV1(w.When),
	}
	switch s.Kind {
	case kyc.FederatedStep, kyc.ContactStep, kyc.ProfileStep, kyc.CredentialsStep, kyc.DocumentsStep:
	default:
		f.wrong("step %s: unknown kind %q", at, clip(w.Kind))
	}
	a.key(f, w.Title)
	a.keyOr(f, w.Intro)
	unique(f, "consent of step "+at, w.Consents, word)
	f.want(len(w.Fields) <= 60, "step %s: %d fields", at, len(w.Fields))
	seen := map[string]bool{}
	for _, field := range w.Fields {
		f.want(word.MatchString(field.Name) && !seen[field.Name], "step %s: field %q", at, clip(field.Name))
		seen[field.Name] = true
		s.Fields = append(s.Fields, a.fieldV1(f, at, field, regions))
	}
	f.want((s.Kind == kyc.ContactStep) == (w.Proof != nil), "step %s: contact steps, and only they, say how to prove", at)
	if w.Proof != nil {
		s.Proof = proofV1(f, at, w.Proof, s.Fields)
	}
	f.want((s.Kind == kyc.DocumentsStep) == (len(w.Documents) > 0), "step %s: documents steps, and only they, ask for documents", at)
	for _, r := range w.Documents {
		s.Documents = append(s.Documents, a.requirementV1(f, at, r, s.Documents))
	}
	return s
}

func (a *about) fieldV1(f *findings, step string, w *wirev1.Field, regions []string) kyc.Field {
	at := step + "." + clip(w.Name)
	c := w.Constraint
	field := kyc.Field{
		Name: w.Name, Type: kyc.FieldType(w.Type), Required: w.Required,
		MinLen: int(c.GetMinLength()), MaxLen: int(c.GetMaxLength()), Script: c.GetScript(),
		Regions: c.GetRegions(), Count: int(c.GetCount()), Autocomplete: w.Autocomplete, PII: w.Pii,
		Label: w.Label, Help: w.Help, Why: w.Why, Default: w.DefaultValue, When: conditionV1(w.When),
	}
	f.want(knownField(field.Type), "field %s: unknown type %q", at, clip(w.Type))
	switch w.Pii {
	case "":
		field.PII = kyc.PIISensitive
	case kyc.PIINone, kyc.PIIContact, kyc.PIIIdentity, kyc.PIISensitive, kyc.PIISecret:
	default:
		f.wrong("field %s: unknown PII class %q", at, clip(w.Pii))
	}
	a.key(f, w.Label)
	a.keyOr(f, w.Help)
	a.keyOr(f, w.Why)
	f.want(autofill.MatchString(w.Autocomplete), "field %s: autofill", at)
	f.want(field.MinLen >= 0 && field.MaxLen >= 0 && (field.MaxLen == 0 || field.MinLen <= field.MaxLen), "field %s: lengths", at)
	f.want(field.Script == "" || field.Script == "latin", "field %s: unknown script", at)
	f.want(field.Count >= 0 && field.Count <= 5, "field %s: count", at)
	f.want((field.Type == kyc.QuestionField) == (field.Count > 0), "field %s: security questions, and only they, have a count", at)
	f.want(c.GetPattern() == "" && !w.Immutable, "field %s: patterns and immutable fields are not known to this host", at)
	unique(f, "region of field "+at, field.Regions, region)
	if field.Type == kyc.PhoneField && len(field.Regions) == 0 {
		field.Regions = regions
	}
	choice := field.Type == kyc.SelectField || field.Type == kyc.QuestionField
	f.want(choice == (len(w.Options) > 0), "field %s: select fields and security questions, and only they, have options", at)
	values := map[string]bool{}
	for _, o := range w.Options {
		f.want(optionText.MatchString(o.Value) && !values[o.Value], "field %s: option %q", at, clip(o.Value))
		values[o.Value] = true
		a.key(f, o.Label)
		field.Options = append(field.Options, kyc.Option{Value: o.Value, Label: o.Label})
	}
	f.want(w.DefaultValue == "" || len(values) == 0 || values[w.DefaultValue], "field %s: default is no option", at)
	a.listV1(f, at, w, &field)
	return field
}

func knownField(t kyc.FieldType) bool {
	switch t {
	case kyc.TextField, kyc.NameField, kyc.DateField, kyc.SelectField, kyc.CountryField, kyc.PhoneField,
		kyc.EmailField, kyc.NumberField, kyc.MRZField, kyc.PasswordField, kyc.PINField, kyc.CheckboxField,
		kyc.ConsentField, kyc.AddressField, kyc.QuestionField, kyc.HumanField, kyc.AssertionField, kyc.ListField:
		return true
	}
	return false
}

func proofV1(f *findings, step string, w *wirev1.Proof, fields []kyc.Field) *kyc.Proof {
	p := &kyc.Proof{Channel: w.Channel, Field: w.Field, Of: w.Of, Link: w.Link, TTL: w.Ttl.AsDuration(), Login: w.Login,
		LoginWhen: conditionV1(w.LoginWhen), Instead: kyc.Instead{Step: kyc.StepID(w.GetInstead().GetStep()), Later: w.GetInstead().GetLater()}}
	f.want(w.Instead == nil || w.Instead.Step != "", "step %s: an unnamed step in its place", step)
	want, found := contactType(w.Channel), w.Of != "" && w.Field == ""
	for _, field := range fields {
		found = found || w.Of == "" && field.Name == w.Field && field.Type == want
	}
	f.want(want != "" && found, "step %s: proof of channel %q needs its field", step, clip(w.Channel))
	f.want(p.Login || p.LoginWhen.Field == "", "step %s: when to become a login name, but it never does", step)
	f.want(p.TTL >= time.Minute && p.TTL <= maxProofTTL, "step %s: life of the code", step)
	f.want(!p.Link || w.Channel == "email", "step %s: only e-mail has links", step)
	return p
}

func (a *about) requirementV1(f *findings, step string, w *wirev1.Requirement, before []kyc.Requirement) kyc.Requirement {
	r := kyc.Requirement{ID: w.Id, Kind: w.Kind, Label: w.Label, Help: w.Help, When: conditionV1(w.When)}
	for _, b := range before {
		f.want(b.ID != w.Id, "step %s: document %q is there twice", step, clip(w.Id))
	}
	f.want(stepID.MatchString(w.Id) && word.MatchString(w.Kind), "step %s: document %q of kind %q", step, clip(w.Id), clip(w.Kind))
	a.key(f, w.Label)
	a.keyOr(f, w.Help)
	f.want(len(w.Sides) >= 1 && len(w.Sides) <= 20, "step %s: document %q has %d sides", step, clip(w.Id), len(w.Sides))
	seen := map[string]bool{}
	for _, side := range w.Sides {
		f.want(word.MatchString(side.Name) && !seen[side.Name], "step %s: side %q", step, clip(side.Name))
		seen[side.Name] = true
		a.key(f, side.Label)
		r.Sides = append(r.Sides, kyc.Side{Name: side.Name, Label: side.Label})
	}
	return r
}

func (a *about) tiersV1(f *findings, flow *kyc.Flow, tiers []*wirev1.Tier) {
	f.want(len(tiers) >= 1, "no tiers")
	for _, w := range tiers {
		_, twice := flow.Tier(w.Id)
		f.want(stepID.MatchString(w.Id) && !twice, "tier %q", clip(w.Id))
		a.key(f, w.Label)
		a.keyOr(f, w.Next)
		for _, k := range append(append([]string(nil), w.Allows...), w.Denies...) {
			a.key(f, k)
		}
		t := kyc.Tier{ID: w.Id, Label: w.Label, Allows: w.Allows, Denies: w.Denies, Next: w.Next}
		for _, l := range w.Limits {
			f.want(strings.Contains(" receive pay withdraw ", " "+l.Operation+" ") &&
				strings.Contains(" day year lifetime ", " "+l.Period+" ") &&
				currency.MatchString(l.Currency) && l.Minor >= 0, "tier %q: a limit", clip(w.Id))
			t.Limits = append(t.Limits, kyc.Limit{Operation: l.Operation, Currency: l.Currency, Minor: l.Minor, Period: l.Period})
		}
		flow.Tiers = append(flow.Tiers, t)
	}
}

func conditionV1(w *wirev1.Condition) kyc.Condition {
	if w == nil {
		return kyc.Condition{}
	}
	return kyc.Condition{Field: w.Field, In: w.In, Same: w.Same}
}

func unique(f *findings, what string, list []string, form *regexp.Regexp) {
	seen := map[string]bool{}
	for _, v := range list {
		f.want(form.MatchString(v) && !seen[v], "%s %q", what, clip(v))
		seen[v] = true
	}
}

// hasField tells whether a step has a field, or a group with such a member.
func hasField(s *kyc.Step, name string) bool {
	for _, field := range s.Fields {
		if field.Name == name {
			return true
		}
		if group := field.Type == kyc.AddressField || field.Type == kyc.QuestionField; group && strings.HasPrefix(name, field.Name+".") {
			return true
		}
		if field.Type == kyc.ListField && inList(field, name) {
			return true
		}
	}
	return false
}
