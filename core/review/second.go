package review

import (
	"cmp"
	"context"
	"encoding/hex"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/paifang/paifang/core/audit"
	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/policies"
)

// Where the risk is high, what opens an account or ends an application takes two
// people: the decision of the first is a proposal, which somebody else has to
// confirm. To ask the applicant again takes one, for it decides nothing yet.

// ProposalData is a decision that the first of two people made.
type ProposalData struct {
	kyc.Proposal
	By      string // name
	Note    string // to the applicant
	Answer  string // to colleagues, of who sent it back
	EndedBy string // name; "" for nobody
}

// takesTwo tells whether a decision of a case takes two people.
func (d *Desk) takesTwo(ctx context.Context, c kyc.Case) (bool, error) {
	if risk := kyc.RiskOf(c.Risk); risk != kyc.MediumRisk {
		return risk == kyc.HighRisk, nil
	}
	t, err := d.Store.Tenant(ctx, c.Tenant)
	return t.TwoFrom == kyc.MediumRisk, err
}

// waiting is the proposal of a case that waits for a second person; the zero
// Proposal when none does.
func (d *Desk) waiting(ctx context.Context, c kyc.Case) (kyc.Proposal, error) {
	if c.ProposedBy == "" {
		return kyc.Proposal{}, nil
	}
	p, err := d.newestProposal(ctx, c)
	if err == nil && p.State != kyc.ProposalWaits {
		return kyc.Proposal{}, kyc.E(kyc.Internal, "case %s waits for a second person, and nothing is proposed", c.ID)
	}
	return p, err
}

// stands tells whether a proposal still says what its maker would say: what it
// rests on and the risk are what they were, and its maker may still decide so.
func (d *Desk) stands(ctx context.Context, c kyc.Case, b basis, p kyc.Proposal) (bool, error) {
	if p.ID == "" || hex.EncodeToString(p.Evidence) != b.digest() || p.Risk != c.Risk {
		return false, nil
	}
	maker, err := d.Store.Staff(ctx, c.Tenant, p.Staff)
	if kyc.CodeOf(err) == kyc.NotFound {
		return false, nil
	}
	return err == nil && d.mayCase(Who{Staff: maker, Tenant: c.Tenant}, c, policies.CaseDecide) == nil, err
}

// standing is the proposal of a case that waits and stands; the zero Proposal for
// none.
func (d *Desk) standing(ctx context.Context, c kyc.Case, b basis) (kyc.Proposal, error) {
	p, err := d.waiting(ctx, c)
	if err != nil {
		return p, err
	}
	if ok, err := d.stands(ctx, c, b, p); err != nil || !ok {
		return kyc.Proposal{}, err
	}
	return p, nil
}

// mayConfirm refuses whoever proposed it themselves (Forbidden,
// "error.second_person"), and any other choice than the one that was proposed.
func (d *Desk) mayConfirm(ctx context.Context, w Who, c kyc.Case, p kyc.Proposal, choice Choice) error {
	if p.Staff == w.Staff.ID {
		return kyc.EKey(kyc.Forbidden, "error.second_person", "the same person cannot confirm what they proposed")
	}
	proposed, err := d.choice(ctx, c, p)
	if err != nil {
		return err
	}
	if proposed.Outcome != choice.Outcome || !slices.Equal(proposed.Picks, choice.Picks) || proposed.Note != strings.TrimSpace(choice.Note) {
		return kyc.EKey(kyc.Conflict, "error.proposal_waits", "something else is proposed")
	}
	return nil
}

// choice is what was proposed, without what the page showed.
func (d *Desk) choice(ctx context.Context, c kyc.Case, p kyc.Proposal) (Choice, error) {
	out := Choice{Outcome: p.Outcome}
	for _, r := range p.Reasons {
		out.Picks = append(out.Picks, Pick{Code: r.Code, Subject: r.Subject})
	}
	if len(p.Note) == 0 {
		return out, nil
	}
	note, err := d.Vault.Unseal(ctx, c.Tenant, c.Applicant, kyc.SealedProposal, p.Note)
	out.Note = string(note)
	return out, err
}

