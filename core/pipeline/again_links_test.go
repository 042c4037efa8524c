package pipeline_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/paifang/paifang/core/contact"
	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/pipeline"
)

func agreed(version string, locale kyc.Locale) []pipeline.Agreed {
	return []pipeline.Agreed{{Document: "terms", Version: version, Locale: locale}}
}

// TestConsentIsOfWhatWasShown: version and language as shown are recorded; what is
// no longer in force is shown anew, and nothing typed is lost.
func TestConsentIsOfWhatWasShown(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := context.Background()
		terms := func(version string, locale kyc.Locale) {
			h.must(h.store.Commit(ctx, tenant, kyc.Change{kyc.SaveLegal{LegalDocument: kyc.LegalDocument{Tenant: tenant, Name: "terms",
				Version: version, Locale: locale, Title: "Terms", Text: "x", From: kyc.At(h.clock())}}}))
		}
		terms("1", "ar")
		p := h.start()
		if shown := p.view.Next.Consents; len(shown) != 1 || shown[0].Version != "1" || shown[0].Locale != "en" {
			t.Fatalf("shown: %+v", shown)
		}
		h.pass(time.Second)
		terms("2", "en")
		human := h.solved()
		submit := func(as []pipeline.Agreed) *pipeline.View {
			v, err := h.Submit(ctx, p.ref, pipeline.Submission{Step: "account", Agreed: as,
				Values: kyc.Values{"phone": phone, "consent": "true", "human": human}})
			h.must(err)
			p.view = v
			return v
		}
		v := submit(agreed("1", "en"))
		problem(t, v, "consent", "consent.changed")
		if v.Next.Consents[0].Version != "2" || v.Next.Fields[0].Value() == "" {
			t.Errorf("the new version, and what was typed: %+v, %q", v.Next.Consents, v.Next.Fields[0].Value())
		}
		ticked := func(v *pipeline.View) bool {
			i := slices.IndexFunc(v.Next.Fields, func(f pipeline.FieldView) bool { return f.Type == kyc.ConsentField })
			return v.Next.Fields[i].Value() == "true"
		}
		if ticked(v) {
			t.Error("the tick was on another version")
		}
		solved := human
		human = "img.nonsense.123456"
		if v := submit(agreed("2", "en")); !ticked(v) {
			t.Error("the tick is lost with another mistake")
		}
		h.pass(time.Second)
		terms("3", "en")
		if v, err := h.Get(ctx, p.ref); err != nil || v.Next.Consents[0].Version != "3" || ticked(v) {
			t.Errorf("the tick was on the version before: %v", err)
		}
		human = solved
		problem(t, submit(agreed("2", "xx")), "consent", "consent.changed")
		next(t, submit(agreed("1", "ar")), pipeline.NextChallenge, "account") // the human test was not used up
		given, err := h.store.Consents(ctx, tenant, p.ref.Application)
		h.must(err)
		if len(given) != 1 || given[0].Version != "1" || given[0].Locale != "ar" {
			t.Errorf("recorded: %+v", given)
		}
		q := h.start() // one that does not say
		next(t, q.account("13900139000"), pipeline.NextChallenge, "account")
		given, err = h.store.Consents(ctx, tenant, q.ref.Application)
		h.must(err)
		if len(given) != 1 || given[0].Version != "3" || given[0].Locale != "en" {
			t.Errorf("recorded without being said: %+v", given)
		}
	})
}

// TestTypingAContactAgainBeginsNothingAnew: neither the countdown nor the count.
func TestTypingAContactAgainBeginsNothingAnew(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := context.Background()
		p := h.start()
		correct := func() {
			_, err := h.Correct(ctx, p.ref, "account")
			h.must(err)
		}
		p.account(phone)
		correct()
		problem(t, p.account(phone), "phone", "contact.wait")
		next(t, p.account("13900139000"), pipeline.NextChallenge, "account") // another one is free to be used
		correct()
		problem(t, p.account(phone), "phone", "contact.wait")
		for sends := 2; sends <= contact.MaxSends; sends++ {
			h.pass(5 * time.Minute)
			next(t, p.account(phone), pipeline.NextChallenge, "account")
			correct()
		}
		h.pass(5 * time.Minute)
		problem(t, p.account(phone), "phone", "contact.sends")
		h.pass(25 * time.Hour)
		next(t, p.account(phone), pipeline.NextChallenge, "account")
	})
}

