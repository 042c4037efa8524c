package admin

import (
	"time"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/review"
	"github.com/paifang/paifang/locales"
)

// moment is a time as people read it: relative, with the absolute on hover.
type moment struct{ ISO, Full, Rel string }

// clockwork words times against one now.
type clockwork struct {
	now time.Time
	p   *locales.Printer
}

func (k clockwork) at(m kyc.Millis) moment {
	if m == 0 {
		return moment{}
	}
	return moment{ISO: m.Time().Format(time.RFC3339), Full: k.p.DateTime(m), Rel: k.relative(m.Time())}
}

func (k clockwork) relative(t time.Time) string {
	family, gap := "admin.ago", k.now.Sub(t)
	if gap < 0 {
		family, gap = "admin.ahead", -gap
	}
	switch {
	case gap < time.Minute:
		return k.p.T(family + ".now")
	case gap < time.Hour:
		return k.p.N(family+".minutes", int(gap/time.Minute))
	case gap < 48*time.Hour:
		return k.p.N(family+".hours", int(gap/time.Hour))
	}
	return k.p.N(family+".days", int(gap/(24*time.Hour)))
}

// short is the part of an id by which people tell two of them apart: the last
// characters, which are random; the first ones of ids made together are alike.
func short(id string) string {
	if len(id) <= 8 {
		return id
	}
	return id[len(id)-8:]
}

// row is a datum as the page shows it.
type row struct {
	Label, Name     string
	Value, Document string
	Agrees, Differs bool
	Masked, Derived bool
	List            string // begins a row of this list
	Number          int    // of that row
}

func rows(p *locales.Printer, data []review.Datum) []row {
	var out []row
	at := 0
	for _, d := range data {
		r := row{Label: label(p, d.Label, d.Name), Name: d.Name,
			Value: written(p, d, d.Value), Document: written(p, d, d.Document),
			Agrees: d.Agreement == review.Agrees, Differs: d.Agreement == review.Differs,
			Masked: d.Masked, Derived: d.Derived}
		if d.Row > 0 && d.Row != at {
			r.List, r.Number = label(p, d.List, d.Name), d.Row
		}
		at = d.Row
		out = append(out, r)
	}
	return out
}

// label is the text of a key, or the bare name when nobody has named it.
func label(p *locales.Printer, key, name string) string {
	if key != "" && p.Has(key) {
		return p.T(key)
	}
	return name
}

// written is a value in the reader's language.
func written(p *locales.Printer, d review.Datum, value string) string {
	if value == "" || d.Masked {
		return value
	}
	switch d.Type {
	case kyc.SelectField:
		for _, o := range d.Options {
			if o.Value == value && p.Has(o.Label) {
				return p.T(o.Label)
			}
		}
	case kyc.CountryField:
		return p.Country(value)
	case kyc.DateField:
		return p.Birth(value)
	case kyc.CheckboxField, kyc.ConsentField:
		return p.T("admin.bool." + value)
	}
	return value
}

// reasonText is what a reason says to staff, in their language.
func reasonText(p *locales.Printer, code string) string {
	return label(p, "admin.code."+code, label(p, "reason."+code+".text", code))
}
