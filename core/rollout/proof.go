package rollout

import (
	"slices"
	"strings"

	"github.com/paifang/paifang/core/kyc"
)

// Change is a difference between what two versions of a market ask for.
type Change struct {
	Kind     string // what and how: "field.removed"
	Path     string // where: "profile.name"
	From, To string // of what changed; "" where nothing was or is
	Breaking bool   // an integration or an application under way may fail with it
}

// Proof is what was found about a version before it comes into force.
type Proof struct {
	From, To  string // as the programs describe themselves
	Changes   []Change
	Vectors   int      // golden vectors that came with it
	Failed    []string // those that it does not answer as they say
	Rehearsal Rehearsal
	Shipped   string // as the program that came with the gateway describes itself; "" when nobody asked (Wanted.Shipped), or it does not start
	// Moved counts the applications under way whose version does not run any more
	// after the change, and that go on by the version in force then.
	Moved int64
}

// described is how a version that was running describes itself: builds of one
// version are told apart by what is behind a "+". The shipped one that does not start
// is nobody's.
func (p Proof) described(version string) string {
	if version == kyc.ShippedVersion {
		return p.Shipped
	}
	version, _, _ = strings.Cut(version, "+")
	return version
}

// Breaking lists the changes that are refused unless somebody insists.
func (p Proof) Breaking() []Change {
	var list []Change
	for _, c := range p.Changes {
		if c.Breaking {
			list = append(list, c)
		}
	}
	return list
}

// Refused is nil for a version that may come into force. A version that does not
// answer its own golden vectors never may; one that breaks what integrations
// know may when force says so.
func (p Proof) Refused(force bool) error {
	switch {
	case len(p.Failed) > 0:
		return kyc.EKey(kyc.Conflict, "error.rollout_vectors", "%d golden vectors are not answered as they say", len(p.Failed))
	case len(p.Breaking()) > 0 && !force:
		return kyc.EKey(kyc.Conflict, "error.rollout_breaks", "%d changes break what integrations and applications under way know", len(p.Breaking()))
	}
	return nil
}

// Rehearsal is how two versions would have judged recorded applications.
type Rehearsal struct {
	Applications int          // that were read
	Steps        int          // that both versions were asked about
	Unreadable   int          // erased, or of a flow that is not there any more
	Decisions    []Difference // every one
	Findings     []Difference // the first MaxFindings
	More         int          // findings beyond those
}

// MaxFindings bounds the findings that differ and are listed. Decisions are never
// cut: an application has one.
const MaxFindings = 500

// Difference is what the versions say differently. It holds codes and places,
// and never what a person has answered.
type Difference struct {
	Tenant      kyc.TenantID
	Application kyc.ApplicationID
	Step        kyc.StepID // "" for the decision
	Path        string     // of the field; "" for the whole
	What        string     // decision, problem, reason, tier, requested, identity, normalized, derived, fault
	From, To    string     // "" where there is none; "other" where a value differs
}

// Differences are all that are listed, the decisions first.
func (r Rehearsal) Differences() []Difference { return slices.Concat(r.Decisions, r.Findings) }
