package review_test

import (
	"encoding/hex"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/review"
	"github.com/paifang/paifang/core/store/storetest"
)

// shown claims the case for who and answers the choice that the page would send.
func (h *house) shown(who review.Who, o kyc.Outcome, picks ...review.Pick) review.Choice {
	h.t.Helper()
	_, err := h.Claim(ctx, who, h.case_.ID)
	check(h.t, err)
	v, err := h.Open(ctx, who, h.case_.ID)
	check(h.t, err)
	return review.Choice{Outcome: o, Picks: picks, Evidence: v.Digest, Version: v.Application.Version}
}

func pick(code, kind, ref string) review.Pick {
	return review.Pick{Code: code, Subject: kyc.Subject{Kind: kind, Ref: ref}}
}

func TestApprove(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ann := h.who("reviewer")
		choice := h.shown(ann, kyc.Approve)
		made, err := h.Decide(ctx, ann, h.case_.ID, choice)
		check(t, err)
		c, err := h.store.Case(ctx, tenant, h.case_.ID)
		check(t, err)
		app, err := h.store.Application(ctx, tenant, h.app.ID)
		check(t, err)
		kept, err := h.store.Decisions(ctx, tenant, h.app.ID)
		check(t, err)
		if c.State != kyc.CaseDecided || c.Outcome != kyc.Approve || c.Decided == 0 || app.State != kyc.Activated {
			t.Errorf("case %+v, application %s", c, app.State)
		}
		if len(kept) != 1 || kept[0].ID != made.ID || hex.EncodeToString(kept[0].Evidence) != choice.Evidence || kept[0].Staff != ann.Staff.ID {
			t.Errorf("decisions %+v", kept)
		}
		l := h.lines()
		if d := l[len(l)-1]; d.Action != "case.decided" || d.Detail["outcome"] != "approve" || d.Detail["evidence"] != choice.Evidence {
			t.Errorf("audit line %+v", d)
		}
		if d := l[len(l)-1]; d.Detail["provider"] != "1.0.0" || d.Detail["found_by"] != "overseas 1.0.0, automatic" {
			t.Errorf("the line names %q and %q as who found it", d.Detail["provider"], d.Detail["found_by"])
		}
		again, err := h.Decide(ctx, ann, h.case_.ID, choice) // the answer was lost
		check(t, err)
		if again.ID != made.ID || len(h.lines()) != len(l) {
			t.Error("the same decision was made twice")
		}
		for name, other := range map[string]review.Choice{
			"another outcome": {Outcome: kyc.Reject, Picks: []review.Pick{pick("policy.underage", "application", "")}, Evidence: choice.Evidence, Version: choice.Version},
			"another note":    {Outcome: kyc.Approve, Note: "x", Evidence: choice.Evidence, Version: choice.Version},
			"other evidence":  {Outcome: kyc.Approve, Evidence: "00", Version: choice.Version},
		} {
			if _, err = h.Decide(ctx, ann, h.case_.ID, other); kyc.CodeOf(err) != kyc.Conflict || keyOf(err) != "error.case_decided" {
				t.Errorf("%s: %v", name, err)
			}
		}
		_, err = h.Decide(ctx, h.who("senior_reviewer"), h.case_.ID, choice)
		wants(t, err, kyc.Conflict, "error.case_decided")
	})
}

func TestOnlyTheHolderDecides(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ann, bob := h.who("reviewer"), h.who("senior_reviewer")
		v, err := h.Open(ctx, ann, h.case_.ID)
		check(t, err)
		choice := review.Choice{Outcome: kyc.Approve, Evidence: v.Digest, Version: v.Application.Version}
		_, err = h.Decide(ctx, ann, h.case_.ID, choice)
		wants(t, err, kyc.Conflict, "error.case_not_claimed")
		choice = h.shown(ann, kyc.Approve)
		_, err = h.Decide(ctx, bob, h.case_.ID, choice)
		wants(t, err, kyc.Forbidden, "error.case_claimed")
		_, err = h.Decide(ctx, h.who("viewer"), h.case_.ID, choice)
		wants(t, err, kyc.Forbidden, "error.forbidden")
		h.later(review.Lease + time.Minute)
		_, err = h.Claim(ctx, bob, h.case_.ID) // takes over
		check(t, err)
		_, err = h.Decide(ctx, ann, h.case_.ID, choice)
		wants(t, err, kyc.Forbidden, "error.case_claimed")
		if len(h.events.asked) != 0 {
			t.Errorf("the application was touched: %v", h.events.asked)
		}
	})
}

