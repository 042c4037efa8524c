package pipeline_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/paifang/paifang/core/audit"
	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/pipeline"
)

var elsewhere = pipeline.Client{Address: "198.51.100.7"}

func (p *person) handOver() pipeline.HandOver {
	p.t.Helper()
	over, err := p.HandOver(context.Background(), p.ref)
	p.must(err)
	if len(over.Token) != 43 || len(over.Code) != pipeline.HandOverDigits || strings.Trim(over.Code, "0123456789") != "" {
		p.t.Fatalf("token of %d characters, code %q", len(over.Token), over.Code)
	}
	return over
}

// handedOver checks what the link says without being used.
func (h *house) handedOver(token, state string, tries int) {
	h.t.Helper()
	got, err := h.ReadHandOver(context.Background(), tenant, token)
	h.must(err)
	if got.State != state || got.TriesLeft != tries || got.Locale != "en" {
		h.t.Errorf("the link is %+v, want %s with %d tries", got, state, tries)
	}
}

// otherCode is a code that is not the right one.
func otherCode(code string) string { return code[:3] + string('0'+(code[3]-'0'+1)%10) }

func TestHandOver(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, p := context.Background(), h.start()
		p.account(phone)
		challenge := p.view.Next.Challenge.ID
		over := p.handOver()
		h.handedOver(over.Token, "ready", 3)
		h.handedOver(over.Token, "ready", 3)

		v, token, err := h.TakeOver(ctx, tenant, over.Token, " "+over.Code[:2]+" "+over.Code[2:], elsewhere)
		h.must(err)
		next(t, v, pipeline.NextChallenge, "account")
		if v.Next.Challenge.ID != challenge || token == p.ref.Token {
			t.Error("the code under way was disturbed, or the token is the old one")
		}
		other := &person{h, pipeline.Ref{Tenant: tenant, Application: v.ID, Token: token, Client: elsewhere}, v}
		next(t, other.prove(), pipeline.NextForm, "profile")
		v, err = h.Get(ctx, p.ref)
		h.must(err)
		next(t, v, pipeline.NextForm, "profile")

		h.handedOver(over.Token, "used", 3)
		_, _, err = h.TakeOver(ctx, tenant, over.Token, over.Code, elsewhere)
		refused(t, err, kyc.Gone)
		h.recorded(p, audit.ApplicationResumed, 1)
	})
}

// recorded counts the lines of an action about somebody's application.
func (h *house) recorded(p *person, action string, want int) {
	h.t.Helper()
	lines, err := h.store.AuditLines(context.Background(), tenant,
		kyc.AuditFilter{ObjectKind: "application", ObjectID: string(p.ref.Application)}, "", 100)
	h.must(err)
	lines = slices.DeleteFunc(lines, func(l kyc.AuditLine) bool { return l.Action != action })
	if len(lines) != want {
		h.t.Errorf("%s is recorded %d times, want %d", action, len(lines), want)
	}
}

func TestHandOverWrongCode(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, p := context.Background(), h.start()
		over := p.handOver()
		for _, none := range []string{"", "abcd", "123", "12345", strings.Repeat("1", 300), "12\x004"} {
			v, token, err := h.TakeOver(ctx, tenant, over.Token, none, elsewhere)
			h.must(err)
			told(t, v, "code", "handover.format")
			if token != "" {
				t.Fatal("a token without a code")
			}
		}
		for range 2 {
			v, token, err := h.TakeOver(ctx, tenant, over.Token, otherCode(over.Code), elsewhere)
			h.must(err)
			told(t, v, "code", "handover.wrong")
			if token != "" || v.ID != "" || len(v.Steps) > 0 || v.State != "" {
				t.Errorf("a wrong code is shown %+v", v)
			}
		}
		h.handedOver(over.Token, "ready", 1)
		_, _, err := h.TakeOver(ctx, tenant, over.Token, otherCode(over.Code), elsewhere)
		refused(t, err, kyc.Gone)
		_, token, err := h.TakeOver(ctx, tenant, over.Token, over.Code, elsewhere)
		refused(t, err, kyc.Gone)
		if token != "" {
			t.Error("a token after three wrong codes")
		}
		h.handedOver(over.Token, "expired", 0)
		h.recorded(p, audit.ChallengeFailed, 3)
		h.recorded(p, audit.ApplicationResumed, 0)
	})
}

