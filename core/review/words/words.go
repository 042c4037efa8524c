// Package words says a case in the words of whoever reads it: labels, values,
// reasons, what was done. Both doors of the staff speak through it, so that a
// page and an answer of the API never call the same thing by two names.
package words

import (
	"strings"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/review"
	"github.com/paifang/paifang/core/risk"
	"github.com/paifang/paifang/locales"
)

// Label is the text of a key, or the bare name when nobody has named it.
func Label(p *locales.Printer, key, name string) string {
	if key != "" && p.Has(key) {
		return p.T(key)
	}
	return name
}

// Failure says why a message was not delivered, or gives a vendor's own code.
func Failure(p *locales.Printer, code string) string { return Label(p, "admin.failure."+code, code) }

// Value is a value in the reader's language.
func Value(p *locales.Printer, d review.Datum, value string) string {
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

// Evidence names a piece of evidence: "name.read" is what was read of the name,
// "others.passport:DE" how many others have this number, "passport/data_page" is
// about a side of a document.
func Evidence(p *locales.Printer, d review.Datum) string {
	if document, side, ok := strings.Cut(d.Name, "/"); ok {
		return Label(p, d.Label, document) + " · " + Label(p, d.Side, side)
	}
	element, side, _ := strings.Cut(d.Name, ".")
	if element == "others" && side != "" {
		return p.T("admin.evidence.others", "what", Identity(p, side))
	}
	text := Label(p, "admin.evidence."+element, element)
	switch side {
	case "":
		return text
	case "typed", "read":
		return p.T("admin.evidence."+side, "name", text)
	}
	return text + " " + side
}

// Found is a value of evidence in words.
func Found(p *locales.Printer, value string) string {
	return Label(p, "admin.evidence.value."+value, value)
}

// Check is a check's name in words.
func Check(p *locales.Printer, name string) string { return Label(p, "admin.check.name."+name, name) }

// Source says who made a finding: this program by itself, or a provider by its name and version.
func Source(p *locales.Printer, source string) string {
	return Label(p, "admin.checks."+source, source)
}

// Object names the kind of thing that an audit line is about.
func Object(p *locales.Printer, kind string) string { return Label(p, "admin.object."+kind, kind) }

// Reason is what a reason says to staff.
func Reason(p *locales.Printer, code string) string {
	return Label(p, "admin.code."+code, Label(p, "reason."+code+".text", code))
}

// Market is a market's title, which its provider brings along.
func Market(p *locales.Printer, m kyc.MarketID) string {
	return Label(p, string(m)+".title", string(m))
}

// Risk names a risk: low, medium or high; what is not known counts as high.
func Risk(level string) string { return kyc.RiskOf(level) }

// RiskWhy is what makes a risk what it is: what was found, or a sentence about it.
func RiskWhy(p *locales.Printer, w kyc.RiskWhy) string {
	if w.Code == risk.Finding {
		return Reason(p, w.About)
	}
	key := "admin.risk.why." + w.Code
	if !p.Has(key) {
		return w.Code
	}
	return p.T(key, "check", Check(p, w.About))
}

// Identity words the kind of an identifier: "id:passport:DE".
func Identity(p *locales.Printer, kind string) string {
	class, country, _ := strings.Cut(strings.TrimPrefix(kind, "id:"), ":")
	text := Label(p, "admin.identity."+class, class)
	if country != "" {
		text += " (" + p.Country(country) + ")"
	}
	return text
}

// Action is what an audit line says was done.
func Action(p *locales.Printer, action string) string {
	return Label(p, "admin.action."+action, action)
}

// Passage is a sentence for the applicant; p speaks the applicant's language.
func Passage(p *locales.Printer, key string, params map[string]string) string {
	if !p.Has(key) {
		return ""
	}
	args := make([]any, 0, 2*len(params))
	for name, value := range params {
		args = append(args, name, value)
	}
	return p.T(key, args...)
}