// propose keeps what the first of two people decides, and gives the case back to
// the queue.
func (d *Desk) propose(ctx context.Context, w Who, c kyc.Case, b basis, choice Choice) error {
	evidence, err := hex.DecodeString(choice.Evidence)
	if err != nil {
		return kyc.Wrap(kyc.Invalid, err, "evidence digest")
	}
	p := kyc.Proposal{Tenant: c.Tenant, ID: d.IDs(), Case: c.ID, Application: c.Application, Staff: w.Staff.ID, Outcome: choice.Outcome,
		Evidence: evidence, Risk: c.Risk, State: kyc.ProposalWaits, At: kyc.At(d.Clock())}
	for _, pick := range choice.Picks {
		p.Reasons = append(p.Reasons, pick.reason(w.Staff.ID, choice.Outcome))
	}
	if note := strings.TrimSpace(choice.Note); note != "" {
		if p.Note, err = d.Vault.Seal(ctx, c.Tenant, c.Applicant, kyc.SealedProposal, []byte(note)); err != nil {
			return err
		}
	}
	expect := c.Version
	void := d.ends(w, &c, kyc.EndProposal{State: kyc.ProposalVoid}, nil)
	c.State, c.ClaimedBy, c.ClaimUntil, c.ProposedBy = kyc.CaseOpen, "", 0, w.Staff.ID
	return d.Store.Commit(ctx, c.Tenant, append(append(kyc.Change{kyc.UpdateCase{Case: c, Expect: expect}}, void...),
		kyc.CheckApplication{Tenant: c.Tenant, ID: b.app.ID, Version: b.app.Version},
		kyc.SaveProposal{Proposal: p},
		d.line(w, c.ID, audit.CaseProposed, map[string]string{"outcome": string(p.Outcome), "reasons": told(p.Reasons), "evidence": choice.Evidence,
			"risk": c.Risk, "application": string(c.Application)}),
	))
}

// endings are what the record says of the end of a proposal. What is confirmed is
// decided, which has its own line.
var endings = map[kyc.ProposalState]string{kyc.ProposalOpposed: audit.ProposalOpposed, kyc.ProposalWithdrawn: audit.ProposalWithdrawn, kyc.ProposalVoid: audit.ProposalVoid}

// ends takes from a case the proposal that waits, if there is one.
func (d *Desk) ends(w Who, c *kyc.Case, end kyc.EndProposal, detail map[string]string) kyc.Change {
	if c.ProposedBy == "" {
		return nil
	}
	end.Tenant, end.Case, end.At = c.Tenant, c.ID, cmp.Or(end.At, kyc.At(d.Clock()))
	change := kyc.Change{}
	if action := endings[end.State]; action != "" {
		if detail == nil {
			detail = map[string]string{}
		}
		detail["proposed_by"] = string(c.ProposedBy)
		change = append(change, d.line(w, c.ID, action, detail))
	}
	c.ProposedBy = ""
	return append(change, end)
}

// proposes tells whether the same person has proposed this very choice already:
// who sends it again has not seen its answer.
func (d *Desk) proposes(ctx context.Context, w Who, id kyc.CaseID, choice Choice) bool {
	c, err := d.Store.Case(ctx, w.Tenant, id)
	if err != nil {
		return false
	}
	p, err := d.waiting(ctx, c)
	if err != nil || p.Staff != w.Staff.ID || hex.EncodeToString(p.Evidence) != choice.Evidence {
		return false
	}
	p.Staff = "" // as another would confirm it
	return d.mayConfirm(ctx, w, c, p, choice) == nil
}

