package pipeline_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/paifang/paifang/core/contact"
	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/pipeline"
)

const afresh = "harbour violin 63 thistle"

// lockedOut is an account and a granted request about it, whose waiting time is a day.
type lockedOut struct {
	*person // who asks
	holder  *person
}

func (h *house) lockedOut() lockedOut {
	h.t.Helper()
	holder := h.start()
	holder.account(phone)
	holder.prove()
	holder.submit("profile", kyc.Values{"name": "Anna", "kind": "plain"})
	holder.submit("secrets", kyc.Values{"login_password": password})
	if v := holder.verify(); v.State != kyc.Activated {
		h.t.Fatalf("the account's application is %s", v.State)
	}
	v, token, err := h.Start(context.Background(), pipeline.Start{Tenant: tenant, Market: kyc.RecoveryMarket, Locale: "en"})
	h.must(err)
	p := &person{h, pipeline.Ref{Tenant: tenant, Application: v.ID, Token: token}, v}
	p.submit("email", kyc.Values{"email": "away@example.com", "consent": "true", "human": p.solved()})
	p.prove()
	p.submit("account", kyc.Values{"login": "138 0013 8000", "name": "Anna", "number": "E1", "story": "lost", "document_kind": "passport"})
	p.upload("passport", "data_page")
	p.submit("documents", nil)
	p.verify()
	h.must(p.decide())
	return lockedOut{p, holder}
}

// decide grants the request, as the second person does.
func (p *person) decide() error {
	ctx := context.Background()
	app, err := p.store.Application(ctx, tenant, p.ref.Application)
	p.must(err)
	change, err := p.Approve(ctx, tenant, app, kyc.Decision{Tenant: tenant, Application: app.ID, Staff: "s", Outcome: kyc.Approve})
	if err != nil {
		return err
	}
	return p.store.Commit(ctx, tenant, change)
}

func (p *person) opens() {
	p.t.Helper()
	for range 2 { // the job came twice
		p.must(p.OpenRecovery(context.Background(), kyc.Job{Tenant: tenant, Ref: string(p.ref.Application)}, 1))
	}
}

// links are the tokens of the one-time links that were sent, newest first.
func (p *person) links(template string) []string {
	p.t.Helper()
	list, err := p.store.Messages(context.Background(), tenant, p.ref.Application, 20)
	p.must(err)
	var out []string
	for _, m := range list {
		if m.Template == template {
			out = append(out, p.opened(m).Params[contact.ParamToken])
		}
	}
	return out
}

// TestRecoveryLink: nothing is sent before the waiting time is over; the link
// works once, for a day; a newer one ends the older.
func TestRecoveryLink(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := context.Background()
		p := h.lockedOut()
		p.opens()
		wantsKey(t, h.SendAgain(ctx, tenant, p.ref.Application, "s"), "error.recovery_waits")
		if l := p.links(contact.TemplateRecovery); len(l) != 0 {
			t.Fatalf("%d links were sent at once", len(l))
		}
		h.pass(24 * time.Hour)
		p.opens()
		first := p.links(contact.TemplateRecovery)
		if len(first) != 1 {
			t.Fatalf("%d links were sent", len(first))
		}
		h.pass(25 * time.Hour)
		_, err := h.Recover(ctx, tenant, first[0], pipeline.NewSecrets{Password: afresh})
		wantsKey(t, err, "error.link_expired")
		h.must(h.SendAgain(ctx, tenant, p.ref.Application, "s"))
		second := p.links(contact.TemplateRecovery)[0]
		if l, err := h.ReadRecovery(ctx, tenant, first[0]); err != nil || l.State != contact.LinkExpired {
			t.Errorf("the older link is %+v %v", l, err)
		}
		_, _, err = h.FollowLink(ctx, tenant, second, pipeline.Client{})
		refused(t, err, kyc.NotFound)
		var wg sync.WaitGroup
		var mu sync.Mutex
		set := 0
		for range 4 {
			wg.Go(func() {
				problems, err := h.Recover(ctx, tenant, second, pipeline.NewSecrets{Password: afresh})
				mu.Lock()
				defer mu.Unlock()
				if err == nil && len(problems) == 0 {
					set++
				} else if kyc.CodeOf(err) != kyc.Gone && kyc.CodeOf(err) != kyc.Conflict {
					t.Errorf("of several at once: %v %v", problems, err)
				}
			})
		}
		wg.Wait()
		if set != 1 {
			t.Errorf("the password was set %d times with one link", set)
		}
		if _, err := h.Get(ctx, p.holder.ref); kyc.CodeOf(err) != kyc.Unauthorized {
			t.Errorf("who held the account's application before: %v", err)
		}
		wantsKey(t, h.StopRecovery(ctx, tenant, p.holder.links(contact.TemplateRecoveryGranted)[0]), "error.recovery_late")
	})
}

