package pipeline_test

import (
	"testing"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/pipeline"
)

// TestToldOnce: a market learns that the person was told of a doubt and has sent
// the very same again; another answer is a new one.
func TestToldOnce(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		p := h.start()
		p.account(phone)
		p.prove()
		h.market.set(func(m *market) {
			m.finding = func(q kyc.Question) kyc.Finding {
				if q.Facts["told.name"] == "field.name" {
					return kyc.Finding{}
				}
				return kyc.Finding{Problems: []kyc.Problem{kyc.P("name", "field.name")}}
			}
		})
		told(t, p.submit("profile", kyc.Values{"name": "Ana", "kind": "plain"}), "name", "field.name")
		told(t, p.submit("profile", kyc.Values{"name": "Anna", "kind": "plain"}), "name", "field.name")
		accepted(t, p.submit("profile", kyc.Values{"name": "Anna", "kind": "plain"}), pipeline.NextForm, "secrets")
	})
}
