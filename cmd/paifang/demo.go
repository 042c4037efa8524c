package main

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/paifang/paifang/core/contact"
	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/pipeline"
	"github.com/paifang/paifang/core/tenant"
	"github.com/paifang/paifang/policies"
	"github.com/paifang/paifang/portal/dev"
)

//go:embed demo/*.txt
var demoTexts embed.FS

// What the demo is made of.
const (
	demoTenant   kyc.TenantID = "demo"
	harborTenant kyc.TenantID = "harbor"
	demoKey                   = "pk_test_demo"
	harborKey                 = "pk_test_harbor"
	demoOfficer               = "officer"
	demoIssuer                = "https://marketplace.example"
	demoKeyID                 = "demo-2026"
)

type demoCommand struct {
	Serving
	Bench
}

func (c *demoCommand) Run(ctx context.Context, log *slog.Logger, t terminal) error {
	g, password, err := c.open(ctx, log, nil)
	if err != nil {
		return err
	}
	c.greet(t, password)
	return g.serve(ctx)
}

// open opens the demo, with a workbench for a provider's author; nil: none. It
// tells the officer's new password.
func (c *demoCommand) open(ctx context.Context, log *slog.Logger, bench *workbench) (g *gateway, password string, err error) {
	if err := c.prepare(); err != nil {
		return nil, "", err
	}
	mailbox := c.path("mailbox")
	if err := os.MkdirAll(mailbox, 0o700); err != nil {
		return nil, "", err
	}
	if err := c.sandbox(mailbox); err != nil {
		return nil, "", err
	}
	signer, err := demoSigner(c.path("demo-marketplace.key"))
	if err != nil {
		return nil, "", err
	}
	observer, err := c.observe()
	if err != nil {
		return nil, "", err
	}
	if observer != nil {
		c.meter = &observer.meter
	}
	if c.NoHash {
		c.cost = noCost()
	}
	g, err = open(ctx, options{observer: observer, workbench: bench, Serving: c.Serving, limits: demoLimits(), starts: 1 << 30, furnish: func(h *house) (err error) {
		password, err = seed(ctx, h, signer)
		return err
	}, development: &dev.Config{
		Mailbox: mailbox, Signer: signer, KeyID: demoKeyID, Issuer: demoIssuer, Audience: pipeline.AssertionAudience, Tenant: demoTenant,
		Keys: map[kyc.TenantID]string{demoTenant: demoKey, harborTenant: harborKey}, Random: rand.Reader, Clock: time.Now}}, log)
	if err == nil && c.everywhere() {
		log.Warn("development mode shows every message to whoever can reach this machine: listen on 127.0.0.1 unless that is meant")
	}
	return g, password, err
}

// demoLimits let one machine play many people.
func demoLimits() contact.Limits {
	many := []contact.Rate{{Window: time.Hour, Limit: 100_000}}
	return contact.Limits{Watch: contact.Watch{Least: 1 << 40}, SendDevice: many, SendAddress: many, SendTenant: many, SendCountry: many, HumanFailed: many, Availability: many,
		SignInAddress: many, SignInPair: many, SignInName: many, SecondPair: many, SecondFactor: many}
}

// sandbox sends every message to the mailbox of development mode, unless the
// operator chose messengers.
func (c *demoCommand) sandbox(mailbox string) error {
	if c.Settings != "" || len(c.Messengers) > 0 {
		return nil
	}
	absolute, err := filepath.Abs(mailbox)
	if err != nil {
		return err
	}
	raw, err := json.Marshal(map[string]any{"sandboxmailbox": map[string]string{"dir": absolute}})
	if err != nil {
		return err
	}
	c.Settings = c.path("demo-settings.json")
	c.Messengers = map[string]string{"phone": "sandboxmailbox", "email": "sandboxmailbox"}
	return os.WriteFile(c.Settings, raw, 0o600)
}

// seed founds the tenants at the first start, and gives the officer a new
// password at every start: it is shown once and kept nowhere. The first sign-in
// after each start adds an authenticator app.
func seed(ctx context.Context, h *house, signer ed25519.PrivateKey) (string, error) {
	plans := demoPlans(signer)
	if err := onlyDemo(ctx, h, plans); err != nil {
		return "", err
	}
	password := rand.Text()
	for _, plan := range plans {
		if err := seedTenant(ctx, h, plan, password); err != nil {
			return "", err
		}
	}
	return password, nil
}