// TestRecoveryStop: a contact of the account stops a grant, before and after the
// link was sent; people can grant it anew, knowing of it.
func TestRecoveryStop(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := context.Background()
		p := h.lockedOut()
		h.pass(24 * time.Hour)
		p.opens()
		link := p.links(contact.TemplateRecovery)[0]
		stop := p.holder.links(contact.TemplateRecoveryGranted)[0]
		for range 2 {
			if l, err := h.ReadStop(ctx, tenant, stop); err != nil || l.State != contact.LinkReady {
				t.Fatalf("the link to stop it is %+v %v", l, err)
			}
		}
		h.must(h.StopRecovery(ctx, tenant, stop))
		wantsKey(t, h.StopRecovery(ctx, tenant, stop), "error.link_used")
		_, err := h.Recover(ctx, tenant, link, pipeline.NewSecrets{Password: afresh})
		wantsKey(t, err, "error.link_expired")
		r, err := h.store.Recovery(ctx, tenant, p.ref.Application)
		h.must(err)
		app, err := h.store.Application(ctx, tenant, p.ref.Application)
		h.must(err)
		c, err := h.store.CaseOfApplication(ctx, tenant, app.ID)
		h.must(err)
		if r.Stopped == 0 || r.Opens != 0 || app.State != kyc.InReview || c.State != kyc.CaseOpen || c.Risk != "high" {
			t.Errorf("stopped: %+v, application %s, case %+v", r, app.State, c)
		}
		p.opens() // of the earlier grant
		h.must(p.decide())
		p.opens()
		if l := p.links(contact.TemplateRecovery); len(l) != 1 {
			t.Errorf("%d links, the second before its time", len(l))
		}
		h.must(h.StopRecovery(ctx, tenant, p.holder.links(contact.TemplateRecoveryAsked)[0])) // of the first message
		wantsKey(t, h.TakeBack(ctx, tenant, p.ref.Application, "s"), "error.state")
		h.must(p.decide())
		h.must(h.TakeBack(ctx, tenant, p.ref.Application, "s"))
		h.pass(48 * time.Hour)
		p.opens()
		if l := p.links(contact.TemplateRecovery); len(l) != 1 {
			t.Errorf("%d links, one of them after the grant was taken back", len(l))
		}
	})
}

func wantsKey(t *testing.T, err error, key string) {
	t.Helper()
	if keyOfError(err) != key {
		t.Errorf("%v, want %s", err, key)
	}
}

// TestRecoveryPayment: the link sets a new payment password, too, in the form that the
// account's market asks for, where there is one to have been forgotten.
func TestRecoveryPayment(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := context.Background()
		p := h.lockedOut()
		h.pass(24 * time.Hour)
		p.opens()
		link := p.links(contact.TemplateRecovery)[0]
		if l, err := h.ReadRecovery(ctx, tenant, link); err != nil || l.Payment != nil {
			t.Errorf("of an account without one: %+v %v", l.Payment, err)
		}
		steps := h.market.flow.Steps
		steps[len(steps)-1].Fields = append(steps[len(steps)-1].Fields, kyc.Field{Name: "payment_password", Type: kyc.PasswordField, MinLen: 8})
		account, err := h.store.Application(ctx, tenant, p.holder.ref.Application)
		h.must(err)
		hash, err := h.Passwords.Hash(ctx, "quartz ferry 92 anchor")
		h.must(err)
		h.must(h.store.Commit(ctx, tenant, kyc.Change{kyc.SaveCredential{Credential: kyc.Credential{Tenant: tenant,
			Applicant: account.Applicant, Kind: kyc.PaymentPassword, Hash: hash}}}))
		if l, err := h.ReadRecovery(ctx, tenant, link); err != nil || l.Payment == nil || l.Payment.Type != kyc.PasswordField || l.Payment.Required {
			t.Errorf("%+v %v", l.Payment, err)
		}
		for _, c := range []struct{ login, payment, path, code string }{
			{"quartz ferry 92 anchor", "", "password", "password.same"},
			{afresh, "731904", "payment_password", "password.short"},
			{afresh, afresh, "payment_password", "password.same"},
			{afresh, "my 13800138000", "payment_password", "password.contains_name"},
		} {
			problems, err := h.Recover(ctx, tenant, link, pipeline.NewSecrets{Password: c.login, Payment: c.payment})
			if err != nil || len(problems) != 1 || problems[0].Path != c.path || problems[0].Code != c.code {
				t.Errorf("%+v: %v %v", c, problems, err)
			}
		}
		// The old payment password is free for signing in, when both are set anew.
		if problems, err := h.Recover(ctx, tenant, link, pipeline.NewSecrets{Password: afresh, Payment: "gravel 71 oboe meadow"}); err != nil || len(problems) > 0 {
			t.Fatalf("%v %v", problems, err)
		}
		kept, err := h.store.Credentials(ctx, tenant, account.Applicant)
		h.must(err)
		for _, c := range kept {
			want := map[kyc.CredentialKind]string{kyc.LoginPassword: afresh, kyc.PaymentPassword: "gravel 71 oboe meadow"}[c.Kind]
			if ok, _, err := h.Passwords.Verify(ctx, c.Hash, want); err != nil || !ok {
				t.Errorf("%s: %v", c.Kind, err)
			}
		}
	})
}