// Of many requests with the same decision one is written, and all are told of it.
func TestDecideRace(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ann := h.who("reviewer")
		choice := h.shown(ann, kyc.Approve)
		var wg sync.WaitGroup
		var mu sync.Mutex
		made := map[kyc.DecisionID]int{}
		for range 6 {
			wg.Go(func() {
				mu.Lock()
				desk := review.New(h.Config) // as on another node
				desk.Applications = &effects{}
				mu.Unlock()
				d, err := desk.Decide(ctx, ann, h.case_.ID, choice)
				mu.Lock()
				defer mu.Unlock()
				if err == nil {
					made[d.ID]++
				} else if kyc.CodeOf(err) != kyc.Conflict {
					t.Errorf("refused with %v", err)
				}
			})
		}
		wg.Wait()
		kept, err := h.store.Decisions(ctx, tenant, h.app.ID)
		check(t, err)
		if len(kept) != 1 || len(made) != 1 || made[kept[0].ID] == 0 {
			t.Errorf("told of %v, %d decisions are kept", made, len(kept))
		}
	})
}

func TestStaleEvidence(t *testing.T) {
	changes := map[string]func(h *house) kyc.Change{
		"new check": func(h *house) kyc.Change { return kyc.Change{h.found(h.app, nil)} },
		"new file": func(h *house) kyc.Change {
			f := h.file
			f.ID, f.Digest = kyc.FileID(storetest.ID()), storetest.Hash("other")
			return kyc.Change{kyc.SaveFile{File: f}}
		},
		"new answers": func(h *house) kyc.Change {
			return kyc.Change{kyc.SaveStep{StepRecord: kyc.StepRecord{Tenant: tenant, Application: h.app.ID, Step: "profile",
				State: kyc.StepDone, Values: h.seal(h.app, kyc.OfStep(kyc.SealedStepValues, "profile"), kyc.Values{"name_latin": "OTHER"})}}}
		},
		"new version": func(h *house) kyc.Change {
			return kyc.Change{kyc.UpdateApplication{Application: h.app, Expect: h.app.Version}}
		},
	}
	for name, change := range changes {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, h *house) {
				ann := h.who("reviewer")
				choice := h.shown(ann, kyc.Approve)
				h.commit(change(h)...)
				_, err := h.Decide(ctx, ann, h.case_.ID, choice)
				wants(t, err, kyc.Conflict, "error.evidence_changed")
			})
		})
	}
}

func TestWithdrawnInBetween(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ann := h.who("reviewer")
		choice := h.shown(ann, kyc.Approve)
		gone := h.app
		gone.State = kyc.Withdrawn
		h.commit(kyc.UpdateApplication{Application: gone, Expect: gone.Version})
		_, err := h.Decide(ctx, ann, h.case_.ID, choice)
		wants(t, err, kyc.Conflict, "error.not_in_review")
	})
}

