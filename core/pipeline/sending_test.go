package pipeline_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/paifang/paifang/core/contact"
	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/pipeline"
)

// rules gives the tenant rules of its own.
func (h *house) rules(json string) {
	h.t.Helper()
	_, err := contact.ParseRules([]byte(json))
	h.must(err)
	h.must(h.store.Commit(context.Background(), tenant, kyc.Change{kyc.SaveSendingRules{SendingRules: kyc.SendingRules{Tenant: tenant, Rules: []byte(json)}}}))
}

// spent is what is counted of a sum of money today, in thousandths.
func (h *house) spent(what string) int64 {
	h.t.Helper()
	used, err := h.store.BudgetUsed(context.Background(), tenant, what, kyc.At(h.clock().Truncate(24*time.Hour)))
	h.must(err)
	return used
}

func retryAfter(err error) time.Duration {
	var e *kyc.Error
	if errors.As(err, &e) {
		return e.RetryAfter
	}
	return 0
}

func numbered(i int) string { return fmt.Sprintf("+86138001%05d", 38000+i) }

// try submits the account step with a number, and gives the error too.
func (p *person) try(phone string) (*pipeline.View, error) {
	return p.Submit(context.Background(), p.ref, pipeline.Submission{Step: "account",
		Values: kyc.Values{"phone": phone, "consent": "true", "human": p.solved()}})
}

// The sum of a day is reserved with the code, put right when the code is sent, and
// past it nothing is sent and nothing is lost; the next day begins anew, and so
// does a budget that a person re-opens.
func TestMoneyOfADay(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := context.Background()
		h.rules(`{"currency":"EUR","day":1000,"phone":{"CN":{"thousand":5000,"day":30}}}`) // five cents a segment, two are reserved
		var first *person
		for i := range 3 {
			p := h.start()
			if i == 0 {
				first = p
			}
			if v, err := p.try(numbered(i)); err != nil || v.Next.Kind != pipeline.NextChallenge {
				t.Fatalf("message %d: %v", i, err)
			}
		}
		if h.spent("money") != 30_000 || h.spent("money.phone.CN") != 30_000 {
			t.Errorf("spent %d, in China %d", h.spent("money"), h.spent("money.phone.CN"))
		}
		p := h.start()
		_, err := p.try(numbered(9))
		refused(t, err, kyc.Limited)
		if !contact.IsLater(err) || retryAfter(err) != 12*time.Hour {
			t.Errorf("%v, again after %v", err, retryAfter(err))
		}
		if v, err := h.Get(ctx, p.ref); err != nil || v.Next.Fields[0].Values["phone"] == "" {
			t.Errorf("what was typed is lost: %v", err)
		}
		body := first.message()
		if body.Charge == nil || *body.Charge != (kyc.Charge{Day: kyc.At(h.clock().Truncate(24 * time.Hour)), Region: "CN", Currency: "EUR", Segments: 2, Thousand: 5000}) {
			t.Fatalf("reserved was %+v", body.Charge)
		}
		h.must(h.store.Commit(ctx, tenant, contact.Settle(tenant, kyc.Phone, *body.Charge, 1, kyc.Cost{})))
		if h.spent("money") != 25_000 || h.spent("money.phone.CN") != 25_000 {
			t.Errorf("after one segment: %d", h.spent("money"))
		}
		release, err := h.Warden.Release(tenant, "money.phone.CN", h.clock())
		h.must(err)
		h.must(h.store.Commit(ctx, tenant, kyc.Change{release}))
		if _, err := p.try(numbered(9)); err != nil {
			t.Errorf("after it was re-opened: %v", err)
		}
		h.pass(24 * time.Hour)
		if _, err := h.start().try(numbered(10)); err != nil {
			t.Errorf("the next day: %v", err)
		}
	})
}

