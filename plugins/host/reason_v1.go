package host

import (
	"regexp"
	"strings"

	"github.com/paifang/paifang/core/kyc"
	wirev1 "github.com/paifang/paifang/plugins/sdk/wire/v1"
)

var paramName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,39}$`)

// codeKnown tells whether a code is in the common vocabulary or declared.
func (a *about) codeKnown(code string) bool {
	_, _, common := kyc.ReasonDefault(code)
	return common || a.ownCodes[code] != ""
}

// reasonsV1 translates reasons. Defaults are those of the code, of an own code
// those of its parent; an internal code stays internal, and a provider's
// disposition may be stricter than the default, not milder.
func (a *about) reasonsV1(list []*wirev1.Reason) ([]kyc.Reason, error) {
	var out []kyc.Reason
	for _, w := range list {
		if !a.codeKnown(w.Code) || !paramsGood(w.Params) {
			return nil, &errInvalid{"reason"}
		}
		parent := w.Code
		if own := a.ownCodes[w.Code]; own != "" {
			parent = own
		}
		subject := kyc.Subject{Kind: w.Subject.GetKind(), Ref: w.Subject.GetRef()}
		if !strings.Contains(" document side page field contact owner application ", " "+subject.Kind+" ") || len(subject.Ref) > 100 {
			return nil, &errInvalid{"subject of a reason"}
		}
		r := kyc.NewReason(parent, subject, a.source(), w.Params)
		if r.Code = w.Code; parent != w.Code {
			r.Parent = parent
		}
		if err := a.adjust(&r, w); err != nil {
			return nil, err
		}
		if parent != w.Code && r.Audience == kyc.Public {
			r.Remedy = "reason." + w.Code + ".remedy"
		}
		out = append(out, r)
	}
	return out, nil
}

func (a *about) adjust(r *kyc.Reason, w *wirev1.Reason) error {
	strictness := map[kyc.Disposition]int{kyc.Retry: 1, kyc.Review: 2, kyc.Final: 3}
	openness := map[kyc.Audience]int{kyc.Private: 1, kyc.Generic: 2, kyc.Public: 3}
	if d := kyc.Disposition(w.Disposition); d != "" && d != r.Disposition {
		if strictness[d] <= strictness[r.Disposition] || r.Disposition == kyc.System {
			return &errInvalid{"disposition of a reason"}
		}
		r.Disposition = d
	}
	if who := kyc.Audience(w.Audience); who != "" && who != r.Audience {
		if openness[who] == 0 || openness[who] > openness[r.Audience] {
			return &errInvalid{"audience of a reason"}
		}
		r.Audience = who
		r.Remedy = map[kyc.Audience]string{kyc.Generic: "reason.generic.remedy"}[who]
	}
	if w.Remedy != "" && r.Audience == kyc.Public {
		for _, keys := range a.messages {
			if keys[w.Remedy] == nil {
				return &errInvalid{"remedy of a reason"}
			}
		}
		r.Remedy = w.Remedy
	}
	return nil
}

// paramsGood bounds the values for a message.
func paramsGood(params map[string]string) bool {
	if len(params) > 16 {
		return false
	}
	for name, value := range params {
		if !paramName.MatchString(name) || len(value) > 200 {
			return false
		}
	}
	return true
}
