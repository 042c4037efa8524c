package risk

import (
	"cmp"
	"slices"
	"strconv"

	"github.com/paifang/paifang/core/kyc"
)

// Facts is what is known of an application at the end of its checks. It is read
// only, and holds nothing personal.
type Facts struct {
	Flow      *kyc.Flow    // nil: the market's rules are not there
	Market    kyc.MarketID //
	Checks    []kyc.Check  // of the latest submission
	Reasons   []kyc.Reason // that steps gave: accepted, but a person should know
	Documents []string     // kinds of what was uploaded
	Owners    int          // of a company, that were named
	Company   bool         //
	Tier      string       // that the market proposes; "" for none
	Signals   []string     // of abuse: contact.Signals lists them
}

// Codes of what makes a risk what it is. Those with a remark say about what.
const (
	Recovery     = "recovery"         // who recovers an account takes it over
	NoRules      = "rules.missing"    // the market is not there to tell
	Missing      = "check.missing"    // a check: it did not run
	Unknown      = "check.unknown"    // a check: it could not tell
	Failed       = "check.failed"     // a check: it failed and does not say why
	Unread       = "check.unread"     // a check: there was nothing to compare
	Finding      = "finding"          // a reason that a check or the market gave
	WeakDocument = "document.weak"    // a kind of document: says less of who somebody is
	OddDocument  = "document.unknown" // a kind of document that nobody knows
	Company      = "company"          // the number of owners
	NoTier       = "tier.unknown"     // a tier that the market does not have
	WideTier     = "tier.unlimited"   // a tier: nothing is held back
	Several      = "contact.several"  // more than one sign of abuse
)

// rating collects what makes the risk, each thing once.
type rating struct {
	facts Facts
	whys  []kyc.RiskWhy
}

// Rate tells the risk of an application, with everything that raises it, the
// worst first. See docs/decisions/0025 for the table and why it is so.
func Rate(f Facts) kyc.Risk {
	r := &rating{facts: f}
	if f.Market == kyc.RecoveryMarket {
		r.add(Recovery, kyc.HighRisk, "")
	}
	if f.Flow == nil {
		r.add(NoRules, kyc.HighRisk, "")
	} else {
		r.expected()
		r.tier()
	}
	for _, c := range f.Checks {
		r.check(c)
	}
	for _, reason := range f.Reasons {
		r.finding(reason)
	}
	r.documents()
	if f.Company || f.Owners > 0 {
		r.add(Company, kyc.MediumRisk, strconv.Itoa(f.Owners))
	}
	r.signals()
	slices.SortStableFunc(r.whys, func(a, b kyc.RiskWhy) int {
		return cmp.Compare(rank(b.Level), rank(a.Level))
	})
	level := kyc.LowRisk
	for _, w := range r.whys {
		if kyc.RiskAbove(w.Level, level) {
			level = w.Level
		}
	}
	return kyc.Risk{Level: level, Whys: r.whys}
}

func rank(level string) int { return slices.Index(kyc.Risks(), kyc.RiskOf(level)) }

func (r *rating) add(code, level, about string) {
	why := kyc.RiskWhy{Code: code, Level: level, About: about}
	if !slices.Contains(r.whys, why) {
		r.whys = append(r.whys, why)
	}
}

// expected finds the checks that the market ordered and that are not there.
func (r *rating) expected() {
	for _, name := range r.facts.Flow.Checks {
		if !slices.ContainsFunc(r.facts.Checks, func(c kyc.Check) bool { return c.Name == name }) {
			r.add(Missing, kyc.HighRisk, name)
		}
	}
}

func (r *rating) check(c kyc.Check) {
	for _, reason := range c.Reasons {
		r.finding(reason)
	}
	switch c.Result {
	case kyc.Pass:
	case kyc.Refer:
		// That nobody has looked at the documents yet is what reviewers are for: it
		// says nothing about this application.
		if len(c.Reasons) == 0 && c.Name != "documents" {
			r.add(Unread, kyc.MediumRisk, c.Name)
		}
	case kyc.Fail:
		if len(c.Reasons) == 0 {
			r.add(Failed, kyc.HighRisk, c.Name)
		}
	default:
		r.add(Unknown, kyc.HighRisk, c.Name)
	}
}

func (r *rating) finding(reason kyc.Reason) { r.add(Finding, levelOf(reason), reason.Code) }

func (r *rating) documents() {
	for _, kind := range r.facts.Documents {
		switch class := kyc.ClassOf(kind); {
		case class == kyc.OtherDocument:
			r.add(OddDocument, kyc.MediumRisk, kind)
		case class == kyc.IdentityDocument && !slices.Contains(strong[:], kind):
			r.add(WeakDocument, kyc.MediumRisk, kind)
		}
	}
}

// strong are the documents of identity that a state gives out to say who somebody
// is. A photo of the holder comes beside them and takes nothing away.
var strong = [...]string{"passport", "resident_id", "national_id", "residence_permit", "travel_permit", "selfie"}

// tier rates how far the account would reach. Sums in a market's own currency are
// the market's to judge; what the core can see is that nothing is held back.
func (r *rating) tier() {
	if r.facts.Tier == "" || r.facts.Market == kyc.RecoveryMarket {
		return
	}
	t, ok := r.facts.Flow.Tier(r.facts.Tier)
	switch {
	case !ok:
		r.add(NoTier, kyc.HighRisk, r.facts.Tier)
	case len(t.Denies) == 0 && len(t.Limits) == 0 && len(r.facts.Flow.Tiers) > 1:
		r.add(WideTier, kyc.MediumRisk, r.facts.Tier)
	}
}

// signals of abuse are each worth a look, and together no chance.
func (r *rating) signals() {
	signals := slices.Compact(slices.Sorted(slices.Values(r.facts.Signals)))
	for _, s := range signals {
		r.add(s, kyc.MediumRisk, "")
	}
	if len(signals) > 1 {
		r.add(Several, kyc.HighRisk, "")
	}
}
