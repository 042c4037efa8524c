package admin

import (
	"strconv"

	"github.com/gofiber/fiber/v2"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/review"
	"github.com/paifang/paifang/core/review/words"
)

// whyRow is one thing that makes the risk what it is.
type whyRow struct{ Level, Text string }

// proposalData is a decision that the first of two people made.
type proposalData struct {
	By, Outcome string
	Own         bool // by who looks at it
	Reasons     []string
	Note        string
	At          moment

	State   string // how it came to its end
	EndedBy string
	Answer  string
	Ended   moment
}

func (s showing) whys() []whyRow {
	var out []whyRow
	for _, w := range s.v.Whys {
		out = append(out, whyRow{Level: words.Risk(w.Level), Text: words.RiskWhy(s.p, w)})
	}
	return out
}

// proposals are what waits for a second person, nil for nothing, and what came to
// an end but for what was confirmed, which stands with the decision.
func (s showing) proposals(who kyc.StaffID) (waits *proposalData, ended []proposalData) {
	if s.v.Proposal != nil {
		p := s.proposal(*s.v.Proposal, who)
		waits = &p
	}
	for _, p := range s.v.Proposals {
		if p.State != kyc.ProposalConfirmed {
			ended = append(ended, s.proposal(p, who))
		}
	}
	return waits, ended
}

func (s showing) proposal(p review.ProposalData, who kyc.StaffID) proposalData {
	out := proposalData{By: p.By, Outcome: string(p.Outcome), Own: p.Staff == who, Note: p.Note, At: s.k.at(p.At),
		State: string(p.State), EndedBy: p.EndedBy, Answer: p.Answer, Ended: s.k.at(p.Ended)}
	for _, r := range p.Reasons {
		out.Reasons = append(out.Reasons, words.Reason(s.p, r.Code))
	}
	return out
}

// agree decides the case as a colleague has proposed.
func (d *Door) agree(c *fiber.Ctx) error {
	w, _ := whoOf(c)
	version, _ := strconv.ParseInt(c.FormValue("version"), 10, 64) // 0 fits no application
	_, err := d.Desk.Confirm(c.UserContext(), w, kyc.CaseID(c.Params("case")), c.FormValue("evidence"), version)
	return d.done(c, form{}, err)
}

// oppose sends back what a colleague has proposed.
func (d *Door) oppose(c *fiber.Ctx) error {
	w, _ := whoOf(c)
	why := lines(c.FormValue("answer"))
	return d.done(c, form{Answer: why}, d.Desk.Oppose(c.UserContext(), w, kyc.CaseID(c.Params("case")), why))
}

// withdraw takes back what one has proposed.
func (d *Door) withdraw(c *fiber.Ctx) error {
	w, _ := whoOf(c)
	return d.done(c, form{}, d.Desk.Withdraw(c.UserContext(), w, kyc.CaseID(c.Params("case"))))
}

// done leads back to the case, or shows it with what was wrong.
func (d *Door) done(c *fiber.Ctx, f form, err error) error {
	if err != nil {
		return d.again(c, f, err)
	}
	return seeOther(c, "/cases/"+c.Params("case"))
}
