package pipeline_test

import (
	"context"
	"testing"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/pipeline"
)

// TestX1MovedIsReadOnly: through the application that was given up the member's
// own one is read, and nothing is done to it.
func TestX1MovedIsReadOnly(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, m := context.Background(), h.marketplace()
		first := m.enter("m-1")
		first.account(phone)
		first.prove()
		second := m.enter("m-1")
		moved := func(err error) {
			t.Helper()
			if refused(t, err, kyc.Conflict); keyOfError(err) != "error.application_moved" {
				t.Errorf("%v", err)
			}
		}
		_, err := h.Withdraw(ctx, second.ref)
		moved(err)
		_, err = h.HandOver(ctx, second.ref)
		moved(err)
		_, err = h.Submit(ctx, second.ref, pipeline.Submission{Step: "profile", Values: kyc.Values{"name": "Anna", "kind": "plain"}})
		moved(err)
		elder, err := h.store.Application(ctx, tenant, first.ref.Application)
		h.must(err)
		if elder.State != kyc.Open {
			t.Errorf("the member's application is %s", elder.State)
		}
		v, err := h.Get(ctx, second.ref)
		h.must(err)
		here := second.ref
		here.Application = v.ID
		v, err = h.Submit(ctx, here, pipeline.Submission{Step: "profile", Values: kyc.Values{"name": "Anna", "kind": "plain"}})
		h.must(err)
		next(t, v, pipeline.NextForm, "secrets")
	})
}

// TestX1OnlyWhoPresentsHolds: others who hold the application in which an
// assertion is presented get nothing of the member's.
func TestX1OnlyWhoPresentsHolds(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, m := context.Background(), h.marketplace()
		first := m.enter("m-1")
		first.account(phone)
		first.prove()
		other := h.start()
		handed, err := h.HandOver(ctx, other.ref)
		h.must(err)
		_, token, err := h.TakeOver(ctx, tenant, handed.Token, handed.Code, other.ref.Client)
		h.must(err)
		member := other.ref
		member.Token = token
		v, err := h.Pipeline.Submit(ctx, member, pipeline.Submission{Step: "entry", Values: m.vouch("m-1", "")})
		if h.must(err); v.ID != first.ref.Application {
			t.Fatalf("entered %s", v.ID)
		}
		if v, err := h.Get(ctx, other.ref); err != nil || v.ID != other.ref.Application || v.State != kyc.Withdrawn {
			t.Errorf("the other holder sees %+v, %v", v, err)
		}
		member.Application, other.ref.Application = first.ref.Application, first.ref.Application
		if _, err := h.Get(ctx, member); err != nil {
			t.Error(err)
		}
		_, err = h.Get(ctx, other.ref)
		refused(t, err, kyc.Unauthorized)
	})
}

// between is a store in which something happens right before the next change.
type between struct {
	pipeline.Store
	happens func()
}

func (b *between) Commit(ctx context.Context, tenant kyc.TenantID, change kyc.Change) error {
	for _, w := range change {
		if _, giving := w.(kyc.UpdateApplication); giving && b.happens != nil {
			happens := b.happens
			b.happens = nil
			happens()
		}
	}
	return b.Store.Commit(ctx, tenant, change)
}

// TestX1ElderChangesAtThatMoment: what is found of the elder application holds
// when this one is given up for it, or the entry begins anew.
func TestX1ElderChangesAtThatMoment(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, m := context.Background(), h.marketplace()
		quiet := h.Store
		waiting := func(member, phone string) *person {
			p := m.enter(member)
			p.account(phone)
			p.prove()
			p.submit("profile", kyc.Values{"name": "Anna", "kind": "plain"})
			p.submit("secrets", kyc.Values{"login_password": password})
			return p
		}
		ends := m.enter("m-1")
		late := h.start()
		h.Store = &between{quiet, func() {
			_, err := h.Withdraw(ctx, ends.ref)
			h.must(err)
		}}
		if v := late.submit("entry", m.vouch("m-1", "")); v.ID != late.ref.Application || v.State != kyc.Open {
			t.Errorf("after the end of the elder one: %s %s", v.ID, v.State)
		}

		h.Store = quiet
		opens := waiting("m-2", phone)
		again := h.start()
		h.Store = &between{quiet, func() { opens.verify() }}
		s := pipeline.Submission{Step: "entry", Values: m.vouch("m-2", ""), IdempotencyKey: "key"}
		for range 2 { // a client that lost the answer gets the same
			_, err := h.Submit(ctx, again.ref, s)
			if refused(t, err, kyc.Conflict); keyOfError(err) != "error.member_has_account" {
				t.Fatalf("%v", err)
			}
		}
		s.Values = m.vouch("m-3", "")
		_, err := h.Submit(ctx, again.ref, s)
		if refused(t, err, kyc.Conflict); keyOfError(err) != "error.idempotency_mismatch" {
			t.Errorf("%v", err)
		}
	})
}
