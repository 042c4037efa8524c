package pipeline_test

import (
	"context"
	"testing"

	"github.com/paifang/paifang/core/contact"
	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/pipeline"
)

// TestComeBack: the message that something is asked again leads back to the
// application from any device, once; a used link sends the next.
func TestComeBack(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := context.Background()
		h.market.flow.Review = "always"
		p := h.start()
		p.account(phone)
		p.prove()
		p.submit("profile", kyc.Values{"name": "Anna", "kind": "plain"})
		p.submit("secrets", kyc.Values{"login_password": password})
		p.verify()
		app, err := h.store.Application(ctx, tenant, p.ref.Application)
		h.must(err)
		wrong := kyc.NewReason("data.name_mismatch", kyc.Subject{Kind: "step", Ref: "profile"}, kyc.Source{Kind: "reviewer"}, nil)
		change, err := h.AskAgain(ctx, tenant, app, kyc.Decision{Tenant: tenant, Application: app.ID, Staff: "s", Outcome: kyc.AskAgain},
			map[string][]kyc.Reason{"profile": {wrong}}, "")
		h.must(err)
		h.must(h.store.Commit(ctx, tenant, change))

		token := p.message().Params[contact.ParamToken]
		link, err := h.ReadLink(ctx, tenant, token)
		h.must(err)
		if link.State != contact.LinkReady || !link.Back {
			t.Fatalf("link is %s, leads back: %v", link.State, link.Back)
		}
		for _, glued := range []string{".", ">", "%3E", ")."} { // as mail programs do
			if same, err := h.ReadLink(ctx, tenant, token+glued); err != nil || same != link {
				t.Errorf("with %q behind it: %+v %v", glued, same, err)
			}
		}
		if _, err := h.ReadLink(ctx, tenant, token+"a"); err == nil {
			t.Error("another token opens the application")
		}
		v, holder, err := h.FollowLink(ctx, tenant, token, pipeline.Client{})
		h.must(err)
		next(t, v, pipeline.NextForm, "profile")
		other := pipeline.Ref{Tenant: tenant, Application: app.ID, Token: holder}
		if _, err := h.Get(ctx, other); err != nil {
			t.Fatal(err)
		}
		_, _, err = h.FollowLink(ctx, tenant, token, pipeline.Client{})
		refused(t, err, kyc.Gone)
		h.must(h.RenewLink(ctx, tenant, token, pipeline.Client{}))
		if again := p.message().Params[contact.ParamToken]; again == token || again == "" {
			t.Error("no new link was sent")
		}
		if _, _, err := h.FollowLink(ctx, "other", p.message().Params[contact.ParamToken], pipeline.Client{}); err == nil {
			t.Error("a link opens in another tenant")
		}
	})
}
