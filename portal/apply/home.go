package apply

import (
	"regexp"
	"slices"
	"strings"

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
		flow, err := d.Flows.Offered(c.UserContext(), m.Market, m.Pinned)
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
	if id == kyc.RecoveryMarket { // every tenant's
		return d.Flows.Flow(c.UserContext(), id, "")
	}
	markets, err := d.Tenants.TenantMarkets(c.UserContext(), tenant(c))
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(markets, func(m kyc.TenantMarket) bool { return m.Market == id })
	if i < 0 {
		return nil, kyc.EKey(kyc.NotFound, "error.market_unknown", "tenant does not offer the market")
	}
	if !markets[i].Enabled {
		return nil, kyc.EKey(kyc.NotFound, "error.market_disabled", "tenant does not offer the market now")
	}
	return d.Flows.Offered(c.UserContext(), id, markets[i].Pinned)
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
	Way       string    // the one shown
	Ways      []kyc.Way // the others
}

// startPage answers GET /t/:tenant/start/:market: what will be needed.
func (d *Door) startPage(c *fiber.Ctx) error {
	flow, err := d.flow(c)
	if err != nil {
		return err
	}
	way, ok := flow.Way(c.Query(kyc.WayField))
	if !ok {
		return kyc.EKey(kyc.NotFound, "error.way_unknown", "market has no such way")
	}
	data := startData{Flow: flow, Resume: resume(c, flow.Market), Review: flow.Review != "on_referral", Way: way}
	for _, w := range flow.Ways {
		if w.ID != way {
			data.Ways = append(data.Ways, w)
		}
	}
	usual := usually(flow, way)
	for _, s := range flow.Steps {
		data.Documents = append(data.Documents, maybe(s, usual)...)
		if s.OnDemand || !s.When.Holds(nil, usual) {
			continue
		}
		data.Steps = append(data.Steps, s)
		data.Minutes += minutes(s, usual)
		data.Federated = data.Federated || s.Kind == kyc.FederatedStep
	}
	return d.Pages.Page(c, fiber.StatusOK, "apply/start", data)
}

// usually are the answers of somebody who takes a way and leaves what has a
// default: to tell what they will be asked.
func usually(flow *kyc.Flow, way string) kyc.Answers {
	answers := kyc.Answers{kyc.StartStep: {kyc.WayField: way}}
	for _, s := range flow.Steps {
		answers[s.ID] = kyc.Values{}
		for _, f := range s.Fields {
			answers[s.ID][f.Name] = f.Default
		}
	}
	return answers
}

// furtherRow is a field of a list's second or later row: what it needs is what the
// first one needs, and how many rows there will be is not known before.
var furtherRow = regexp.MustCompile(`\.([2-9]|[1-9][0-9]+)\.`)

// maybe lists the documents of a step; what some need and others do not has a
// condition of its own.
func maybe(s kyc.Step, usual kyc.Answers) []kyc.Requirement {
	if s.OnDemand || strings.HasPrefix(s.When.Field, string(kyc.StartStep)+".") && !s.When.Holds(nil, usual) {
		return nil
	}
	list := slices.DeleteFunc(slices.Clone(s.Documents), func(r kyc.Requirement) bool { return furtherRow.MatchString(r.When.Field) })
	for i := range list {
		if list[i].When.Field == "" && !s.When.Holds(nil, usual) {
			list[i].When = s.When
		}
	}
	return list
}

// minutes guesses how long a step takes: twenty seconds a question, longer for
// a photo.
func minutes(s kyc.Step, usual kyc.Answers) int {
	asked := 1
	for _, f := range s.Fields {
		if f.When.Holds(usual[s.ID], usual) {
			asked++
		}
	}
	for _, r := range s.Documents {
		if r.When.Holds(nil, usual) {
			asked += 5
		}
	}
	return max(1, asked/3)
}

// start answers POST /t/:tenant/start/:market.
func (d *Door) start(c *fiber.Ctx) error {
	flow, err := d.flow(c)
	if err != nil {
		return err
	}
	v, token, err := d.begin(c, flow, c.FormValue(kyc.WayField))
	if err != nil {
		return err
	}
	return d.hold(c, v, token)
}

func (d *Door) begin(c *fiber.Ctx, flow *kyc.Flow, way string) (*pipeline.View, string, error) {
	visit := web.VisitOf(c)
	return d.Service.Start(c.UserContext(), pipeline.Start{Tenant: visit.Tenant.ID, Market: flow.Market, Way: way,
		Locale: visit.Locale, TestMode: visit.Tenant.TestMode, Client: client(c)})
}

// enterPage answers GET /t/:tenant/enter/:market, where only the marketplace
// posts to: it explains how to enter.
func (d *Door) enterPage(c *fiber.Ctx) error {
	return c.Redirect(base(c)+"/start/"+c.Params("market"), fiber.StatusSeeOther)
}

// enterData is what the page shows that asks who came from the marketplace.
type enterData struct {
	pipeline.Vouched
	Market    kyc.MarketID
	Assertion string
}

// enter answers POST /t/:tenant/enter/:market, which comes from another site:
// whom the assertion names. Nothing begins before that person says that it is
// they, in a form of ours: any site can send anybody's browser here with an
// assertion about somebody else.
func (d *Door) enter(c *fiber.Ctx) error {
	if err := web.BoundBody(c, web.MaxForm); err != nil {
		return err
	}
	flow, err := d.flow(c)
	if err != nil {
		return err
	}
	data := enterData{Market: flow.Market, Assertion: c.FormValue("assertion")}
	if data.Vouched, err = d.Service.ReadAssertion(c.UserContext(), tenant(c), data.Assertion); err != nil {
		return err
	}
	status := fiber.StatusOK
	if data.Problem != "" {
		status, data.Assertion = fiber.StatusUnprocessableEntity, ""
	}
	return d.Pages.Page(c, status, "apply/enter", data)
}

// enterOn answers POST /t/:tenant/enter/:market/continue: the assertion begins an
// application whose first step it answers.
func (d *Door) enterOn(c *fiber.Ctx) error {
	flow, err := d.flow(c)
	if err != nil {
		return err
	}
	v, token, err := d.begin(c, flow, "")
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
