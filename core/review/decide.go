package review

import (
	"context"
	"encoding/hex"
	"errors"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/paifang/paifang/core/audit"
	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/policies"
)

// MaxNote bounds the reviewer's own words to the applicant, in characters.
const MaxNote = 1000

// MaxPicks bounds the reasons of one decision.
const MaxPicks = 200

// Choice is what a reviewer decides, and what it rests on: the evidence digest
// and the application's version as the page showed them.
type Choice struct {
	Outcome  kyc.Outcome
	Picks    []Pick // none to approve; for asking again each names a document or a step
	Note     string // to the applicant, in their language; optional
	Evidence string // View.Digest
	Version  int64  // View.Application.Version

	confirms string // id of the proposal that it confirms; "" for none
}

// Decide decides a claimed case. Where that takes two people the choice of the
// first is kept as a proposal, the case goes back to the queue, and the answer is
// the zero Decision; the same choice of somebody else confirms it.
//
// Decided is all at once: the case, the decision, the audit line and
// what follows for the application are written in one transaction.
//
// Forbidden for who has not claimed the case or may not decide such a one;
// Conflict ("error.evidence_changed") when the evidence is not what was shown
// any more, Conflict ("error.proposal_waits") while something else is proposed, and
// Forbidden ("error.second_person") for who proposed it; Invalid when reasons are missing or do not fit the outcome. The very
// same decision by the same person is answered again as it was made.
func (d *Desk) Decide(ctx context.Context, w Who, id kyc.CaseID, choice Choice) (kyc.Decision, error) {
	c, err := d.Store.Case(ctx, w.Tenant, id)
	if err != nil {
		return kyc.Decision{}, err
	}
	if err := d.mayCase(w, c, policies.CaseDecide); err != nil {
		return kyc.Decision{}, err
	}
	decision, err := d.decide(ctx, w, c, choice)
	if errors.Is(err, kyc.E(kyc.Conflict, "")) {
		if made, ok := d.made(ctx, w, id, choice); ok || d.proposes(ctx, w, id, choice) {
			return made, d.Store.Durable(ctx)
		}
	}
	return decision, err
}

func (d *Desk) decide(ctx context.Context, w Who, c kyc.Case, choice Choice) (kyc.Decision, error) {
	if err := d.holds(w, c); err != nil {
		return kyc.Decision{}, err
	}
	b, err := d.basis(ctx, w.Tenant, c.Application)
	if err != nil {
		return kyc.Decision{}, err
	}
	if err := b.unchanged(choice); err != nil {
		return kyc.Decision{}, err
	}
	if err := d.valid(ctx, b, choice); err != nil {
		return kyc.Decision{}, err
	}
	if choice.Outcome == kyc.Approve {
		if err := d.approvable(ctx, w, c, b); err != nil {
			return kyc.Decision{}, err
		}
	}
	proposal, err := d.standing(ctx, c, b)
	if err != nil {
		return kyc.Decision{}, err
	}
	if choice.confirms != "" && choice.confirms != proposal.ID {
		return kyc.Decision{}, kyc.EKey(kyc.Conflict, "error.proposal_none", "what was to be confirmed is not proposed any more")
	}
	if proposal.ID != "" {
		if err := d.mayConfirm(ctx, w, c, proposal, choice); err != nil {
			return kyc.Decision{}, err
		}
	} else if two, err := d.takesTwo(ctx, c); err != nil || two && choice.Outcome != kyc.AskAgain {
		if err == nil {
			err = d.propose(ctx, w, c, b, choice)
		}
		return kyc.Decision{}, err
	}
	decision, err := d.decision(ctx, w, c, choice)
	if err != nil {
		return kyc.Decision{}, err
	}
	change, err := d.consequence(ctx, b.app, decision, choice)
	if err != nil {
		return kyc.Decision{}, err
	}
	change = append(d.verdict(w, c, b, decision, proposal), change...)
	return decision, d.Store.Commit(ctx, w.Tenant, change)
}

// made finds the decision that closed the case if it is this very one: who sends
// it again has not seen its answer.
func (d *Desk) made(ctx context.Context, w Who, id kyc.CaseID, choice Choice) (kyc.Decision, bool) {
	c, err := d.Store.Case(ctx, w.Tenant, id)
	if err != nil || c.State != kyc.CaseDecided {
		return kyc.Decision{}, false
	}
	all, err := d.Store.Decisions(ctx, w.Tenant, c.Application)
	i := slices.IndexFunc(all, func(x kyc.Decision) bool { return x.Case == c.ID && x.At == c.Decided })
	if err != nil || i < 0 {
		return kyc.Decision{}, false
	}
	x := all[i]
	same := x.Staff == w.Staff.ID && x.Outcome == choice.Outcome && hex.EncodeToString(x.Evidence) == choice.Evidence &&
		slices.EqualFunc(x.Reasons, choice.Picks, func(r kyc.Reason, p Pick) bool { return r.Code == p.Code && r.Subject == p.Subject })
	note := ""
	if same && len(x.Note) > 0 {
		plain, err := d.Vault.Unseal(ctx, w.Tenant, c.Applicant, kyc.SealedNote, x.Note)
		note, same = string(plain), err == nil
	}
	return x, same && note == strings.TrimSpace(choice.Note)
}

