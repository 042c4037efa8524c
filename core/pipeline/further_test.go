package pipeline_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/pipeline"
)

func codes(v *pipeline.View) []string {
	var list []string
	for _, p := range v.Short {
		list = append(list, p.Path+" "+p.Code)
	}
	return list
}

// TestEverythingAtOnce: what the market finds and what is wrong with a password are
// told with what is missing, not in a second round.
func TestEverythingAtOnce(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.market.flow.Steps[3].Fields = append(h.market.flow.Steps[3].Fields,
			kyc.Field{Name: "payment_password", Type: kyc.PINField, Required: true},
			kyc.Field{Name: "questions", Type: kyc.QuestionField, Required: true, Count: 1, Options: []kyc.Option{{Value: "pet"}}})
		p := h.start()
		p.account(phone)
		p.prove()
		var seen kyc.Values
		h.market.set(func(m *market) {
			m.finding = func(q kyc.Question) kyc.Finding {
				seen = q.Values
				return kyc.Finding{Problems: []kyc.Problem{kyc.P("name", "field.name"), kyc.P("kind", "field.not_option"), kyc.P("", "data.conflict"), kyc.P("bind", "field.decide")}}
			}
		})
		v := p.submit("profile", kyc.Values{"name": "Eve", "kind": "odd"})
		if got := codes(v); !slices.Equal(got, []string{"name field.name", "kind field.not_option"}) || seen["name"] != "Eve" || seen["kind"] != "" {
			t.Errorf("told at once: %v; the market saw %v", got, seen)
		}
		h.market.set(func(m *market) { m.down = true })
		if got := codes(p.submit("profile", kyc.Values{"name": "Eve"})); !slices.Equal(got, []string{"kind field.required"}) {
			t.Errorf("with the market down: %v", got)
		}
		h.market.set(func(m *market) { m.down, m.finding = false, nil })
		next(t, p.submit("profile", kyc.Values{"name": "Anna", "kind": "plain"}), pipeline.NextForm, "secrets")
		got := codes(p.submit("secrets", kyc.Values{"login_password": "aaaaaaaa", "payment_password": "123456"}))
		if len(got) != 4 || got[0][:15] != "login_password " || got[1][:17] != "payment_password " || !slices.Equal(got[2:], []string{"questions.1.question field.required", "questions.1.answer field.required"}) {
			t.Errorf("told at once: %v", got)
		}
	})
}

// TestNothingIsAskedBeforeTheHumanTest: an incomplete step with a human test goes no
// further than the form.
func TestNothingIsAskedBeforeTheHumanTest(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.market.flow.Steps[0].Kind = kyc.ProfileStep
		h.market.flow.Steps[0].Proof = nil
		asked := 0
		h.market.finding = func(kyc.Question) kyc.Finding { asked++; return kyc.Finding{} }
		p := h.start()
		if got := codes(p.submit("account", kyc.Values{"phone": phone, "human": "no"})); len(got) == 0 || asked > 0 {
			t.Errorf("problems %v, the market was asked %d times", got, asked)
		}
	})
}

// TestX1VouchedPhoneIsDeclined: a phone that the marketplace knows and that reaches
// nobody any more is no dead end: another one is typed, after a human test.
func TestX1VouchedPhoneIsDeclined(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, m := context.Background(), h.marketplace()
		p := h.start()
		p.submit("entry", m.vouch("m-1", phone))
		if there, _ := has(p.view, "phone"); there {
			t.Fatal("a known phone is asked for")
		}
		next(t, p.submit("account", kyc.Values{"consent": "true"}), pipeline.NextChallenge, "account")
		v, err := h.Correct(ctx, p.ref, "account")
		h.must(err)
		for range 2 {
			for _, name := range []string{"phone", "human"} {
				if there, _ := has(v, name); !there {
					t.Fatalf("%s is not asked for: %+v", name, v.Next.Fields)
				}
			}
			if shown := fmt.Sprint(v.Next.Fields, v.Next.Derived); len(v.Next.Derived) > 0 || slices.ContainsFunc(v.Next.Fields, func(f pipeline.FieldView) bool { return f.Value() == phone }) {
				t.Errorf("the number that was declined is shown: %s", shown)
			}
			v = p.submit("account", kyc.Values{"phone": "13900139000", "consent": "true"}) // without the human test
			if len(v.Short) != 1 || v.Short[0].Path != "human" {
				t.Fatalf("fell short of %v", v.Short)
			}
		}
		next(t, p.account("13900139000"), pipeline.NextChallenge, "account")
		if to := p.message().To; to != "+8613900139000" {
			t.Errorf("the code went to %q", to)
		}
		next(t, p.prove(), pipeline.NextForm, "profile")
	})
}
