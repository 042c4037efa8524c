package host

import (
	"slices"
	"strconv"

	"github.com/paifang/paifang/core/kyc"
)

// Change is one difference between two flows of a market. Breaking tells that
// an integration, or an application under way, that knows the old flow may fail
// with the new one.
type Change struct {
	Kind     string // what and how: "field.removed"; see Diff
	Path     string // where: "profile.name", "profile.owners.share" in lists, "papers.passport", "tier.basic"
	From, To string // of what changed; "" where nothing was or is
	Breaking bool
}

// Diff lists what a new flow changes. The kinds are a thing, a dot, and added,
// removed or changed: "step", "step.kind", "step.proof", "step.immutable", "step.on_demand", "step.when", "field", "field.type", "field.bounds", "field.choice" (an
// option), "field.when", "document", "document.kind", "side", "tier", "limit", "way", "currency",
// "check", "consent", "review"; besides "field.required" and "field.optional". An
// old or new flow that is nil has no steps. What is asked of people of whom the old
// flow did not ask it is breaking, be it new, no longer optional, or no longer conditional.
func Diff(from, to *kyc.Flow) []Change {
	if from == nil {
		from = &kyc.Flow{}
	}
	if to == nil {
		to = &kyc.Flow{}
	}
	d := &differ{from: from, to: to}
	paired(from.Steps, to.Steps, func(s kyc.Step) string { return string(s.ID) }, d.steps)
	paired(from.Tiers, to.Tiers, func(t kyc.Tier) string { return t.ID }, d.tiers)
	paired(from.Ways, to.Ways, func(w kyc.Way) string { return w.ID }, func(id string, a, b *kyc.Way) {
		d.there("way", "way."+id, a != nil, b != nil, true, false)
	})
	d.names("currency", "", from.Currencies, to.Currencies, true, false)
	d.names("check", "", from.Checks, to.Checks, false, false)
	d.value("review", "review", from.Review, to.Review, false)
	return d.list
}

// Breaks tells whether any of the changes is breaking.
func Breaks(changes []Change) bool {
	return slices.ContainsFunc(changes, func(c Change) bool { return c.Breaking })
}

type differ struct {
	from, to *kyc.Flow
	list     []Change
}

func (d *differ) add(kind, path, from, to string, breaking bool) {
	d.list = append(d.list, Change{Kind: kind, Path: path, From: from, To: to, Breaking: breaking})
}

// there tells of what is in one of the flows only. gone and new tell whether its
// removal and its addition are breaking.
func (d *differ) there(what, path string, before, after, gone, added bool) {
	switch {
	case before && !after:
		d.add(what+".removed", path, "", "", gone)
	case !before && after:
		d.add(what+".added", path, "", "", added)
	}
}

func (d *differ) value(what, path, from, to string, breaking bool) {
	if from != to {
		d.add(what+".changed", path, from, to, breaking)
	}
}

func (d *differ) names(what, at string, from, to []string, gone, added bool) {
	paired(from, to, func(s string) string { return s }, func(id string, a, b *string) {
		d.there(what, at+id, a != nil, b != nil, gone, added)
	})
}

// paired visits the members of two lists by their names: those of the new list
// in its order, then those that it lacks.
func paired[T any](from, to []T, name func(T) string, visit func(id string, a, b *T)) {
	find := func(list []T, id string) *T {
		if i := slices.IndexFunc(list, func(x T) bool { return name(x) == id }); i >= 0 {
			return &list[i]
		}
		return nil
	}
	for i := range to {
		visit(name(to[i]), find(from, name(to[i])), &to[i])
	}
	for i := range from {
		if find(to, name(from[i])) == nil {
			visit(name(from[i]), &from[i], nil)
		}
	}
}

func (d *differ) steps(id string, a, b *kyc.Step) {
	d.there("step", id, a != nil, b != nil, true, false)
	if b == nil {
		return
	}
	if a == nil {
		// Who is asked for more than the old flow asked for is stopped by it.
		a = &kyc.Step{Kind: b.Kind, Consents: b.Consents, When: b.When, OnDemand: b.OnDemand, Immutable: b.Immutable}
	}
	d.value("step.kind", id, string(a.Kind), string(b.Kind), true)
	d.value("step.proof", id, proof(a.Proof), proof(b.Proof), b.Proof != nil)
	d.value("step.immutable", id, strconv.FormatBool(a.Immutable), strconv.FormatBool(b.Immutable), b.Immutable)
	d.value("step.on_demand", id, strconv.FormatBool(a.OnDemand), strconv.FormatBool(b.OnDemand), !b.OnDemand && demanding(b))
	d.value("step.when", id, condition(a.When), condition(b.When), demanding(b) && d.wider(id, a.When, b.When))
	d.fields(id, a.Fields, b.Fields)
	paired(a.Documents, b.Documents, func(r kyc.Requirement) string { return r.ID }, func(name string, a, b *kyc.Requirement) {
		d.document(id+"."+name, a, b)
	})
	d.names("consent", id+".", a.Consents, b.Consents, false, true)
}

