package review_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/paifang/paifang/core/audit"
	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/review"
	"github.com/paifang/paifang/core/store"
	"github.com/paifang/paifang/core/store/storetest"
)

// waiting is an application without a case that was sent a link.
func (h *house) waiting(address string) kyc.Application {
	h.t.Helper()
	app := storetest.Application(tenant)
	app.Market, app.State = "overseas", kyc.Open
	wrapped, err := h.vault.NewApplicant(ctx, tenant, app.Applicant)
	check(h.t, err)
	h.commit(kyc.CreateApplicant{Tenant: tenant, ID: app.Applicant, Wrapped: wrapped, At: storetest.Now}, kyc.CreateApplication{Application: app})
	index, err := h.vault.Index(ctx, tenant, "email", address)
	check(h.t, err)
	body, err := json.Marshal(kyc.MessageBody{To: address})
	check(h.t, err)
	sealed, err := h.vault.Seal(ctx, tenant, app.Applicant, kyc.SealedMessage, body)
	check(h.t, err)
	h.commit(kyc.SaveIdentifier{Identifier: kyc.Identifier{Tenant: tenant, ID: kyc.IdentifierID(storetest.ID()), Applicant: app.Applicant,
		Application: app.ID, Step: "account", Kind: "email", Index: index, State: kyc.Claimed, Updated: storetest.Now}},
		kyc.SaveMessage{Message: kyc.Message{Tenant: tenant, ID: kyc.MessageID(storetest.ID()), Application: app.ID, Applicant: app.Applicant, Channel: kyc.Email,
			Template: "link", Locale: "en", Sealed: sealed, State: kyc.MessageFailed, Failure: "address_refused", Created: storetest.Now, Updated: storetest.Now}})
	return app
}

// TestO3StaffSeeDeliveries: where there is no case yet, by number or by contact,
// masked; every search is recorded, that of a contact with its reason and without it.
func TestO3StaffSeeDeliveries(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		h := newHouse(t, s)
		app := h.waiting("anna@example.com")
		w := h.who("reviewer")
		for _, what := range []string{"Anna@Example.com", "  ａｎｎａ@example.com ", string(app.ID)} {
			found, err := h.FindDeliveries(ctx, w, review.Sought{What: what, Why: "complaint", Ticket: "T-1"})
			check(t, err)
			if len(found) != 1 || found[0].ID != app.ID {
				t.Errorf("%q finds %+v", what, found)
			}
		}
		for _, what := range []string{"nobody@example.com", storetest.ID()} {
			if found, err := h.FindDeliveries(ctx, w, review.Sought{What: what, Why: "complaint"}); err != nil || len(found) != 0 {
				t.Errorf("%q finds %+v, %v", what, found, err)
			}
		}
		for what, key := range map[string]string{"anna@example.com": "error.reveal_reason", "13800138000": "error.sought", "anna": "error.sought", "@": "error.sought"} {
			_, err := h.FindDeliveries(ctx, w, review.Sought{What: what})
			if keyOf(err) != key {
				t.Errorf("%q: %v", what, err)
			}
		}
		lines, err := s.AuditLines(ctx, tenant, kyc.AuditFilter{Action: audit.MessagesSought}, "", 10)
		check(t, err)
		if len(lines) != 5 || lines[4].Detail["by"] != "email" || lines[4].Detail["why"] != "complaint" || lines[4].Detail["found"] != "1" || lines[2].Detail["by"] != "number" {
			t.Errorf("the record tells: %+v", lines)
		}
		for _, l := range lines {
			if l.Actor.ID != "reviewer" || l.Detail["what"] != "" {
				t.Errorf("%+v", l)
			}
		}
		v, err := h.Deliveries(ctx, w, app.ID)
		check(t, err)
		if v.Case != "" || !v.Repeat || len(v.Messages) != 1 || v.Messages[0].To != "a***@example.com" || v.Messages[0].Failure != "address_refused" {
			t.Errorf("%+v", v)
		}
		with, err := h.Deliveries(ctx, w, h.app.ID)
		if check(t, err); with.Case != h.case_.ID {
			t.Errorf("the case is %q", with.Case)
		}
	})
}

// TestFindingIsBounded: nobody goes through a list of addresses, and who lacks
// the permission does nothing of it.
func TestFindingIsBounded(t *testing.T) {
	h := newHouse(t, storetest.SQLite(t))
	app := h.waiting("anna@example.com")
	sought := review.Sought{What: "anna@example.com", Why: "complaint"}
	for range 60 {
		_, err := h.FindDeliveries(ctx, h.who("reviewer"), sought)
		check(t, err)
	}
	if _, err := h.FindDeliveries(ctx, h.who("reviewer"), sought); kyc.CodeOf(err) != kyc.Limited {
		t.Errorf("the 61st search: %v", err)
	}
	_, err := h.FindDeliveries(ctx, h.who("senior_reviewer"), sought)
	check(t, err)
	h.later(time.Hour)
	_, err = h.FindDeliveries(ctx, h.who("reviewer"), sought)
	check(t, err)
	if _, err := h.FindDeliveries(ctx, h.who("viewer"), sought); kyc.CodeOf(err) != kyc.Forbidden {
		t.Errorf("a viewer searches: %v", err)
	}
	if _, err := h.Deliveries(ctx, h.who("viewer"), app.ID); kyc.CodeOf(err) != kyc.Forbidden {
		t.Errorf("a viewer reads: %v", err)
	}
	if err := h.RepeatMessage(ctx, h.who("tenant_admin"), app.ID); kyc.CodeOf(err) != kyc.Forbidden {
		t.Errorf("an administrator sends: %v", err)
	}
	stranger := review.Who{Staff: h.who("reviewer").Staff, Tenant: "other"}
	if _, err := h.Deliveries(ctx, stranger, app.ID); kyc.CodeOf(err) != kyc.Forbidden {
		t.Errorf("another tenant: %v", err)
	}
}
