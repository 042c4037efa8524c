package pipeline_test

import (
	"context"
	"testing"
	"time"

	"github.com/paifang/paifang/core/contact"
	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/pipeline"
)

// byEmail adds a second way to the made-up market: an e-mail address that is
// typed first and proved after a phone, which may be bound too.
func byEmail(h *house) {
	f := &h.market.flow
	f.Ways = []kyc.Way{{ID: "phone", Title: "made-up.ways.phone"}, {ID: "email", Title: "made-up.ways.email"}}
	way := func(id string) kyc.Condition { return kyc.Condition{Field: "start.way", In: []string{id}} }
	f.Steps[0].When = way("phone")
	f.Steps = append([]kyc.Step{
		{ID: "email", Kind: kyc.ProfileStep, Title: "made-up.email", When: way("email"), Consents: []string{"terms"}, Fields: []kyc.Field{
			{Name: "email", Type: kyc.EmailField, Required: true}, {Name: "human", Type: kyc.HumanField, Required: true},
			{Name: "consent", Type: kyc.ConsentField, Required: true}}},
		{ID: "phone", Kind: kyc.ContactStep, Title: "made-up.phone", When: way("email"),
			Proof: &kyc.Proof{Channel: "phone", Field: "phone", TTL: 10 * time.Minute, Login: true,
				LoginWhen: kyc.Condition{Field: "profile.bind", In: []string{"true"}}},
			Fields: []kyc.Field{{Name: "phone", Type: kyc.PhoneField, Required: true, Regions: []string{"CN"}}}},
		{ID: "activation", Kind: kyc.ContactStep, Title: "made-up.activation", When: way("email"),
			Proof: &kyc.Proof{Channel: "email", Of: "email.email", Link: true, TTL: 24 * time.Hour, Login: true}},
	}, f.Steps...)
	profile := &f.Steps[4]
	profile.Fields = append(profile.Fields,
		kyc.Field{Name: "contact", Type: kyc.PhoneField, Regions: []string{"CN"}, When: way("email")},
		kyc.Field{Name: "bind", Type: kyc.CheckboxField, Required: true, Default: "true", When: kyc.Condition{Field: "contact", Same: "phone.phone"}})
}

func (h *house) startBy(way string) *person {
	h.t.Helper()
	client := pipeline.Client{Address: "192.0.2.1"}
	v, token, err := h.Start(context.Background(), pipeline.Start{Tenant: tenant, Market: "made-up", Way: way, Locale: "en", Client: client})
	h.must(err)
	return &person{h, pipeline.Ref{Tenant: tenant, Application: v.ID, Token: token, Client: client}, v}
}

func (p *person) claim(address string) *pipeline.View {
	p.t.Helper()
	return p.submit("email", kyc.Values{"email": address, "consent": "true", "human": p.solved()})
}

// proved goes from the start by e-mail to the profile.
func (p *person) proved(address string) *person {
	p.t.Helper()
	next(p.t, p.claim(address), pipeline.NextForm, "phone")
	next(p.t, p.submit("phone", kyc.Values{"phone": phone}), pipeline.NextChallenge, "phone")
	// The e-mail is on its way without another question.
	next(p.t, p.prove(), pipeline.NextChallenge, "activation")
	if got := p.message().To; got != address {
		p.t.Errorf("the activation went to %q", got)
	}
	next(p.t, p.prove(), pipeline.NextForm, "profile")
	return p
}

func (p *person) finish() *pipeline.View {
	p.t.Helper()
	p.submit("secrets", kyc.Values{"login_password": "tidal lantern 47 marsh"})
	return p.verify()
}

func has(v *pipeline.View, name string) (there, applies bool) {
	for _, f := range v.Next.Fields {
		if f.Name == name {
			return true, f.Applies
		}
	}
	return false, false
}

// TestM2LostActivation: no activation mail arrives; the phone that is proved by
// then is the login name in place of the address, whatever is said about binding it.
func TestM2LostActivation(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := context.Background()
		byEmail(h)
		h.market.flow.Steps[2].Proof.Instead = kyc.Instead{Step: "phone"}
		begin := func(address string) *person {
			p := h.startBy("email")
			p.claim(address)
			p.submit("phone", kyc.Values{"phone": phone})
			next(t, p.prove(), pipeline.NextChallenge, "activation")
			if i := p.view.Next.Instead; i == nil || i.Step != "phone" || !i.Proved || !i.Login || i.Later || i.Back {
				t.Fatalf("offered: %+v", i)
			}
			return p
		}
		p := begin("lost@example.com")
		old, code := p.view.Next.Challenge.ID, p.message().Params[contact.ParamCode]
		accepted(t, p.leave("activation"), pipeline.NextForm, "profile")
		if there, _ := has(p.view, "bind"); there {
			t.Error("whether to bind the phone is asked though it is the login name")
		}
		_, err := h.Answer(ctx, p.ref, old, code)
		refused(t, err, kyc.Conflict)
		accepted(t, p.submit("profile", kyc.Values{"name": "Anna", "kind": "plain", "contact": phone, "bind": "false"}), pipeline.NextForm, "secrets")
		next(t, p.finish(), pipeline.NextDone, "")
		if l := p.view.Result.Logins; len(l) != 1 || l[0][len(l[0])-2:] != phone[len(phone)-2:] {
			t.Errorf("login names %v", l)
		}
		ids, err := h.store.Identifiers(ctx, tenant, p.ref.Application)
		h.must(err)
		for _, id := range ids {
			if id.Kind == "email" && id.State != kyc.Released {
				t.Errorf("the address that nobody proved is %s", id.State)
			}
		}

		late := begin("late@example.com") // the same phone is the first one's login name by now
		v := late.leave("activation")
		if len(v.Short) != 1 || v.Short[0].Code != "contact.login_taken" {
			t.Fatalf("a login name of somebody else: %v", v.Short)
		}
		next(t, v, pipeline.NextChallenge, "activation")
		next(t, late.prove(), pipeline.NextForm, "profile")
	})
}

