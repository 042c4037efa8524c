package admin

import (
	"time"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/review"
	"github.com/paifang/paifang/core/review/words"
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
		r := row{Label: words.Label(p, d.Label, d.Name), Name: d.Name,
			Value: words.Value(p, d, d.Value), Document: words.Value(p, d, d.Document),
			Agrees: d.Agreement == review.Agrees, Differs: d.Agreement == review.Differs,
			Masked: d.Masked, Derived: d.Derived}
		if d.Row > 0 && d.Row != at {
			r.List, r.Number = words.Label(p, d.List, d.Name), d.Row
		}
		at = d.Row
		out = append(out, r)
	}
	return out
}
