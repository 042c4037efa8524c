package main

import (
	"bufio"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/tenant"
)

// with opens the house, does one thing and closes it.
func with(ctx context.Context, c Storage, do func(h *house) error) error {
	h, err := openHouse(ctx, c)
	if err != nil {
		return err
	}
	return errors.Join(do(h), h.store.Close())
}

type migrateCommand struct{ Storage }

func (c *migrateCommand) Run(ctx context.Context) error {
	return with(ctx, c.Storage, func(*house) error { fmt.Println("The database has this version's tables."); return nil })
}

type tenantCommand struct {
	Add  tenantAdd  `cmd:"" help:"Add a tenant."`
	List tenantList `cmd:"" help:"List tenants."`
}

type tenantAdd struct {
	Storage
	ID      string   `arg:"" help:"Slug of 2 to 40 letters a-z, digits and hyphens."`
	Name    string   `required:"" help:"Name that people see."`
	Locales []string `required:"" help:"Languages offered, the default first, e.g. zh-Hans,en,ar."`
	Markets []string `required:"" help:"Markets offered, e.g. mainland,overseas."`
	Accent  string   `help:"Accent colour, #rrggbb."`
	Support string   `help:"Address that people can write to."`
	Terms   string   `required:"" type:"existingdir" help:"Folder with terms.LANG.txt and privacy.LANG.txt for each language. The first line of a file is its title."`
	Legal   string   `default:"1" help:"Version of these legal texts."`
}

func (c *tenantAdd) Run(ctx context.Context) error {
	id, err := kyc.ParseTenantID(c.ID)
	if err != nil {
		return err
	}
	plan := tenant.Plan{Tenant: kyc.Tenant{ID: id, Name: c.Name, Accent: c.Accent, Support: c.Support}}
	for _, l := range c.Locales {
		plan.Tenant.Locales = append(plan.Tenant.Locales, kyc.Locale(l))
	}
	for _, m := range c.Markets {
		market, err := kyc.ParseMarketID(m)
		if err != nil {
			return err
		}
		plan.Markets = append(plan.Markets, kyc.TenantMarket{Tenant: id, Market: market, Enabled: true, Config: []byte("{}")})
	}
	if plan.Legal, err = legalTexts(os.DirFS(c.Terms), id, plan.Tenant.Locales, c.Legal); err != nil {
		return err
	}
	return with(ctx, c.Storage, func(h *house) error { return h.office.Found(ctx, plan) })
}

type tenantList struct{ Storage }

func (c *tenantList) Run(ctx context.Context) error {
	return with(ctx, c.Storage, func(h *house) error {
		for after := kyc.TenantID(""); ; {
			page, err := h.store.Tenants(ctx, after, 100)
			if err != nil || len(page) == 0 {
				return err
			}
			for _, t := range page {
				fmt.Printf("%s\t%s\n", t.ID, t.Name)
				after = t.ID
			}
		}
	})
}

type staffCommand struct {
	Add      staffAdd      `cmd:"" help:"Add a member of staff; the password is read from standard input, or made and printed."`
	Password staffPassword `cmd:"" help:"Give a member of staff a new password, in the same way."`
}

type staffAdd struct {
	Storage
	Tenant string `arg:"" help:"Tenant."`
	Login  string `arg:"" help:"Name to sign in with."`
	Name   string `required:"" help:"Name that colleagues see."`
	Role   string `required:"" enum:"viewer,reviewer,senior_reviewer,compliance_officer,tenant_admin" help:"${enum}"`
	Locale string `default:"en" help:"Language of the portal."`
	Stdin  bool   `help:"Read the password from standard input."`
}

func (c *staffAdd) Run(ctx context.Context) error {
	password, err := passwordFor(c.Stdin)
	if err != nil {
		return err
	}
	return with(ctx, c.Storage, func(h *house) error {
		return h.office.Hire(ctx, kyc.Staff{Tenant: kyc.TenantID(c.Tenant), Login: c.Login, Name: c.Name, Role: c.Role,
			Locale: kyc.Locale(c.Locale)}, password)
	})
}

type staffPassword struct {
	Storage
	Tenant string `arg:"" help:"Tenant."`
	Login  string `arg:"" help:"Name to sign in with."`
	Stdin  bool   `help:"Read the password from standard input."`
}

func (c *staffPassword) Run(ctx context.Context) error {
	password, err := passwordFor(c.Stdin)
	if err != nil {
		return err
	}
	return with(ctx, c.Storage, func(h *house) error {
		return h.office.SetPassword(ctx, kyc.TenantID(c.Tenant), c.Login, password)
	})
}

// passwordFor reads a password, or makes one and prints it once.
func passwordFor(stdin bool) (string, error) {
	if stdin {
		line, err := bufio.NewReader(os.Stdin).ReadString('\n')
		if line = strings.TrimRight(line, "\r\n"); len(line) < 12 {
			return "", errors.Join(errors.New("a staff password has at least 12 characters"), err)
		}
		return line, nil
	}
	password := rand.Text()
	fmt.Printf("Password, shown once: %s\n", password)
	return password, nil
}

type keyCommand struct {
	Issue keyIssue `cmd:"" help:"Issue an API key and print it once."`
}

type keyIssue struct {
	Storage
	Tenant string `arg:"" help:"Tenant."`
	Kind   string `enum:"publishable,secret" default:"publishable" help:"${enum}"`
	Test   bool   `help:"For test mode."`
}

func (c *keyIssue) Run(ctx context.Context) error {
	return with(ctx, c.Storage, func(h *house) error {
		key, err := h.office.IssueKey(ctx, kyc.TenantID(c.Tenant), c.Kind, c.Test)
		if err == nil {
			fmt.Println(key)
		}
		return err
	})
}

type signerCommand struct {
	Add signerAdd `cmd:"" help:"Let a marketplace sign its members in with assertions (Ed25519 JWT)."`
}

type signerAdd struct {
	Storage
	Tenant string `arg:"" help:"Tenant."`
	KeyID  string `required:"" help:"The \"kid\" of its assertions."`
	Issuer string `required:"" help:"The \"iss\" of its assertions."`
	File   string `arg:"" type:"existingfile" help:"Public key, PEM (PKIX)."`
}

func (c *signerAdd) Run(ctx context.Context) error {
	raw, err := os.ReadFile(c.File)
	if err != nil {
		return err
	}
	block, _ := pem.Decode(raw)
	if block == nil {
		return errors.New("the file has no PEM block")
	}
	parsed, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return err
	}
	public, ok := parsed.(ed25519.PublicKey)
	if !ok {
		return errors.New("the key is not an Ed25519 public key")
	}
	key := kyc.AssertionKey{Tenant: kyc.TenantID(c.Tenant), KeyID: c.KeyID, Issuer: c.Issuer, Public: public}
	return with(ctx, c.Storage, func(h *house) error {
		return h.store.Commit(ctx, key.Tenant, kyc.Change{kyc.SaveAssertionKey{AssertionKey: key}})
	})
}
