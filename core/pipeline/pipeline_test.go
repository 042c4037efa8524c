package pipeline_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/paifang/paifang/core/contact"
	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/pipeline"
	"github.com/paifang/paifang/core/store"
	"github.com/paifang/paifang/core/store/storetest"
)

const (
	phone    = "+8613800138000"
	password = "correct horse battery"
)

func each(t *testing.T, test func(t *testing.T, h *house)) {
	storetest.Each(t, func(t *testing.T, s *store.Store) { test(t, newHouse(t, s)) })
}

func next(t *testing.T, v *pipeline.View, kind pipeline.NextKind, step string) {
	t.Helper()
	if v.Next.Kind != kind || string(v.Next.Step) != step {
		t.Fatalf("next is %s %q (state %s, problems %v), want %s %q", v.Next.Kind, v.Next.Step, v.State, v.Next.Problems, kind, step)
	}
}

func problem(t *testing.T, v *pipeline.View, path, code string) {
	t.Helper()
	for _, p := range v.Next.Problems {
		if p.Path == path && p.Code == code {
			return
		}
	}
	t.Fatalf("problems are %v, want %s at %q", v.Next.Problems, code, path)
}

func refused(t *testing.T, err error, code kyc.Code) {
	t.Helper()
	if kyc.CodeOf(err) != code || err == nil {
		t.Fatalf("error is %v, want %s", err, code)
	}
}

func TestFromStartToAccount(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		p := h.start()
		next(t, p.view, pipeline.NextForm, "account")
		next(t, p.account("138 0013 8000"), pipeline.NextChallenge, "account")
		if to := p.message().To; to != phone {
			t.Errorf("message goes to %q", to)
		}
		next(t, p.prove(), pipeline.NextForm, "profile")
		next(t, p.submit("profile", kyc.Values{"name": "安娜", "kind": "plain"}), pipeline.NextForm, "secrets")
		next(t, p.submit("secrets", kyc.Values{"login_password": password}), pipeline.NextWait, "")
		v := p.verify()
		next(t, v, pipeline.NextDone, "")
		if v.State != kyc.Activated || v.Result == nil || v.Result.Tier.ID != "high" || len(v.Result.Balances) != 2 || len(v.Result.Logins) != 1 {
			t.Errorf("result is %+v", v.Result)
		}
		if v.Result.Logins[0] == phone || !strings.Contains(v.Result.Logins[0], "*") {
			t.Errorf("login %q is not masked", v.Result.Logins[0])
		}
		if m := p.message(); m.To != phone {
			t.Errorf("no message about the account")
		}
	})
}

func TestDocumentsAndReview(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.market.flow.Review = "always"
		p := h.start()
		p.account(phone)
		p.prove()
		next(t, p.submit("profile", kyc.Values{"name": "Anna", "kind": "pictured"}), pipeline.NextDocuments, "passport")
		problem(t, p.submit("passport", nil), "passport.data_page", "document.side_missing")
		if v := p.upload("passport", "data_page"); len(v.Next.Problems) > 0 {
			t.Errorf("after the upload that was missing: %+v", v.Next.Problems)
		}
		next(t, p.submit("passport", nil), pipeline.NextForm, "secrets")
		p.submit("secrets", kyc.Values{"login_password": password})
		if v := p.verify(); v.State != kyc.InReview {
			t.Fatalf("state %s", v.State)
		}
		ctx := context.Background()
		app, err := h.store.Application(ctx, tenant, p.ref.Application)
		h.must(err)
		decision := kyc.Decision{Tenant: tenant, Application: app.ID, Staff: "s", Outcome: kyc.AskAgain}
		blur := kyc.NewReason("image.blur", kyc.Subject{Kind: "document", Ref: "passport"}, kyc.Source{Kind: "reviewer"}, nil)
		change, err := h.AskAgain(ctx, tenant, app, decision, map[string][]kyc.Reason{"passport": {blur}}, "")
		h.must(err)
		h.must(h.store.Commit(ctx, tenant, change))
		v, err := h.Get(ctx, p.ref)
		h.must(err)
		next(t, v, pipeline.NextDocuments, "passport")
		if len(v.Next.Documents[0].Files) != 0 || len(v.Next.Documents[0].Reasons) != 1 {
			t.Errorf("document asked again is %+v", v.Next.Documents[0])
		}
		if _, err := h.Submit(ctx, p.ref, pipeline.Submission{Step: "profile", Values: kyc.Values{"name": "Eve"}}); err == nil {
			t.Error("a step that was not asked again could be changed")
		}
		p.upload("passport", "data_page")
		next(t, p.submit("passport", nil), pipeline.NextWait, "")
		p.verify()
		app, err = h.store.Application(ctx, tenant, p.ref.Application)
		h.must(err)
		change, err = h.Approve(ctx, tenant, app, decision)
		h.must(err)
		h.must(h.store.Commit(ctx, tenant, change))
		if v, _ := h.Get(ctx, p.ref); v.State != kyc.Activated {
			t.Errorf("state %s", v.State)
		}
		if err := h.store.Commit(ctx, tenant, change); err == nil {
			t.Error("the same approval could be applied twice")
		}
	})
}

