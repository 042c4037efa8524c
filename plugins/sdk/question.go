package sdk

import (
	"encoding/json"
	"errors"
	"time"

	"github.com/paifang/paifang/plugins/sdk/number"
)

// Question is one step's answers to be judged. Values are text in NFC that has
// passed the generic validation of their types.
type Question struct {
	RequestID string
	Tenant    string
	Market    string
	Version   string // provider version that the application is bound to; "" for the current one
	Step      string
	Values    map[string]string            // of this step; groups have dotted names
	Answers   map[string]map[string]string // of earlier steps
	Facts     map[string]string            // "contact.phone" (a region), "claim.site", "told.<field>" (what the person was told of this very answer), …
	Locale    string                       // BCP 47
	Now       time.Time
	Config    []byte // the tenant's configuration of the market, JSON; nil for none
}

// Value is the answer to a field of this step, "" when there is none.
func (q *Question) Value(field string) string { return q.Values[field] }

// Has tells whether a field of this step has a value that is not empty.
func (q *Question) Has(field string) bool { return q.Values[field] != "" }

// Answer is the answer to a field of an earlier step, "" when there is none.
func (q *Question) Answer(step, field string) string { return q.Answers[step][field] }

// Fact is something that the core knows, "" when it does not.
func (q *Question) Fact(name string) string { return q.Facts[name] }

// DecodeConfig reads the tenant's configuration into v; without one, v stays
// as it is.
func (q *Question) DecodeConfig(v any) error {
	if len(q.Config) == 0 {
		return nil
	}
	return json.Unmarshal(q.Config, v)
}

// Finding is what a market says about one step. Its methods append; nothing
// is ever taken back. The zero Finding accepts the step as it is.
type Finding struct {
	Problems   []Problem         // not empty: the step is not accepted
	Normalized map[string]string // replaces submitted values, field by field
	Derived    map[string]string // told from the answers, shown to the applicant
	Requested  []string          // on-demand steps to add
	Tier       string            // proposal; "" for none
	Reasons    []Reason          // accepted, but a person should know
	Identities []Identity        // numbers that identify the person
}

// Problem is an answer that fell short. Code is a reason code
// ("data.number_mismatch"), a validation code ("field.required"), or an own
// code "x.<provider>.<code>".
type Problem struct {
	Path   string // the field's name, "" for the whole step
	Code   string
	Params map[string]string // for the sentence; never personal data
}

// Reason says why something is not good, or why a person should look. Empty
// Disposition and Audience mean the code's defaults.
type Reason struct {
	Code        string // dotted; own codes are "x.<provider>.<code>"
	Parent      string // of own codes: the common code it is a case of
	Subject     Subject
	Disposition string // retry, review, final, system
	Audience    string // public, generic, internal
	Remedy      string // message key
	Params      map[string]string
}

// Subject is what a reason is about.
type Subject struct {
	Kind string // document, side, page, field, contact, owner, application
	Ref  string
}

// Identity is a number that identifies a person within its class, in its
// canonical form: {"passport:DE", "C01X00T47"}.
type Identity struct{ Class, Value string }

// Problem adds a problem; params are pairs of name and value.
func (f *Finding) Problem(path, code string, params ...string) {
	f.Problems = append(f.Problems, Problem{Path: path, Code: code, Params: pairs(params)})
}

// Fault refuses a field for what a parser of sdk/number said; any other error is one of
// its form, and nil is none.
func (f *Finding) Fault(field string, err error) {
	if err == nil {
		return
	}
	wrong := &number.Fault{Code: number.Format}
	errors.As(err, &wrong)
	code, params := wrong.Problem()
	f.Problem(field, code, params...)
}

// Normalize replaces a submitted value by its canonical form.
func (f *Finding) Normalize(field, value string) { set(&f.Normalized, field, value) }

// Derive shows the applicant a value told from the answers.
func (f *Finding) Derive(name, value string) { set(&f.Derived, name, value) }

// Request adds an on-demand step of the flow.
func (f *Finding) Request(step string) { f.Requested = append(f.Requested, step) }

// Reason adds a reason about a field for a person to look at; params are pairs
// of name and value. Append to Reasons for one with other subjects or own codes.
func (f *Finding) Reason(field, code string, params ...string) {
	f.Reasons = append(f.Reasons, Reason{Code: code, Subject: Subject{Kind: "field", Ref: field}, Params: pairs(params)})
}

// Identity adds a number that identifies the person.
func (f *Finding) Identity(class, value string) {
	f.Identities = append(f.Identities, Identity{Class: class, Value: value})
}

// Accepted tells whether no problem has been found so far.
func (f *Finding) Accepted() bool { return len(f.Problems) == 0 }

func set(m *map[string]string, k, v string) {
	if *m == nil {
		*m = map[string]string{}
	}
	(*m)[k] = v
}

// pairs makes a map of name, value, name, value, …; a name without value gets
// the empty one.
func pairs(list []string) map[string]string {
	if len(list) == 0 {
		return nil
	}
	m := make(map[string]string, len(list)/2)
	for i := 0; i < len(list); i += 2 {
		m[list[i]] = ""
		if i+1 < len(list) {
			m[list[i]] = list[i+1]
		}
	}
	return m
}
