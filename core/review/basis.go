package review

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/paifang/paifang/core/kyc"
)

// basis is what a decision rests on, as it stands now.
type basis struct {
	app    kyc.Application
	steps  []kyc.StepRecord
	files  []kyc.File // in whatever state; a decision rests on the current ones
	checks []kyc.Check

	recovery kyc.Recovery // what stands beside a recovery request; zero for others
}

func (d *Desk) basis(ctx context.Context, tenant kyc.TenantID, id kyc.ApplicationID) (basis, error) {
	var b basis
	var errs [4]error
	b.app, errs[0] = d.Store.Application(ctx, tenant, id)
	b.steps, errs[1] = d.Store.Steps(ctx, tenant, id)
	b.files, errs[2] = d.Store.AllFiles(ctx, tenant, id)
	b.checks, errs[3] = d.Store.Checks(ctx, tenant, id)
	if err := errors.Join(errs[:]...); err != nil || b.app.Market != kyc.RecoveryMarket {
		return b, err
	}
	var err error
	b.recovery, err = d.recovery(ctx, tenant, id)
	return b, err
}

func (b basis) digest() string { return digest(b.app, b.steps, b.files, b.checks, b.recovery) }

// unchanged refuses a decision about something that has changed since it was
// looked at, or that is not to be decided any more.
func (b basis) unchanged(c Choice) error {
	if b.app.State != kyc.InReview {
		return kyc.EKey(kyc.Conflict, "error.not_in_review", "application is %q", b.app.State)
	}
	if b.app.Version != c.Version || b.digest() != c.Evidence {
		return kyc.EKey(kyc.Conflict, "error.evidence_changed", "evidence or version is not the one shown")
	}
	return nil
}

// finders names who found what the decision rests on: the market with the
// versions of its provider that judged the answers, and the outside parties
// that checks asked.
func (b basis) finders() string {
	var names []string
	add := func(name string) {
		if name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	for _, s := range b.steps {
		if s.Provider != "" {
			add(string(b.app.Market) + " " + s.Provider)
		}
	}
	for _, c := range b.checks {
		add(c.Source)
	}
	return strings.Join(names, ", ")
}
