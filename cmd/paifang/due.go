package main

import (
	"context"
	"errors"
	"time"

	"github.com/paifang/paifang/core/evidence"
	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/outbox"
	"github.com/paifang/paifang/core/pipeline"
	"github.com/paifang/paifang/core/store"
)

// due expires and reminds of the applications whose time has come. They are
// found by their rows and have no jobs of their own: hardly any application that
// is begun comes to need one.
func (g *gateway) due(flow *pipeline.Pipeline) outbox.Handler {
	return func(ctx context.Context, _ kyc.Job, _ int) error {
		expired := inTurn(ctx, flow.Expire, func(skip int) ([]store.ApplicationRef, error) {
			return g.store.ExpiredApplications(ctx, kyc.At(time.Now()), duePage, skip)
		})
		reminded := inTurn(ctx, flow.Remind, func(skip int) ([]store.ApplicationRef, error) {
			now := kyc.At(time.Now())
			return g.store.UnremindedApplications(ctx, now, now+kyc.Millis(pipeline.RemindBefore/time.Millisecond), duePage, skip)
		})
		return errors.Join(expired, reminded)
	}
}

// duePage is how many applications are listed at a time.
const duePage = 500

// inTurn does something to all applications of a list that they leave when it is
// done. One that fails stays there, and must not hold up those behind it.
func inTurn(ctx context.Context, do func(context.Context, kyc.TenantID, kyc.ApplicationID) error, list func(skip int) ([]store.ApplicationRef, error)) error {
	var failed []error
	for {
		page, err := list(len(failed))
		if err != nil {
			return errors.Join(append(failed, err)...)
		}
		for _, a := range page {
			if err := do(ctx, a.Tenant, a.ID); err != nil {
				failed = append(failed, err)
			}
		}
		if len(page) < duePage {
			return errors.Join(failed...)
		}
	}
}

// sweep deletes what has expired, and has those applications verified again
// whose checks were given up.
func (g *gateway) sweep(ctx context.Context, _ kyc.Job, _ int) error {
	var errs []error
	lost, err := g.store.UnverifiedApplications(ctx, kyc.At(time.Now().Add(-time.Hour)), 500)
	for _, a := range lost {
		again := kyc.Job{Tenant: a.Tenant, Kind: kyc.JobVerify, Ref: string(a.ID)}
		errs = append(errs, g.store.Commit(ctx, a.Tenant, kyc.Change{kyc.Enqueue{Job: again}}))
	}
	errs = append(errs, err)
	return errors.Join(append(errs, g.store.Sweep(ctx, kyc.At(time.Now())))...)
}

// orphanAge is how old a blob without a row must be to be deleted: much older
// than any upload that could still be under way.
const orphanAge = 24 * time.Hour

// orphans deletes the blobs that a sudden death left without a row.
func (g *gateway) orphans(files *evidence.Intake) outbox.Handler {
	return func(ctx context.Context, _ kyc.Job, _ int) error {
		n, err := files.SweepOrphans(ctx, g.store, time.Now().Add(-orphanAge))
		if n > 0 {
			g.log.InfoContext(ctx, "blobs of uploads that never ended were deleted", "blobs", n)
		}
		return err
	}
}

// retain erases who has been kept long enough.
func (g *gateway) retain(ctx context.Context, _ kyc.Job, _ int) error {
	n, err := g.rights.Retain(ctx)
	if n > 0 {
		g.log.InfoContext(ctx, "persons whose time of retention is over were erased", "persons", n)
	}
	return err
}
