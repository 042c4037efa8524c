package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/rollout"
	"github.com/paifang/paifang/plugins/catalogue"
)

type providerEnable struct {
	providerPlace
	Name    string `arg:"" help:"Provider."`
	Version string `help:"The version that is to run. Default: the one that was in force before, else the newest that is installed." placeholder:"VERSION"`
	Why     string `help:"The reason, for the history." placeholder:"TEXT"`
}

// Run switches a provider on. Running servers notice within two seconds.
func (c *providerEnable) Run(ctx context.Context, t terminal) error {
	return c.withProvider(ctx, c.Name, func(h *house, d *rollout.Desk, s *catalogue.Store) error {
		version := c.Version
		now, err := d.Now(ctx, c.Name)
		if err != nil {
			return err
		}
		if version == "" && now.Version == "" {
			newest, err := s.Versions(c.Name)
			if err != nil {
				return err
			}
			if len(newest) == 0 {
				return fmt.Errorf("no version of %s is installed: paifang provider install", c.Name)
			}
			version = newest[0].Version
		}
		r, err := d.Enable(ctx, office(c.Why), c.Name, version)
		return done(t, r, plain(err))
	})
}

// done says what holds now.
func done(t terminal, r kyc.Rollout, err error) error {
	if err == nil {
		fmt.Fprintln(t.out, describe(r)+".")
	}
	return err
}

// plain takes an error's words for people at a terminal.
func plain(err error) error {
	var e *kyc.Error
	if errors.As(err, &e) && e.Err == nil && e.Code != kyc.Internal {
		return errors.New(e.Detail)
	}
	return err
}

// describe says what holds of a provider, in a line.
func describe(r kyc.Rollout) string {
	if r.Off {
		return r.Provider + " is switched off"
	}
	text := fmt.Sprintf("%s %s is in force", r.Provider, r.Version)
	if r.Canary != "" {
		text += fmt.Sprintf(", %s gets %d percent of the new applications", r.Canary, r.Share)
	}
	if r.Warm != "" {
		text += fmt.Sprintf(", %s stays warm", r.Warm)
	}
	return text
}

type providerDisable struct {
	providerPlace
	Name string `arg:"" help:"Provider."`
	Why  string `help:"The reason, for the history." placeholder:"TEXT"`
}

// Run switches a provider off.
func (c *providerDisable) Run(ctx context.Context, t terminal) error {
	return c.withProvider(ctx, c.Name, func(_ *house, d *rollout.Desk, _ *catalogue.Store) error {
		r, err := d.Disable(ctx, office(c.Why), c.Name)
		return done(t, r, plain(err))
	})
}

type providerRollback struct {
	providerPlace
	Name string `arg:"" help:"Provider."`
	Why  string `help:"The reason, for the history." placeholder:"TEXT"`
}

// Run takes the canary back or, when there is none, the version in force.
func (c *providerRollback) Run(ctx context.Context, t terminal) error {
	return c.withProvider(ctx, c.Name, func(_ *house, d *rollout.Desk, _ *catalogue.Store) error {
		r, err := d.Rollback(ctx, office(c.Why), c.Name)
		return done(t, r, plain(err))
	})
}

type providerRemove struct {
	providerPlace
	Name    string `arg:"" help:"Provider."`
	Version string `arg:"" help:"Version."`
	Force   bool   `help:"Also what is in force (which switches it off), warm, chosen by tenants or bound by applications. Those of tenants that chose it wait with an error until it is back, the others go on with the version in force."`
	Why     string `help:"The reason, for the history." placeholder:"TEXT"`
}

// Run takes a version out of the store of this machine.
func (c *providerRemove) Run(ctx context.Context, t terminal) error {
	return c.withProvider(ctx, c.Name, func(_ *house, d *rollout.Desk, s *catalogue.Store) error {
		if c.Version == kyc.ShippedVersion {
			return errors.New("what came with the gateway stays: paifang provider disable switches it off")
		}
		u, err := d.Used(ctx, c.Name, c.Version, c.Version)
		if err != nil {
			return err
		}
		if reasons := against(u); len(reasons) > 0 && !c.Force {
			return fmt.Errorf("%s %s stays: %s; --force removes it all the same", c.Name, c.Version, strings.Join(reasons, ", "))
		}
		if _, err := s.Entry(c.Name, c.Version); kyc.CodeOf(err) == kyc.NotFound {
			return plain(err)
		}
		if err := d.Drop(ctx, office(c.Why), c.Name, c.Version); err != nil {
			return err
		}
		if err := s.Remove(c.Name, c.Version); err != nil {
			return err
		}
		fmt.Fprintf(t.out, "%s %s is removed.\n", c.Name, c.Version)
		return nil
	})
}

// against says why a version should stay.
func against(u rollout.Use) []string {
	var list []string
	if u.InForce {
		list = append(list, "it is in force or a canary")
	}
	if u.Warm {
		list = append(list, "it is kept warm to go back to")
	}
	for _, tenant := range u.Tenants {
		list = append(list, fmt.Sprintf("tenant %s has chosen it", tenant))
	}
	if u.Bound > 0 {
		list = append(list, fmt.Sprintf("%d applications that are not over are bound to it", u.Bound))
	}
	return list
}
