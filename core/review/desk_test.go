package review_test

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/review"
	"github.com/paifang/paifang/core/store"
	"github.com/paifang/paifang/core/store/storetest"
)

func keyOf(err error) string {
	var e *kyc.Error
	if errors.As(err, &e) {
		return e.Key
	}
	return ""
}

func each(t *testing.T, test func(t *testing.T, h *house)) {
	t.Helper()
	storetest.Each(t, func(t *testing.T, s *store.Store) { test(t, newHouse(t, s)) })
}

// Of eight people who claim at once exactly one gets the case.
func TestClaimRace(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		for i := range 8 {
			h.hire(fmt.Sprintf("racer%d", i), "reviewer")
		}
		var wg sync.WaitGroup
		won := make(chan string, 8)
		for i := range 8 {
			who := h.who(fmt.Sprintf("racer%d", i))
			wg.Go(func() {
				if _, err := h.Claim(ctx, who, h.case_.ID); err == nil {
					won <- string(who.Staff.ID)
				} else if kyc.CodeOf(err) != kyc.Conflict {
					t.Errorf("the loser is told %v", err)
				}
			})
		}
		wg.Wait()
		if len(won) != 1 {
			t.Fatalf("%d people hold the case", len(won))
		}
		c, err := h.store.Case(ctx, tenant, h.case_.ID)
		check(t, err)
		if winner := <-won; string(c.ClaimedBy) != winner {
			t.Errorf("%s was told it is theirs, but %s holds it", winner, c.ClaimedBy)
		}
		if got := h.lines(); len(got) != 1 || got[0].Action != "case.claimed" {
			t.Errorf("audit lines %+v", got)
		}
	})
}

// Two who press "next" at once get different cases.
func TestNextRace(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.apply("SECOND", "X1234567", storetest.Now+1)
		var wg sync.WaitGroup
		got := make(chan kyc.CaseID, 2)
		for _, id := range []string{"reviewer", "senior_reviewer"} {
			who := h.who(id)
			wg.Go(func() {
				c, err := h.Next(ctx, who, "")
				if err != nil {
					t.Error(err)
				}
				got <- c.ID
			})
		}
		wg.Wait()
		if a, b := <-got, <-got; a == b {
			t.Errorf("both got %s", a)
		}
		_, err := h.Next(ctx, h.who("compliance_officer"), "")
		wants(t, err, kyc.NotFound, "error.queue_empty")
	})
}

func TestLease(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ann, bob := h.who("reviewer"), h.who("senior_reviewer")
		_, err := h.Claim(ctx, ann, h.case_.ID)
		check(t, err)
		_, err = h.Claim(ctx, bob, h.case_.ID)
		wants(t, err, kyc.Conflict, "error.case_claimed")
		wants(t, h.Release(ctx, bob, h.case_.ID), kyc.Forbidden, "error.case_claimed")

		h.later(20 * time.Minute)
		_, err = h.Open(ctx, ann, h.case_.ID) // activity renews
		check(t, err)
		h.later(20 * time.Minute)
		_, err = h.Claim(ctx, bob, h.case_.ID)
		wants(t, err, kyc.Conflict, "error.case_claimed")

		h.later(review.Lease)
		_, err = h.Claim(ctx, bob, h.case_.ID)
		check(t, err)
		wants(t, h.Release(ctx, ann, h.case_.ID), kyc.Forbidden, "error.case_claimed")
		check(t, h.Release(ctx, bob, h.case_.ID))
		wants(t, h.Release(ctx, bob, h.case_.ID), kyc.Conflict, "error.case_not_claimed")
		h.wantActions("case.claimed", "case.taken_over", "case.released")
	})
}

func (h *house) wantActions(want ...string) {
	h.t.Helper()
	var got []string
	for _, l := range h.lines() {
		got = append(got, l.Action)
	}
	if !slices.Equal(got, want) {
		h.t.Errorf("audit lines %v, want %v", got, want)
	}
}