// toEnd reads a case for who wants to end its proposal. The answer done says that
// they have ended it so already.
func (d *Desk) toEnd(ctx context.Context, w Who, id kyc.CaseID, as kyc.ProposalState) (c kyc.Case, p kyc.Proposal, done bool, err error) {
	if c, err = d.Store.Case(ctx, w.Tenant, id); err != nil {
		return c, p, false, err
	}
	if err = d.mayCase(w, c, policies.CaseDecide); err != nil {
		return c, p, false, err
	}
	if p, err = d.newestProposal(ctx, c); err != nil {
		return c, p, false, err
	}
	if c.ProposedBy == "" {
		if p.State == as && p.EndedBy == w.Staff.ID {
			return c, p, true, nil
		}
		err = kyc.EKey(kyc.Conflict, "error.proposal_none", "nothing is proposed")
	}
	return c, p, false, err
}

// newestProposal is the one that waits; where none does, the newest.
func (d *Desk) newestProposal(ctx context.Context, c kyc.Case) (kyc.Proposal, error) {
	all, err := d.Store.Proposals(ctx, c.Tenant, c.ID)
	if err != nil || len(all) == 0 {
		return kyc.Proposal{}, err
	}
	// That of another node's clock may seem older than what ended before it.
	return all[max(0, slices.IndexFunc(all, func(p kyc.Proposal) bool { return p.State == kyc.ProposalWaits }))], nil
}

// Confirm decides a claimed case as somebody else has proposed. Evidence and version
// are as the page showed them.
//
// Forbidden ("error.second_person") for who proposed it; Conflict
// ("error.proposal_void") when it does not stand any more, which takes it back;
// Conflict ("error.proposal_none") when nothing is proposed; else as Decide says.
func (d *Desk) Confirm(ctx context.Context, w Who, id kyc.CaseID, evidence string, version int64) (kyc.Decision, error) {
	c, p, done, err := d.toEnd(ctx, w, id, kyc.ProposalConfirmed)
	if err != nil {
		return kyc.Decision{}, err
	}
	choice, err := d.choice(ctx, c, p)
	if err != nil {
		return kyc.Decision{}, err
	}
	choice.Evidence, choice.Version, choice.confirms = evidence, version, p.ID
	if done {
		if made, ok := d.made(ctx, w, id, choice); ok {
			return made, d.Store.Durable(ctx)
		}
		return kyc.Decision{}, decided()
	}
	b, err := d.basis(ctx, w.Tenant, c.Application)
	if err != nil {
		return kyc.Decision{}, err
	}
	if ok, err := d.stands(ctx, c, b, p); err != nil {
		return kyc.Decision{}, err
	} else if !ok {
		return kyc.Decision{}, d.takeAway(ctx, w, c)
	}
	return d.Decide(ctx, w, id, choice)
}

// takeAway takes back a proposal that does not stand any more, and says so.
func (d *Desk) takeAway(ctx context.Context, w Who, c kyc.Case) error {
	expect := c.Version
	change := d.ends(w, &c, kyc.EndProposal{State: kyc.ProposalVoid}, nil)
	if err := d.Store.Commit(ctx, c.Tenant, append(kyc.Change{kyc.UpdateCase{Case: c, Expect: expect}}, change...)); err != nil {
		return err
	}
	return kyc.EKey(kyc.Conflict, "error.proposal_void", "what was proposed does not stand any more")
}

// Withdraw takes back what who proposed. Forbidden ("error.proposal_others") for
// anybody else, Conflict ("error.proposal_none") when nothing is proposed.
func (d *Desk) Withdraw(ctx context.Context, w Who, id kyc.CaseID) error {
	c, p, done, err := d.toEnd(ctx, w, id, kyc.ProposalWithdrawn)
	if done || err != nil {
		return err
	}
	if p.Staff != w.Staff.ID {
		return kyc.EKey(kyc.Forbidden, "error.proposal_others", "somebody else proposed it")
	}
	expect := c.Version
	change := d.ends(w, &c, kyc.EndProposal{State: kyc.ProposalWithdrawn, By: w.Staff.ID}, nil)
	return d.Store.Commit(ctx, w.Tenant, append(kyc.Change{kyc.UpdateCase{Case: c, Expect: expect}}, change...))
}