// valid checks that the reasons fit the outcome and are about something that
// the application has.
func (d *Desk) valid(ctx context.Context, b basis, c Choice) error {
	if utf8.RuneCountInString(c.Note) > MaxNote || !utf8.ValidString(c.Note) {
		return kyc.EKey(kyc.Invalid, "error.note_length", "note is longer than %d characters", MaxNote)
	}
	if len(c.Picks) > MaxPicks {
		return kyc.EKey(kyc.Invalid, "error.reason_unfit", "more than %d reasons", MaxPicks)
	}
	switch c.Outcome {
	case kyc.Approve:
		if len(c.Picks) > 0 {
			return kyc.EKey(kyc.Invalid, "error.reason_unfit", "an approval has no reasons")
		}
		return nil
	case kyc.AskAgain, kyc.Reject:
		if len(c.Picks) == 0 {
			return kyc.EKey(kyc.Invalid, "error.reason_required", "no reason given")
		}
	default:
		return kyc.EKey(kyc.Invalid, "error.outcome", "unknown outcome")
	}
	flow, err := d.Flows.Flow(ctx, b.app.Market, b.app.Provider)
	if err != nil {
		return err
	}
	for _, p := range c.Picks {
		if !fits(c.Outcome, p, flow, b) {
			return kyc.EKey(kyc.Invalid, "error.reason_unfit", "reason does not fit the outcome or its subject")
		}
	}
	return nil
}

func fits(outcome kyc.Outcome, p Pick, flow *kyc.Flow, b basis) bool {
	if outcome == kyc.Reject {
		return p.Subject.Kind == "application" && slices.Contains(rejections(b.app.Market), p.Code)
	}
	switch p.Subject.Kind {
	case "document":
		return slices.Contains(documentCodes, p.Code) && slices.ContainsFunc(b.files, func(f kyc.File) bool {
			return f.Requirement == p.Subject.Ref && f.State == kyc.FileCurrent
		})
	case "step":
		step, ok := flow.Step(kyc.StepID(p.Subject.Ref))
		return ok && Askable(*step) && slices.Contains(stepCodes, p.Code)
	}
	return false
}

// Askable tells whether the data of a step can be asked again.
func Askable(s kyc.Step) bool { return s.Kind == kyc.ProfileStep }

func (d *Desk) decision(ctx context.Context, w Who, c kyc.Case, choice Choice) (kyc.Decision, error) {
	evidence, err := hex.DecodeString(choice.Evidence)
	if err != nil {
		return kyc.Decision{}, kyc.Wrap(kyc.Invalid, err, "evidence digest")
	}
	dec := kyc.Decision{Tenant: w.Tenant, ID: kyc.DecisionID(d.IDs()), Case: c.ID, Application: c.Application,
		Staff: w.Staff.ID, Outcome: choice.Outcome, Evidence: evidence, At: kyc.At(d.Clock())}
	for _, p := range choice.Picks {
		dec.Reasons = append(dec.Reasons, p.reason(w.Staff.ID, choice.Outcome))
	}
	if note := strings.TrimSpace(choice.Note); note != "" {
		dec.Note, err = d.Vault.Seal(ctx, w.Tenant, c.Applicant, kyc.SealedNote, []byte(note))
	}
	return dec, err
}

// consequence asks the pipeline what follows for the application.
func (d *Desk) consequence(ctx context.Context, app kyc.Application, dec kyc.Decision, choice Choice) (kyc.Change, error) {
	switch dec.Outcome {
	case kyc.Approve:
		return d.Applications.Approve(ctx, app.Tenant, app, dec)
	case kyc.Reject:
		return d.Applications.Reject(ctx, app.Tenant, app, dec)
	case kyc.AskAgain:
		again := map[string][]kyc.Reason{}
		for _, r := range dec.Reasons {
			again[r.Subject.Ref] = append(again[r.Subject.Ref], r)
		}
		return d.Applications.AskAgain(ctx, app.Tenant, app, dec, again, strings.TrimSpace(choice.Note))
	}
	return nil, kyc.E(kyc.Invalid, "unknown outcome")
}

// verdict closes the case. The case comes first, so that of two who decide at
// once the second is told about the case and nothing else of it is written.
func (d *Desk) verdict(w Who, c kyc.Case, b basis, dec kyc.Decision, p kyc.Proposal) kyc.Change {
	expect := c.Version
	end, detail := kyc.EndProposal{State: kyc.ProposalVoid}, map[string]string{
		"decision": string(dec.ID), "outcome": string(dec.Outcome), "reasons": told(dec.Reasons), "risk": c.Risk,
		"evidence": hex.EncodeToString(dec.Evidence), "application": string(c.Application),
		"application_version": strconv.FormatInt(b.app.Version, 10), "provider": b.app.Provider, "found_by": b.finders(),
	}
	if p.ID != "" {
		end, detail["proposed_by"] = kyc.EndProposal{State: kyc.ProposalConfirmed, By: w.Staff.ID, At: dec.At}, string(p.Staff)
	}
	ended := d.ends(w, &c, end, nil)
	c.State, c.Outcome, c.Decided, c.ClaimUntil = kyc.CaseDecided, dec.Outcome, dec.At, 0
	change := append(kyc.Change{kyc.UpdateCase{Case: c, Expect: expect}}, ended...)
	return append(change, kyc.SaveDecision{Decision: dec}, d.line(w, c.ID, audit.CaseDecided, detail))
}
