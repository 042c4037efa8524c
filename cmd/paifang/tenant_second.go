package main

import (
	"context"

	"github.com/paifang/paifang/core/kyc"
)

type tenantSecond struct {
	Storage
	Tenant string `arg:"" help:"Tenant."`
	Risk   string `arg:"" enum:"medium,high" help:"The lowest risk whose approvals and rejections take two people: medium or high."`
}

func (c *tenantSecond) Run(ctx context.Context) error {
	return with(ctx, c.Storage, func(h *house) error {
		return h.office.SetTwoFrom(ctx, kyc.TenantID(c.Tenant), c.Risk)
	})
}
