package pipeline

import (
	"context"
	"slices"
	"time"

	"github.com/paifang/paifang/core/audit"
	"github.com/paifang/paifang/core/contact"
	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/trace"
	"github.com/paifang/paifang/core/vault"
)

// lifetime of an open application when its market does not say.
const lifetime = 30 * 24 * time.Hour

// holderLife is how long a device may come back to an application.
const holderLife = 365 * 24 * time.Hour

// Start makes an application: an applicant with a key of their own, the rules'
// version it is bound to, and a token for whoever started it.
func (p *Pipeline) Start(ctx context.Context, s Start) (begun *View, holder string, err error) {
	ctx, span := trace.Start(ctx, "start", trace.Tenant(s.Tenant), trace.Market(s.Market))
	defer func() { span.End(err) }()
	for try := 0; ; try++ {
		id, token, err := p.startedBefore(ctx, s)
		if err == nil && id == "" {
			var u *run
			if u, token, err = p.startOnce(ctx, s); err == nil {
				view, err := u.view(ctx)
				return view, token, err
			}
		}
		if keyOf(err) == "error.idempotency_race" && try < 3 {
			continue
		}
		if err != nil {
			return nil, "", err
		}
		view, err := p.Get(ctx, Ref{Tenant: s.Tenant, Application: id, Token: token, Client: s.Client})
		return view, token, err
	}
}

func (p *Pipeline) startOnce(ctx context.Context, s Start) (*run, string, error) {
	id := kyc.ApplicationID(p.IDs())
	flow, offer, err := p.chosen(ctx, s.Tenant, s.Market, id)
	if err != nil {
		return nil, "", err
	}
	locale, err := p.locale(ctx, s)
	if err != nil {
		return nil, "", err
	}
	way, err := wayOf(flow, s.Way)
	if err != nil {
		return nil, "", err
	}
	now := kyc.At(p.Clock())
	life := flow.Lifetime
	if life == 0 {
		life = lifetime
	}
	app := kyc.Application{Tenant: s.Tenant, ID: id, Applicant: kyc.ApplicantID(p.IDs()),
		Market: s.Market, Provider: flow.Version, Offer: offer, Locale: locale, State: kyc.Open, Version: 1, Way: way, TestMode: s.TestMode,
		Created: now, Updated: now, Expires: now + kyc.Millis(life/time.Millisecond)}
	wrapped, err := p.Vault.NewApplicant(ctx, app.Tenant, app.Applicant)
	if err != nil {
		return nil, "", err
	}
	token, holder := p.newHolder(app)
	budget, err := p.startBudget(ctx, s, now)
	if err != nil {
		return nil, "", err
	}
	u := &run{p: p, app: app, flow: flow, now: now, actor: kyc.Actor{Kind: "applicant", ID: string(app.Applicant)},
		records: map[kyc.StepID]kyc.StepRecord{}, answers: kyc.Answers{}, client: s.Client, holder: holder.Hash}
	if way != "" {
		u.answers[kyc.StartStep] = kyc.Values{kyc.WayField: way}
	}
	change := kyc.Change{budget,
		kyc.CreateApplicant{Tenant: app.Tenant, ID: app.Applicant, Wrapped: wrapped, At: now},
		kyc.CreateApplication{Application: app}, holder,
		u.line(audit.ApplicationStarted, map[string]string{"market": string(app.Market), "provider": flow.Version}),
	}
	kept, err := u.keepStart(ctx, s, token)
	if err != nil {
		return nil, "", err
	}
	return u, token, p.Store.Commit(ctx, s.Tenant, append(change, kept...))
}

// chosen is the flow of a market that the tenant offers, in the version that the
// new application is bound to, and the number of the offer.
func (p *Pipeline) chosen(ctx context.Context, tenant kyc.TenantID, market kyc.MarketID, id kyc.ApplicationID) (*kyc.Flow, int64, error) {
	m, err := p.tenantMarket(ctx, tenant, market)
	switch {
	case kyc.CodeOf(err) == kyc.NotFound:
		return nil, 0, kyc.EKey(kyc.NotFound, "error.market_unknown", "tenant does not offer this market")
	case err != nil:
		return nil, 0, err
	case !m.Enabled:
		return nil, 0, kyc.EKey(kyc.NotFound, "error.market_disabled", "tenant does not offer this market now")
	}
	version, err := p.Markets.Choose(market, string(id), m.Pinned)
	if err != nil {
		return nil, 0, err
	}
	flow, err := p.Markets.Flow(ctx, market, version)
	return flow, m.Number, err
}

// locale is the language asked for if the tenant offers it, else its default.
func (p *Pipeline) locale(ctx context.Context, s Start) (kyc.Locale, error) {
	t, err := p.Store.Tenant(ctx, s.Tenant)
	if err != nil {
		return "", err
	}
	if slices.Contains(t.Locales, s.Locale) {
		return s.Locale, nil
	}
	if len(t.Locales) == 0 {
		return "", kyc.E(kyc.Internal, "tenant offers no language")
	}
	return t.Locales[0], nil
}

func (p *Pipeline) newHolder(app kyc.Application) (string, kyc.SaveHolder) {
	secret, _ := vault.Token(p.Random)
	token := "ht." + string(app.Tenant) + "." + secret
	// A holder outlives the open application: the person comes back for the
	// result, or because something is asked again.
	expires := kyc.At(p.Clock().Add(holderLife))
	return token, kyc.SaveHolder{Holder: kyc.Holder{Tenant: app.Tenant, Hash: vault.HashToken(token),
		Application: app.ID, Expires: expires}}
}

func (p *Pipeline) startBudget(ctx context.Context, s Start, now kyc.Millis) (kyc.TakeBudget, error) {
	index, err := contact.IndexAddress(ctx, p.Vault, s.Tenant, s.Client.Address)
	return kyc.TakeBudget{Tenant: s.Tenant, Key: "start:" + hexOf(index), Start: window(now, time.Hour),
		Window: time.Hour, Limit: p.StartsPerAddress}, err
}
