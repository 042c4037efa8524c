package api

import (
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/pipeline"
	"github.com/paifang/paifang/locales"
)

const base = "/api/v1"

// scribe renders one application in its language.
type scribe struct {
	*locales.Printer
	view *pipeline.View
	here string // path of the application
}

// spoken is the language of every text in it, whatever was asked for.
func (a Application) spoken() string { return a.Locale }

func (d *Door) render(v *pipeline.View) Application {
	s := scribe{d.Printer(v.Locale), v, base + "/applications/" + string(v.ID)}
	a := Application{ID: string(v.ID), Market: string(v.Market), Title: s.T(v.Title), Way: v.Way, Ways: ways(s.Printer, v.Ways), Locale: string(v.Locale), State: string(v.State),
		Version: v.Version, Created: stamp(v.Created), Updated: stamp(v.Updated), Expires: stamp(v.Expires), Steps: []Step{}}
	for _, x := range v.Steps {
		a.Steps = append(a.Steps, Step{ID: string(x.ID), Kind: string(x.Kind), State: x.State, Title: s.T(x.Title), Editable: x.Editable})
	}
	a.Messages = s.messages(v.Messages)
	a.Next = s.next()
	if v.Result != nil {
		a.Result = s.result(v.Result)
	}
	return a
}

func (s scribe) messages(list []pipeline.Delivery) []Message {
	out := []Message{}
	for _, m := range list {
		x := Message{Channel: string(m.Channel), Kind: m.Template, State: string(m.State), Updated: stamp(m.At), Text: s.T("apply.delivery." + string(m.State))}
		if m.State == kyc.MessageFailed {
			x.Text = s.T("apply.delivery.failed_text")
		}
		out = append(out, x)
	}
	return out
}

// answer is a view as an answer. Whether it is an error is told by what the
// request fell short of, never by what an earlier one did.
func (d *Door) answer(v *pipeline.View, err error) (Application, error) {
	if err != nil {
		return Application{}, err
	}
	if len(v.Short) > 0 {
		return Application{}, &shortfall{problems: v.Short, locale: v.Locale, version: v.Version}
	}
	return d.render(v), nil
}

func (s scribe) next() Next {
	n := s.view.Next
	out := Next{Kind: string(n.Kind), Step: string(n.Step), Title: s.key(n.Title), Intro: s.key(n.Intro), Note: n.Note, Actions: s.actions()}
	if title, text := s.view.Ending(); title != "" {
		out.Title, out.Intro = s.T(title), s.T(text)
	}
	if s.view.Result != nil { // the text ends with what one signs in with
		out.Intro += " " + strings.Join(s.view.Result.Logins, " · ")
	}
	for _, f := range n.Fields {
		out.Fields = append(out.Fields, s.field(f)...)
	}
	for _, c := range n.Consents {
		out.Consents = append(out.Consents, Consent{Document: c.Document, Version: c.Version, Locale: string(c.Locale), Title: c.Title,
			Href: "/t/" + string(s.view.Tenant) + "/legal/" + c.Document + "?lang=" + url.QueryEscape(string(c.Locale))})
	}
	if c := n.Challenge; c != nil {
		out.Challenge = &Challenge{ID: string(c.ID), Channel: string(c.Channel), To: c.To, Digits: c.Digits, Link: c.Link,
			TriesLeft: c.TriesLeft, Delivery: string(c.Delivery), Expires: stamp(c.Expires), ResendAt: stamp(c.ResendAt), Human: c.Human}
		out.Fields = []Field{{Name: "code", Type: "text", Required: true, MinLength: c.Digits, MaxLength: 32, Autofill: "one-time-code",
			Label: s.T("field.code")}}
	}
	for _, x := range n.Documents {
		out.Documents = append(out.Documents, s.document(x))
	}
	for _, x := range n.Problems {
		out.Problems = append(out.Problems, FieldError{Path: x.Path, Code: x.Code, Params: x.Params, Detail: sentence(s.Printer, x)})
	}
	out.Reasons = s.reasons(n.Reasons)
	for _, x := range n.Derived {
		d := Derived{Name: x.Name, Label: s.T(x.Label), Value: x.Value, Text: x.Value}
		for _, o := range x.Options {
			if o.Value == x.Value {
				d.Text = s.T(o.Label)
			}
		}
		if x.Type == kyc.DateField {
			d.Text = s.Birth(x.Value)
		}
		out.Derived = append(out.Derived, d)
	}
	if i := n.Instead; i != nil {
		out.Instead = &Instead{Step: string(i.Step), Channel: string(i.Channel), Back: i.Back, Later: i.Later, Login: i.Login, Proved: i.Proved,
			Title: s.T(i.Title()), Text: s.key(i.Text())}
	}
	return out
}

