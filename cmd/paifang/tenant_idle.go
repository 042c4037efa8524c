package main

import (
	"context"
	"time"

	"github.com/paifang/paifang/core/kyc"
)

type tenantIdle struct {
	Storage
	Tenant  string `arg:"" help:"Tenant."`
	Minutes int    `arg:"" help:"2 to 60; 0 for the default, 15."`
}

func (c *tenantIdle) Run(ctx context.Context) error {
	return with(ctx, c.Storage, func(h *house) error {
		return h.office.SetStaffIdle(ctx, kyc.TenantID(c.Tenant), time.Duration(c.Minutes)*time.Minute)
	})
}
