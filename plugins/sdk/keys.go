package sdk

import "slices"

// filled gives every message key that was left empty its place in the
// catalogue; see the package comment for the places.
func (d Description) filled() Description {
	d.Flows = slices.Clone(d.Flows)
	for i := range d.Flows {
		d.fillFlow(&d.Flows[i])
	}
	return d
}

func (d Description) fillFlow(f *Flow) {
	always(&f.Title, d.ID+".title")
	d.ifThere(&f.Summary, d.ID+".summary")
	f.Steps = slices.Clone(f.Steps)
	for i := range f.Steps {
		d.fillStep(&f.Steps[i])
	}
	f.Tiers = slices.Clone(f.Tiers)
	for i := range f.Tiers {
		t := &f.Tiers[i]
		always(&t.Label, d.ID+".tiers."+t.ID+".label")
		d.ifThere(&t.Next, d.ID+".tiers."+t.ID+".next")
	}
}

func (d Description) fillStep(s *Step) {
	at := d.ID + "." + s.ID
	always(&s.Title, at+".title")
	d.ifThere(&s.Intro, at+".intro")
	s.Fields = d.fillFields(at, s.Fields)
	s.Documents = slices.Clone(s.Documents)
	for i := range s.Documents {
		r := &s.Documents[i]
		always(&r.Label, at+"."+r.ID+".label")
		d.ifThere(&r.Help, at+"."+r.ID+".help")
		r.Sides = slices.Clone(r.Sides)
		for j := range r.Sides {
			always(&r.Sides[j].Label, at+"."+r.ID+".sides."+r.Sides[j].Name)
		}
	}
}

// fillFields fills fields and, below the place of a list, its members.
func (d Description) fillFields(at string, fields []Field) []Field {
	fields = slices.Clone(fields)
	for i := range fields {
		f := &fields[i]
		here := at + "." + f.Name
		always(&f.Label, here+".label")
		d.ifThere(&f.Help, here+".help")
		d.ifThere(&f.Why, here+".why")
		f.Options = slices.Clone(f.Options)
		for j := range f.Options {
			always(&f.Options[j].Label, here+".options."+f.Options[j].Value)
		}
		f.Fields = d.fillFields(here, f.Fields)
	}
	return fields
}

func always(key *string, place string) {
	if *key == "" {
		*key = place
	}
}

func (d Description) ifThere(key *string, place string) {
	if *key == "" && d.Messages.Has(place) {
		*key = place
	}
}
