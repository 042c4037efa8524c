package pipeline

import (
	"context"
	"strings"

	"github.com/paifang/paifang/core/audit"
	"github.com/paifang/paifang/core/contact"
	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/risk"
)

// ownersField is the list of who owns a company, by the name that markets share
// for it.
const ownersField = "owners"

// rate tells the risk of the application with the given checks of its latest
// submission.
func (u *run) rate(ctx context.Context, checks []kyc.Check) (kyc.Risk, error) {
	f := risk.Facts{Flow: u.flow, Market: u.app.Market, Checks: checks, Tier: u.app.Tier}
	live := u.live()
	for _, s := range u.plan() {
		f.Reasons = append(f.Reasons, u.records[s.ID].Reasons...)
		for _, r := range u.documents(s) {
			f.Documents = append(f.Documents, r.Kind)
			f.Company = f.Company || kyc.ClassOf(r.Kind) == kyc.BusinessDocument
		}
		for _, field := range s.Fields {
			if field.Type == kyc.ListField && field.Name == ownersField {
				f.Company, f.Owners = true, f.Owners+field.Rows(live[s.ID])
			}
		}
	}
	var err error
	f.Signals, err = u.signs(ctx)
	return risk.Rate(f), err
}

// signs are the signs of abuse that the contacts show.
func (u *run) signs(ctx context.Context) ([]string, error) {
	var reached []contact.Reached
	for _, id := range u.identifiers {
		if !reachable(id) || !contactKind(id) {
			continue
		}
		to, err := u.openText(ctx, kyc.SealedIdentifier, id.Sealed)
		if err != nil {
			return nil, err
		}
		reached = append(reached, contact.Reached{Channel: kyc.ContactKind(id.Kind), To: to})
	}
	return u.p.Warden.Signs(ctx, u.app.Tenant, u.app.ID, reached, u.now.Time())
}

// rated is what the record says of a risk.
func rated(c kyc.Case) map[string]string {
	var whys []string
	for _, w := range c.Whys {
		name := w.Code
		if w.About != "" {
			name += ":" + w.About
		}
		whys = append(whys, name)
	}
	return map[string]string{"case": string(c.ID), "risk": c.Risk, "whys": strings.Join(whys, " ")}
}

// unproposed takes back what somebody proposed about a case, because what it
// rested on is not so any more. The case is to be written afterwards.
func (u *run) unproposed(c *kyc.Case) kyc.Change {
	if c.ProposedBy == "" {
		return nil
	}
	line := u.line(audit.ProposalVoid, map[string]string{"proposed_by": string(c.ProposedBy)})
	c.ProposedBy = ""
	line.ObjectKind, line.ObjectID = "case", string(c.ID)
	return kyc.Change{kyc.EndProposal{Tenant: c.Tenant, Case: c.ID, State: kyc.ProposalVoid, At: u.now}, line}
}