func TestByEmail(t *testing.T) {
	for name, c := range map[string]struct {
		contact, bind string
		logins        int
	}{
		"bound": {"138 0013 8000", "true", 2}, "unticked": {phone, "false", 1}, "another": {"13900139000", "true", 1}, "none": {"", "true", 1},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, h *house) {
				byEmail(h)
				p := h.startBy("email").proved("anna@example.com")
				if there, applies := has(p.view, "bind"); !there || applies {
					t.Errorf("the box before anything is typed: %v, %v", there, applies)
				}
				same := c.contact != "" && c.contact != "13900139000"
				v, err := h.Preview(context.Background(), p.ref, "profile", kyc.Values{"contact": c.contact})
				h.must(err)
				if _, applies := has(v, "bind"); applies != same {
					t.Errorf("the box for %q applies: %v", c.contact, applies)
				}
				values := kyc.Values{"name": "Anna", "kind": "plain", "contact": c.contact}
				if same { // who did not see the box is asked
					problem(t, p.submit("profile", values), "bind", "field.decide")
				}
				values["bind"] = c.bind
				next(t, p.submit("profile", values), pipeline.NextForm, "secrets")
				v = p.finish()
				next(t, v, pipeline.NextDone, "")
				if len(v.Result.Logins) != c.logins {
					t.Errorf("login names are %v", v.Result.Logins)
				}
			})
		})
	}
}

// TestByEmailTaken: an address that is taken is told after the human test, a
// phone that is taken when it is to be bound, and both when somebody was quicker.
func TestByEmailTaken(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		byEmail(h)
		slow := h.startBy("email").proved("anna@example.com")
		binding := kyc.Values{"name": "Slow", "kind": "plain", "contact": phone, "bind": "true"}
		slow.submit("profile", binding)
		quick := h.startBy("email").proved("anna@example.com")
		quick.submit("profile", binding)
		next(t, quick.finish(), pipeline.NextDone, "")

		third := h.startBy("email")
		problem(t, third.claim("anna@example.com"), "email", "contact.taken")
		third.proved("third@example.com")
		problem(t, third.submit("profile", binding), "bind", "contact.login_taken")
		next(t, third.submit("profile", kyc.Values{"name": "Third", "kind": "plain", "contact": phone, "bind": "false"}), pipeline.NextForm, "secrets")

		problem(t, slow.submit("secrets", kyc.Values{"login_password": "tidal lantern 47 marsh"}), "email", "contact.taken")
		next(t, slow.claim("slow@example.com"), pipeline.NextChallenge, "activation")
		next(t, slow.prove(), pipeline.NextForm, "profile") // and whether to bind is asked again
		next(t, slow.submit("profile", kyc.Values{"name": "Slow", "kind": "plain"}), pipeline.NextForm, "secrets")
		next(t, slow.finish(), pipeline.NextDone, "")
		if len(slow.view.Result.Logins) != 1 {
			t.Errorf("login names are %v", slow.view.Result.Logins)
		}
	})
}

// TestMistypedEmail: a mistyped address is corrected where it was typed, and what
// was done since is kept. A claimed address is changed in no other way.
func TestMistypedEmail(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := context.Background()
		byEmail(h)
		p := h.startBy("email")
		p.claim("ana@example.com")
		_, err := h.GetStep(ctx, p.ref, "email")
		refused(t, err, kyc.Conflict)
		p.submit("phone", kyc.Values{"phone": phone})
		old := p.prove().Next.Challenge.ID
		v, err := h.Correct(ctx, p.ref, "activation")
		h.must(err)
		next(t, v, pipeline.NextForm, "email")
		if v.Next.Fields[0].Value() != "ana@example.com" {
			t.Errorf("what was typed is lost: %+v", v.Next.Fields[0])
		}
		v = p.claim("anna@example.com")
		next(t, v, pipeline.NextChallenge, "activation")
		if p.message().To != "anna@example.com" || v.Next.Challenge.ID == old {
			t.Error("the message went to the old address")
		}
		v, err = h.Answer(ctx, p.ref, old, "123456")
		h.must(err)
		problem(t, v, "code", "code.spent")
	})
}

// TestAnotherWay: as long as no step is done the person may take the other way.
func TestAnotherWay(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := context.Background()
		byEmail(h)
		p := h.startBy("")
		if p.view.Way != "phone" || len(p.view.Ways) != 1 || p.view.Next.Step != "account" {
			t.Fatalf("the default is %q, %v", p.view.Way, p.view.Ways)
		}
		p.account(phone)
		v, err := h.Choose(ctx, p.ref, "email")
		h.must(err)
		next(t, v, pipeline.NextForm, "email")
		_, err = h.Choose(ctx, p.ref, "pigeon")
		refused(t, err, kyc.Invalid)
		p.proved("anna@example.com")
		_, err = h.Choose(ctx, p.ref, "phone")
		refused(t, err, kyc.Conflict)
		_, _, err = h.Start(ctx, pipeline.Start{Tenant: tenant, Market: "made-up", Way: "pigeon", Locale: "en"})
		refused(t, err, kyc.Invalid)

		h.market.set(func(m *market) { m.flow.Ways = m.flow.Ways[:1] })
		_, err = h.Get(ctx, p.ref)
		refused(t, err, kyc.Unavailable)
	})
}
