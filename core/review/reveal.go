package review

import (
	"context"
	"slices"
	"time"

	"github.com/paifang/paifang/core/audit"
	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/policies"
)

// Everything is the scope of a reveal of the whole case; other scopes are ids
// of steps.
const Everything = "everything"

// Documents is the scope of a reveal of the documents alone, for whoever has not
// claimed the case. Everything has them, too.
const Documents = "documents"

// reasons for which personal data may be revealed. Free text is not accepted:
// the audit record must not hold personal data.
var revealReasons = []string{"compare_document", "contact_applicant", "suspected_fraud", "legal_request", "complaint"}

// RevealReasons lists the reasons for which personal data may be revealed.
func RevealReasons() []string { return slices.Clone(revealReasons) }

// Reveal is a wish to see personal data of a case in clear.
type Reveal struct {
	What   string // Everything, Documents or a step's id
	Why    string // one of RevealReasons
	Ticket string // number of a ticket or file, optional; letters, digits and ._/-
}

// Revealed is what one may see in clear for now.
type Revealed struct {
	All       bool
	Documents bool
	Steps     []kyc.StepID
	Until     kyc.Millis
}

// covers tells whether a step is revealed.
func (r Revealed) covers(step kyc.StepID) bool { return r.All || slices.Contains(r.Steps, step) }

// Any tells whether anything is revealed.
func (r Revealed) Any() bool { return r.All || r.Documents || len(r.Steps) > 0 }

// Reveal records who wants to see what and why; from then on Open shows it to
// that person in clear for RevealFor. The record is the audit line itself:
// nothing is shown in clear without one.
func (d *Desk) Reveal(ctx context.Context, w Who, id kyc.CaseID, r Reveal) error {
	c, err := d.Store.Case(ctx, w.Tenant, id)
	if err != nil {
		return err
	}
	if err := d.mayCase(w, c, policies.DataReveal); err != nil {
		return err
	}
	if !slices.Contains(revealReasons, r.Why) {
		return kyc.EKey(kyc.Invalid, "error.reveal_reason", "unknown reason for revealing")
	}
	if r.Ticket != "" && !audit.Ticket(r.Ticket) {
		return kyc.EKey(kyc.Invalid, "error.reveal_ticket", "ticket is not a number of letters, digits and ._/-")
	}
	if err := d.scope(ctx, c, r.What); err != nil {
		return err
	}
	detail := map[string]string{"what": r.What, "why": r.Why, "role": w.Staff.Role}
	if r.Ticket != "" {
		detail["ticket"] = r.Ticket
	}
	if err := d.Store.Commit(ctx, w.Tenant, kyc.Change{d.line(w, id, "data.revealed", detail)}); err != nil {
		return err
	}
	return d.active(ctx, w, c)
}

// scope refuses what is no step of the case's application.
func (d *Desk) scope(ctx context.Context, c kyc.Case, what string) error {
	if what == Everything || what == Documents {
		return nil
	}
	steps, err := d.Store.Steps(ctx, c.Tenant, c.Application)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(steps, func(s kyc.StepRecord) bool { return string(s.Step) == what }) {
		return nil
	}
	return kyc.EKey(kyc.Invalid, "error.reveal_scope", "no such step in this case")
}

// revealed reads from the case's audit lines, newest first, what who may see.
func (d *Desk) revealed(w Who, lines []kyc.AuditLine) Revealed {
	var r Revealed
	for _, l := range lines {
		until := l.At.Time().Add(RevealFor)
		if l.Action != "data.revealed" || l.Actor.Kind != "staff" || l.Actor.ID != string(w.Staff.ID) || !until.After(d.Clock()) {
			continue
		}
		switch what := l.Detail["what"]; what {
		case Everything:
			r.All = true
		case Documents: // also the id that a market may give to its step of them
			r.Documents = true
			r.Steps = append(r.Steps, Documents)
		default:
			r.Steps = append(r.Steps, kyc.StepID(what))
		}
		r.Until = max(r.Until, kyc.At(until.Truncate(time.Millisecond)))
	}
	return r
}