// Oppose sends a proposal of somebody else back to the queue for a reason, which
// colleagues read. Who opposes has claimed the case. Invalid
// ("error.answer_required") without a reason, Forbidden ("error.second_person") for
// who proposed it, Conflict ("error.proposal_none") when nothing is proposed.
func (d *Desk) Oppose(ctx context.Context, w Who, id kyc.CaseID, why string) error {
	c, p, done, err := d.toEnd(ctx, w, id, kyc.ProposalOpposed)
	if done || err != nil {
		return err
	}
	if p.Staff == w.Staff.ID {
		return kyc.EKey(kyc.Forbidden, "error.second_person", "who proposed it can withdraw it")
	}
	if err := d.holds(w, c); err != nil {
		return err
	}
	why = strings.TrimSpace(why)
	switch {
	case why == "":
		return kyc.EKey(kyc.Invalid, "error.answer_required", "no reason given")
	case utf8.RuneCountInString(why) > MaxNote || !utf8.ValidString(why):
		return kyc.EKey(kyc.Invalid, "error.note_length", "reason is longer than %d characters", MaxNote)
	}
	answer, err := d.Vault.Seal(ctx, w.Tenant, c.Applicant, kyc.SealedAnswer, []byte(why))
	if err != nil {
		return err
	}
	expect := c.Version
	change := d.ends(w, &c, kyc.EndProposal{State: kyc.ProposalOpposed, By: w.Staff.ID, Answer: answer}, map[string]string{"outcome": string(p.Outcome)})
	c.State, c.ClaimedBy, c.ClaimUntil = kyc.CaseOpen, "", 0
	return d.Store.Commit(ctx, w.Tenant, append(kyc.Change{kyc.UpdateCase{Case: c, Expect: expect}}, change...))
}

// proposals reads what was proposed about the case: what waits and stands, and
// what came to an end, newest first.
func (o *opening) proposals(ctx context.Context) (waits *ProposalData, ended []ProposalData, err error) {
	all, err := o.desk.Store.Proposals(ctx, o.who.Tenant, o.case_.ID)
	if err != nil {
		return nil, nil, err
	}
	for _, p := range all {
		x := ProposalData{Proposal: p, By: o.names.staff(ctx, p.Staff), EndedBy: o.names.staff(ctx, p.EndedBy)}
		if x.Note, err = o.unsealed(ctx, kyc.SealedProposal, p.Note); err != nil {
			return nil, nil, err
		}
		if x.Answer, err = o.unsealed(ctx, kyc.SealedAnswer, p.Answer); err != nil {
			return nil, nil, err
		}
		stands := false
		if p.State == kyc.ProposalWaits {
			if stands, err = o.desk.stands(ctx, o.case_, o.basis, p); err != nil {
				return nil, nil, err
			}
			x.State = kyc.ProposalVoid // is told as what it has become
		}
		if stands {
			x.State, waits = kyc.ProposalWaits, &x
			continue
		}
		ended = append(ended, x)
	}
	return waits, ended, nil
}

func (o *opening) unsealed(ctx context.Context, column string, sealed []byte) (string, error) {
	if len(sealed) == 0 {
		return "", nil
	}
	plain, err := o.desk.Vault.Unseal(ctx, o.who.Tenant, o.app.Applicant, column, sealed)
	return string(plain), err
}

// told lists reasons for the record.
func told(reasons []kyc.Reason) string {
	var codes []string
	for _, r := range reasons {
		codes = append(codes, r.Code+"@"+r.Subject.Kind+":"+r.Subject.Ref)
	}
	return strings.Join(codes, " ")
}