// onlyDemo keeps development mode, which shows every message to everybody, away
// from real people.
func onlyDemo(ctx context.Context, h *house, plans []tenant.Plan) error {
	there, err := h.store.Tenants(ctx, "", len(plans)+2)
	for _, t := range there {
		if t.ID != policies.OperatorTenant && !slices.ContainsFunc(plans, func(p tenant.Plan) bool { return p.Tenant.ID == t.ID }) {
			return fmt.Errorf("tenant %q is not of the demo: development mode never opens a real installation; name another folder with --data (PAIFANG_DATA)", t.ID)
		}
	}
	return err
}

// seedTenant does what an earlier start has not done already.
func seedTenant(ctx context.Context, h *house, plan tenant.Plan, password string) error {
	id := plan.Tenant.ID
	legal, err := fs.Sub(demoTexts, "demo")
	if err != nil {
		return err
	}
	if plan.Legal, err = legalTexts(legal, id, plan.Tenant.Locales, "2026-11"); err != nil {
		return err
	}
	if err := h.office.Found(ctx, plan); err != nil && kyc.CodeOf(err) != kyc.Conflict {
		return err
	}
	key := map[kyc.TenantID]string{demoTenant: demoKey, harborTenant: harborKey}[id]
	if err := h.office.AdmitKey(ctx, id, tenant.Publishable, key, true); err != nil {
		return err
	}
	officer := kyc.Staff{Tenant: id, Login: demoOfficer, Name: "Demo Officer", Role: "compliance_officer", Locale: plan.Tenant.Locales[0]}
	err = h.office.Hire(ctx, officer, password, "")
	if kyc.CodeOf(err) == kyc.Conflict {
		if err = h.office.SetPassword(ctx, id, demoOfficer, password); err == nil {
			err = h.office.Reset(ctx, id, demoOfficer) // the sandbox authenticator has forgotten its keys
		}
	}
	return err
}

func demoPlans(signer ed25519.PrivateKey) []tenant.Plan {
	public, _ := signer.Public().(ed25519.PublicKey)
	market := func(t kyc.TenantID, m kyc.MarketID) kyc.TenantMarket {
		return kyc.TenantMarket{Tenant: t, Market: m, Enabled: true, Config: []byte("{}")}
	}
	return []tenant.Plan{
		{Tenant: kyc.Tenant{ID: demoTenant, Name: "Demo Market", Support: "support@demo.example", TestMode: true, Locales: kyc.LocaleList{"en", "zh-Hans", "zh-Hant", "ar", "fr", "ru"}},
			Markets: []kyc.TenantMarket{market(demoTenant, "mainland"), market(demoTenant, "overseas"), market(demoTenant, "crossborder")},
			Signers: []kyc.AssertionKey{{Tenant: demoTenant, KeyID: demoKeyID, Issuer: demoIssuer, Public: public}}},
		{Tenant: kyc.Tenant{ID: harborTenant, Name: "Harbor Bazaar", Accent: "#7a3cc2", Support: "help@harbor.example", TestMode: true, Locales: kyc.LocaleList{"ar", "en", "fr"}},
			Markets: []kyc.TenantMarket{market(harborTenant, "overseas")}},
	}
}

func (c *demoCommand) greet(t terminal, password string) {
	fmt.Fprintf(t.out, `
Paifang demo (development mode, made-up people only)

  Start here      %[1]s/
  Messages sent   %[1]s/dev/messages
  Marketplace     %[1]s/dev/marketplace
  Staff           %[1]s/admin/%[2]s/sign-in   name %[3]s, password %[4]s
                  %[1]s/dev/authenticator   takes the place of an authenticator app
  API             %[1]s/api/v1/openapi.json   key %[5]s

`, c.baseURL(), demoTenant, demoOfficer, password, demoKey)
}

// demoSigner is the private key of the demo marketplace, made at the first start.
func demoSigner(path string) (ed25519.PrivateKey, error) {
	seed, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		seed = make([]byte, ed25519.SeedSize)
		if _, err = rand.Read(seed); err == nil {
			err = os.WriteFile(path, seed, 0o600)
		}
	}
	if err != nil {
		return nil, err
	}
	if len(seed) != ed25519.SeedSize {
		return nil, fmt.Errorf("%s is not a key of %d bytes", path, ed25519.SeedSize)
	}
	return ed25519.NewKeyFromSeed(seed), nil
}