func TestHandOverEnds(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, p := context.Background(), h.start()
		first := p.handOver()
		second := p.handOver()
		h.handedOver(first.Token, "expired", 3)
		h.pass(pipeline.HandOverLife - time.Second)
		h.handedOver(second.Token, "ready", 3)
		h.pass(time.Second)
		h.handedOver(second.Token, "expired", 3)
		for _, over := range []pipeline.HandOver{first, second} {
			_, _, err := h.TakeOver(ctx, tenant, over.Token, over.Code, elsewhere)
			refused(t, err, kyc.Gone)
		}
		third := p.handOver()
		_, err := h.Withdraw(ctx, p.ref)
		h.must(err)
		h.handedOver(third.Token, "expired", 3)
		_, _, err = h.TakeOver(ctx, tenant, third.Token, third.Code, elsewhere)
		refused(t, err, kyc.Gone)
		_, err = h.HandOver(ctx, p.ref)
		refused(t, err, kyc.Conflict)
	})
}

func TestHandOverIsOneTenants(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, p := context.Background(), h.start()
		over := p.handOver()
		h.must(h.store.Commit(ctx, "other", kyc.Change{kyc.SaveTenant{Tenant: kyc.Tenant{ID: "other", Name: "Other", Locales: kyc.LocaleList{"en"}}}}))
		for _, c := range []struct {
			tenant kyc.TenantID
			token  string
		}{{"other", over.Token}, {tenant, ""}, {tenant, otherToken(over.Token)}, {tenant, p.ref.Token}, {tenant, "../" + over.Token[3:]}} {
			_, err := h.ReadHandOver(ctx, c.tenant, c.token)
			refused(t, err, kyc.NotFound)
			_, _, err = h.TakeOver(ctx, c.tenant, c.token, over.Code, elsewhere)
			refused(t, err, kyc.NotFound)
		}
		// What was made for handing over does not prove a contact.
		_, err := h.ReadLink(ctx, tenant, over.Token)
		refused(t, err, kyc.NotFound)
		_, _, err = h.FollowLink(ctx, tenant, over.Token, elsewhere)
		refused(t, err, kyc.NotFound)
		stranger := h.start()
		_, err = h.HandOver(ctx, pipeline.Ref{Tenant: tenant, Application: p.ref.Application, Token: stranger.ref.Token})
		refused(t, err, kyc.Unauthorized)
		h.handedOver(over.Token, "ready", 3)
	})
}

func otherToken(token string) string {
	if token[0] == 'A' {
		return "B" + token[1:]
	}
	return "A" + token[1:]
}

// TestHandOverAtOnce: of eight devices with the right code one has it, and of
// eight wrong codes no more than three are looked at.
func TestHandOverAtOnce(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		p := h.start()
		over := p.handOver()
		if taken := p.together(over.Token, over.Code); taken != 1 {
			t.Errorf("%d devices took it over", taken)
		}
		over = p.handOver()
		if taken := p.together(over.Token, otherCode(over.Code)); taken != 0 {
			t.Errorf("%d devices took it over with a wrong code", taken)
		}
		h.handedOver(over.Token, "expired", 0)
		h.recorded(p, audit.ChallengeFailed, pipeline.HandOverTries)
	})
}

// together lets eight devices try at once and counts those that got a token.
func (p *person) together(token, code string) int {
	var mu sync.Mutex
	var wg sync.WaitGroup
	taken := 0
	for range 8 {
		wg.Go(func() {
			_, holder, err := p.TakeOver(context.Background(), tenant, token, code, elsewhere)
			mu.Lock()
			defer mu.Unlock()
			if err == nil && holder != "" {
				taken++
			}
		})
	}
	wg.Wait()
	return taken
}

func TestHandOverBudget(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		p := h.start()
		for range 10 {
			p.handOver()
		}
		_, err := h.HandOver(context.Background(), p.ref)
		refused(t, err, kyc.Limited)
		h.pass(time.Hour)
		p.handOver()
	})
}
