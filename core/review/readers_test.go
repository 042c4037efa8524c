package review_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/person"
	"github.com/paifang/paifang/core/review"
	"github.com/paifang/paifang/core/store"
	"github.com/paifang/paifang/core/store/storetest"
)

// TestLooksAreTold joins what staff do at the desk to what people are told of it:
// in the case of a recovery request staff look at two people's documents, and each
// is told of his own only.
func TestLooksAreTold(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		h := newHouse(t, s)
		request, kase := h.recovers("a1")
		readers := &person.Readers{Store: s, Flows: flows{}}
		opens := func(c kyc.Case, of kyc.ApplicationID) {
			t.Helper()
			found, err := s.Files(ctx, tenant, of)
			check(t, err)
			v, err := h.ViewFile(ctx, h.who("senior_reviewer"), c.ID, found[0].ID, true)
			check(t, err)
			check(t, v.Close())
			h.later(time.Minute)
		}
		claims := func(c kyc.Case) {
			t.Helper()
			_, err := h.Claim(ctx, h.who("senior_reviewer"), c.ID)
			check(t, err)
		}
		tells := func(who string, ask func() ([]person.Reading, error), want ...person.Reading) {
			t.Helper()
			got, err := ask()
			check(t, err)
			if d := cmp.Diff(want, got, cmpopts.IgnoreFields(person.Reading{}, "At"), cmpopts.EquateEmpty()); d != "" {
				t.Errorf("%s: %s", who, d)
			}
		}
		asker := func() ([]person.Reading, error) { return readers.OfApplication(ctx, tenant, request.ID) }
		owner := func() ([]person.Reading, error) { return readers.OfAccount(ctx, tenant, "a1") }
		passport := person.Reading{Times: 1, Role: "senior_reviewer", Requirement: "passport", Label: "overseas.passport", Why: person.ForReview}

		claims(kase)
		opens(kase, h.app.ID) // the account's document, in the case of the request
		tells("who asks, when the account's document was opened", asker)
		tells("the owner, when the account's document was opened", owner, passport)

		opens(kase, request.ID)
		twice := passport
		twice.Times = 2
		tells("who asks, when his own was opened", asker, passport)
		tells("the owner, when the other's was opened", owner, passport)

		check(t, h.Reveal(ctx, h.who("senior_reviewer"), kase.ID, review.Reveal{What: review.Everything, Why: "complaint"}))
		clear := person.Reading{Times: 1, Role: "senior_reviewer", Why: person.ForComplaint}
		tells("who asks, when everything was shown", asker, clear, passport)
		tells("the owner, when everything was shown", owner, clear, passport)
		check(t, h.Reveal(ctx, h.who("senior_reviewer"), kase.ID, review.Reveal{What: "profile", Why: "contact_applicant"}))
		tells("the owner, when a step of the request was shown", owner, clear, passport)

		claims(h.case_)
		opens(h.case_, h.app.ID)
		tells("the owner, when it was opened in his own case, too", owner, twice, clear)
		tells("the holder of the account's application", func() ([]person.Reading, error) { return readers.OfApplication(ctx, tenant, h.app.ID) }, passport)
	})
}

// TestLooksAtEarlierApplications: the owner of an account is told of looks at every
// application of his, not only the one that the account was opened by.
func TestLooksAtEarlierApplications(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		h := newHouse(t, s)
		later := storetest.Application(tenant)
		later.Applicant = h.app.Applicant
		h.commit(kyc.CreateApplication{Application: later},
			kyc.CreateAccount{Account: kyc.Account{Tenant: tenant, ID: "a1", Applicant: later.Applicant, Application: later.ID, Market: later.Market, State: "active"}})
		_, err := h.Claim(ctx, h.who("senior_reviewer"), h.case_.ID)
		check(t, err)
		v, err := h.ViewFile(ctx, h.who("senior_reviewer"), h.case_.ID, h.file.ID, true)
		check(t, err)
		check(t, v.Close())
		readers := &person.Readers{Store: s, Flows: flows{}}
		if got, err := readers.OfAccount(ctx, tenant, "a1"); err != nil || len(got) != 1 || got[0].Requirement != "passport" {
			t.Errorf("told is %+v, %v", got, err)
		}
	})
}

// recovers opens an account by the house's application and makes a request about
// it by somebody else, with documents of his own and a case.
func (h *house) recovers(account kyc.AccountID) (kyc.Application, kyc.Case) {
	h.t.Helper()
	h.commit(kyc.CreateAccount{Account: kyc.Account{Tenant: tenant, ID: account, Applicant: h.app.Applicant, Application: h.app.ID, Market: h.app.Market, State: "active"}})
	request, kase := h.applyTo(kyc.RecoveryMarket, "SOMEBODY ELSE", "L898902C4", storetest.Now+1)
	h.commit(kyc.SaveRecovery{Recovery: kyc.Recovery{Tenant: tenant, Application: request.ID, Account: account, Number: "differs", Found: storetest.Now}})
	return request, kase
}