func TestCodes(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := context.Background()
		p := h.start()
		p.account(phone)
		id := p.view.Next.Challenge.ID
		for left := 4; left >= 1; left-- {
			v, err := h.Answer(ctx, p.ref, id, wrongCode(p))
			h.must(err)
			problem(t, v, "code", "code.wrong")
			if v.Next.Challenge.TriesLeft != left {
				t.Errorf("%d tries left, want %d", v.Next.Challenge.TriesLeft, left)
			}
		}
		right := p.message().Params[contact.ParamCode]
		_, err := h.Answer(ctx, p.ref, id, wrongCode(p))
		h.must(err)
		v, err := h.Answer(ctx, p.ref, id, right)
		h.must(err)
		problem(t, v, "code", "code.spent")
		_, err = h.Resend(ctx, p.ref, id)
		refused(t, err, kyc.Limited)
		h.pass(61 * time.Second)
		v, err = h.Resend(ctx, p.ref, id)
		h.must(err)
		p.view = v
		h.pass(11 * time.Minute)
		v, err = h.Answer(ctx, p.ref, v.Next.Challenge.ID, p.message().Params[contact.ParamCode])
		h.must(err)
		problem(t, v, "code", "code.expired")
		v, err = h.Resend(ctx, p.ref, v.Next.Challenge.ID)
		h.must(err)
		p.view = v
		next(t, p.prove(), pipeline.NextForm, "profile")
	})
}

// What is no code at all takes no try; past the budget of an hour nothing is
// compared any more, not even the right one.
func TestGuessesEndWithTheirBudget(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := context.Background()
		p := h.start()
		p.account(phone)
		id := p.view.Next.Challenge.ID
		for range 60 {
			v, err := h.Answer(ctx, p.ref, id, "x")
			h.must(err)
			problem(t, v, "code", "code.format")
		}
		for _, code := range []string{wrongCode(p), p.message().Params[contact.ParamCode]} {
			_, err := h.Answer(ctx, p.ref, id, code)
			refused(t, err, kyc.Limited)
		}
		if v, _ := h.Get(ctx, p.ref); v.Next.Challenge == nil || v.Next.Challenge.TriesLeft != contact.MaxTries {
			t.Errorf("next is %+v", v.Next)
		}
	})
}

func wrongCode(p *person) string {
	if p.message().Params[contact.ParamCode] == "000000" {
		return "111111"
	}
	return "000000"
}

func TestWrongContactIsCorrected(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		p := h.start()
		p.account("13800138001")
		old := p.message().Params[contact.ParamCode]
		oldID := p.view.Next.Challenge.ID
		v, err := h.Correct(context.Background(), p.ref, "account")
		h.must(err)
		next(t, v, pipeline.NextForm, "account")
		if v.Next.Fields[0].Value() == "" {
			t.Error("what was typed is gone")
		}
		p.account(phone)
		if v, err := h.Answer(context.Background(), p.ref, oldID, old); err == nil && len(v.Next.Problems) == 0 {
			t.Error("the code of the old contact still counts")
		}
		next(t, p.prove(), pipeline.NextForm, "profile")
	})
}

func TestTakenContact(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		first := h.start()
		first.account(phone)
		first.prove()
		second := h.start() // the same phone: nobody has it yet, both prove it
		second.account(phone)
		second.prove()
		for _, p := range []*person{first, second} {
			p.submit("profile", kyc.Values{"name": "Anna", "kind": "plain"})
		}
		first.submit("secrets", kyc.Values{"login_password": password})
		v := second.submit("secrets", kyc.Values{"login_password": password})
		next(t, v, pipeline.NextForm, "account")
		problem(t, v, "phone", "contact.taken")
		third := h.start()
		problem(t, third.account(phone), "phone", "contact.taken")
		free, _, err := h.Available(context.Background(), third.ref, "account", phone, h.solved())
		h.must(err)
		if free {
			t.Error("a reserved phone is said to be free")
		}
	})
}

