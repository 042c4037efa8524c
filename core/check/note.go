package check

import "github.com/paifang/paifang/core/kyc"

// note collects what a check finds; its result only ever gets worse.
type note struct {
	name string
	out  Outcome
}

func newNote(name string) *note {
	return &note{name: name, out: Outcome{Result: kyc.Pass, Evidence: kyc.Values{}}}
}

// badness orders results: doubt outweighs not knowing, failure outweighs doubt.
func badness(r kyc.CheckResult) int {
	switch r {
	case kyc.Pass:
		return 0
	case kyc.Inconclusive:
		return 1
	case kyc.Refer:
		return 2
	}
	return 3
}

func (n *note) worsen(r kyc.CheckResult) {
	if badness(r) > badness(n.out.Result) {
		n.out.Result = r
	}
}

// add records a reason about a field.
func (n *note) add(r kyc.CheckResult, code, ref string, params map[string]string) {
	n.worsen(r)
	n.out.Reasons = append(n.out.Reasons, kyc.NewReason(code, kyc.Subject{Kind: "field", Ref: ref},
		kyc.Source{Kind: "automatic", Name: n.name}, params))
}

func (n *note) evidence(key, value string) { n.out.Evidence[key] = value }

// need decides whether the check can go on with an answer: it can not when the
// field was not asked of this person (the check does not apply), was left empty
// (there is nothing to look at), or is unknown to the flow.
func (n *note) need(a answer, name string) bool {
	switch {
	case a.value != "":
		return true
	case !a.declared:
		n.worsen(kyc.Inconclusive)
		n.evidence("declared", "no")
		n.out.Reasons = append(n.out.Reasons, kyc.NewReason("system.provider_error", kyc.Subject{Kind: "application"},
			kyc.Source{Kind: "automatic", Name: n.name}, map[string]string{"field": name}))
	case !a.asked:
		n.evidence("applies", "no")
	case a.required:
		n.add(kyc.Refer, "data.incomplete", a.ref, nil)
	default:
		n.worsen(kyc.Refer)
		n.evidence(name, "not_given")
	}
	return false
}

// compare records whether what was typed is what was read; reading nothing
// compares nothing.
func (n *note) compare(element string, typed answer, read string, same bool, code string) {
	switch {
	case typed.value == "" || read == "":
		n.evidence(element, "not_given")
		return
	case same:
		n.evidence(element, "agrees")
	default:
		n.evidence(element, "differs")
		n.add(kyc.Refer, code, typed.ref, nil)
	}
	n.evidence(element+".typed", typed.value)
	n.evidence(element+".read", read)
}
