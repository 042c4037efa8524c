package pipeline_test

import (
	"context"
	"sync"
	"testing"

	"github.com/paifang/paifang/core/contact"
	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/pipeline"
)

// TestSecondTap: the same answers again, with the human test that they used up,
// find what the first ones did and are no mistake.
func TestSecondTap(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		p := h.start()
		values := kyc.Values{"phone": phone, "consent": "true", "human": p.solved()}
		next(t, p.submit("account", values), pipeline.NextChallenge, "account")
		code := p.message().Params[contact.ParamCode]
		v := p.submit("account", values)
		next(t, v, pipeline.NextChallenge, "account")
		if len(v.Next.Problems) > 0 || p.message().Params[contact.ParamCode] != code {
			t.Errorf("a second tap: %+v", v.Next.Problems)
		}
		values["phone"] = "+8613900139000"
		problem(t, p.submit("account", values), "human", "human.expired")
		next(t, p.view, pipeline.NextChallenge, "account")
		_, err := p.Submit(context.Background(), p.ref, pipeline.Submission{Step: "account", Version: 1, Values: values})
		refused(t, err, kyc.Conflict)
	})
}

// TestPastABudget: what was spent and counted stays so when the step is refused
// for a used-up budget; past it nobody can try codes or ask whose a number is.
func TestPastABudget(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := context.Background()
		p := h.start()
		solution := p.solved()
		many := pipeline.Submission{Step: "account", Values: kyc.Values{"phone": phone, "consent": "true", "human": "img.nonsense.123456"}}
		for range 120 {
			if _, err := p.Submit(ctx, p.ref, many); err != nil {
				refused(t, err, kyc.Limited) // the budget of failed human tests
			}
		}
		many.Values["human"] = solution
		_, err := p.Submit(ctx, p.ref, many)
		refused(t, err, kyc.Limited)
		if v, err := p.Get(ctx, p.ref); err != nil || v.Next.Challenge != nil {
			t.Errorf("a challenge past the budget: %v, %v", v, err)
		}
	})
}

// TestEachSubmissionCounts: however a submission ends, and with however many at
// once, it is counted once; past the budget the market is not asked.
func TestEachSubmissionCounts(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := context.Background()
		p := h.start()
		p.account(phone)
		p.prove()
		profile := pipeline.Submission{Step: "profile", Values: kyc.Values{"name": "Anna", "kind": "plain"}}
		h.market.down = true
		var crowd sync.WaitGroup
		for range 7 {
			crowd.Go(func() {
				for range 17 {
					if _, err := p.Submit(ctx, p.ref, profile); kyc.CodeOf(err) != kyc.Unavailable {
						t.Errorf("the market is down: %v", err)
					}
				}
			})
		}
		crowd.Wait()
		h.market.down = false
		asked := 0
		h.market.finding = func(kyc.Question) kyc.Finding { asked++; return kyc.Finding{} }
		_, err := p.Submit(ctx, p.ref, profile) // 1 and 7 * 17 were before
		refused(t, err, kyc.Limited)
		if asked > 0 {
			t.Errorf("past the budget the market is asked %d times", asked)
		}
	})
}

// TestSharedPhone: a contact that is proved but is no login name
// may be shared.
func TestSharedPhone(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.market.flow.Steps[0].Proof.Login = false
		var people []*person
		for range 2 {
			p := h.start()
			p.account(phone)
			p.prove()
			p.submit("profile", kyc.Values{"name": "Anna", "kind": "plain"})
			next(t, p.submit("secrets", kyc.Values{"login_password": password}), pipeline.NextWait, "")
			people = append(people, p)
		}
		for _, p := range people {
			if v := p.verify(); v.State != kyc.Activated && v.State != kyc.InReview {
				t.Errorf("state %s", v.State)
			}
		}
	})
}
