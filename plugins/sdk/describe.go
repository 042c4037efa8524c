package sdk

import (
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/paifang/paifang/plugins/sdk/wire"
	wirev1 "github.com/paifang/paifang/plugins/sdk/wire/v1"
)

// describe translates a filled-in Description to the wire.
func describe(p Provider, d Description) *wirev1.DescribeResponse {
	out := &wirev1.DescribeResponse{
		Id: d.ID, Version: d.Version,
		ProtocolMin: wire.Protocol, ProtocolMax: wire.Protocol,
		Capabilities: d.Capabilities,
		ConfigSchema: d.ConfigSchema, TenantSchema: d.TenantSchema,
	}
	if _, ok := p.(Market); ok {
		out.Kinds = append(out.Kinds, wirev1.ProviderKind_PROVIDER_KIND_MARKET)
	}
	if _, ok := p.(Messenger); ok {
		out.Kinds = append(out.Kinds, wirev1.ProviderKind_PROVIDER_KIND_MESSENGER)
	}
	if _, ok := p.(Verifier); ok {
		out.Kinds = append(out.Kinds, wirev1.ProviderKind_PROVIDER_KIND_VERIFIER)
	}
	for _, f := range d.Flows {
		out.Flows = append(out.Flows, flowV1(f))
	}
	for locale, keys := range d.Messages {
		c := &wirev1.Catalogue{Locale: locale, Messages: make(map[string]*wirev1.Text, len(keys))}
		for k, forms := range keys {
			c.Messages[k] = &wirev1.Text{Forms: forms}
		}
		out.Catalogues = append(out.Catalogues, c)
	}
	for code, parent := range d.OwnCodes {
		out.OwnCodes = append(out.OwnCodes, &wirev1.OwnCode{Code: code, Parent: parent})
	}
	return out
}

func flowV1(f Flow) *wirev1.Flow {
	out := &wirev1.Flow{
		Market: f.Market, Title: f.Title, Summary: f.Summary, Checks: f.Checks,
		Review: f.Review, Currencies: f.Currencies, ContactRegions: f.ContactRegions,
	}
	if f.Lifetime != 0 {
		out.Lifetime = durationpb.New(f.Lifetime)
	}
	for _, w := range f.Ways {
		out.Ways = append(out.Ways, &wirev1.Way{Id: w.ID, Title: w.Title})
	}
	for _, s := range f.Steps {
		out.Steps = append(out.Steps, stepV1(s))
	}
	for _, t := range f.Tiers {
		tier := &wirev1.Tier{Id: t.ID, Label: t.Label, Allows: t.Allows, Denies: t.Denies, Next: t.Next}
		for _, l := range t.Limits {
			tier.Limits = append(tier.Limits, &wirev1.Limit{
				Operation: l.Operation, Currency: l.Currency, Minor: l.Minor, Period: l.Period})
		}
		out.Tiers = append(out.Tiers, tier)
	}
	for _, e := range f.Equivalences {
		eq := &wirev1.Equivalence{Id: e.ID}
		for _, m := range e.Members {
			eq.Members = append(eq.Members, &wirev1.EquivalenceMember{Class: m.Class, Pattern: m.Pattern})
		}
		out.Equivalences = append(out.Equivalences, eq)
	}
	return out
}

func stepV1(s Step) *wirev1.Step {
	out := &wirev1.Step{
		Id: s.ID, Kind: s.Kind, Title: s.Title, Intro: s.Intro, Consents: s.Consents,
		Immutable: s.Immutable, OnDemand: s.OnDemand, When: conditionV1(s.When),
	}
	if p := s.Proof; p != nil {
		out.Proof = &wirev1.Proof{Channel: p.Channel, Field: p.Field, Link: p.Link,
			Ttl: durationpb.New(p.TTL), Login: p.Login, Of: p.Of, LoginWhen: conditionV1(p.LoginWhen)}
		if p.Instead != nil {
			out.Proof.Instead = &wirev1.Instead{Step: p.Instead.Step, Later: p.Instead.Later}
		}
	}
	for _, f := range s.Fields {
		out.Fields = append(out.Fields, fieldV1(f))
	}
	for _, r := range s.Documents {
		req := &wirev1.Requirement{Id: r.ID, Kind: r.Kind, Label: r.Label, Help: r.Help, When: conditionV1(r.When)}
		for _, side := range r.Sides {
			req.Sides = append(req.Sides, &wirev1.Side{Name: side.Name, Label: side.Label})
		}
		out.Documents = append(out.Documents, req)
	}
	return out
}

func fieldV1(f Field) *wirev1.Field {
	out := &wirev1.Field{
		Name: f.Name, Type: f.Type, Required: f.Required,
		Constraint: &wirev1.Constraint{MinLength: int32(f.MinLen), MaxLength: int32(f.MaxLen),
			Script: f.Script, Regions: f.Regions, Count: int32(f.Count), Pattern: f.Pattern,
			MinRows: int32(f.MinRows), MaxRows: int32(f.MaxRows)},
		Autocomplete: f.Autocomplete, Pii: f.PII, Label: f.Label, Help: f.Help, Why: f.Why,
		DefaultValue: f.Default, When: conditionV1(f.When), Immutable: f.Immutable,
	}
	for _, o := range f.Options {
		out.Options = append(out.Options, &wirev1.Option{Value: o.Value, Label: o.Label})
	}
	for _, member := range f.Fields {
		out.Fields = append(out.Fields, fieldV1(member))
	}
	return out
}

func conditionV1(c Condition) *wirev1.Condition {
	if c.Field == "" {
		return nil
	}
	return &wirev1.Condition{Field: c.Field, In: c.In, Same: c.Same}
}
