package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/paifang/paifang/core/kyc"
)

type staffCommand struct {
	Add      staffAdd      `cmd:"" help:"Add a member of staff; the password is made and printed, or read from standard input."`
	Invite   staffInvite   `cmd:"" help:"Invite somebody by e-mail to join the staff; a running server sends the letter."`
	List     staffList     `cmd:"" help:"List who works for a tenant, also who is invited and who was shut out."`
	Password staffPassword `cmd:"" help:"Give a member of staff a new password, in the same way."`
	Role     staffRole     `cmd:"" help:"Give a member of staff another role, which holds at once."`
	Reset    staffReset    `cmd:"" help:"Remove the second factors of a member of staff who has lost them: the next sign-in adds new ones."`
	Disable  staffDisable  `cmd:"" help:"Shut a member of staff out, at once."`
}

type staffAdd struct {
	Storage
	Tenant string `arg:"" help:"Tenant."`
	Login  string `arg:"" help:"Name to sign in with."`
	Name   string `required:"" help:"Name that colleagues see."`
	Role   string `required:"" enum:"${roles}" help:"One of ${enum}." placeholder:"ROLE"`
	Locale string `default:"en" help:"Language of the portal." placeholder:"LANG"`
	Email  string `help:"Address for notices and for a link to a new password." placeholder:"ADDRESS"`
	Stdin  bool   `help:"Read the password, one line, from standard input."`
}

func (c *staffAdd) Run(ctx context.Context, t terminal) error {
	return withPassword(c.Stdin, t, func(password string) error {
		return with(ctx, c.Storage, func(h *house) error {
			return h.office.Hire(ctx, kyc.Staff{Tenant: kyc.TenantID(c.Tenant), Login: c.Login, Name: c.Name, Role: c.Role,
				Locale: kyc.Locale(c.Locale)}, password, c.Email)
		})
	})
}

type staffInvite struct {
	Storage
	Tenant string `arg:"" help:"Tenant."`
	Email  string `arg:"" help:"Address to write to; they sign in with it."`
	Name   string `required:"" help:"Name that colleagues see."`
	Role   string `required:"" enum:"${roles}" help:"One of ${enum}." placeholder:"ROLE"`
	Locale string `default:"en" help:"Language of the letter and of the portal." placeholder:"LANG"`
}

func (c *staffInvite) Run(ctx context.Context) error {
	return with(ctx, c.Storage, func(h *house) error {
		return h.office.Invite(ctx, kyc.Staff{Tenant: kyc.TenantID(c.Tenant), Name: c.Name, Role: c.Role, Locale: kyc.Locale(c.Locale)}, c.Email)
	})
}

type staffList struct {
	Storage
	Tenant string `arg:"" help:"Tenant."`
}

func (c *staffList) Run(ctx context.Context, t terminal) error {
	return with(ctx, c.Storage, func(h *house) error {
		list, err := h.office.ListStaff(ctx, kyc.TenantID(c.Tenant))
		if err != nil {
			return err
		}
		table := tabwriter.NewWriter(t.out, 0, 8, 2, ' ', 0)
		fmt.Fprintln(table, "LOGIN\tNAME\tROLE\tSTATE\tSINCE")
		for _, s := range list {
			fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", s.Login, s.Name, s.Role, s.State, stampOf(s.Created))
		}
		return table.Flush()
	})
}

type staffPassword struct {
	Storage
	Tenant string `arg:"" help:"Tenant."`
	Login  string `arg:"" help:"Name to sign in with."`
	Stdin  bool   `help:"Read the password, one line, from standard input."`
}

func (c *staffPassword) Run(ctx context.Context, t terminal) error {
	return withPassword(c.Stdin, t, func(password string) error {
		return with(ctx, c.Storage, func(h *house) error {
			return h.office.SetPassword(ctx, kyc.TenantID(c.Tenant), c.Login, password)
		})
	})
}

type staffRole struct {
	Storage
	Tenant string `arg:"" help:"Tenant."`
	Login  string `arg:"" help:"Name to sign in with."`
	Role   string `arg:"" enum:"${roles}" help:"One of ${enum}."`
}

func (c *staffRole) Run(ctx context.Context) error {
	return with(ctx, c.Storage, func(h *house) error {
		return h.office.SetRole(ctx, kyc.TenantID(c.Tenant), c.Login, c.Role)
	})
}

type staffReset struct {
	Storage
	Tenant string `arg:"" help:"Tenant."`
	Login  string `arg:"" help:"Name to sign in with."`
}

func (c *staffReset) Run(ctx context.Context) error {
	return with(ctx, c.Storage, func(h *house) error {
		return h.office.Reset(ctx, kyc.TenantID(c.Tenant), c.Login)
	})
}

type staffDisable struct {
	Storage
	Tenant string `arg:"" help:"Tenant."`
	Login  string `arg:"" help:"Name to sign in with."`
}

func (c *staffDisable) Run(ctx context.Context) error {
	return with(ctx, c.Storage, func(h *house) error {
		return h.office.Disable(ctx, kyc.TenantID(c.Tenant), c.Login)
	})
}

// withPassword sets a password that was read, or one that is made and, once it
// is set, printed.
func withPassword(stdin bool, t terminal, set func(password string) error) error {
	if !stdin {
		password := rand.Text()
		if err := set(password); err != nil {
			return err
		}
		fmt.Fprintf(t.out, "Password, shown once: %s\n", password)
		return nil
	}
	line, err := bufio.NewReader(io.LimitReader(t.in, 4096)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("read the password: %w", err)
	}
	return set(strings.TrimRight(line, "\r\n"))
}
