package main

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"os"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/tenant"
)

type signerCommand struct {
	Add    signerAdd    `cmd:"" help:"Let a marketplace vouch for its members with assertions (Ed25519 JWT)."`
	List   signerList   `cmd:"" help:"List the keys that marketplaces vouch under."`
	Remove signerRemove `cmd:"" help:"Believe nothing any more that a key of a marketplace has signed. Its id is not given again."`
}

type signerAdd struct {
	Storage
	Tenant string `arg:"" help:"Tenant."`
	File   string `arg:"" help:"Public key, PEM (PKIX), as openssl pkey -pubout writes it."`
	KeyID  string `required:"" help:"The \"kid\" of its assertions." placeholder:"KID"`
	Issuer string `required:"" help:"The \"iss\" of its assertions." placeholder:"ISS"`
}

func (c *signerAdd) Run(ctx context.Context) error {
	public, err := readPublicKey(c.File)
	if err != nil {
		return err
	}
	return with(ctx, c.Storage, func(h *house) error {
		return h.office.AdmitSigner(ctx, kyc.AssertionKey{Tenant: kyc.TenantID(c.Tenant), KeyID: c.KeyID, Issuer: c.Issuer, Public: public})
	})
}

type signerList struct {
	Storage
	Tenant string `arg:"" help:"Tenant."`
}

func (c *signerList) Run(ctx context.Context, t terminal) error {
	return with(ctx, c.Storage, func(h *house) error {
		list, err := h.office.ListSigners(ctx, kyc.TenantID(c.Tenant))
		for _, s := range list {
			state := "holds"
			if s.Revoked != 0 {
				state = "removed " + stampOf(s.Revoked)
			}
			fmt.Fprintf(t.out, "%s of %s: %s\n", s.KeyID, s.Issuer, state)
		}
		return err
	})
}

type signerRemove struct {
	Storage
	Tenant string `arg:"" help:"Tenant."`
	KeyID  string `arg:"" help:"The \"kid\" of its assertions, as paifang signer list tells it."`
}

func (c *signerRemove) Run(ctx context.Context, t terminal) error {
	return with(ctx, c.Storage, func(h *house) error {
		if err := h.office.WithdrawSigner(ctx, kyc.TenantID(c.Tenant), c.KeyID); err != nil {
			return err
		}
		fmt.Fprintf(t.out, "Nothing is believed any more that the key %s has signed.\n", c.KeyID)
		return nil
	})
}

func readPublicKey(path string) (ed25519.PublicKey, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	public, err := tenant.PublicKey(string(raw))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return public, nil
}