// actions are the requests that can be made now.
func (s scribe) actions() []Action {
	n, post := s.view.Next, "POST"
	step := s.here + "/steps/" + string(n.Step)
	actions := []Action{}
	switch n.Kind {
	case pipeline.NextForm, pipeline.NextDocuments:
		actions = append(actions, Action{Name: "submit", Method: post, Href: step})
	case pipeline.NextChallenge:
		challenge := s.here + "/challenges/" + string(n.Challenge.ID)
		actions = append(actions, Action{Name: "answer", Method: post, Href: challenge + "/answer"},
			Action{Name: "resend", Method: post, Href: challenge + "/resend", After: stamp(n.Challenge.ResendAt)},
			Action{Name: "correct", Method: post, Href: step + "/correct"})
	}
	if n.Instead != nil {
		actions = append(actions, Action{Name: "switch", Method: post, Href: step + "/switch"})
	}
	if len(s.view.Ways) > 0 {
		actions = append(actions, Action{Name: "way", Method: post, Href: s.here + "/way"})
	}
	if !s.view.State.Final() {
		actions = append(actions, Action{Name: "handover", Method: post, Href: s.here + "/handover"})
	}
	if kyc.Transition(s.view.State, kyc.Withdrawn) == nil {
		actions = append(actions, Action{Name: "withdraw", Method: post, Href: s.here + "/withdraw"})
	}
	return actions
}

// field renders a field; groups become one field for each part.
func (s scribe) field(f pipeline.FieldView) []Field {
	out := Field{Name: f.Name, Type: string(f.Type), Required: f.Required, MinLength: f.MinLen, MaxLength: f.MaxLen, Script: f.Script,
		Regions: f.Regions, Autofill: f.Autocomplete, Label: s.key(f.Label), Help: s.key(f.Help), Why: s.key(f.Why), Value: f.Value(), When: condition(f.When)}
	for _, o := range f.Options {
		out.Options = append(out.Options, Option{Value: o.Value, Label: s.key(o.Label)})
	}
	switch f.Type {
	case kyc.AddressField:
		return s.address(f, out)
	case kyc.QuestionField:
		return s.questions(f, out)
	case kyc.PhoneField:
		region := Field{Name: f.Name + ".region", Type: string(kyc.CountryField), Group: f.Name, Label: s.T("field.phone_region"),
			Value: f.Values[f.Name+".region"], When: out.When}
		out.Group = f.Name
		return []Field{out, region}
	case kyc.ListField:
		return []Field{s.list(f, out)}
	case kyc.HumanField:
		out.Href, out.Required = base+"/human-tests", true
	}
	return []Field{out}
}

// address asks for the parts that the country's form has. While the country is
// not known every part may be given; what the country then lacks is told as a
// problem of that part.
func (s scribe) address(f pipeline.FieldView, like Field) []Field {
	country := f.Values[f.Name+".country"]
	lines := locales.AddressFormat(country)
	if country == "" {
		lines = anyAddress
	}
	var fields []Field
	for _, line := range lines {
		name := f.Name + "." + line.Part
		part := Field{Name: name, Type: string(kyc.TextField), Required: f.Required && line.Required, Group: f.Name,
			Label: s.T(line.Label), Value: f.Values[name], When: like.When}
		if line.Part == "country" {
			part.Type, part.Autofill = string(kyc.CountryField), "country"
		}
		fields = append(fields, part)
	}
	return fields
}

