package review

import (
	"context"
	"slices"
	"strings"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/policies"
)

// Letter is what an applicant would read of a decision, in message keys to be
// worded in the applicant's language. It is made by the rule that the
// applicant's own view follows: what a preview shows is what they get.
type Letter struct {
	Again    []Passage // what is asked again, and why
	Rejected []Passage // why it ends
	Untold   int       // reasons of which the applicant learns nothing
	Note     string    // the reviewer's own words
}

// Passage is the words about one reason.
type Passage struct {
	Subject kyc.Subject
	Label   string // message key of what it is about; "" when nobody names it
	Code    string // as the applicant is told it
	Text    string // message key
	Remedy  string // message key; it may have no words
	Params  map[string]string
}

// Letter words picks as the applicant will read them; what reads alike is told once.
func (v *View) Letter(picks []Pick, note string) Letter {
	out := Letter{Note: strings.TrimSpace(note)}
	for _, p := range picks {
		outcome, list := kyc.AskAgain, &out.Again
		if p.Subject.Kind == "application" {
			outcome, list = kyc.Reject, &out.Rejected
		}
		told := kyc.Told([]kyc.Reason{p.reason("", outcome)})
		if len(told) == 0 {
			out.Untold++
			continue
		}
		passage := v.passage(told[0])
		if !slices.ContainsFunc(*list, func(x Passage) bool { return x.Text == passage.Text && x.Subject == passage.Subject }) {
			*list = append(*list, passage)
		}
	}
	return out
}

func (v *View) passage(r kyc.Reason) Passage {
	p := Passage{Subject: r.Subject, Label: v.label(r.Subject), Code: r.Code, Text: "reason." + r.Code + ".text", Remedy: r.Remedy, Params: r.Params}
	if p.Remedy == "" {
		p.Remedy = "reason." + r.Code + ".remedy"
	}
	return p
}

// label is the message key of what a reason is about.
func (v *View) label(about kyc.Subject) string {
	switch about.Kind {
	case "document":
		doc, _ := v.Document(about.Ref)
		return doc.Label
	case "step":
		for _, s := range v.Steps {
			if string(s.ID) == about.Ref {
				return s.Title
			}
		}
	}
	return ""
}

// Preview tells what the applicant would read of a choice; it changes nothing.
// A choice that could not be decided is refused as Decide would refuse it, but
// for the claim and for evidence that has changed.
func (d *Desk) Preview(ctx context.Context, w Who, id kyc.CaseID, choice Choice) (*View, Letter, error) {
	c, err := d.Store.Case(ctx, w.Tenant, id)
	if err != nil {
		return nil, Letter{}, err
	}
	if err := d.mayCase(w, c, policies.CaseDecide); err != nil {
		return nil, Letter{}, err
	}
	b, err := d.basis(ctx, w.Tenant, c.Application)
	if err != nil {
		return nil, Letter{}, err
	}
	if err := d.valid(ctx, b, choice); err != nil {
		return nil, Letter{}, err
	}
	v, err := d.Open(ctx, w, id)
	if err != nil {
		return nil, Letter{}, err
	}
	return v, v.Letter(choice.Picks, choice.Note), nil
}
