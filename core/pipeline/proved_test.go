package pipeline_test

import (
	"context"
	"testing"
	"time"

	"github.com/paifang/paifang/core/contact"
	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/pipeline"
)

// TestBegunBeforeTheMarketHadWays: an application that is open when its market
// gets ways is on the default one, and none of its steps is passed over.
func TestBegunBeforeTheMarketHadWays(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		p := h.start()
		h.market.set(func(m *market) {
			m.flow.Ways = []kyc.Way{{ID: "phone"}, {ID: "email"}}
			m.flow.Steps[0].When = kyc.Condition{Field: "start.way", In: []string{"phone"}}
		})
		_, err := h.Submit(context.Background(), p.ref, pipeline.Submission{Step: "profile", Values: kyc.Values{"name": "Anna", "kind": "plain"}})
		refused(t, err, kyc.Conflict)
		next(t, p.account(phone), pipeline.NextChallenge, "account")
		p.prove()
		if p.view.Way != "phone" {
			t.Errorf("on way %q", p.view.Way)
		}
		next(t, p.submit("profile", kyc.Values{"name": "Anna", "kind": "plain"}), pipeline.NextForm, "secrets")
		p.submit("secrets", kyc.Values{"login_password": password})
		next(t, p.verify(), pipeline.NextDone, "")
	})
}

// TestNoAccountWithoutLogin: whatever a market's plan is, no machine opens an
// account without a login name that was proved.
func TestNoAccountWithoutLogin(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.market.flow.Steps = h.market.flow.Steps[1:]
		p := h.start()
		p.submit("profile", kyc.Values{"name": "Anna", "kind": "plain"})
		p.submit("secrets", kyc.Values{"login_password": password})
		if v := p.verify(); v.State != kyc.InReview {
			t.Errorf("it is %s", v.State)
		}
	})
}

// rejected has a reviewer reject the person's application.
func (p *person) rejected() {
	p.t.Helper()
	ctx := context.Background()
	app, err := p.store.Application(ctx, tenant, p.ref.Application)
	p.must(err)
	change, err := p.Reject(ctx, tenant, app, kyc.Decision{Tenant: tenant, Application: app.ID, Staff: "s1", Outcome: kyc.Reject})
	p.must(err)
	p.must(p.store.Commit(ctx, tenant, change))
}

// TestO3WrongAddressAfterTheEnd: who got a link by mistake gets no other one, not
// even to an application that was rejected; who proved the address does.
func TestO3WrongAddressAfterTheEnd(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := context.Background()
		h.mailed()
		h.market.flow.Review = "always"
		p := h.start()
		p.mail("stranger@example.com")
		astray := p.message().Params[contact.ParamToken]
		_, err := h.Correct(ctx, p.ref, "account")
		h.must(err)
		p.mail("anna@example.com")
		own := p.message().Params[contact.ParamToken]
		p.prove()
		p.submit("profile", kyc.Values{"name": "Anna", "kind": "plain"})
		p.submit("secrets", kyc.Values{"login_password": password})
		p.verify()
		p.rejected()
		refused(t, h.RenewLink(ctx, tenant, astray, pipeline.Client{}), kyc.Conflict)
		if to := p.message().To; to != "anna@example.com" {
			t.Errorf("written to %q", to)
		}
		h.must(h.RenewLink(ctx, tenant, own, pipeline.Client{}))
		v, _, err := h.FollowLink(ctx, tenant, p.message().Params[contact.ParamToken], pipeline.Client{})
		if h.must(err); v.State != kyc.Rejected {
			t.Errorf("state %s", v.State)
		}
	})
}

// TestO3StaffSendAgainByMail: after the end, too, to where the decision went; the
// address was claimed in one step and proved in another.
func TestO3StaffSendAgainByMail(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := context.Background()
		byEmail(h)
		h.market.flow.Review = "always"
		p := h.startBy("email").proved("anna@example.com")
		p.submit("profile", kyc.Values{"name": "Anna", "kind": "plain", "contact": phone, "bind": "false"})
		p.finish()
		p.rejected()
		first := p.message()
		h.must(h.SendAgain(ctx, tenant, p.ref.Application, "s1"))
		again := p.message()
		if first.To != "anna@example.com" || again.To != first.To || again.Params[contact.ParamToken] == first.Params[contact.ParamToken] {
			t.Errorf("the decision went to %q, again to %q", first.To, again.To)
		}
	})
}

