package main

import (
	"context"
	"fmt"
	"time"

	"github.com/paifang/paifang/core/audit"
	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/rotation"
)

type keyCommand struct {
	Issue  keyIssue  `cmd:"" help:"Issue an API key and print it once."`
	List   keyList   `cmd:"" help:"List a tenant's API keys: their ids, kinds and whether they hold; the keys themselves are not kept."`
	Revoke keyRevoke `cmd:"" help:"End an API key for good: whoever comes with it is refused."`
	Rotate keyRotate `cmd:"" help:"Put new keys in place of old ones while servers run: the master key, a tenant's, the one of its blind indexes, or one person's. One that was cut off goes on."`
	Retire keyRetire `cmd:"" help:"Destroy the older keys some minutes after a rotation. Refused while anything is sealed by them."`
	Status keyStatus `cmd:"" help:"Tell how far keys have been rotated."`
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

type keyList struct {
	Storage
	Tenant string `arg:"" help:"Tenant."`
}

func (c *keyList) Run(ctx context.Context, t terminal) error {
	return with(ctx, c.Storage, func(h *house) error {
		list, err := h.office.ListKeys(ctx, kyc.TenantID(c.Tenant))
		for _, k := range list {
			state, mode := "holds", ""
			if k.Revoked != 0 {
				state = "revoked " + stampOf(k.Revoked)
			}
			if k.TestMode {
				mode = " test"
			}
			fmt.Fprintf(t.out, "%s %s%s: issued %s, %s\n", k.ID, k.Kind, mode, stampOf(k.Created), state)
		}
		return err
	})
}

type keyRevoke struct {
	Storage
	Tenant string `arg:"" help:"Tenant."`
	ID     string `arg:"" help:"Id of the key, as paifang key list tells it."`
}

func (c *keyRevoke) Run(ctx context.Context, t terminal) error {
	return with(ctx, c.Storage, func(h *house) error {
		if err := h.office.RevokeKey(ctx, kyc.TenantID(c.Tenant), kyc.KeyID(c.ID)); err != nil {
			return err
		}
		fmt.Fprintf(t.out, "The key %s is revoked. Servers that remember it refuse it within seconds.\n", c.ID)
		return nil
	})
}

type keyLevel struct {
	Storage
	Level     string `arg:"" enum:"master,tenant,index,applicant" help:"One of ${enum}."`
	Tenant    string `arg:"" optional:"" help:"Tenant, for the other levels."`
	Applicant string `arg:"" optional:"" help:"Id of the person, for the level applicant."`
}

// acts are what is done to the keys of each level.
type acts struct {
	master        func(*rotation.Rotator) error
	tenant, index func(*rotation.Rotator, kyc.TenantID) error
	applicant     func(*rotation.Rotator, kyc.TenantID, kyc.ApplicantID) error
}

func (c keyLevel) do(ctx context.Context, t terminal, a acts) error {
	if (c.Level == rotation.Master) != (c.Tenant == "") || (c.Level == rotation.Applicant) != (c.Applicant != "") {
		return fmt.Errorf("say: master, tenant TENANT, index TENANT, or applicant TENANT APPLICANT")
	}
	return with(ctx, c.Storage, func(h *house) error {
		r := &rotation.Rotator{Store: h.store, Vault: h.vault, Master: h.master, Actor: audit.System("command line"), Clock: time.Now, IDs: newID,
			Progress: func(x kyc.Rotation) { fmt.Fprintln(t.out, keyLine(x)) }}
		tenant := kyc.TenantID(c.Tenant)
		switch c.Level {
		case rotation.Master:
			return a.master(r)
		case rotation.Tenant:
			return a.tenant(r, tenant)
		case rotation.Index:
			return a.index(r, tenant)
		}
		return a.applicant(r, tenant, kyc.ApplicantID(c.Applicant))
	})
}

type keyRotate struct{ keyLevel }

func (c *keyRotate) Run(ctx context.Context, t terminal) error {
	return c.do(ctx, t, acts{
		master: func(r *rotation.Rotator) error { return r.RotateMaster(ctx) },
		tenant: func(r *rotation.Rotator, id kyc.TenantID) error { return r.RotateTenant(ctx, id) },
		index:  func(r *rotation.Rotator, id kyc.TenantID) error { return r.RotateIndex(ctx, id) },
		applicant: func(r *rotation.Rotator, id kyc.TenantID, person kyc.ApplicantID) error {
			return r.RotateApplicant(ctx, id, person)
		},
	})
}

type keyRetire struct{ keyLevel }

func (c *keyRetire) Run(ctx context.Context, t terminal) error {
	return c.do(ctx, t, acts{
		master: func(r *rotation.Rotator) error { return r.RetireMaster(ctx) },
		tenant: func(r *rotation.Rotator, id kyc.TenantID) error { return r.RetireTenant(ctx, id) },
		index:  func(r *rotation.Rotator, id kyc.TenantID) error { return r.RetireIndex(ctx, id) },
		applicant: func(r *rotation.Rotator, id kyc.TenantID, person kyc.ApplicantID) error {
			return r.RetireApplicant(ctx, id, person)
		},
	})
}

type keyStatus struct{ Storage }

func (c *keyStatus) Run(ctx context.Context, t terminal) error {
	return with(ctx, c.Storage, func(h *house) error {
		for after := kyc.TenantID(""); ; {
			page, err := h.store.Tenants(ctx, after, 0)
			if err != nil || len(page) == 0 {
				return err
			}
			for _, tenant := range page {
				list, err := h.store.Rotations(ctx, tenant.ID)
				if err != nil {
					return err
				}
				for _, x := range list {
					fmt.Fprintln(t.out, keyLine(x))
				}
				after = tenant.ID
			}
		}
	})
}

// keyLine is a rotation in a line.
func keyLine(x kyc.Rotation) string {
	state := "under way since " + stampOf(x.Started)
	switch {
	case x.Retired != 0:
		state = "older keys destroyed " + stampOf(x.Retired)
	case x.Dropped():
		state = "older key destroyed " + stampOf(x.Ended) + ", retire once more after " + stampOf(x.Ended+kyc.Millis(rotation.Rest/time.Millisecond)) + " to clear the last of its indexes"
	case x.Ended != 0:
		state = "ended " + stampOf(x.Ended) + ", older keys kept"
	}
	return fmt.Sprintf("%s %s: %d keys and values sealed anew, %s", x.Level, x.Tenant, x.Done, state)
}

func stampOf(m kyc.Millis) string { return m.Time().Format(time.RFC3339) }