// TestLostContactKeepsTheLastStep: what was typed in the step during which a
// contact was lost is there again after the next one is proved.
func TestLostContactKeepsTheLastStep(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		steps := h.market.flow.Steps // the profile is last
		h.market.flow.Steps = []kyc.Step{steps[0], steps[3], steps[1]}
		var people []*person
		for range 2 {
			p := h.start()
			p.account(phone)
			p.prove()
			p.submit("secrets", kyc.Values{"login_password": password})
			people = append(people, p)
		}
		next(t, people[0].submit("profile", kyc.Values{"name": "Anna", "kind": "plain"}), pipeline.NextWait, "")
		loser := people[1]
		problem(t, loser.submit("profile", kyc.Values{"name": "Berta", "kind": "plain"}), "phone", "contact.taken")
		loser.account("13900139000")
		v := loser.prove()
		next(t, v, pipeline.NextForm, "profile")
		if got := v.Next.Fields[0].Value(); got != "Berta" {
			t.Errorf("the name is %q", got)
		}
	})
}

// mailed makes the first step of the made-up market one by e-mail and link.
func (h *house) mailed() {
	s := &h.market.flow.Steps[0]
	s.Proof = &kyc.Proof{Channel: "email", Field: "email", Link: true, TTL: 24 * time.Hour, Login: true}
	s.Fields[0] = kyc.Field{Name: "email", Type: kyc.EmailField, Required: true}
}

func (p *person) mail(address string) *pipeline.View {
	p.t.Helper()
	return p.submit("account", kyc.Values{"email": address, "consent": "true", "human": p.solved()})
}

// TestO3LateLink: it is told as such, on any device, and renewed with one request;
// reading it, as scanners do, changes nothing. A link that did its work leads back.
func TestO3LateLink(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := context.Background()
		h.mailed()
		p := h.start()
		p.mail("late@example.com")
		token := p.message().Params[contact.ParamToken]
		h.pass(25 * time.Hour)
		link, err := h.ReadLink(ctx, tenant, token)
		if h.must(err); link.State != contact.LinkExpired || link.Ended != "" {
			t.Fatalf("%+v", link)
		}
		_, _, err = h.FollowLink(ctx, tenant, token, pipeline.Client{})
		refused(t, err, kyc.Gone)
		h.must(h.RenewLink(ctx, tenant, token, pipeline.Client{}))
		renewed := p.message().Params[contact.ParamToken]
		for range 3 {
			_, err = h.ReadLink(ctx, tenant, renewed)
			h.must(err)
		}
		v, holder, err := h.FollowLink(ctx, tenant, renewed, pipeline.Client{})
		h.must(err)
		next(t, v, pipeline.NextForm, "profile")
		if _, err := h.Get(ctx, pipeline.Ref{Tenant: tenant, Application: v.ID, Token: holder}); err != nil {
			t.Error(err)
		}
		h.must(h.RenewLink(ctx, tenant, renewed, pipeline.Client{})) // from another device, again
		back := p.message().Params[contact.ParamToken]
		if back == renewed || back == "" {
			t.Fatal("no link back")
		}
		v, _, err = h.FollowLink(ctx, tenant, back, pipeline.Client{})
		h.must(err)
		next(t, v, pipeline.NextForm, "profile")
		_, err = h.Withdraw(ctx, p.ref)
		h.must(err)
		if link, err = h.ReadLink(ctx, tenant, token); err != nil || link.Ended != kyc.Withdrawn {
			t.Errorf("after the end: %+v, %v", link, err)
		}
		refused(t, h.RenewLink(ctx, tenant, token, pipeline.Client{}), kyc.Conflict)
	})
}

// TestO3WrongAddress: it is corrected without starting again; the mail that went
// astray opens nothing any more and brings about no message.
func TestO3WrongAddress(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := context.Background()
		h.mailed()
		p := h.start()
		p.mail("anna@exmaple.com")
		astray := p.message().Params[contact.ParamToken]
		_, err := h.Correct(ctx, p.ref, "account")
		h.must(err)
		refused(t, h.RenewLink(ctx, tenant, astray, pipeline.Client{}), kyc.Conflict)
		next(t, p.mail("anna@example.com"), pipeline.NextChallenge, "account")
		if to := p.message().To; to != "anna@example.com" {
			t.Errorf("sent to %q", to)
		}
		_, _, err = h.FollowLink(ctx, tenant, astray, pipeline.Client{})
		refused(t, err, kyc.Gone)
		next(t, p.prove(), pipeline.NextForm, "profile")
		refused(t, h.RenewLink(ctx, tenant, astray, pipeline.Client{}), kyc.Conflict)
	})
}