// TestSentAgainWithinTheBudgets: what somebody has sent again counts like every
// other message; every member of staff has a budget of their own.
func TestSentAgainWithinTheBudgets(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := context.Background()
		one := contact.Limits{SendContact: []contact.Rate{{Window: time.Hour, Limit: 2}}, SendAddress: []contact.Rate{{Window: time.Hour, Limit: 1}}}
		mailed := func(address, client string) (*person, string) {
			p := h.start()
			p.ref.Client.Address = client
			p.mail(address)
			token := p.message().Params[contact.ParamToken]
			p.prove()
			return p, token
		}
		h.mailed()
		h.Limits, h.Warden.Limits = one, one
		anna, link := mailed("anna@example.com", "192.0.2.1")
		berta, _ := mailed("berta@example.com", "192.0.2.2")
		refused(t, h.RenewLink(ctx, tenant, link, pipeline.Client{Address: "192.0.2.1"}), kyc.Limited)
		h.must(h.RenewLink(ctx, tenant, link, pipeline.Client{Address: "192.0.2.3"}))
		refused(t, h.RenewLink(ctx, tenant, link, pipeline.Client{Address: "192.0.2.4"}), kyc.Limited) // the address has had its two
		refused(t, h.SendAgain(ctx, tenant, anna.ref.Application, "s1"), kyc.Limited)
		h.must(h.SendAgain(ctx, tenant, berta.ref.Application, "s1"))
		caesar, _ := mailed("caesar@example.com", "192.0.2.5")
		refused(t, h.SendAgain(ctx, tenant, caesar.ref.Application, "s1"), kyc.Limited)
		h.must(h.SendAgain(ctx, tenant, caesar.ref.Application, "s2"))
	})
}

// TestHumanTestBeforeAProof: only a contact that the marketplace vouched for
// spares the human test.
func TestHumanTestBeforeAProof(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		byEmail(h)
		h.market.flow.Steps[2].Fields = []kyc.Field{{Name: "human", Type: kyc.HumanField, Required: true}}
		p := h.startBy("email")
		p.claim("anna@example.com")
		p.submit("phone", kyc.Values{"phone": phone})
		next(t, p.prove(), pipeline.NextForm, "activation")
		problem(t, p.submit("activation", nil), "human", "human.required")
		next(t, p.submit("activation", kyc.Values{"human": p.solved()}), pipeline.NextChallenge, "activation")
	})
}

// unaware is a store that does not see, the next time it is asked, that a login
// name was taken just now.
type unaware struct {
	pipeline.Store
	next bool
}

func (s *unaware) IdentifierTaken(ctx context.Context, tenant kyc.TenantID, kind string, index []byte, except kyc.ApplicationID) (bool, error) {
	if s.next {
		s.next = false
		return false, nil
	}
	return s.Store.IdentifierTaken(ctx, tenant, kind, index, except)
}

// TestBindingLost: when somebody was quicker in the very step that decides on a
// login name it is asked again with the reason, and what was typed is kept.
func TestBindingLost(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		byEmail(h)
		f := &h.market.flow
		s := f.Steps // the profile is last
		f.Steps = []kyc.Step{s[0], s[1], s[2], s[6], s[4]}
		binding := kyc.Values{"name": "Anna", "kind": "plain", "contact": phone, "bind": "true"}
		upTo := func(address string) *person {
			p := h.startBy("email")
			p.claim(address)
			p.submit("phone", kyc.Values{"phone": phone})
			p.prove()
			p.prove()
			next(t, p.submit("secrets", kyc.Values{"login_password": "tidal lantern 47 marsh"}), pipeline.NextForm, "profile")
			return p
		}
		slow, quick := upTo("slow@example.com"), upTo("quick@example.com")
		next(t, quick.submit("profile", binding), pipeline.NextWait, "")
		h.Store = &unaware{h.Store, true}
		v := slow.submit("profile", binding)
		next(t, v, pipeline.NextForm, "profile")
		problem(t, v, "bind", "contact.login_taken")
		if got := v.Next.Fields[0].Value(); got != "Anna" {
			t.Errorf("the name is %q", got)
		}
		binding["bind"] = "false"
		next(t, slow.submit("profile", binding), pipeline.NextWait, "")
	})
}
