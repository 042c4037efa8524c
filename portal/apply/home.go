package apply

import (
	"slices"

	"github.com/gofiber/fiber/v2"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/pipeline"
	"github.com/paifang/paifang/portal/web"
)

// offer is a market on the tenant's home page.
type offer struct {
	*kyc.Flow
	Resume string // path of an application begun in this browser
}

// home answers GET /t/:tenant: choose a market, or sign in.
func (d *Door) home(c *fiber.Ctx) error {
	markets, err := d.Tenants.TenantMarkets(c.UserContext(), tenant(c))
	if err != nil {
		return err
	}
	var offers []offer
	down := false
	for _, m := range markets {
		if !m.Enabled {
			continue
		}
		flow, err := d.Flows.Flow(c.UserContext(), m.Market, "")
		if err != nil { // one market that is down does not take the others with it
			down = true
			continue
		}
		offers = append(offers, offer{Flow: flow, Resume: resume(c, m.Market)})
	}
	return d.Pages.Page(c, fiber.StatusOK, "apply/home", map[string]any{"Offers": offers, "Down": down})
}

func resume(c *fiber.Ctx, market kyc.MarketID) string {
	list := recent(c)
	if i := slices.IndexFunc(list, func(b begun) bool { return b.Market == market }); i >= 0 {
		return place(tenant(c), list[i].Application)
	}
	return ""
}

// flow is the market of the path, if the tenant has enabled it.
func (d *Door) flow(c *fiber.Ctx) (*kyc.Flow, error) {
	id, err := kyc.ParseMarketID(c.Params("market"))
	if err != nil {
		return nil, kyc.EKey(kyc.NotFound, "error.market_unknown", "no such market")
	}
	markets, err := d.Tenants.TenantMarkets(c.UserContext(), tenant(c))
	if err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(markets, func(m kyc.TenantMarket) bool { return m.Market == id && m.Enabled }) {
		return nil, kyc.EKey(kyc.NotFound, "error.market_unknown", "market is not enabled")
	}
	return d.Flows.Flow(c.UserContext(), id, "")
}

// startData is what the start page shows.
type startData struct {
	Flow      *kyc.Flow
	Steps     []kyc.Step
	Documents []kyc.Requirement
	Minutes   int
	Federated bool // begins at the marketplace
	Review    bool
	Resume    string
}

// startPage answers GET /t/:tenant/start/:market: what will be needed.
func (d *Door) startPage(c *fiber.Ctx) error {
	flow, err := d.flow(c)
	if err != nil {
		return err
	}
	data := startData{Flow: flow, Resume: resume(c, flow.Market), Review: flow.Review != "on_referral"}
	for _, s := range flow.Steps {
		if s.OnDemand {
			continue
		}
		data.Steps = append(data.Steps, s)
		data.Documents = append(data.Documents, s.Documents...)
		data.Minutes += minutes(s)
		data.Federated = data.Federated || s.Kind == kyc.FederatedStep
	}
	return d.Pages.Page(c, fiber.StatusOK, "apply/start", data)
}

// minutes guesses how long a step takes: twenty seconds a question, longer for
// a photo.
func minutes(s kyc.Step) int { return max(1, (len(s.Fields)+5*len(s.Documents)+1)/3) }

// start answers POST /t/:tenant/start/:market.
func (d *Door) start(c *fiber.Ctx) error {
	flow, err := d.flow(c)
	if err != nil {
		return err
	}
	v, token, err := d.begin(c, flow)
	if err != nil {
		return err
	}
	return d.hold(c, v, token)
}

func (d *Door) begin(c *fiber.Ctx, flow *kyc.Flow) (*pipeline.View, string, error) {
	visit := web.VisitOf(c)
	return d.Service.Start(c.UserContext(), pipeline.Start{Tenant: visit.Tenant.ID, Market: flow.Market,
		Locale: visit.Locale, TestMode: visit.Tenant.TestMode, Client: client(c)})
}

// enterPage answers GET /t/:tenant/enter/:market, where only the marketplace
// posts to: it explains how to enter.
func (d *Door) enterPage(c *fiber.Ctx) error {
	return c.Redirect(base(c)+"/start/"+c.Params("market"), fiber.StatusSeeOther)
}

// enter answers POST /t/:tenant/enter/:market: a signed assertion begins an
// application whose first step it answers.
func (d *Door) enter(c *fiber.Ctx) error {
	if err := web.BoundBody(c, web.MaxForm); err != nil {
		return err
	}
	flow, err := d.flow(c)
	if err != nil {
		return err
	}
	v, token, err := d.begin(c, flow)
	if err != nil {
		return err
	}
	for _, f := range v.Next.Fields {
		if f.Type != kyc.AssertionField {
			continue
		}
		r := pipeline.Ref{Tenant: v.Tenant, Application: v.ID, Token: token, Client: client(c)}
		v, err := d.Service.Submit(c.UserContext(), r, pipeline.Submission{Step: v.Next.Step,
			Values: kyc.Values{f.Name: c.FormValue("assertion")}})
		if keyOf(err) == "error.member_has_account" {
			return c.Redirect(base(c)+"/sign-in?member=1", fiber.StatusSeeOther)
		}
		if err != nil {
			return err
		}
		return d.hold(c, v, token) // of the application under way, if the member had one
	}
	return kyc.EKey(kyc.NotFound, "error.market_unknown", "market takes no assertion")
}

// legal answers GET /t/:tenant/legal/:document.
func (d *Door) legal(c *fiber.Ctx) error {
	doc, err := d.Tenants.Legal(c.UserContext(), tenant(c), c.Params("document"), web.VisitOf(c).Locale, kyc.At(d.Pages.Clock()))
	if err != nil {
		return err
	}
	return d.Pages.Page(c, fiber.StatusOK, "apply/legal", doc)
}
