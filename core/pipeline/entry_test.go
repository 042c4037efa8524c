package pipeline_test

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/pipeline"
)

// marketplace vouches for members: the made-up market begins with an assertion.
type marketplace struct {
	*house
	signer jose.Signer
}

func (h *house) marketplace() *marketplace {
	h.t.Helper()
	public, private, err := ed25519.GenerateKey(rand.Reader)
	h.must(err)
	h.must(h.store.Commit(context.Background(), tenant, kyc.Change{kyc.SaveAssertionKey{AssertionKey: kyc.AssertionKey{
		Tenant: tenant, KeyID: "k1", Issuer: "https://market.example", Public: public}}}))
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.EdDSA, Key: private}, (&jose.SignerOptions{}).WithHeader("kid", "k1"))
	h.must(err)
	h.market.flow.Steps = append([]kyc.Step{{ID: "entry", Kind: kyc.FederatedStep, Immutable: true,
		Fields: []kyc.Field{{Name: "assertion", Type: kyc.AssertionField, Required: true}}}}, h.market.flow.Steps...)
	return &marketplace{h, signer}
}

func (m *marketplace) vouch(member, phone string) kyc.Values {
	m.t.Helper()
	token, err := jwt.Signed(m.signer).Claims(jwt.Claims{Issuer: "https://market.example", Subject: member, ID: newID(),
		Audience: jwt.Audience{pipeline.AssertionAudience(tenant)}, Expiry: jwt.NewNumericDate(m.clock().Add(5 * time.Minute))}).
		Claims(map[string]any{"site": "s", "membership": "gold", "phone": phone}).Serialize()
	m.must(err)
	return kyc.Values{"assertion": token}
}

func (m *marketplace) enter(member string) *person {
	m.t.Helper()
	p := m.start()
	p.submit("entry", m.vouch(member, ""))
	return p
}

// TestWithdrawnSigner: what a key has signed that was withdrawn is not believed any
// more, however well it is signed.
func TestWithdrawnSigner(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, m := context.Background(), h.marketplace()
		k, err := h.store.AssertionKey(ctx, tenant, "k1")
		h.must(err)
		next(t, m.enter("m-1").view, pipeline.NextForm, "account")
		k.Revoked = kyc.At(h.clock())
		h.must(h.store.Commit(ctx, tenant, kyc.Change{kyc.SaveAssertionKey{AssertionKey: k}}))
		p := m.enter("m-2")
		next(t, p.view, pipeline.NextForm, "entry")
		problem(t, p.view, "assertion", "assertion.invalid")
	})
}

// TestX1EnteringTwice: the same member goes on in the application under way, with
// the token of the entry, and the fresh one is given up for it.
func TestX1EnteringTwice(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, m := context.Background(), h.marketplace()
		first := m.enter("m-1")
		first.account(phone)
		first.prove()
		problem(t, first.submit("profile", kyc.Values{"name": "Anna"}), "kind", "field.required")

		second := h.start()
		values := m.vouch("m-1", "")
		v := second.submit("entry", values)
		next(t, v, pipeline.NextForm, "profile")
		if v.ID != first.ref.Application || len(v.Next.Problems) != 0 {
			t.Fatalf("entered %s with %v, want %s", v.ID, v.Next.Problems, first.ref.Application)
		}
		if again := second.submit("entry", values); again.ID != v.ID {
			t.Error("a client that lost the answer gets another one")
		}
		fresh, err := h.store.Application(ctx, tenant, second.ref.Application)
		h.must(err)
		if fresh.State != kyc.Withdrawn || fresh.Successor != v.ID {
			t.Errorf("the fresh application is %s, successor %q", fresh.State, fresh.Successor)
		}
		here := second.ref
		here.Application = v.ID
		for _, ref := range []pipeline.Ref{here, second.ref, first.ref} {
			if got, err := h.Get(ctx, ref); err != nil || got.ID != v.ID {
				t.Errorf("%v, %v", got, err)
			}
		}
		other := m.enter("m-2")
		if other.view.ID == v.ID {
			t.Fatal("another member entered the same application")
		}
		_, err = h.Get(ctx, pipeline.Ref{Tenant: tenant, Application: second.ref.Application, Token: other.ref.Token})
		refused(t, err, kyc.Unauthorized)
		_, err = h.Get(ctx, pipeline.Ref{Tenant: tenant, Application: v.ID, Token: other.ref.Token})
		refused(t, err, kyc.Unauthorized)
		spent := h.start()
		problem(t, spent.submit("entry", values), "assertion", "assertion.used")
	})
}

