package person_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/person"
	"github.com/paifang/paifang/core/store"
	"github.com/paifang/paifang/core/store/storetest"
)

type passports struct{}

func (passports) Flow(context.Context, kyc.MarketID, string) (*kyc.Flow, error) {
	return &kyc.Flow{Steps: []kyc.Step{{Documents: []kyc.Requirement{{ID: "passport", Label: "doc.passport"}}}}}, nil
}

func TestReaders(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		seeded := storetest.Seed(t, s)
		app := seeded.Application
		kase := kyc.Case{Tenant: "demo", ID: "c1", Application: app.ID, Applicant: app.Applicant, Market: app.Market, State: kyc.CaseOpen, Version: 1, Opened: storetest.Now}
		again := kase
		again.ID, again.Opened = "c2", storetest.Now+1
		account := kyc.Account{Tenant: "demo", ID: "a1", Applicant: app.Applicant, Application: app.ID, Market: app.Market, State: "active"}
		storetest.Commit(t, s, "demo", kyc.SaveCase{Case: kase}, kyc.SaveCase{Case: again}, kyc.CreateAccount{Account: account})
		at := func(minutes int, kase, who, action string, detail map[string]string) kyc.Millis {
			line := kyc.AuditLine{Tenant: "demo", ID: kyc.AuditID(storetest.ID()), At: kyc.At(storetest.Now.Time().Add(time.Duration(minutes) * time.Minute)),
				Actor: kyc.Actor{Kind: "staff", ID: who}, Action: action, ObjectKind: "case", ObjectID: kase, Detail: detail}
			storetest.Commit(t, s, "demo", kyc.AppendAudit{AuditLine: line})
			return line.At
		}
		view := func(requirement, why string) map[string]string {
			return map[string]string{"file": "f", "application": string(app.ID), "requirement": requirement, "why": why, "role": "reviewer"}
		}
		readers := &person.Readers{Store: s, Flows: passports{}}
		if list, err := readers.OfApplication(ctx, "demo", app.ID); err != nil || len(list) != 0 {
			t.Errorf("nobody read anything: %+v, %v", list, err)
		}
		at(0, "c1", "s1", "document.viewed", view("passport", "review"))
		at(30, "c1", "s1", "document.viewed", view("passport", "review"))
		first := at(70, "c1", "s1", "document.viewed", view("passport", "review")) // less than an hour after the one before
		other := at(71, "c1", "s2", "document.viewed", view("visa", "suspected_fraud"))
		at(72, "c2", "s1", "data.revealed", map[string]string{"what": "documents", "why": "complaint", "role": "reviewer"})
		last := at(300, "c2", "s1", "data.revealed", map[string]string{"what": "everything", "why": "contact_applicant", "role": "senior_reviewer"})
		at(301, "c2", "s1", "case.claimed", nil)
		at(302, "another", "s1", "document.viewed", view("passport", "review"))
		old := at(400, "c2", "s1", "document.viewed", map[string]string{"file": "f", "requirement": "passport", "why": "review", "role": "reviewer"}) // of before lines said whose
		want := []person.Reading{
			{At: old, Times: 1, Role: "reviewer", Requirement: "passport", Label: "doc.passport", Why: person.ForReview},
			{At: last, Times: 1, Role: "senior_reviewer", Why: person.ForContact},
			{At: other, Times: 1, Role: "reviewer", Requirement: "visa", Why: person.ForReview}, // who suspects does not say so
			{At: first, Times: 3, Role: "reviewer", Requirement: "passport", Label: "doc.passport", Why: person.ForReview},
		}
		for name, ask := range map[string]func() ([]person.Reading, error){
			"application": func() ([]person.Reading, error) { return readers.OfApplication(ctx, "demo", app.ID) },
			"account":     func() ([]person.Reading, error) { return readers.OfAccount(ctx, "demo", "a1") },
		} {
			if got, err := ask(); err != nil || cmp.Diff(want, got) != "" {
				t.Errorf("%s: %v %s", name, err, cmp.Diff(want, got))
			}
		}
		if _, err := readers.OfApplication(ctx, "other", app.ID); kyc.CodeOf(err) != kyc.NotFound {
			t.Errorf("another tenant: %v", err)
		}
	})
}
