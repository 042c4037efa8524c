package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/rollout"
	"github.com/paifang/paifang/plugins/catalogue"
)

type providerList struct{ providerPlace }

// Run lists what came with the gateway and what was installed, and tells whether
// each is still what it was.
func (c *providerList) Run(ctx context.Context, t terminal) error {
	if err := c.founded(); err != nil {
		return err
	}
	dir, names, err := Serving{Providers: c.Providers}.catalogue()
	if err != nil {
		return err
	}
	sums, err := os.ReadFile(filepath.Join(dir, "SHA256SUMS"))
	if err != nil {
		return err
	}
	return c.withDesk(ctx, func(_ *house, d *rollout.Desk, s *catalogue.Store) error {
		for _, name := range names {
			if err := line(ctx, t, d, name, kyc.ShippedVersion, asShipped(dir, name, string(sums))); err != nil {
				return err
			}
		}
		list, err := s.List()
		if err != nil {
			return err
		}
		for _, e := range list {
			state := "as installed, " + by(e.Publisher)
			if e.Trouble == "" {
				err = s.Verify(e.Name, e.Version)
			}
			if e.Trouble != "" {
				state = e.Trouble
			} else if err != nil {
				state = err.Error()
			}
			if err := line(ctx, t, d, e.Name, e.Version, state); err != nil {
				return err
			}
		}
		return nil
	})
}

func asShipped(dir, name, sums string) string {
	program, err := os.ReadFile(filepath.Join(dir, name)) //nolint:gosec // G304: the operator names the folder, its list the program
	sum := sha256.Sum256(program)
	switch {
	case err != nil:
		return "missing"
	case !strings.Contains(sums, hex.EncodeToString(sum[:])+"  "):
		return "not the program that was installed"
	}
	return "as installed"
}

func line(ctx context.Context, t terminal, d *rollout.Desk, name, version, state string) error {
	now, err := d.Now(ctx, name)
	if err != nil {
		return err
	}
	fmt.Fprintf(t.out, "%s\t%s\t%s\t%s\n", name, version, use(now, version), state)
	return nil
}

// use says what a version is there for.
func use(r kyc.Rollout, version string) string {
	switch {
	case r.Off && version == r.Version:
		return "off"
	case r.Off:
		return "-"
	case version == r.Version:
		return "in force"
	case version == r.Canary:
		return fmt.Sprintf("canary %d%%", r.Share)
	case version == r.Warm:
		return "warm"
	}
	return "-"
}

type providerVerify struct {
	Storage
	Installed
	Name    string `arg:"" optional:"" help:"Provider. Default: all."`
	Version string `arg:"" optional:"" help:"Version. Default: all."`
}

// Run reads versions whole.
func (c *providerVerify) Run(t terminal) error {
	s, err := c.open(c.Storage)
	if err != nil {
		return err
	}
	list, err := s.List()
	if err != nil {
		return err
	}
	bad, seen := 0, 0
	for _, e := range list {
		if c.Name != "" && c.Name != e.Name || c.Version != "" && c.Version != e.Version {
			continue
		}
		seen++
		if err := s.Verify(e.Name, e.Version); err != nil {
			bad++
			fmt.Fprintf(t.out, "%s\t%s\t%v\n", e.Name, e.Version, err)
			continue
		}
		fmt.Fprintf(t.out, "%s\t%s\tgood, %s\n", e.Name, e.Version, by(e.Publisher))
	}
	switch {
	case seen == 0 && c.Name != "":
		return fmt.Errorf("%s is not installed in %s", strings.TrimSpace(c.Name+" "+c.Version), s.Dir)
	case seen == 0:
		fmt.Fprintf(t.talk, "Nothing is installed in %s. What came with the gateway is compared by paifang provider list.\n", s.Dir)
	case bad > 0:
		return fmt.Errorf("%d of %d are not as they were installed, or not to be taken", bad, seen)
	}
	return nil
}
