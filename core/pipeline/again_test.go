package pipeline_test

import (
	"context"
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