// TestTakenContactIsToldAfterProof: where the tenant wants it so, who only types a
// contact learns nothing, not even by asking whether it is free; who shows that it is
// theirs is told at once.
func TestTakenContactIsToldAfterProof(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		first := h.start()
		first.account(phone)
		first.prove()
		first.submit("profile", kyc.Values{"name": "Anna", "kind": "plain"})
		next(t, first.submit("secrets", kyc.Values{"login_password": password}), pipeline.NextWait, "")
		of, err := h.store.Tenant(context.Background(), tenant)
		h.must(err)
		of.TellAfterProof = true
		h.must(h.store.Commit(context.Background(), tenant, kyc.Change{kyc.SaveTenant{Tenant: of}}))

		second := h.start()
		next(t, second.account(phone), pipeline.NextChallenge, "account")
		if _, _, err := h.Available(context.Background(), h.start().ref, "account", phone, h.solved()); kyc.CodeOf(err) != kyc.Conflict {
			t.Errorf("whether it is free is told: %v", err)
		}
		v := second.prove()
		next(t, v, pipeline.NextForm, "account")
		problem(t, v, "phone", "contact.taken")
		next(t, second.account("+8613800138444"), pipeline.NextChallenge, "account")
		next(t, second.prove(), pipeline.NextForm, "profile")
	})
}

func TestRaceForOnePhone(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		var people []*person
		for range 6 {
			p := h.start()
			p.account(phone)
			p.prove()
			p.submit("profile", kyc.Values{"name": "Anna", "kind": "plain"})
			people = append(people, p)
			h.pass(time.Hour) // past the budget of codes for one phone
		}
		var wg sync.WaitGroup
		for _, p := range people {
			wg.Go(func() { p.submit("secrets", kyc.Values{"login_password": password}) })
		}
		wg.Wait()
		won := 0
		for _, p := range people {
			if p.view.State == kyc.Submitted {
				won++
			} else {
				problem(t, p.view, "phone", "contact.taken")
			}
		}
		if won != 1 {
			t.Errorf("%d applications got the phone", won)
		}
	})
}

func TestProviderDownKeepsTheDraft(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := context.Background()
		p := h.start()
		p.account(phone)
		p.prove()
		h.market.set(func(m *market) { m.down = true })
		_, err := h.Submit(ctx, p.ref, pipeline.Submission{Step: "profile", Values: kyc.Values{"name": "Anna", "kind": "plain"}})
		refused(t, err, kyc.Unavailable)
		v, err := h.Get(ctx, p.ref)
		h.must(err)
		next(t, v, pipeline.NextForm, "profile")
		if got := v.Next.Fields[0].Value(); got != "Anna" {
			t.Errorf("the draft has %q", got)
		}
		h.market.set(func(m *market) { m.down = false })
		next(t, p.submit("profile", kyc.Values{"name": "Anna", "kind": "plain"}), pipeline.NextForm, "secrets")
	})
}

func TestBadInput(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		p := h.start()
		for name, c := range map[string]struct {
			values     kyc.Values
			path, code string
		}{
			"nothing":        {kyc.Values{}, "phone", "field.required"},
			"no consent":     {kyc.Values{"phone": phone, "human": h.solved()}, "consent", "field.consent"},
			"false consent":  {kyc.Values{"phone": phone, "consent": "false", "human": h.solved()}, "consent", "field.consent"},
			"no human test":  {kyc.Values{"phone": phone, "consent": "true"}, "human", "human.required"},
			"bad human test": {kyc.Values{"phone": phone, "consent": "true", "human": "x"}, "human", "human.invalid"},
			"other region":   {kyc.Values{"phone": "+14155550123", "consent": "true", "human": h.solved()}, "phone", "field.phone_region"},
			"unknown field":  {kyc.Values{"phone": phone, "role": "admin"}, "", "field.unknown"},
			"invalid UTF-8":  {kyc.Values{"phone": "\xff\xfe", "consent": "true"}, "phone", "field.unicode"},
			"megabyte":       {kyc.Values{"phone": strings.Repeat("1", 1<<20)}, "phone", "field.too_long"},
			"bidi override":  {kyc.Values{"phone": "138\u202e00138000"}, "phone", "field.control_characters"},
		} {
			t.Run(name, func(t *testing.T) {
				v, err := h.Submit(context.Background(), p.ref, pipeline.Submission{Step: "account", Values: c.values})
				h.must(err)
				problem(t, v, c.path, c.code)
				next(t, v, pipeline.NextForm, "account")
				// A tick is the person's own, and about what was not complained of.
				ticked := c.values["consent"] == "true" && c.path != "consent"
				if i := slices.IndexFunc(v.Next.Fields, func(f pipeline.FieldView) bool { return f.Type == kyc.ConsentField }); (v.Next.Fields[i].Value() == "true") != ticked {
					t.Errorf("the box is %q", v.Next.Fields[i].Value())
				}
			})
		}
	})
}