// 64 people at once never spend more than there is.
func TestMoneyUnderLoad(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		many := []contact.Rate{{Window: time.Hour, Limit: 1000}}
		h.Warden.Limits = contact.Limits{SendAddress: many, Availability: many}
		h.Limits = h.Warden.Limits
		h.rules(`{"currency":"EUR","day":1000,"phone":{"CN":{"thousand":5000,"day":200}}}`) // enough for 20, of which 4 need a test
		people := make([]*person, 64)
		solutions := make([]string, len(people))
		for i := range people {
			people[i], solutions[i] = h.start(), h.solved()
		}
		var sent, later atomic.Int64
		var all sync.WaitGroup
		for i, p := range people {
			all.Go(func() {
				v, err := h.Submit(context.Background(), p.ref, pipeline.Submission{Step: "account",
					Values: kyc.Values{"phone": numbered(i), "consent": "true", "human": solutions[i]}})
				switch {
				case err == nil && v.Next.Kind == pipeline.NextChallenge:
					sent.Add(1)
				case contact.IsLater(err):
					later.Add(1)
				default:
					t.Errorf("person %d: %v", i, err)
				}
			})
		}
		all.Wait()
		if sent.Load() != 20 || later.Load() != 44 || h.spent("money.phone.CN") != 200_000 || h.spent("money") != 200_000 {
			t.Errorf("%d sent, %d later, spent %d", sent.Load(), later.Load(), h.spent("money"))
		}
	})
}

// A number of a virtual operator is sent a code after a human test only, and each
// one of them after a test of its own.
func TestHumanTestBeforeRisk(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := context.Background()
		p := h.start()
		next(t, p.account("+8617012345678"), pipeline.NextChallenge, "account") // the step has a test
		id := p.view.Next.Challenge.ID
		h.pass(2 * time.Minute)
		v, err := h.Resend(ctx, p.ref, id)
		h.must(err)
		problem(t, v, "human", "human.required")
		if !v.Next.Challenge.Human || v.Next.Challenge.ID != id {
			t.Fatalf("the challenge is %+v", v.Next.Challenge)
		}
		with := p.ref
		with.Client.Human = "nonsense"
		v, err = h.Resend(ctx, with, id)
		h.must(err)
		problem(t, v, "human", "human.invalid")
		with.Client.Human = p.solved()
		v, err = h.Resend(ctx, with, id)
		h.must(err)
		if v.Next.Challenge.ID == id || len(v.Next.Problems) > 0 || v.Next.Challenge.Human {
			t.Fatalf("no other code: %+v", v.Next)
		}
		h.pass(2 * time.Minute)
		v, err = h.Resend(ctx, with, v.Next.Challenge.ID) // the same solution once more
		h.must(err)
		problem(t, v, "human", "human.required")
	})
}

// Numbers that begin alike and never answer: first a human test, then nothing.
func TestPrefixInBadStanding(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := context.Background()
		count := func(key string, n int64) {
			at := kyc.At(h.clock().Truncate(15 * time.Minute))
			h.must(h.store.Commit(ctx, tenant, kyc.Change{kyc.TakeBudget{Tenant: tenant, Key: key, Start: at, Window: 15 * time.Minute,
				Limit: 1 << 40, Amount: n, Keep: 6 * time.Hour}}))
		}
		count("prefix.sent.+8613800", 40)
		mode := func() contact.Mode {
			s, err := h.Warden.State(ctx, tenant, h.clock())
			h.must(err)
			if len(s.Prefixes) == 0 {
				return contact.Free
			}
			return s.Prefixes[0].Mode
		}
		if mode() != contact.Free {
			t.Error("codes of the last minutes count already")
		}
		h.pass(20 * time.Minute)
		if mode() != contact.HumanFirst {
			t.Errorf("40 sent, none answered: %s", mode())
		}
		count("prefix.sent.+8613800", 60)
		h.pass(20 * time.Minute)
		if mode() != contact.Later {
			t.Errorf("100 sent, none answered: %s", mode())
		}
		p := h.start()
		_, err := p.try(phone)
		if refused(t, err, kyc.Limited); !contact.IsLater(err) || retryAfter(err) < 5*time.Hour || retryAfter(err) > 6*time.Hour {
			t.Errorf("%v, again after %v", err, retryAfter(err))
		}
		if _, err := h.start().try("+8613900138000"); err != nil {
			t.Errorf("numbers that begin otherwise: %v", err)
		}
		release, err := h.Warden.Release(tenant, "prefix.+8613800", h.clock())
		h.must(err)
		h.must(h.store.Commit(ctx, tenant, kyc.Change{release}))
		if mode() != contact.Free {
			t.Errorf("re-opened: %s", mode())
		}
		p.account(phone)
		p.prove()
		if n, err := h.store.BudgetSums(ctx, tenant, "prefix.verified.", 0, 1<<60, 1, 9); err != nil || len(n) != 1 || n[0].Used != 1 || n[0].Key != "prefix.verified.+8613800" {
			t.Errorf("answered codes: %+v, %v", n, err)
		}
		h.pass(7 * time.Hour)
		if mode() != contact.Free {
			t.Errorf("seven hours later: %s", mode())
		}
	})
}

