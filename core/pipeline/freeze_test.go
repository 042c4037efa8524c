package pipeline_test

import (
	"context"
	"testing"
	"time"

	"github.com/paifang/paifang/core/contact"
	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/pipeline"
	"github.com/paifang/paifang/core/vault"
)

// opener reads the contacts of these tests.
type opener struct{ vault *vault.Vault }

func (o opener) Contact(ctx context.Context, id kyc.Identifier) (string, error) {
	plain, err := o.vault.Unseal(ctx, id.Tenant, id.Applicant, kyc.SealedIdentifier, id.Sealed)
	return string(plain), err
}

func (p *person) owned() kyc.Account {
	p.t.Helper()
	a, err := p.store.AccountOfApplication(context.Background(), tenant, p.ref.Application)
	p.must(err)
	return a
}

// frozen looks that an account is shut, and that its contacts were told.
func (p *person) frozen(told int) {
	p.t.Helper()
	if a := p.owned(); a.State != kyc.AccountFrozen {
		p.t.Errorf("the account is %s", a.State)
	}
	if _, err := p.store.Session(context.Background(), tenant, []byte("session"), "account"); kyc.CodeOf(err) != kyc.NotFound {
		p.t.Errorf("a session lives on: %v", err)
	}
	if got := len(p.links(contact.TemplateChanged)); got != told {
		p.t.Errorf("%d messages about it, want %d", got, told)
	}
}

func (p *person) signsIn() {
	p.t.Helper()
	now := kyc.At(p.clock())
	p.must(p.store.Commit(context.Background(), tenant, kyc.Change{kyc.SaveSession{Session: kyc.Session{Tenant: tenant, Hash: []byte("session"), Kind: "account",
		Subject: string(p.owned().ID), Created: now, Seen: now, Expires: now + 1e8, ID: newID()}}}))
}

// TestFreeze: everything stops at once, also what was granted before; a recovery that
// people grant knowing of it opens the account again, and the news of that carries a link
// that freezes it anew.
func TestFreeze(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := context.Background()
		p := h.lockedOut()
		h.pass(24 * time.Hour)
		p.opens()
		granted := p.links(contact.TemplateRecovery)[0]
		p.holder.signsIn()
		a := p.holder.owned()
		for range 2 { // one that is frozen stays so, and nobody is told twice
			h.must(h.Freeze(ctx, a, kyc.Actor{Kind: "staff", ID: "s"}, "", "why", "phone_lost"))
		}
		p.holder.frozen(1)
		if _, err := h.Get(ctx, p.holder.ref); kyc.CodeOf(err) != kyc.Unauthorized {
			t.Errorf("who held the account's application before: %v", err)
		}
		if _, err := h.Recover(ctx, tenant, granted, pipeline.NewSecrets{Password: afresh}); kyc.CodeOf(err) != kyc.Gone {
			t.Errorf("what was granted before opens it: %v", err)
		}
		p.holder.frozen(1)

		h.must(p.decide())
		h.pass(24 * time.Hour)
		p.opens()
		before := p.holder.links(contact.TemplateChanged)[0]
		if problems, err := h.Recover(ctx, tenant, p.links(contact.TemplateRecovery)[0], pipeline.NewSecrets{Password: afresh}); err != nil || len(problems) > 0 {
			t.Fatalf("%v %v", problems, err)
		}
		if a := p.holder.owned(); a.State != kyc.AccountActive {
			t.Fatalf("a granted recovery leaves it %s", a.State)
		}
		wantsKey(t, h.FreezeByLink(ctx, tenant, before, ""), "error.link_expired") // whoever reads old mail undoes nothing

		link := p.holder.links(contact.TemplateRecoveryDone)[0]
		if l, err := h.ReadFreeze(ctx, tenant, link); err != nil || l.State != contact.LinkReady {
			t.Errorf("%+v %v", l, err)
		}
		p.holder.signsIn()
		for range 2 {
			h.must(h.FreezeByLink(ctx, tenant, link, "Firefox"))
		}
		p.holder.frozen(2)
		if l, err := h.ReadFreeze(ctx, tenant, link); err != nil || l.State != pipeline.LinkFrozen {
			t.Errorf("%+v %v", l, err)
		}
	})
}

// TestFreezeLinkEnds: a link works once and for 30 days, is no other kind of link, and
// another tenant's opens nothing.
func TestFreezeLinkEnds(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := context.Background()
		p := h.lockedOut()
		a := p.holder.owned()
		h.must(h.Freeze(ctx, a, kyc.Actor{Kind: "account", ID: string(a.ID)}, ""))
		link := p.holder.links(contact.TemplateChanged)[0]
		thaw := kyc.SetAccountState{Tenant: tenant, ID: a.ID, From: kyc.AccountFrozen, To: kyc.AccountActive}
		h.must(h.store.Commit(ctx, tenant, kyc.Change{thaw}))
		h.must(h.FreezeByLink(ctx, tenant, link, ""))
		h.must(h.store.Commit(ctx, tenant, kyc.Change{thaw}))
		wantsKey(t, h.FreezeByLink(ctx, tenant, link, ""), "error.link_used")
		late := p.holder.links(contact.TemplateChanged)[0]
		h.pass(31 * 24 * time.Hour)
		wantsKey(t, h.FreezeByLink(ctx, tenant, late, ""), "error.link_expired")
		for _, other := range []string{"", "x", p.holder.links(contact.TemplateRecoveryAsked)[0]} {
			if err := h.FreezeByLink(ctx, tenant, other, ""); kyc.CodeOf(err) != kyc.NotFound {
				t.Errorf("%q: %v", other, err)
			}
		}
		if err := h.FreezeByLink(ctx, "other", late, ""); kyc.CodeOf(err) != kyc.NotFound {
			t.Errorf("of another tenant: %v", err)
		}
		if a := p.holder.owned(); a.State != kyc.AccountActive {
			t.Errorf("it is %s", a.State)
		}
	})
}
