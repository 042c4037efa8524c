package pipeline

import (
	"context"
	"time"

	"github.com/paifang/paifang/core/contact"
	"github.com/paifang/paifang/core/kyc"
)

// guard stands before everything that costs something (a provider, a hash, a
// message) or tells something (whether a contact is taken). It is a transaction
// of its own, so that what it counts and spends stays counted and spent
// whatever becomes of the attempt. done means that the attempt ends here.
func (a *attempt) guard(ctx context.Context, s Submission) (done bool, err error) {
	change := kyc.Change{a.hourly("submit", 120)}
	human := a.humanField()
	if human == "" || len(a.problems) > 0 {
		return false, a.p.Store.Commit(ctx, a.app.Tenant, change)
	}
	once, problem, err := a.p.Human.Verify(ctx, a.app.Tenant, a.secrets[human], a.now.Time())
	if err != nil {
		return true, err
	}
	if len(once.Hash) > 0 {
		change = append(change, once)
	}
	address, err := contact.IndexAddress(ctx, a.p.Vault, a.app.Tenant, a.client.Address)
	if err != nil {
		return true, err
	}
	if problem.Code != "" {
		problem.Path = human
		a.problems = append(a.problems, problem)
	} else {
		change = append(change, a.p.Limits.AvailabilityBudget(a.app.Tenant, address, a.now.Time())...)
		change = append(change, contact.Passed(a.app.Tenant, a.app.ID, a.now.Time()))
	}
	err = a.p.Store.Commit(ctx, a.app.Tenant, change)
	switch {
	case keyOf(err) == "error.replayed":
		return true, a.firstTap(ctx, s)
	case err != nil || problem.Code == "":
		return err != nil, err
	}
	// The test is spent by now, also when the budget of failures is.
	return false, a.p.Store.Commit(ctx, a.app.Tenant, a.p.Limits.HumanBudget(a.app.Tenant, address, a.now.Time()))
}

// firstTap waits a moment for the request that used the human test up: it may
// be the first tap on the same button, still at work.
func (a *attempt) firstTap(ctx context.Context, s Submission) error {
	for range 10 {
		fresh, err := a.p.loadTrusted(ctx, a.app.Tenant, a.app.ID)
		if err != nil {
			return err
		}
		if fresh.app.Version != a.app.Version {
			break
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
	return a.spent(ctx, s)
}

// humanField is the name of the step's human test; "" when it has none.
func (a *attempt) humanField() string {
	for _, f := range a.fields(a.step, a.values) {
		if f.Type == kyc.HumanField {
			return f.Name
		}
	}
	return ""
}

// daily is the budget of an application for one kind of request in a day.
func (u *run) daily(what string, limit int64) kyc.TakeBudget {
	const day = 24 * time.Hour
	return kyc.TakeBudget{Tenant: u.app.Tenant, Key: what + ".day:" + string(u.app.ID), Start: window(u.now, day), Window: day, Limit: limit}
}

// hourly is the budget of an application for one kind of request.
func (u *run) hourly(what string, limit int64) kyc.TakeBudget {
	return kyc.TakeBudget{Tenant: u.app.Tenant, Key: what + ":" + string(u.app.ID),
		Start: window(u.now, time.Hour), Window: time.Hour, Limit: limit}
}
