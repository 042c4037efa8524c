package pipeline_test

import (
	"context"
	"testing"
	"time"

	"github.com/paifang/paifang/core/audit"
	"github.com/paifang/paifang/core/contact"
	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/pipeline"
)

// switching adds a phone that is proved after the e-mail address, or in its place.
func (h *house) switching(email, phone kyc.Instead) {
	h.mailed()
	f := &h.market.flow
	f.Steps[0].Proof.Instead = email
	f.Steps = append([]kyc.Step{f.Steps[0], {ID: "phone", Kind: kyc.ContactStep, Title: "made-up.phone",
		Proof:  &kyc.Proof{Channel: "phone", Field: "phone", TTL: 10 * time.Minute, Instead: phone},
		Fields: []kyc.Field{{Name: "phone", Type: kyc.PhoneField, Required: true, Regions: []string{"CN"}}}}}, f.Steps[1:]...)
}

var (
	orPhone = kyc.Instead{Step: "phone"}
	orEmail = kyc.Instead{Step: "account", Later: true}
)

func (p *person) leave(step string) *pipeline.View {
	p.t.Helper()
	v, err := p.Switch(context.Background(), p.ref, kyc.StepID(step))
	p.must(err)
	p.view = v
	return v
}

func (p *person) byPhone(number string) *pipeline.View {
	p.t.Helper()
	values := kyc.Values{"phone": number}
	if there, _ := has(p.view, "human"); there {
		values["human"] = p.solved()
	}
	return p.submit("phone", values)
}

func (p *person) done() *pipeline.View {
	p.t.Helper()
	p.submit("profile", kyc.Values{"name": "Anna", "kind": "plain"})
	return p.finish()
}

// TestO3AnotherContact: no mail arrives; the phone is proved in its place and is
// the login name, and nothing that was sent before does anything.
func TestO3AnotherContact(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := context.Background()
		h.switching(orPhone, orEmail)
		p := h.start()
		if p.view.Next.Instead != nil {
			t.Error("somebody may leave out what the first step asks for")
		}
		v := p.mail("lost@example.com")
		if i := v.Next.Instead; i == nil || i.Step != "phone" || !i.Login || i.Later || i.Back {
			t.Fatalf("offered: %+v", i)
		}
		old, link := v.Next.Challenge.ID, p.message().Params[contact.ParamToken]
		code := p.message().Params[contact.ParamCode]
		next(t, p.leave("account"), pipeline.NextForm, "phone")
		if p.view.Steps[0].State != "aside" {
			t.Errorf("steps: %+v", p.view.Steps)
		}
		_, err := h.Answer(ctx, p.ref, old, code)
		refused(t, err, kyc.Conflict)
		_, _, err = h.FollowLink(ctx, tenant, link, pipeline.Client{})
		refused(t, err, kyc.Gone)
		refused(t, h.RenewLink(ctx, tenant, link, pipeline.Client{}), kyc.Conflict)
		_, err = h.Switch(ctx, p.ref, "account") // a second tap
		refused(t, err, kyc.Conflict)
		_, err = h.Submit(ctx, p.ref, pipeline.Submission{Step: "profile", Values: kyc.Values{"name": "Anna", "kind": "plain"}})
		refused(t, err, kyc.Conflict)
		next(t, p.byPhone(phone), pipeline.NextChallenge, "phone")
		next(t, p.prove(), pipeline.NextForm, "profile")
		next(t, p.done(), pipeline.NextDone, "")
		if l := p.view.Result.Logins; len(l) != 1 || l[0] == "" || p.message().To != phone {
			t.Errorf("login names %v, the news went to %q", l, p.message().To)
		}
		ids, err := h.store.Identifiers(ctx, tenant, p.ref.Application)
		h.must(err)
		for _, id := range ids {
			if id.Kind == "email" && id.State != kyc.Released {
				t.Errorf("the address that nobody proved is %s", id.State)
			}
		}
		lines, err := h.store.AuditLines(ctx, tenant, kyc.AuditFilter{ObjectID: string(p.ref.Application), Action: audit.ContactSwitched}, "", 5)
		h.must(err)
		if len(lines) != 1 || lines[0].Detail["from"] != "account" || lines[0].Detail["to"] != "phone" {
			t.Errorf("the record tells: %+v", lines)
		}
		q := h.start() // the address is free for whoever reads it
		q.mail("lost@example.com")
		next(t, q.prove(), pipeline.NextForm, "phone")
	})
}