func TestMaskedUntilRevealed(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		who := h.who("reviewer")
		show := func() string {
			v, err := h.Open(ctx, who, h.case_.ID)
			check(t, err)
			return fmt.Sprintf("%+v %+v", v.Steps, v.Checks)
		}
		secrets := []string{"ERIKSSON", "1974-08-12", "1974-08-21", "L898902C3", "Köln"}
		masked := show()
		for _, s := range secrets {
			if strings.Contains(masked, s) {
				t.Errorf("%q is shown before it is revealed", s)
			}
		}
		if !strings.Contains(masked, "E•• A•• M••") || !strings.Contains(masked, "••••••C3") {
			t.Errorf("masks tell nothing apart: %s", masked)
		}
		v, err := h.Open(ctx, who, h.case_.ID)
		check(t, err)
		agreement := map[string]review.Agreement{}
		for _, d := range v.Steps[0].Data {
			agreement[d.Name] = d.Agreement
		}
		if agreement["name_latin"] != review.Agrees || agreement["birth_date"] != review.Differs || agreement["document_number"] != "" {
			t.Errorf("agreement %v", agreement)
		}

		wants(t, h.Reveal(ctx, who, h.case_.ID, review.Reveal{What: review.Everything}), kyc.Invalid, "error.reveal_reason")
		wants(t, h.Reveal(ctx, who, h.case_.ID, review.Reveal{What: "nothing", Why: "complaint"}), kyc.Invalid, "error.reveal_scope")
		wants(t, h.Reveal(ctx, who, h.case_.ID, review.Reveal{What: "profile", Why: "complaint", Ticket: "Anna Eriksson"}), kyc.Invalid, "error.reveal_ticket")
		wants(t, h.Reveal(ctx, h.who("viewer"), h.case_.ID, review.Reveal{What: review.Everything, Why: "complaint"}), kyc.Forbidden, "")
		h.wantActions()

		check(t, h.Reveal(ctx, who, h.case_.ID, review.Reveal{What: review.Everything, Why: "compare_document", Ticket: "T-17"}))
		clear := show()
		for _, s := range secrets {
			if !strings.Contains(clear, s) {
				t.Errorf("%q is not shown though revealed", s)
			}
		}
		l := h.lines()
		if len(l) != 1 || l[0].Action != "data.revealed" || l[0].Actor.ID != "reviewer" ||
			l[0].Detail["what"] != review.Everything || l[0].Detail["why"] != "compare_document" || l[0].Detail["ticket"] != "T-17" {
			t.Errorf("audit lines %+v", l)
		}
		who = h.who("senior_reviewer")
		if strings.Contains(show(), "L898902C3") {
			t.Error("what one revealed is shown to another")
		}
		who = h.who("reviewer")
		h.later(review.RevealFor)
		if strings.Contains(show(), "L898902C3") {
			t.Error("revealed for ever")
		}
	})
}

// Only checks of the latest submission stand beside the data.
func TestEarlierChecksStandApart(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		open := func() (*review.View, map[string]review.Datum) {
			v, err := h.Open(ctx, h.who("reviewer"), h.case_.ID)
			check(t, err)
			data := map[string]review.Datum{}
			for _, d := range v.Steps[0].Data {
				data[d.Name] = d
			}
			return v, data
		}
		again := h.found(h.app, h.seal(h.app, kyc.SealedEvidence, kyc.Values{
			"birth_date": "agrees", "birth_date.typed": "1974-08-12", "birth_date.read": "1974-08-12"}))
		again.At += 1000
		h.commit(again)
		v, data := open()
		if len(v.Checks) != 1 || v.Checks[0].ID != again.ID || len(v.Earlier) != 1 || v.Earlier[0].ID == again.ID {
			t.Errorf("checks %+v, earlier %+v", v.Checks, v.Earlier)
		}
		if data["birth_date"].Agreement != review.Agrees || data["name_latin"].Agreement != "" || data["name_latin"].Document != "" {
			t.Errorf("an earlier check is told beside the data: %+v", data)
		}
		step := v.Steps[0]
		expect := h.app.Version
		h.app.State = kyc.NeedsApplicant
		h.commit(kyc.UpdateApplication{Application: h.app, Expect: expect}, kyc.SaveStep{StepRecord: kyc.StepRecord{
			Tenant: tenant, Application: h.app.ID, Step: step.ID, State: kyc.StepDone, Provider: "1.0.0", Updated: again.At + 1000,
			Values: h.seal(h.app, kyc.OfStep(kyc.SealedStepValues, step.ID), kyc.Values{"birth_date": "1974-08-13"})}})
		if _, data = open(); data["birth_date"].Value == "" || data["birth_date"].Agreement != "" {
			t.Errorf("a check is told beside what was typed after it: %+v", data)
		}
	})
}

// Pictures that were replaced or refused are shown as earlier ones.
func TestEarlierFilesAreShown(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		second := h.file
		second.ID, second.Created = kyc.FileID(storetest.ID()), h.file.Created+1000
		h.commit(kyc.SaveFile{File: second})
		h.commit(kyc.RefuseFiles{Tenant: tenant, Application: h.app.ID, Requirement: "passport"})
		third := second
		third.ID, third.Created = kyc.FileID(storetest.ID()), second.Created+1000
		h.commit(kyc.SaveFile{File: third})
		v, err := h.Open(ctx, h.who("reviewer"), h.case_.ID)
		check(t, err)
		doc, _ := v.Document("passport")
		if len(doc.Sides) != 1 || doc.Sides[0].File.ID != third.ID {
			t.Errorf("current files %+v", doc.Sides)
		}
		if e := doc.Earlier; len(e) != 2 || e[0].ID != h.file.ID || e[0].State != kyc.FileReplaced || e[1].ID != second.ID || e[1].State != kyc.FileRefused {
			t.Errorf("earlier files %+v", e)
		}
	})
}