// What is counted is shown as it stops people: a country that has had its messages
// of the hour is closed, and open when the hour is over. Who they went to is not told.
func TestCountsOfAnHourAreShown(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := context.Background()
		h.Warden.Limits.SendCountry = []contact.Rate{{Window: time.Hour, Limit: 2}}
		h.Limits = h.Warden.Limits
		counted := func() string {
			s, err := h.Warden.State(ctx, tenant, h.clock())
			h.must(err)
			out := ""
			for _, c := range s.Counted {
				if c.Ends.Time().Sub(c.Begins.Time()) != time.Hour || c.Begins.Time().After(h.clock()) || !c.Ends.Time().After(h.clock()) {
					t.Errorf("the window of %+v", c)
				}
				out += fmt.Sprintf("%s%s %d/%d %s; ", c.Channel, c.Region, c.Used, c.Limit, c.Mode)
			}
			return out
		}
		const nothing = "phone 0/2000 free; email 0/2000 free; "
		if got := counted(); got != nothing {
			t.Errorf("before anything: %s", got)
		}
		for i, want := range []string{"phone 1/2000 free; email 0/2000 free; phoneCN 1/2 free; ", "phone 2/2000 free; email 0/2000 free; phoneCN 2/2 later; "} {
			_, err := h.start().try(numbered(i))
			h.must(err)
			if got := counted(); got != want {
				t.Errorf("after %d messages: %s", i+1, got)
			}
		}
		_, err := h.start().try(numbered(2))
		refused(t, err, kyc.Limited)
		h.pass(time.Hour)
		if got := counted(); got != nothing {
			t.Errorf("an hour later: %s", got)
		}
		_, err = h.start().try(numbered(3))
		h.must(err)
	})
}

// What a tenant does not send to is told where it is typed.
func TestClosedRegionsAndDomains(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.rules(`{"currency":"USD","day":50000,"regions":["HK"],"mail_deny":["bad.example"]}`)
		p := h.start()
		v, err := p.try(phone)
		h.must(err)
		problem(t, v, "phone", "contact.region_closed")
		if h.spent("money") != 0 {
			t.Error("something was reserved")
		}
	})
}

// Without the budgets nothing is sent: what was typed is kept, and the answer is later.
func TestBudgetsThatCannotBeTold(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		p := h.start()
		h.Warden.Store = broken{h.Warden.Store}
		_, err := p.try(phone)
		if refused(t, err, kyc.Unavailable); !contact.IsLater(err) || retryAfter(err) <= 0 {
			t.Errorf("%v", err)
		}
		if n, err := h.store.Messages(context.Background(), tenant, p.ref.Application, 9); err != nil || len(n) != 0 {
			t.Errorf("%d messages, %v", len(n), err)
		}
		v, err := h.Get(context.Background(), p.ref)
		h.must(err)
		if v.Next.Fields[0].Values["phone"] == "" {
			t.Error("what was typed is lost")
		}
	})
}

// broken are budgets whose table cannot be read.
type broken struct{ contact.Counts }

func (broken) BudgetCounts(context.Context, kyc.TenantID, []string, kyc.Millis) ([]kyc.BudgetCount, error) {
	return nil, kyc.E(kyc.Internal, "the table is away")
}