// TestO3AnotherContactTaken: what becomes a login name by switching is asked
// like one, after a human test, and told apart from a phone that is only reached.
func TestO3AnotherContactTaken(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.switching(orPhone, orEmail)
		first := h.start()
		first.mail("one@example.com")
		first.leave("account")
		if there, _ := has(first.view, "human"); !there {
			t.Error("no human test before it is told whether a number is taken")
		}
		first.byPhone(phone)
		first.prove()
		next(t, first.done(), pipeline.NextDone, "")

		p := h.start()
		p.mail("two@example.com")
		p.leave("account")
		problem(t, p.byPhone(phone), "phone", "contact.taken")
		next(t, p.byPhone("13900139000"), pipeline.NextChallenge, "phone")

		q := h.start() // with the e-mail proved, the same phone is no login name
		q.mail("three@example.com")
		q.prove()
		if there, _ := has(q.view, "human"); there {
			t.Error("a human test without need")
		}
		next(t, q.byPhone(phone), pipeline.NextChallenge, "phone")
	})
}

// TestO3BackToTheFirst: what was typed is there still, the countdown and the
// budgets go on, and the phone is asked in its turn and is no login name.
func TestO3BackToTheFirst(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.switching(orPhone, orEmail)
		p := h.start()
		p.mail("slow@example.com")
		p.leave("account")
		next(t, p.byPhone(phone), pipeline.NextChallenge, "phone")
		sms := p.view.Next.Challenge.ID
		if i := p.view.Next.Instead; i == nil || !i.Back || i.Step != "account" {
			t.Fatalf("offered: %+v", i)
		}
		next(t, p.leave("phone"), pipeline.NextForm, "account")
		if p.view.Next.Fields[0].Value() != "slow@example.com" {
			t.Errorf("typed: %q", p.view.Next.Fields[0].Value())
		}
		_, err := h.Answer(context.Background(), p.ref, sms, p.message().Params[contact.ParamCode])
		refused(t, err, kyc.Conflict)
		problem(t, p.mail("slow@example.com"), "email", "contact.wait")
		h.pass(2 * time.Minute)
		next(t, p.mail("slow@example.com"), pipeline.NextChallenge, "account")
		next(t, p.prove(), pipeline.NextForm, "phone")
		h.pass(2 * time.Minute)
		next(t, p.byPhone(phone), pipeline.NextChallenge, "phone")
		p.prove()
		next(t, p.done(), pipeline.NextDone, "")
		if l := p.view.Result.Logins; len(l) != 1 {
			t.Errorf("login names %v", l)
		}
	})
}

// TestO3ProvedLater: a contact that is asked again later is put off once, and
// nothing is submitted without it.
func TestO3ProvedLater(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.switching(orPhone, orEmail)
		p := h.start()
		p.mail("anna@example.com")
		p.prove()
		p.byPhone(phone)
		if i := p.view.Next.Instead; i == nil || !i.Later || i.Step != "account" {
			t.Fatalf("offered: %+v", i)
		}
		next(t, p.leave("phone"), pipeline.NextForm, "profile")
		p.submit("profile", kyc.Values{"name": "Anna", "kind": "plain"})
		next(t, p.submit("secrets", kyc.Values{"login_password": password}), pipeline.NextForm, "phone")
		if p.view.State != kyc.Open || p.view.Next.Instead != nil || p.view.Next.Fields[0].Value() != phone {
			t.Errorf("at the end: %s, %+v, %q", p.view.State, p.view.Next.Instead, p.view.Next.Fields[0].Value())
		}
		h.pass(2 * time.Minute)
		next(t, p.byPhone(phone), pipeline.NextChallenge, "phone")
		p.prove()
		next(t, p.verify(), pipeline.NextDone, "")
	})
}

// TestO3NoOtherContact: a market that names none offers none, and nobody gets
// around proving what it asks for.
func TestO3NoOtherContact(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := context.Background()
		p := h.start()
		if p.account(phone); p.view.Next.Instead != nil {
			t.Errorf("offered: %+v", p.view.Next.Instead)
		}
		_, err := h.Switch(ctx, p.ref, "account")
		refused(t, err, kyc.Conflict)
		h.switching(kyc.Instead{Step: "phone"}, kyc.Instead{})
		q := h.start()
		_, err = h.Switch(ctx, q.ref, "account") // before the terms are agreed to
		refused(t, err, kyc.Conflict)
		q.mail("anna@example.com")
		_, err = h.Switch(ctx, pipeline.Ref{Tenant: tenant, Application: q.ref.Application, Token: p.ref.Token}, "account")
		refused(t, err, kyc.Unauthorized)
		for range 10 { // to and fro
			q.leave("account")
			q.leave("phone")
		}
		_, err = h.Switch(ctx, q.ref, "account")
		refused(t, err, kyc.Limited)
	})
}
