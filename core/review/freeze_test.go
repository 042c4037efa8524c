package review_test

import (
	"context"
	"slices"
	"testing"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/review"
	"github.com/paifang/paifang/core/store"
	"github.com/paifang/paifang/core/store/storetest"
	"github.com/paifang/paifang/policies"
)

// icebox remembers what was frozen, and changes nothing.
type icebox struct{ done []string }

func (b *icebox) Freeze(_ context.Context, a kyc.Account, by kyc.Actor, _ string, detail ...string) error {
	b.done = append(append(append(b.done, string(a.ID)), by.Kind), detail...)
	return nil
}

// only may freeze accounts of one market.
type only struct {
	review.Authorizer
	market kyc.MarketID
}

func (o only) May(who kyc.Staff, tenant kyc.TenantID, need policies.Permission, about ...policies.Attribute) bool {
	return o.Authorizer.May(who, tenant, need, about...) &&
		(need != policies.AccountFreeze || len(about) == 0 || slices.Contains(about, policies.Market(o.market)))
}

// TestFreezeWithin: a role whose right to freeze is for one market freezes no account of
// another one.
func TestFreezeWithin(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		h, box := newHouse(t, s), &icebox{}
		h.Freezer = box
		app := h.waiting("anna@example.com")
		h.commit(kyc.CreateAccount{Account: kyc.Account{Tenant: tenant, ID: kyc.AccountID(storetest.ID()), Applicant: app.Applicant, Application: app.ID,
			Market: app.Market, Tier: "basic", State: kyc.AccountActive, Locale: "en", Created: storetest.Now}})
		shipped := h.Authorizer
		for market, want := range map[kyc.MarketID]int{"elsewhere": 0, app.Market: 6} {
			h.Authorizer, box.done = only{shipped, market}, nil
			err := h.FreezeAccount(ctx, h.who("reviewer"), app.ID, review.Freezing{Why: "phone_lost"})
			if len(box.done) != want || want == 0 && kyc.CodeOf(err) != kyc.Forbidden {
				t.Errorf("who may in %s: %v, %v", market, err, box.done)
			}
			if v, err := h.Deliveries(ctx, h.who("reviewer"), app.ID); err != nil || v.Freeze != (want > 0) {
				t.Errorf("who may in %s is offered %v, %v", market, v.Freeze, err)
			}
		}
	})
}

// TestStaffFreeze: who answers the phone freezes the account of an application, for a
// reason of a closed list; who only reads does not, nor anybody where there is no account.
func TestStaffFreeze(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		h, box := newHouse(t, s), &icebox{}
		h.Freezer = box
		app := h.waiting("anna@example.com")
		freezing := review.Freezing{Why: "phone_lost", Ticket: "T-7"}
		if err := h.FreezeAccount(ctx, h.who("reviewer"), app.ID, freezing); kyc.CodeOf(err) != kyc.NotFound {
			t.Errorf("without an account: %v", err)
		}
		account := kyc.Account{Tenant: tenant, ID: kyc.AccountID(storetest.ID()), Applicant: app.Applicant, Application: app.ID,
			Market: app.Market, Tier: "basic", State: kyc.AccountActive, Locale: "en", Created: storetest.Now}
		h.commit(kyc.CreateAccount{Account: account})
		for role, may := range map[string]bool{"viewer": false, "platform_operator": false, "reviewer": true, "tenant_admin": true} {
			if err := h.FreezeAccount(ctx, h.who(role), app.ID, freezing); (err == nil) != may || !may && kyc.CodeOf(err) != kyc.Forbidden {
				t.Errorf("%s: %v", role, err)
			}
		}
		if len(box.done) != 2*6 || box.done[0] != string(account.ID) || box.done[1] != "staff" || box.done[3] != "phone_lost" || box.done[5] != "T-7" {
			t.Errorf("%v", box.done)
		}
		for key, f := range map[string]review.Freezing{"error.freeze_reason": {Why: "because"}, "error.reveal_ticket": {Why: "not_me", Ticket: "Anna B."}} {
			if err := h.FreezeAccount(ctx, h.who("reviewer"), app.ID, f); keyOf(err) != key {
				t.Errorf("%+v: %v", f, err)
			}
		}
		if v, err := h.Deliveries(ctx, h.who("reviewer"), app.ID); err != nil || !v.Freeze || v.Account.State != kyc.AccountActive {
			t.Errorf("%+v %v", v, err)
		}
		h.commit(kyc.SetAccountState{Tenant: tenant, ID: account.ID, From: kyc.AccountActive, To: kyc.AccountFrozen})
		if v, err := h.Deliveries(ctx, h.who("reviewer"), app.ID); err != nil || v.Freeze || v.Account.State != kyc.AccountFrozen {
			t.Errorf("%+v %v", v, err)
		}
	})
}