// demanding tells whether there is anything in a step that must be given.
func demanding(s *kyc.Step) bool {
	return s.Proof != nil || len(s.Documents)+len(s.Consents) > 0 || slices.ContainsFunc(s.Fields, func(f kyc.Field) bool { return f.Required })
}

// proof writes what is proved in a step, and whether one signs in with it.
func proof(p *kyc.Proof) string {
	if p == nil {
		return ""
	}
	out := p.Channel + " " + p.Field + p.Of
	if p.Login {
		out += ", login"
		if when := condition(p.LoginWhen); when != "" {
			out += " when " + when
		}
	}
	return out
}

func (d *differ) fields(at string, from, to []kyc.Field) {
	paired(from, to, func(f kyc.Field) string { return f.Name }, func(name string, a, b *kyc.Field) { d.field(at+"."+name, a, b) })
}

func (d *differ) field(path string, a, b *kyc.Field) {
	d.there("field", path, a != nil, b != nil, true, false)
	switch {
	case b == nil:
		return
	case a == nil:
		if b.Required {
			d.add("field.required", path, "", "", d.reaches(path, b.When))
		}
		return
	}
	if a.Required != b.Required {
		d.add(map[bool]string{true: "field.required", false: "field.optional"}[b.Required], path, "", "", b.Required)
	}
	d.value("field.type", path, string(a.Type), string(b.Type), true)
	d.value("field.bounds", path, bounds(a), bounds(b), false)
	d.value("field.when", path, condition(a.When), condition(b.When), b.Required && d.wider(path, a.When, b.When))
	option := func(o kyc.Option) string { return o.Value }
	paired(a.Options, b.Options, option, func(value string, x, y *kyc.Option) {
		d.there("field.choice", path+"."+value, x != nil, y != nil, true, false)
	})
	d.fields(path, a.Fields, b.Fields)
}

// bounds writes what a value must keep to, for people.
func bounds(f *kyc.Field) string {
	out := ""
	for _, b := range []struct {
		name  string
		value int
	}{{"min ", f.MinLen}, {"max ", f.MaxLen}, {"count ", f.Count}, {"min rows ", f.MinRows}, {"max rows ", f.MaxRows}} {
		if b.value != 0 {
			out += ", " + b.name + strconv.Itoa(b.value)
		}
	}
	if f.Script != "" {
		out += ", script " + f.Script
	}
	for _, region := range f.Regions {
		out += ", " + region
	}
	if out == "" {
		return ""
	}
	return out[2:]
}

func condition(c kyc.Condition) string {
	switch {
	case c.Field == "":
		return ""
	case c.Same != "":
		return c.Field + " same as " + c.Same
	}
	out := c.Field + " in"
	for _, v := range c.In {
		out += " " + v
	}
	return out
}

func (d *differ) document(path string, a, b *kyc.Requirement) {
	d.there("document", path, a != nil, b != nil, true, b != nil && d.reaches(path, b.When))
	if a == nil || b == nil {
		return
	}
	d.value("document.kind", path, a.Kind, b.Kind, true)
	d.value("document.when", path, condition(a.When), condition(b.When), d.wider(path, a.When, b.When))
	paired(a.Sides, b.Sides, func(s kyc.Side) string { return s.Name }, func(name string, x, y *kyc.Side) {
		d.there("side", path+"."+name, x != nil, y != nil, true, true)
	})
}

func (d *differ) tiers(id string, a, b *kyc.Tier) {
	path := "tier." + id
	d.there("tier", path, a != nil, b != nil, true, false)
	if a == nil || b == nil {
		return
	}
	limit := func(l kyc.Limit) string { return l.Operation + "." + l.Period + "." + l.Currency }
	paired(a.Limits, b.Limits, limit, func(name string, x, y *kyc.Limit) {
		d.there("limit", path+"."+name, x != nil, y != nil, false, false)
		if x != nil && y != nil {
			d.value("limit", path+"."+name, strconv.FormatInt(x.Minor, 10), strconv.FormatInt(y.Minor, 10), false)
		}
	})
}