// TestO3Reminder: one message before an application expires, however often the
// job comes and whoever works it, with a link that leads back from any device.
func TestO3Reminder(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := context.Background()
		p := h.start()
		p.account(phone)
		p.prove()
		sent := func() (n int) {
			list, err := h.store.Messages(ctx, tenant, p.ref.Application, 100)
			h.must(err)
			for _, m := range list {
				if m.Template == contact.TemplateReminder {
					n++
				}
			}
			return n
		}
		h.must(h.Remind(ctx, tenant, p.ref.Application))
		h.pass(26*24*time.Hour + 23*time.Hour)
		h.must(h.Remind(ctx, tenant, p.ref.Application))
		if sent() != 0 {
			t.Fatal("reminded too early")
		}
		h.pass(time.Hour)
		h.must(h.Remind(ctx, tenant, p.ref.Application))
		h.build(memory{}) // the process died before it could say that it was done
		h.must(h.Remind(ctx, tenant, p.ref.Application))
		if n := sent(); n != 1 {
			t.Fatalf("%d reminders", n)
		}
		v, _, err := h.FollowLink(ctx, tenant, p.message().Params[contact.ParamToken], pipeline.Client{})
		h.must(err)
		next(t, v, pipeline.NextForm, "profile")

		nobody := h.start() // no contact was proved: there is nobody to write to
		h.pass(28 * 24 * time.Hour)
		h.must(h.Remind(ctx, tenant, nobody.ref.Application))
		h.pass(40 * 24 * time.Hour)
		h.must(h.Expire(ctx, tenant, nobody.ref.Application))
		h.must(h.Remind(ctx, tenant, nobody.ref.Application))
		if list, err := h.store.Messages(ctx, tenant, nobody.ref.Application, 10); err != nil || len(list) != 0 {
			t.Errorf("written to nobody: %d, %v", len(list), err)
		}
	})
}

// TestO3StaffSendAgain: what matters now goes to the contact of the application.
func TestO3StaffSendAgain(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := context.Background()
		h.market.flow.Review = "always"
		p := h.start()
		refused(t, h.SendAgain(ctx, tenant, p.ref.Application, "s1"), kyc.Conflict)
		p.account(phone)
		refused(t, h.SendAgain(ctx, tenant, p.ref.Application, "s1"), kyc.Limited) // the countdown is the applicant's, too
		h.pass(2 * time.Minute)
		first := p.message().Params[contact.ParamCode]
		h.must(h.SendAgain(ctx, tenant, p.ref.Application, "s1"))
		if p.message().Params[contact.ParamCode] == first {
			t.Error("no new code was sent")
		}
		v, err := h.Get(ctx, p.ref)
		h.must(err)
		p.view = v
		p.prove()
		p.submit("profile", kyc.Values{"name": "Anna", "kind": "plain"})
		p.submit("secrets", kyc.Values{"login_password": password})
		p.verify()
		h.pass(time.Hour) // past the budget of messages to one phone
		template := func() (string, kyc.ContactKind) {
			h.must(h.SendAgain(ctx, tenant, p.ref.Application, "s1"))
			list, err := h.store.Messages(ctx, tenant, p.ref.Application, 1)
			h.must(err)
			return list[0].Template, list[0].Channel
		}
		if got, channel := template(); got != contact.TemplateReturn || channel != kyc.Phone {
			t.Errorf("during the review %s by %s", got, channel)
		}
		app, err := h.store.Application(ctx, tenant, p.ref.Application)
		h.must(err)
		change, err := h.Reject(ctx, tenant, app, kyc.Decision{Tenant: tenant, Application: app.ID, Staff: "s1", Outcome: kyc.Reject})
		h.must(err)
		h.must(h.store.Commit(ctx, tenant, change))
		if got, _ := template(); got != contact.TemplateRejected {
			t.Errorf("after the rejection %s", got)
		}
		for range 3 {
			h.must(h.SendAgain(ctx, tenant, p.ref.Application, "s1"))
		}
		refused(t, h.SendAgain(ctx, tenant, p.ref.Application, "s1"), kyc.Limited)
	})
}
