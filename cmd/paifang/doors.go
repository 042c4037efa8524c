package main

import (
	"context"
	"crypto/rand"
	"slices"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/paifang/paifang/core/account"
	"github.com/paifang/paifang/core/api"
	"github.com/paifang/paifang/core/contact"
	"github.com/paifang/paifang/core/credential"
	"github.com/paifang/paifang/core/evidence"
	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/offer"
	"github.com/paifang/paifang/core/outbox"
	"github.com/paifang/paifang/core/person"
	"github.com/paifang/paifang/core/pipeline"
	"github.com/paifang/paifang/core/review"
	"github.com/paifang/paifang/core/roster"
	"github.com/paifang/paifang/core/tenant"
	"github.com/paifang/paifang/locales"
	"github.com/paifang/paifang/policies"
	"github.com/paifang/paifang/portal/admin"
	"github.com/paifang/paifang/portal/apply"
	"github.com/paifang/paifang/portal/dev"
	"github.com/paifang/paifang/portal/web"
)

// pages draws what all doors show.
func (g *gateway) pages(ctx context.Context, o options, shipped []kyc.Locale) (*web.Renderer, error) {
	secret, err := g.webSecret(ctx)
	if err != nil {
		return nil, err
	}
	back, err := admin.Area()
	if err != nil {
		return nil, err
	}
	areas := []web.Area{apply.Area(), back}
	if o.development != nil {
		areas = append(areas, dev.Area())
	}
	return web.New(web.Options{Printer: g.words.Printer, Locales: shipped, Tenants: g.store, Secret: secret,
		Random: rand.Reader, Clock: time.Now, Secure: o.secure(), Hosts: o.hosts(), Development: o.development != nil, Log: g.log, Traces: g.traces}, areas...)
}

func (g *gateway) openDoors(ctx context.Context, o options, flow *pipeline.Pipeline, files *evidence.Intake) error {
	shipped, err := locales.Shipped()
	if err != nil {
		return err
	}
	pages, err := g.pages(ctx, o, shipped)
	if err != nil {
		return err
	}
	sessions := g.sessions(o, flow)
	teller := &account.Teller{Store: g.store, Flows: g.markets(), Names: names{g.vault}, Mask: contact.Mask}
	readers := &person.Readers{Store: g.store, Flows: g.markets()}
	authorizer, err := policies.NewFor(g.store, time.Now, g.log)
	if err != nil {
		return err
	}
	desk := review.New(review.Config{Store: g.store, Vault: g.vault, Flows: g.markets(), Files: files, Applications: flow, Messages: flow, Freezer: flow,
		Authorizer: authorizer, Sending: g.warden, Rights: g.rights, Providers: g.providers, Clock: time.Now, IDs: newID})
	plat := &platform{host: g.host, prover: g.desk.Prover.(prover), shelf: g.desk.Shelf.(shelf)}
	offers := offer.New(offer.Config{Store: g.store, Vault: g.vault, Platform: plat, Authorizer: authorizer, Clock: time.Now, IDs: newID})
	board, err := g.board(o)
	if err != nil {
		return err
	}
	keys := &tenant.Desk{Office: g.office, Authorizer: authorizer}
	people := roster.New(roster.Config{Store: g.store, Authorizer: authorizer, Letters: g.letters, Locales: shipped, Clock: time.Now, IDs: newID})
	staff := &credential.StaffSessions{Gate: g.gate(o), House: g.store, Rules: g.staffPassword, Letters: g.letters, Pace: 300 * time.Millisecond,
		Factors: g.factors(o)}
	json, err := api.New(api.Config{Service: flow, Keys: g.office, Tenants: g.store, Flows: g.markets(), Puzzles: g.human, Sessions: sessions, Owner: sessions,
		Statements: teller, Readers: readers, Rights: g.rights, Staff: staff, Desk: desk, Roster: people, Rollouts: board, Offers: offers, KeyDesk: keys,
		Receipts: &outbox.Receipts{Store: g.store, Reader: g.host, Clock: time.Now, IDs: newID}, Printer: g.words.Printer, Locales: shipped, Ready: g.ready, Strength: g.strength(o), Base: o.baseURL(), Clock: time.Now, Log: g.log})
	if err != nil {
		return err
	}

	g.app = pages.App(map[string]fiber.ErrorHandler{"/api/": json.Fail, "/healthz/": json.Fail, "/receipts/": json.Fail})
	g.app.Use(web.BehindProxies(o.Proxies))
	json.Mount(g.app)
	applicants := apply.New(apply.Config{Pages: pages, Base: o.baseURL(), Service: flow, Tenants: g.store, Flows: g.markets(), Human: contact.Giver{Human: g.human, Clock: time.Now},
		SignIn: sessions, Owner: sessions, Strength: g.strength(o), Accounts: teller, Readers: readers, Rights: g.rights})
	applicants.Mount(g.app)
	backOffice := admin.New(admin.Config{Renderer: pages, Desk: desk, Roster: people, Sessions: staff, Rollouts: board, Offers: offers, Keys: keys})
	backOffice.Mount(g.app)
	g.routes = slices.Concat(json.Lines(), policies.Lines(applicants.Routes()), policies.Lines(backOffice.Routes()))
	if o.development != nil {
		o.development.Pages, o.development.Human = pages, g.human
		development := dev.New(*o.development)
		development.Mount(g.app)
		g.routes = append(g.routes, policies.Lines(development.Routes())...)
	}
	return nil
}
