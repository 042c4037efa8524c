package main

import (
	"context"

	"github.com/paifang/paifang/core/kyc"
)

type tenantTell struct {
	Storage
	Tenant string `arg:"" help:"Tenant."`
	When   string `arg:"" enum:"after-proof,after-human-test" help:"One of ${enum}; the second is the default." placeholder:"WHEN"`
}

func (c *tenantTell) Run(ctx context.Context) error {
	return with(ctx, c.Storage, func(h *house) error {
		return h.office.SetTellAfterProof(ctx, kyc.TenantID(c.Tenant), c.When == "after-proof")
	})
}
