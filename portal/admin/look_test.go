package admin_test

import (
	"net"
	"net/url"
	"os"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/review"
	"github.com/paifang/paifang/core/store/storetest"
)

// TestLook serves the pages at the address in PAIFANG_LOOK for a minute or
// two, for somebody who wants to look at them: "?as=reviewer" says who one is.
func TestLook(t *testing.T) {
	address := os.Getenv("PAIFANG_LOOK")
	if address == "" {
		t.Skip("PAIFANG_LOOK names no address")
	}
	h := newHouse(t)
	for i, n := range []string{"SØREN KIERKEGAARD", "李小龙", "عمر الخيام", "JEAN VALJEAN", "NORA HELMER"} {
		locale := []kyc.Locale{"en", "zh-Hans", "ar"}[i%3]
		h.apply(n, []string{"L898902C3", "X1", "X2", "X3", "X4"}[i], locale, storetest.Now+kyc.Millis((i-1)*7)*3600_000)
	}
	staff, err := h.store.Staff(ctx, tenant, "reviewer")
	h.ok(err)
	_, err = h.door.Desk.Claim(ctx, review.Who{Staff: staff, Tenant: tenant}, h.case_.ID)
	h.ok(err)
	risky := h.risky()
	front := fiber.New(fiber.Config{Immutable: true, DisableStartupMessage: true})
	front.Use(func(c *fiber.Ctx) error {
		if role := c.Query("as"); role != "" {
			token := "dt.demo." + role
			if role == "platform_operator" {
				token = "dt.platform." + role
			}
			c.Cookie(&fiber.Cookie{Name: "pf_staff", Value: token, Path: "/"})
			c.Request().Header.SetCookie("pf_staff", token)
		}
		return c.Next()
	})
	front.Get("/risky", func(c *fiber.Ctx) error {
		return c.Redirect("/admin/demo/cases/" + string(risky) + "?" + string(c.Request().URI().QueryString()))
	})
	front.Get("/case", func(c *fiber.Ctx) error {
		return c.Redirect("/admin/demo/cases/" + string(h.case_.ID) + "?" + string(c.Request().URI().QueryString()))
	})
	h.sent()
	h.seal()
	h.ran()
	operator, provider := h.operator(), "/admin/platform/providers/mainland"
	operator.post(provider, provider+"/upgrade", url.Values{"version": {"1.1.0"}, "share": {"20"}, "why": {"Fewer refusals for long names"}})
	_, proof := operator.post(provider, provider+"/upgrade", url.Values{"version": {"2.0.0"}, "applications": {"100"}})
	front.Get("/proof", func(c *fiber.Ctx) error { return c.Type("html").SendString(proof) })
	v := h.as("reviewer")
	_, preview := v.post(v.case1(), v.case1()+"/preview", url.Values{"note": {"يرجى التصوير في ضوء النهار."},
		"reason": {"document/passport/image.glare", "document/passport/image.cropped", "step/profile/data.birth_date_mismatch"}})
	front.Get("/preview", func(c *fiber.Ctx) error { return c.Type("html").SendString(preview) })
	front.Mount("/", h.app)
	l, err := net.Listen("tcp", address)
	h.ok(err)
	go func() { _ = front.Listener(l) }()
	time.Sleep(150 * time.Second)
}

// sent has spent money and messages today, and numbers that answer nothing.
func (h *house) sent() {
	take := func(key string, window, ago time.Duration, used int64) kyc.Write {
		return kyc.TakeBudget{Tenant: tenant, Key: key, Start: kyc.At(h.now.UTC().Add(-ago).Truncate(window)), Window: window, Limit: 1 << 60, Amount: used, Keep: 24 * time.Hour}
	}
	h.ok(h.store.Commit(ctx, tenant, kyc.Change{take("money", 24*time.Hour, 0, 19_999_000), take("money.phone.CN", 24*time.Hour, 0, 19_999_000),
		take("send.phone.tenant.1h0m0s", time.Hour, 0, 1612), take("send.email.tenant.1h0m0s", time.Hour, 0, 88),
		take("send.phone.country.1h0m0s.FR", time.Hour, 0, 1500), take("send.phone.country.1h0m0s.CN", time.Hour, 0, 112),
		take("prefix.sent.+8617012", 15*time.Minute, time.Hour, 80)}))
}

// risky has another case, of high risk, about which somebody has proposed a
// rejection after an approval was sent back.
func (h *house) risky() kyc.CaseID {
	made, _ := h.apply("ERIKSSON ANNA", "X9", "ar", storetest.Now)
	who := func(id kyc.StaffID) review.Who {
		staff, err := h.store.Staff(ctx, tenant, id)
		h.ok(err)
		return review.Who{Staff: staff, Tenant: tenant}
	}
	c, err := h.store.Case(ctx, tenant, made.ID)
	h.ok(err)
	c.Risk, c.Whys = kyc.HighRisk, kyc.RiskList{{Code: "finding", Level: kyc.HighRisk, About: "policy.duplicate_person"}, {Code: "check.unknown", Level: kyc.HighRisk, About: "registry.resident_id"},
		{Code: "contact.disposable", Level: kyc.MediumRisk}, {Code: "document.weak", Level: kyc.MediumRisk, About: "driving_licence"}}
	h.ok(h.store.Commit(ctx, tenant, kyc.Change{kyc.UpdateCase{Case: c, Expect: c.Version}}))
	propose := func(w review.Who, choice review.Choice) {
		_, err := h.door.Desk.Claim(ctx, w, c.ID)
		h.ok(err)
		v, err := h.door.Desk.Open(ctx, w, c.ID)
		h.ok(err)
		choice.Evidence, choice.Version = v.Digest, v.Application.Version
		_, err = h.door.Desk.Decide(ctx, w, c.ID, choice)
		h.ok(err)
	}
	ann, bob := who("senior_reviewer"), who("compliance_officer")
	propose(bob, review.Choice{Outcome: kyc.Approve})
	_, err = h.door.Desk.Claim(ctx, ann, c.ID)
	h.ok(err)
	h.ok(h.door.Desk.Oppose(ctx, ann, c.ID, "The photo is of a screen, and somebody else has this number."))
	propose(ann, review.Choice{Outcome: kyc.Reject, Note: "نأسف لذلك.", Picks: []review.Pick{{Code: "risk.stolen_identity", Subject: kyc.Subject{Kind: "application"}}}})
	_, err = h.door.Desk.Claim(ctx, bob, c.ID)
	h.ok(err)
	return c.ID
}