func TestViewFile(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		_, err := h.ViewFile(ctx, h.who("viewer"), h.case_.ID, h.file.ID, true)
		wants(t, err, kyc.Forbidden, "error.forbidden")
		_, other := h.apply("SECOND", "X1234567", storetest.Now)
		_, err = h.ViewFile(ctx, h.who("reviewer"), other.ID, h.file.ID, true)
		wants(t, err, kyc.NotFound, "")
		_, err = h.ViewFile(ctx, h.who("reviewer"), h.case_.ID, h.file.ID, true)
		wants(t, err, kyc.Forbidden, "error.view_reason")
		check(t, h.Reveal(ctx, h.who("reviewer"), h.case_.ID, review.Reveal{What: "profile", Why: "complaint"}))
		_, err = h.ViewFile(ctx, h.who("reviewer"), h.case_.ID, h.file.ID, true) // of the data only
		wants(t, err, kyc.Forbidden, "error.view_reason")
		check(t, h.Reveal(ctx, h.who("reviewer"), h.case_.ID, review.Reveal{What: review.Documents, Why: "legal_request", Ticket: "T-7"}))
		_, err = h.ViewFile(ctx, h.who("senior_reviewer"), h.case_.ID, h.file.ID, true) // who gave no reason
		wants(t, err, kyc.Forbidden, "error.view_reason")
		r, err := h.ViewFile(ctx, h.who("reviewer"), h.case_.ID, h.file.ID, false)
		check(t, err)
		body, err := io.ReadAll(r)
		check(t, err)
		check(t, r.Close())
		if string(body) != "original" || r.Media != "image/jpeg" || !r.Original || !strings.HasSuffix(r.Name, "-original.jpg") {
			t.Errorf("%q as %s", body, r.Media)
		}
		want := map[string]string{"file": string(h.file.ID), "form": "original", "requirement": h.file.Requirement, "side": h.file.Side,
			"why": "legal_request", "ticket": "T-7", "role": "reviewer", "application": string(h.case_.Application)}
		last := func() kyc.AuditLine { l := h.lines(); return l[len(l)-1] }
		if l := last(); l.Action != "document.viewed" || !maps.Equal(l.Detail, want) {
			t.Errorf("audit line %+v", l)
		}
		h.later(review.RevealFor)
		_, err = h.ViewFile(ctx, h.who("reviewer"), h.case_.ID, h.file.ID, true)
		wants(t, err, kyc.Forbidden, "error.view_reason")
		_, err = h.Claim(ctx, h.who("reviewer"), h.case_.ID)
		check(t, err)
		r, err = h.ViewFile(ctx, h.who("reviewer"), h.case_.ID, h.file.ID, true)
		check(t, err)
		check(t, r.Close())
		if l := last(); l.Detail["why"] != review.WhyReview || l.Detail["form"] != "rendition" {
			t.Errorf("audit line %+v", l)
		}
	})
}

func TestDuplicatesLinkTheOtherCase(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		app, other := h.apply("SOMEBODY ELSE", "L898902C3", storetest.Now)
		v, err := h.Open(ctx, h.who("viewer"), h.case_.ID)
		check(t, err)
		want := []review.Duplicate{{Kind: "id:passport:UTO", Application: app.ID, Case: other.ID}}
		if !slices.Equal(v.Duplicates, want) {
			t.Errorf("duplicates %+v, want %+v", v.Duplicates, want)
		}
	})
}

func TestQueuePages(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		for i := range review.PageSize + 2 {
			h.apply("N", fmt.Sprintf("X%07d", i), storetest.Now-kyc.Millis(i))
		}
		first, err := h.Queue(ctx, h.who("viewer"), review.Filter{}, "")
		check(t, err)
		second, err := h.Queue(ctx, h.who("viewer"), review.Filter{}, first.After)
		check(t, err)
		if first.After == "" || second.After != "" || len(first.Items) != review.PageSize || len(second.Items) != 3 {
			t.Errorf("pages of %d and %d", len(first.Items), len(second.Items))
		}
		if second.Items[2].ID != h.case_.ID || second.Items[2].Overdue {
			t.Error("what is due last does not stand last")
		}
		h.later(2 * time.Hour)
		late, err := h.Queue(ctx, h.who("viewer"), review.Filter{Age: "overdue"}, first.After)
		check(t, err)
		if !late.Items[2].Overdue {
			t.Error("not overdue after its target")
		}
		_, err = h.Queue(ctx, review.Who{Staff: h.who("viewer").Staff, Tenant: "other"}, review.Filter{}, "")
		wants(t, err, kyc.Forbidden, "")
	})
}
