package store

import (
	"cmp"
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/trace"
)

// maxAttempts bounds how often a change is applied again after PostgreSQL gave
// up on it for a deadlock or a serialization failure.
const maxAttempts = 8

// Commit applies a change in one transaction, in order, or not at all, and then
// wakes the job queue. Every write must belong to the tenant, else Forbidden.
// The conditions and their errors are those of the types of kyc.Change; a row
// that refers to something the tenant does not have is Invalid.
func (s *Store) Commit(ctx context.Context, tenant kyc.TenantID, change kyc.Change) (err error) {
	ctx, span := trace.Start(ctx, "store commit", trace.Count("paifang.writes", len(change)))
	defer func() { span.End(err) }()
	if tenant == "" {
		return kyc.E(kyc.Forbidden, "a change needs a tenant")
	}
	for _, w := range change {
		if tenantOf(w) != tenant {
			return kyc.E(kyc.Forbidden, "a write of type %T belongs to another tenant", w)
		}
	}
	if err := s.sync.broken(); err != nil {
		return err
	}
	change = inLockOrder(change)
	apart := false
	for attempt := 1; ; attempt++ {
		o := s.orders()
		err := s.apply(ctx, tenant, change, o, apart)
		if err == nil && !passing(change) {
			err = s.Durable(ctx)
			if err != nil {
				o.free()
				return err
			}
		}
		switch {
		case err == nil:
			s.wake.call(o.jobs)
			s.wake.recorded(change)
			o.hand()
			return nil
		case attempt == maxAttempts || !again(err) && !errors.Is(err, errTogether):
			o.free()
			return coded(err, "commit")
		}
		o.free()
		if errors.Is(err, errTogether) {
			apart = true
			continue
		}
		if err := pause(ctx, attempt); err != nil {
			return err
		}
	}
}

// inLockOrder lets every change take its budgets in the same order, by key.
// Budgets are shared by many changes at once: were each to lock them in its own
// order, PostgreSQL would find a deadlock a second. All else stays in its place.
func inLockOrder(change kyc.Change) kyc.Change {
	var places []int
	var budgets []kyc.TakeBudget
	for i, w := range change {
		if b, ok := w.(kyc.TakeBudget); ok {
			places, budgets = append(places, i), append(budgets, b)
		}
	}
	if len(budgets) < 2 {
		return change
	}
	slices.SortStableFunc(budgets, func(a, b kyc.TakeBudget) int {
		return cmp.Or(strings.Compare(a.Key, b.Key), cmp.Compare(a.Start, b.Start))
	})
	change = slices.Clone(change)
	for i, place := range places {
		change[place] = budgets[i]
	}
	return change
}

// apply is one attempt.
func (s *Store) apply(ctx context.Context, tenant kyc.TenantID, change kyc.Change, o *orders, apart bool) error {
	t, err := s.begin(ctx, s.of(tenant))
	if err != nil {
		return err
	}
	defer t.release()
	if passing(change) {
		t.unhurried()
	}
	t.apart = apart
	if err := t.writeAll(change); err != nil {
		return err
	}
	if err := insertAll(t, checks, t.checks, " ON CONFLICT DO NOTHING"); err != nil {
		return err
	}
	if err := insertAll(t, auditLines, t.lines, ""); err != nil {
		return err
	}
	o.jobs = t.jobs
	if err := t.order(o); err != nil {
		return err
	}
	for _, w := range t.seals {
		if err := t.sealLines(w); err != nil {
			return err
		}
	}
	err = t.commit(&o.committing)
	if t.setUp {
		s.known.forget()
	}
	return err
}

// writeAll writes in order; budgets that follow each other are taken together.
func (t *tx) writeAll(change kyc.Change) error {
	var budgets []kyc.TakeBudget
	for i, w := range change {
		var err error
		if budget, is := w.(kyc.TakeBudget); is {
			budgets = append(budgets, budget)
			if i+1 < len(change) {
				if _, more := change[i+1].(kyc.TakeBudget); more {
					continue
				}
			}
			err = t.takeBudgets(budgets)
			budgets = nil
		} else {
			err = t.write(w)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// pause waits longer after each attempt, by chance, so that two changes that
// stood in each other's way do not meet again.
func pause(ctx context.Context, attempt int) error {
	longest := time.Duration(attempt*attempt) * 5 * time.Millisecond
	timer := time.NewTimer(time.Millisecond + rand.N(longest)) //nolint:gosec // G404: spreads tries, guards nothing
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return kyc.Wrap(kyc.Unavailable, ctx.Err(), "commit")
	}
}
