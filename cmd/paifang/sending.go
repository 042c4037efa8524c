package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	"github.com/paifang/paifang/core/audit"
	"github.com/paifang/paifang/core/contact"
	"github.com/paifang/paifang/core/kyc"
)

type tenantSending struct {
	Storage
	Tenant string `arg:"" help:"Tenant."`
	File   string `arg:"" optional:"" help:"JSON file with what messages may cost and whom they may reach; see docs/operating.md. Without it the rules in force are printed." placeholder:"FILE"`
}

// Run sets the rules of a tenant's messages, or prints those in force.
func (c *tenantSending) Run(ctx context.Context, t terminal) error {
	return with(ctx, c.Storage, func(h *house) error {
		id := kyc.TenantID(c.Tenant)
		if err := h.office.Known(ctx, id); err != nil {
			return err
		}
		if c.File == "" {
			return c.show(ctx, h, id, t)
		}
		raw, err := os.ReadFile(c.File)
		if err != nil {
			return err
		}
		if _, err := contact.ParseRules(raw); err != nil {
			return fmt.Errorf("%s: %w", c.File, err)
		}
		now := kyc.At(h.office.Clock())
		return h.store.Commit(ctx, id, kyc.Change{kyc.SaveSendingRules{SendingRules: kyc.SendingRules{Tenant: id, Rules: raw, Updated: now}},
			audit.Line(h.office.Clock, h.office.IDs, id, audit.System("office"), audit.TenantChanged, "tenant", string(id), "what", "sending_rules")})
	})
}

func (c *tenantSending) show(ctx context.Context, h *house, id kyc.TenantID, t terminal) error {
	known, err := contact.LoadKnown()
	if err != nil {
		return err
	}
	rules, err := (&contact.Warden{Known: known, Store: h.store}).Rules(ctx, id)
	if err != nil {
		return err
	}
	out, err := json.MarshalIndent(rules, "", "  ")
	if err != nil {
		return err
	}
	fmt.Fprintf(t.out, "%s\n", out)
	return nil
}