func TestWhoMay(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := context.Background()
		a, b := h.start(), h.start()
		for name, ref := range map[string]pipeline.Ref{
			"another's token":  {Tenant: tenant, Application: a.ref.Application, Token: b.ref.Token},
			"no token":         {Tenant: tenant, Application: a.ref.Application},
			"another tenant":   {Tenant: "other", Application: a.ref.Application, Token: a.ref.Token},
			"renamed tenant":   {Tenant: "other", Application: a.ref.Application, Token: strings.Replace(a.ref.Token, "demo", "other", 1)},
			"no such applying": {Tenant: tenant, Application: "0193", Token: a.ref.Token},
		} {
			_, err := h.Get(ctx, ref)
			refused(t, err, kyc.Unauthorized)
			_, err = h.Submit(ctx, ref, pipeline.Submission{Step: "account"})
			refused(t, err, kyc.Unauthorized)
			_ = name
		}
		a.account(phone)
		b.account("13800138002")
		_, err := h.Answer(ctx, b.ref, a.view.Next.Challenge.ID, a.message().Params[contact.ParamCode])
		refused(t, err, kyc.NotFound)
	})
}

func TestOrderVersionAndReplay(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := context.Background()
		p := h.start()
		_, err := h.Submit(ctx, p.ref, pipeline.Submission{Step: "profile", Values: kyc.Values{"name": "Anna", "kind": "plain"}})
		refused(t, err, kyc.Conflict)
		_, err = h.Submit(ctx, p.ref, pipeline.Submission{Step: "nowhere"})
		refused(t, err, kyc.NotFound)
		_, err = h.Submit(ctx, p.ref, pipeline.Submission{Step: "account", Version: 77})
		refused(t, err, kyc.Conflict)
		s := pipeline.Submission{Step: "account", Version: p.view.Version, IdempotencyKey: "k1",
			Values: kyc.Values{"phone": phone, "consent": "true", "human": h.solved()}}
		v, err := h.Submit(ctx, p.ref, s)
		h.must(err)
		again, err := h.Submit(ctx, p.ref, s)
		h.must(err)
		if again.Version != v.Version || again.Next.Challenge.ID != v.Next.Challenge.ID {
			t.Error("a repeated request was applied twice")
		}
		s.Values = kyc.Values{"phone": "13800138009"}
		_, err = h.Submit(ctx, p.ref, s)
		refused(t, err, kyc.Conflict)
	})
}

func TestHumanTestIsSingleUse(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		solution := h.solved()
		a, b := h.start(), h.start()
		next(t, a.submit("account", kyc.Values{"phone": phone, "consent": "true", "human": solution}), pipeline.NextChallenge, "account")
		problem(t, b.submit("account", kyc.Values{"phone": "13800138003", "consent": "true", "human": solution}), "human", "human.expired")
	})
}

func TestWithdrawAndExpire(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := context.Background()
		p := h.start()
		p.account(phone)
		p.prove()
		v, err := h.Withdraw(ctx, p.ref)
		h.must(err)
		next(t, v, pipeline.NextClosed, "")
		_, err = h.Submit(ctx, p.ref, pipeline.Submission{Step: "profile"})
		refused(t, err, kyc.Conflict)
		q := h.start()
		q.account(phone) // given back by the withdrawal
		q.prove()
		h.must(h.Expire(ctx, tenant, q.ref.Application))
		if v, _ := h.Get(ctx, q.ref); v.State != kyc.Open {
			t.Fatalf("expired too early: %s", v.State)
		}
		h.pass(31 * 24 * time.Hour)
		h.must(h.Expire(ctx, tenant, q.ref.Application))
		v, err = h.Get(ctx, q.ref)
		h.must(err)
		if v.State != kyc.Expired {
			t.Errorf("state %s", v.State)
		}
	})
}

func TestChecksThatCannotTellAreTriedAgainThenReferred(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := context.Background()
		p := h.start()
		p.account(phone)
		p.prove()
		p.submit("profile", kyc.Values{"name": "Anna", "kind": "plain"})
		p.submit("secrets", kyc.Values{"login_password": password})
		h.market.set(func(m *market) { m.result = kyc.Inconclusive })
		job := kyc.Job{Tenant: tenant, Kind: kyc.JobVerify, Ref: string(p.ref.Application)}
		for try := 1; try < 4; try++ {
			if err := h.Verify(ctx, job, try); err == nil {
				t.Fatal("a check that could not tell was taken for an answer")
			}
		}
		h.must(h.Verify(ctx, job, 4))
		v, err := h.Get(ctx, p.ref)
		h.must(err)
		if v.State != kyc.InReview {
			t.Errorf("state %s", v.State)
		}
		h.must(h.Verify(ctx, job, 1)) // run again: nothing to do
	})
}

func TestSecretsAreNotKept(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		p := h.start()
		p.account(phone)
		p.prove()
		p.submit("profile", kyc.Values{"name": "Anna", "kind": "plain"})
		v := p.submit("secrets", kyc.Values{"login_password": "abc"})
		problem(t, v, "login_password", "password.short")
		for _, f := range v.Next.Fields {
			if len(f.Values) > 0 {
				t.Errorf("a secret came back: %v", f.Name)
			}
		}
	})
}
