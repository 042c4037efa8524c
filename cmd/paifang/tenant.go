package main

import (
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/rollout"
	"github.com/paifang/paifang/core/tenant"
	"github.com/paifang/paifang/plugins/catalogue"
)

type tenantCommand struct {
	Add       tenantAdd     `cmd:"" help:"Add a tenant."`
	Market    tenantMarket  `cmd:"" help:"A market of a tenant: open it, shut it to new applications, choose its version, set and show its settings, go back; it holds at once."`
	Sending   tenantSending `cmd:"" help:"Set what a tenant's messages may cost and whom they may reach, or print it."`
	Idle      tenantIdle    `cmd:"" help:"Set after how many minutes without a request the sessions of a tenant's staff end."`
	TwoPeople tenantSecond  `cmd:"" name:"two-people" help:"Set from which risk on it takes two people to approve or to reject."`
	Tell      tenantTell    `cmd:"" help:"Set when people are told that a telephone number or e-mail address has an account: after they showed that it is theirs, or after the human test."`
	List      tenantList    `cmd:"" help:"List tenants."`
}

type tenantAdd struct {
	providerPlace
	ID      string   `arg:"" help:"Slug of 2 to 40 letters a-z, digits and hyphens; it is part of every address."`
	Name    string   `required:"" help:"Name that people see."`
	Locales []string `required:"" help:"Languages offered, the default first, of ar, en, fr, ru, zh-Hans, zh-Hant: zh-Hans,en." placeholder:"LANG"`
	Markets []string `required:"" help:"Markets offered: mainland,overseas,crossborder." placeholder:"MARKET"`
	Accent  string   `help:"Accent colour, #rrggbb." placeholder:"COLOUR"`
	Support string   `help:"E-mail address that people can write to." placeholder:"ADDRESS"`
	Texts   string   `required:"" help:"Folder with terms.LANG.txt and privacy.LANG.txt for each language; a title, an empty line, the text." placeholder:"DIR"`
	Edition string   `default:"1" help:"Version of these legal texts." placeholder:"VERSION"`
	Test    bool     `help:"For test mode: pages say so."`
}

func (c *tenantAdd) Run(ctx context.Context, log *slog.Logger, t terminal) error {
	id, err := kyc.ParseTenantID(c.ID)
	if err != nil {
		return err
	}
	plan := tenant.Plan{Tenant: kyc.Tenant{ID: id, Name: c.Name, Accent: c.Accent, Support: c.Support, TestMode: c.Test}}
	for _, l := range c.Locales {
		plan.Tenant.Locales = append(plan.Tenant.Locales, kyc.Locale(l))
	}
	for _, m := range c.Markets {
		plan.Markets = append(plan.Markets, kyc.TenantMarket{Tenant: id, Market: kyc.MarketID(m), Enabled: true, Config: []byte("{}")})
	}
	if plan.Legal, err = legalTexts(os.DirFS(c.Texts), id, plan.Tenant.Locales, c.Edition); err != nil {
		return fmt.Errorf("the legal texts in --texts %s: %w", c.Texts, err)
	}
	if err := c.prepare(); err != nil {
		return err
	}
	if err := checkMarkets(ctx, c.providerPlace, c.Markets, log); err != nil {
		return err
	}
	return with(ctx, c.Storage, func(h *house) error {
		if err := h.office.Found(ctx, plan); err != nil {
			return err
		}
		fmt.Fprintf(t.out, "Tenant %s is founded. Add its staff next: paifang staff add %s LOGIN --name NAME --role tenant_admin\n", id, id)
		return nil
	})
}

// checkMarkets asks the providers themselves whether they are markets. One that
// was installed has said so when it was, and must be switched on.
func checkMarkets(ctx context.Context, c providerPlace, markets []string, log *slog.Logger) error {
	_, there, err := Serving{Providers: c.Providers}.catalogue()
	if err != nil {
		return err
	}
	var shipped []string
	for _, m := range markets {
		if slices.Contains(there, m) {
			shipped = append(shipped, m)
		} else if err := c.checkInstalled(ctx, m, there); err != nil {
			return err
		}
	}
	if len(shipped) == 0 {
		return nil
	}
	config, err := Serving{Storage: c.Storage, Installed: c.Installed, Providers: c.Providers}.hostConfig(false, log)
	if err != nil {
		return err
	}
	config.Enabled = shipped
	h, err := startHost(ctx, config)
	if err != nil {
		return err
	}
	known := h.Markets()
	closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	if err := h.Close(closing); err != nil {
		return err
	}
	for _, m := range shipped {
		if !slices.Contains(known, kyc.MarketID(m)) {
			return fmt.Errorf("provider %q is no market, or does not start: see paifang doctor", m)
		}
	}
	return nil
}

// checkInstalled wants a market that was installed to be switched on.
func (c providerPlace) checkInstalled(ctx context.Context, market string, shipped []string) error {
	return c.withDesk(ctx, func(_ *house, d *rollout.Desk, s *catalogue.Store) error {
		return switchedOn(ctx, market, shipped, d, s)
	})
}

func switchedOn(ctx context.Context, market string, shipped []string, d *rollout.Desk, s *catalogue.Store) error {
	now, err := d.Now(ctx, market)
	if err != nil {
		return err
	}
	if now.Off {
		if s.Holds(market) {
			return fmt.Errorf("the provider %q is installed and does not run: paifang provider enable %s", market, market)
		}
		return fmt.Errorf("there is no market %q; the providers are %s", market, strings.Join(shipped, ", "))
	}
	e, err := s.Entry(market, now.Version)
	if err != nil {
		return err
	}
	if !slices.Contains(e.Kinds, "market") {
		return fmt.Errorf("provider %q is no market", market)
	}
	return nil
}

// legalTexts reads terms.LANG.txt and privacy.LANG.txt for each language.
func legalTexts(dir fs.FS, id kyc.TenantID, languages kyc.LocaleList, version string) ([]kyc.LegalDocument, error) {
	var list []kyc.LegalDocument
	for _, name := range tenant.Documents {
		for _, l := range languages {
			raw, err := fs.ReadFile(dir, name+"."+string(l)+".txt")
			if err != nil {
				return nil, err
			}
			title, text, ok := strings.Cut(strings.TrimSpace(strings.ReplaceAll(string(raw), "\r\n", "\n")), "\n\n")
			if !ok {
				return nil, fmt.Errorf("%s.%s.txt needs a title, an empty line and a text", name, l)
			}
			list = append(list, kyc.LegalDocument{Tenant: id, Name: name, Version: version, Locale: l, Title: title, Text: text, From: 1})
		}
	}
	return list, nil
}

type tenantList struct{ Storage }

func (c *tenantList) Run(ctx context.Context, t terminal) error {
	return with(ctx, c.Storage, func(h *house) error {
		for after := kyc.TenantID(""); ; {
			page, err := h.store.Tenants(ctx, after, 100)
			if err != nil || len(page) == 0 {
				return err
			}
			for _, one := range page {
				fmt.Fprintf(t.out, "%s\t%s\n", one.ID, one.Name)
				after = one.ID
			}
		}
	})
}