// TestX1EnteringAfterTheEnd: an account is signed in to; what came to nothing may
// begin anew.
func TestX1EnteringAfterTheEnd(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, m := context.Background(), h.marketplace()
		p := m.enter("m-1")
		p.account(phone)
		p.prove()
		p.submit("profile", kyc.Values{"name": "Anna", "kind": "plain"})
		p.submit("secrets", kyc.Values{"login_password": password})
		waiting := m.enter("m-1")
		next(t, waiting.view, pipeline.NextWait, "")
		if v := p.verify(); v.State != kyc.Activated {
			t.Fatal(v.State)
		}
		late := h.start()
		_, err := h.Submit(ctx, late.ref, pipeline.Submission{Step: "entry", Values: m.vouch("m-1", "")})
		if refused(t, err, kyc.Conflict); keyOfError(err) != "error.member_has_account" {
			t.Errorf("%v", err)
		}
		if v, err := h.Get(ctx, late.ref); err != nil || v.State != kyc.Withdrawn || v.ID != late.ref.Application {
			t.Errorf("the fresh application: %+v, %v", v, err)
		}
		q := m.enter("m-3")
		_, err = h.Withdraw(ctx, q.ref)
		h.must(err)
		if again := m.enter("m-3"); again.view.ID == q.view.ID || again.view.State != kyc.Open {
			t.Errorf("after a withdrawal: %s %s", again.view.ID, again.view.State)
		}
	})
}

// TestX1EnteringAtOnce: whatever the order, one application is left.
func TestX1EnteringAtOnce(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		m := h.marketplace()
		people, vouched := make([]*person, 6), make([]kyc.Values, 6)
		for i := range people {
			people[i], vouched[i] = h.start(), m.vouch("m-1", "")
		}
		var wg sync.WaitGroup
		for i, p := range people {
			wg.Go(func() { p.submit("entry", vouched[i]) })
		}
		wg.Wait()
		for _, p := range people {
			if p.view.ID != people[0].view.ID || p.view.State != kyc.Open {
				t.Errorf("entered %s (%s), another %s", p.view.ID, p.view.State, people[0].view.ID)
			}
		}
	})
}

// TestX1VouchedPhoneIsTaken: the page says whose number it is about, and another
// one may be typed.
func TestX1VouchedPhoneIsTaken(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		m := h.marketplace()
		owner := m.enter("m-1")
		owner.account(phone)
		owner.prove()
		owner.submit("profile", kyc.Values{"name": "Anna", "kind": "plain"})
		owner.submit("secrets", kyc.Values{"login_password": password})
		p := h.start()
		p.submit("entry", m.vouch("m-2", phone))
		v := p.submit("account", kyc.Values{"consent": "true", "human": p.solved()})
		problem(t, v, "phone", "contact.taken_known")
		next(t, p.account("13900139000"), pipeline.NextChallenge, "account")
	})
}

func keyOfError(err error) string {
	var e *kyc.Error
	if errors.As(err, &e) {
		return e.Key
	}
	return ""
}

// TestStartAgain: a start that is repeated because its answer was lost answers
// the same application and token, until somebody goes on with it.
func TestStartAgain(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := context.Background()
		s := pipeline.Start{Tenant: tenant, Market: "made-up", Locale: "en", Client: pipeline.Client{Address: "192.0.2.1"},
			IdempotencyKey: "2c4b1f0a-made-up-key", Key: "k1"}
		type answer struct {
			id    kyc.ApplicationID
			token string
		}
		answers := make([]answer, 4)
		var wg sync.WaitGroup
		for i := range answers {
			wg.Go(func() {
				v, token, err := h.Start(ctx, s)
				if err == nil {
					answers[i] = answer{v.ID, token}
				}
			})
		}
		wg.Wait()
		for _, a := range answers {
			if a != answers[0] || a.token == "" {
				t.Fatalf("answers differ: %+v", answers)
			}
		}
		other := s
		other.Locale = "ar"
		_, _, err := h.Start(ctx, other)
		refused(t, err, kyc.Conflict)
		other = s
		other.IdempotencyKey = "short"
		_, _, err = h.Start(ctx, other)
		refused(t, err, kyc.Invalid)
		other = s
		other.Client.Address = "198.51.100.7"
		if v, _, err := h.Start(ctx, other); err != nil || v.ID == answers[0].id {
			t.Errorf("another network with the same key: %v", err)
		}
		p := &person{h, pipeline.Ref{Tenant: tenant, Application: answers[0].id, Token: answers[0].token}, nil}
		p.account(phone)
		_, _, err = h.Start(ctx, s)
		refused(t, err, kyc.Conflict)
	})
}
