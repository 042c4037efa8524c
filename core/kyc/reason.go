package kyc

// Disposition is what follows from a reason. It is decided by the server.
type Disposition string

const (
	Retry  Disposition = "retry"  // the applicant can mend it
	Review Disposition = "review" // a person must look
	Final  Disposition = "final"  // it cannot be mended
	System Disposition = "system" // our fault or a provider's; uses up no attempt
)

// Audience is what the applicant may be told.
type Audience string

const (
	Public  Audience = "public"   // the reason itself
	Generic Audience = "generic"  // that something did not work, not what
	Private Audience = "internal" // nothing: leaves no trace in the applicant's API
)

// Subject is what a reason is about.
type Subject struct {
	Kind string `json:"kind"`          // document, side, page, field, contact, owner, application
	Ref  string `json:"ref,omitempty"` // requirement id, "requirement/side", field path, …
}

// Reason says why something was not accepted. Params never hold personal data.
type Reason struct {
	Code         string            `json:"code"`             // dotted: image.blur
	Parent       string            `json:"parent,omitempty"` // of a provider's own code: the common code that it is a case of
	Subject      Subject           `json:"subject"`
	Disposition  Disposition       `json:"disposition"`
	Audience     Audience          `json:"audience"`
	Remedy       string            `json:"remedy,omitempty"` // message key: what to do now
	Params       map[string]string `json:"params,omitempty"`
	Source       Source            `json:"source"`
	AttemptsLeft int               `json:"attempts_left,omitempty"`
}

// Told is what the applicant may read of reasons: what may be told itself, what
// may only be told in general as the code "generic", and nothing of the rest.
func Told(reasons []Reason) []Reason {
	var out []Reason
	for _, r := range reasons {
		switch r.Audience {
		case Public:
			out = append(out, Reason{Code: r.Code, Subject: r.Subject, Disposition: r.Disposition,
				Audience: r.Audience, Remedy: r.Remedy, Params: r.Params})
		case Generic:
			out = append(out, Reason{Code: "generic", Subject: r.Subject, Disposition: r.Disposition, Audience: Public})
		}
	}
	return out
}

// Source is who found a reason.
type Source struct {
	Kind    string `json:"kind"` // automatic, reviewer, provider
	Name    string `json:"name,omitempty"`
	Version string `json:"version,omitempty"`
}

// Problem is an answer of the applicant that fell short: stored with the step
// and shown. Code is a reason code or a validation code ("field.required").
// The sentence is the message key "problem.<code>", the remedy is part of it.
type Problem struct {
	Path   string            `json:"path"` // the field's name, "" for the whole step
	Code   string            `json:"code"`
	Params map[string]string `json:"params,omitempty"`
}

// P makes a Problem.
func P(path, code string) Problem { return Problem{Path: path, Code: code} }

// With adds a parameter for the message.
func (p Problem) With(name, value string) Problem {
	params := map[string]string{name: value}
	for k, v := range p.Params {
		params[k] = v
	}
	p.Params = params
	return p
}
