package main

import (
	"context"
	"fmt"

	"github.com/paifang/paifang/core/kyc"
)

type keyCommand struct {
	Issue keyIssue `cmd:"" help:"Issue an API key and print it once."`
}

type keyIssue struct {
	Storage
	Tenant string `arg:"" help:"Tenant."`
	Kind   string `enum:"publishable,secret" default:"publishable" help:"One of ${enum}; a publishable one may be seen by anybody and can only start applications." placeholder:"KIND"`
	Test   bool   `help:"For test mode."`
}

func (c *keyIssue) Run(ctx context.Context, t terminal) error {
	return with(ctx, c.Storage, func(h *house) error {
		key, err := h.office.IssueKey(ctx, kyc.TenantID(c.Tenant), c.Kind, c.Test)
		if err == nil {
			fmt.Fprintln(t.out, key)
		}
		return err
	})
}