// anyAddress has every part under its most usual name.
var anyAddress = []locales.AddressLine{
	{Part: "country", Required: true, Label: "field.address.country"},
	{Part: "line1", Required: true, Label: "field.address.line1"},
	{Part: "line2", Label: "field.address.line2"},
	{Part: "dependent_locality", Label: "field.address.dependent_locality.district"},
	{Part: "locality", Label: "field.address.locality.city"},
	{Part: "admin_area", Label: "field.address.admin_area.province"},
	{Part: "postal_code", Label: "field.address.postal_code.postal"},
}

func (s scribe) questions(f pipeline.FieldView, like Field) []Field {
	var fields []Field
	for i := 1; i <= max(1, f.Count); i++ {
		q := fmt.Sprintf("%s.%d.question", f.Name, i)
		fields = append(fields,
			Field{Name: q, Type: string(kyc.SelectField), Required: true, Options: like.Options, Group: f.Name, Label: like.Label, Help: like.Help, Value: f.Values[q]},
			Field{Name: fmt.Sprintf("%s.%d.answer", f.Name, i), Type: string(kyc.TextField), Required: true, Group: f.Name, Label: s.T("field.answer"), Autofill: "off"})
	}
	return fields
}

func condition(c kyc.Condition) *Condition {
	if c.Field == "" {
		return nil
	}
	return &Condition{Field: c.Field, In: c.In, SameAs: c.Same}
}

func (s scribe) document(x pipeline.DocumentView) Document {
	out := Document{Requirement: x.ID, Kind: x.Kind, Label: s.key(x.Label), Help: s.key(x.Help), Reasons: s.reasons(x.Reasons)}
	for _, side := range x.Sides {
		f, have := x.Files[side.Name]
		out.Sides = append(out.Sides, Side{Side: side.Name, Label: s.key(side.Label), Uploaded: have, MediaType: f.MediaType, Size: f.Size,
			Accepts: []string{"image/jpeg", "image/png", "image/webp"}, MaxBytes: kyc.MaxDocumentBytes,
			Upload: Action{Name: "upload", Method: "PUT", Href: s.here + "/documents/" + x.ID + "/" + side.Name}})
	}
	return out
}

func (s scribe) reasons(list []kyc.Reason) []Reason {
	var out []Reason
	for _, r := range list {
		args := pairs(r.Params)
		x := Reason{Code: r.Code, Subject: strings.Trim(r.Subject.Kind+":"+r.Subject.Ref, ":"), Text: s.T("reason."+r.Code+".text", args...)}
		if s.Has("reason." + r.Code + ".remedy") {
			x.Remedy = s.T("reason."+r.Code+".remedy", args...)
		}
		out = append(out, x)
	}
	return out
}

func (s scribe) result(r *pipeline.Result) *Result {
	return &Result{Account: string(r.Account), Tier: s.tier(r.Tier), Logins: some(r.Logins), Balances: balances(r.Balances)}
}

func (s scribe) tier(t kyc.Tier) Tier {
	out := Tier{ID: t.ID, Label: s.key(t.Label), Next: s.key(t.Next), Allows: []string{}, Denies: []string{}, Limits: []Limit{}}
	for _, k := range t.Allows {
		out.Allows = append(out.Allows, s.key(k))
	}
	for _, k := range t.Denies {
		out.Denies = append(out.Denies, s.key(k))
	}
	for _, l := range t.Limits {
		out.Limits = append(out.Limits, Limit{Operation: l.Operation, Currency: l.Currency, Minor: l.Minor, Period: l.Period,
			Label: s.T("apply.operation." + l.Operation), Text: s.T("apply.per."+l.Period, "amount", s.Money(l.Minor, l.Currency))})
	}
	return out
}

func balances(list []kyc.Balance) []Balance {
	out := []Balance{}
	for _, b := range list {
		out = append(out, Balance{Currency: b.Currency, Minor: b.Minor})
	}
	return out
}

// key is the text of a message key; no key is no text.
func (s scribe) key(k string) string {
	if k == "" {
		return ""
	}
	return s.T(k)
}

func some(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

func stamp(m kyc.Millis) string {
	if m == 0 {
		return ""
	}
	return m.Time().Format(time.RFC3339)
}
