package pipeline

import (
	"context"
	"sync"
	"time"

	"github.com/paifang/paifang/core/contact"
	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/trace"
)

// guard stands before everything that costs something (a provider, a hash, a
// message) or tells something (whether a contact is taken). It is a transaction
// of its own, so that what it counts and spends stays counted and spent
// whatever becomes of the attempt. done means that the attempt ends here.
//
// What is only counted, in a step without a human test, is written with the
// outcome when there is one, else on its own (counted): as one submission of an
// application is under way at a time in this process, no more can be lost by that
// than a read before it has found room for. Any other is counted at once.
func (a *attempt) guard(ctx context.Context, s Submission) (done bool, err error) {
	ctx, span := trace.Start(ctx, "submit guard")
	defer func() { span.End(err) }()
	budget := a.hourly("submit", submissions)
	change := kyc.Change{budget}
	human := a.humanField()
	if human == "" || len(a.problems) > 0 {
		if a.first() {
			used, err := a.p.Store.BudgetUsed(ctx, a.app.Tenant, budget.Key, budget.Start)
			if err != nil {
				a.over()
				return true, err
			}
			if used < submissions {
				a.count, a.deferred = change, true
				return false, nil
			}
			a.over()
		}
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

// submissions is how often an application may be submitted to in an hour.
const submissions = 120

// underway are the applications that somebody submits to at this moment, in this
// process, with the count still to be written.
type underway struct{ applications sync.Map }

type application struct {
	tenant kyc.TenantID
	id     kyc.ApplicationID
}

// first tells whether nobody else is at it. Then over has to be called.
func (a *attempt) first() bool {
	_, other := a.p.underway.applications.LoadOrStore(application{a.app.Tenant, a.app.ID}, true)
	return !other
}

func (a *attempt) over() {
	a.p.underway.applications.Delete(application{a.app.Tenant, a.app.ID})
}

// counted writes what the guard has left to be written with an outcome that was
// not written, or was by another application's change.
func (a *attempt) counted(ctx context.Context) error {
	if a.count == nil {
		return nil
	}
	return a.p.Store.Commit(ctx, a.app.Tenant, a.count)
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
