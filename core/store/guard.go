package store

import (
	"context"
	"time"

	"github.com/paifang/paifang/core/kyc"
)

var replays = newTable[kyc.Replay]("replays", "tenant_id scope key_hash")

func (t *tx) useOnce(w kyc.UseOnce) error {
	return t.exec(func(rows int64, err error) error {
		if err == nil && rows == 0 {
			return kyc.EKey(kyc.Gone, "error.replayed", "a single-use token has been used before")
		}
		return err
	}, `INSERT INTO used_tokens (tenant_id, token_hash, expires_at) VALUES (?, ?, ?)
		ON CONFLICT DO NOTHING`, w.Tenant, w.Hash, w.Expires)
}

// takeBudget counts in one statement, so that no two uses see the same count.
func (t *tx) takeBudget(w kyc.TakeBudget) error {
	end := w.Start.Time().Add(w.Window)
	counted := func(rows int64, err error) error {
		if err == nil && rows == 0 {
			limited := kyc.EKey(kyc.Limited, "error.budget", "a budget of %d in %s is used up", w.Limit, w.Window)
			limited.RetryAfter = max(end.Sub(t.store.clock()), time.Second)
			return limited
		}
		return err
	}
	if w.Limit <= 0 {
		return counted(0, nil)
	}
	return t.exec(counted, `INSERT INTO budgets (tenant_id, budget_key, window_start, used, expires_at)
		VALUES (?, ?, ?, 1, ?)
		ON CONFLICT (tenant_id, budget_key, window_start) DO UPDATE SET used = budgets.used + 1
		WHERE budgets.used < ?`, w.Tenant, w.Key, w.Start, kyc.At(end), w.Limit)
}

// saveReplay lets a key be used anew once its answer has expired, whether or not
// the sweeper has come by.
func (t *tx) saveReplay(w kyc.SaveReplay) error {
	kept := func(rows int64, err error) error {
		if err == nil && rows == 0 {
			return kyc.EKey(kyc.Conflict, "error.idempotency_race", "an answer is kept for this idempotency key already")
		}
		return err
	}
	return t.exec(kept, replays.upsert+" WHERE replays.expires_at < ?", append(replays.values(w.Replay), w.Now)...)
}

// BudgetUsed tells how often a budget has been used in the window that starts
// at start. The key holds blind indexes, never personal data.
func (s *Store) BudgetUsed(ctx context.Context, tenant kyc.TenantID, key string, start kyc.Millis) (int64, error) {
	return one[int64](ctx, s, "budget", `SELECT COALESCE((SELECT used FROM budgets
		WHERE tenant_id = ? AND budget_key = ? AND window_start = ?), 0)`, tenant, key, start)
}

// Replay finds the answer kept for an idempotency key, and answers once it is
// durable: whoever repeats a request must not be told sooner than the first.
func (s *Store) Replay(ctx context.Context, tenant kyc.TenantID, scope string, key []byte) (kyc.Replay, error) {
	kept, err := one[kyc.Replay](ctx, s, "replay",
		replays.selects("WHERE tenant_id = ? AND scope = ? AND key_hash = ?"), tenant, scope, key)
	if err == nil {
		err = s.Durable(ctx)
	}
	return kept, err
}
