package review

import (
	"context"
	"encoding/hex"
	"errors"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/policies"
)

// MaxNote bounds the reviewer's own words to the applicant, in characters.
const MaxNote = 1000

// Choice is what a reviewer decides, and what it rests on: the evidence digest
// and the application's version as the page showed them.
type Choice struct {
	Outcome  kyc.Outcome
	Picks    []Pick // none to approve; for asking again each names a document or a step
	Note     string // to the applicant, in their language; optional
	Evidence string // View.Digest
	Version  int64  // View.Application.Version
}

// Decide decides a claimed case: the case, the decision, the audit line and
// what follows for the application are written in one transaction.
//
// Forbidden for who has not claimed the case or may not decide such a one;
// Conflict ("error.evidence_changed") when the evidence is not what was shown
// any more; Invalid when reasons are missing or do not fit the outcome.
func (d *Desk) Decide(ctx context.Context, w Who, id kyc.CaseID, choice Choice) (kyc.Decision, error) {
	c, err := d.Store.Case(ctx, w.Tenant, id)
	if err != nil {
		return kyc.Decision{}, err
	}
	if err := d.mayCase(w, c, policies.CaseDecide); err != nil {
		return kyc.Decision{}, err
	}
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
	decision, err := d.decision(ctx, w, c, choice)
	if err != nil {
		return kyc.Decision{}, err
	}
	change, err := d.consequence(ctx, b.app, decision, choice)
	if err != nil {
		return kyc.Decision{}, err
	}
	change = append(d.verdict(w, c, b, decision), change...)
	return decision, d.Store.Commit(ctx, w.Tenant, change)
}

// basis is what a decision rests on, as it stands now.
type basis struct {
	app    kyc.Application
	steps  []kyc.StepRecord
	files  []kyc.File // in whatever state; a decision rests on the current ones
	checks []kyc.Check
}

func (d *Desk) basis(ctx context.Context, tenant kyc.TenantID, id kyc.ApplicationID) (basis, error) {
	var b basis
	var errs [4]error
	b.app, errs[0] = d.Store.Application(ctx, tenant, id)
	b.steps, errs[1] = d.Store.Steps(ctx, tenant, id)
	b.files, errs[2] = d.Store.AllFiles(ctx, tenant, id)
	b.checks, errs[3] = d.Store.Checks(ctx, tenant, id)
	return b, errors.Join(errs[:]...)
}

func (b basis) digest() string { return digest(b.app, b.steps, b.files, b.checks) }

// unchanged refuses a decision about something that has changed since it was
// looked at, or that is not to be decided any more.
func (b basis) unchanged(c Choice) error {
	if b.app.State != kyc.InReview {
		return kyc.EKey(kyc.Conflict, "error.not_in_review", "application is %q", b.app.State)
	}
	if b.app.Version != c.Version || b.digest() != c.Evidence {
		return kyc.EKey(kyc.Conflict, "error.evidence_changed", "evidence or version is not the one shown")
	}
	return nil
}

// valid checks that the reasons fit the outcome and are about something that
// the application has.
func (d *Desk) valid(ctx context.Context, b basis, c Choice) error {
	if utf8.RuneCountInString(c.Note) > MaxNote || !utf8.ValidString(c.Note) {
		return kyc.EKey(kyc.Invalid, "error.note_length", "note is longer than %d characters", MaxNote)
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
		return p.Subject.Kind == "application" && slices.Contains(rejectCodes, p.Code)
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
func (d *Desk) verdict(w Who, c kyc.Case, b basis, dec kyc.Decision) kyc.Change {
	expect := c.Version
	c.State, c.Outcome, c.Decided, c.ClaimUntil = kyc.CaseDecided, dec.Outcome, dec.At, 0
	var codes []string
	for _, r := range dec.Reasons {
		codes = append(codes, r.Code+"@"+r.Subject.Kind+":"+r.Subject.Ref)
	}
	return kyc.Change{
		kyc.UpdateCase{Case: c, Expect: expect},
		kyc.SaveDecision{Decision: dec},
		d.line(w, c.ID, "case.decided", map[string]string{
			"decision": string(dec.ID), "outcome": string(dec.Outcome), "reasons": strings.Join(codes, " "),
			"evidence": hex.EncodeToString(dec.Evidence), "application": string(c.Application),
			"application_version": strconv.FormatInt(b.app.Version, 10), "provider": b.app.Provider,
		}),
	}
}