func TestAskAgain(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ann := h.who("reviewer")
		choice := h.shown(ann, kyc.AskAgain, pick("image.blur", "document", "passport"),
			pick("image.glare", "document", "passport"), pick("data.birth_date_mismatch", "step", "profile"))
		choice.Note = "  Please use daylight.  "
		made, err := h.Decide(ctx, ann, h.case_.ID, choice)
		check(t, err)
		if len(h.events.again["passport"]) != 2 || len(h.events.again["profile"]) != 1 || h.events.note != "Please use daylight." {
			t.Errorf("asked again: %+v, note %q", h.events.again, h.events.note)
		}
		r := made.Reasons[0]
		if r.Disposition != kyc.Retry || r.Audience != kyc.Public || r.Remedy != "reason.image.blur.remedy" || r.Source.Kind != "reviewer" {
			t.Errorf("reason %+v", r)
		}
		if strings.Contains(string(made.Note), "daylight") {
			t.Error("the note is kept in clear")
		}
		v, err := h.Open(ctx, ann, h.case_.ID)
		check(t, err)
		if v.Decisions[0].Note != "Please use daylight." || v.Decisions[0].By != "Name of reviewer" {
			t.Errorf("decision shown as %+v", v.Decisions[0])
		}
		if strings.Contains(fmt.Sprint(h.lines()), "daylight") {
			t.Error("the note is in the audit record")
		}
	})
}

func TestReject(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ann := h.who("reviewer")
		made, err := h.Decide(ctx, ann, h.case_.ID, h.shown(ann, kyc.Reject, pick("risk.forgery", "application", "")))
		check(t, err)
		if r := made.Reasons[0]; r.Disposition != kyc.Final || r.Audience != kyc.Private || r.Remedy != "" {
			t.Errorf("reason %+v", r)
		}
	})
}

func TestReasonsMustFit(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ann := h.who("reviewer")
		base := h.shown(ann, kyc.Approve)
		for name, bad := range map[string]struct {
			outcome kyc.Outcome
			picks   []review.Pick
			note    string
			key     string
		}{
			"unknown outcome":            {outcome: "maybe", key: "error.outcome"},
			"approve for a reason":       {outcome: kyc.Approve, picks: []review.Pick{pick("image.blur", "document", "passport")}, key: "error.reason_unfit"},
			"ask again for nothing":      {outcome: kyc.AskAgain, key: "error.reason_required"},
			"reject for nothing":         {outcome: kyc.Reject, key: "error.reason_required"},
			"unknown code":               {outcome: kyc.AskAgain, picks: []review.Pick{pick("image.ugly", "document", "passport")}, key: "error.reason_unfit"},
			"code of another outcome":    {outcome: kyc.AskAgain, picks: []review.Pick{pick("risk.forgery", "document", "passport")}, key: "error.reason_unfit"},
			"document that is not there": {outcome: kyc.AskAgain, picks: []review.Pick{pick("image.blur", "document", "licence")}, key: "error.reason_unfit"},
			"step that cannot be asked":  {outcome: kyc.AskAgain, picks: []review.Pick{pick("data.incomplete", "step", "credentials")}, key: "error.reason_unfit"},
			"reject a document":          {outcome: kyc.Reject, picks: []review.Pick{pick("policy.underage", "document", "passport")}, key: "error.reason_unfit"},
			"retry as a rejection":       {outcome: kyc.Reject, picks: []review.Pick{pick("image.blur", "application", "")}, key: "error.reason_unfit"},
			"endless note":               {outcome: kyc.Approve, note: strings.Repeat("文", review.MaxNote+1), key: "error.note_length"},
		} {
			choice := base
			choice.Outcome, choice.Picks, choice.Note = bad.outcome, bad.picks, bad.note
			_, err := h.Decide(ctx, ann, h.case_.ID, choice)
			if kyc.CodeOf(err) != kyc.Invalid || keyOf(err) != bad.key {
				t.Errorf("%s: %v (%s)", name, err, keyOf(err))
			}
		}
		if len(h.events.asked) != 0 {
			t.Error("the application was touched")
		}
	})
}

// A reviewer may not decide what is of high risk, nor what is of unknown risk.
func TestHighRisk(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		for _, risk := range []string{"high", ""} {
			c, err := h.store.Case(ctx, tenant, h.case_.ID)
			check(t, err)
			c.Risk, c.State, c.ClaimedBy = risk, kyc.CaseOpen, ""
			h.commit(kyc.UpdateCase{Case: c, Expect: c.Version})
			ann := h.who("reviewer")
			_, err = h.Decide(ctx, ann, h.case_.ID, h.shown(ann, kyc.Approve))
			wants(t, err, kyc.Forbidden, "error.forbidden")
		}
	})
}
