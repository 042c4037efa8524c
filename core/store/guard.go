package store

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
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
			limited := kyc.EKey(kyc.Limited, cmp.Or(w.Refusal, "error.budget"), "a budget of %d in %s is used up", w.Limit, w.Window)
			limited.RetryAfter = max(end.Sub(t.store.clock()), time.Second)
			return limited
		}
		return err
	}
	amount := cmp.Or(w.Amount, 1)
	if amount < 0 {
		return kyc.E(kyc.Internal, "a budget cannot be used by less than nothing")
	}
	if amount > w.Limit {
		return counted(0, nil)
	}
	return t.exec(counted, `INSERT INTO budgets (tenant_id, budget_key, window_start, used, expires_at)
		VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (tenant_id, budget_key, window_start) DO UPDATE SET used = budgets.used + excluded.used
		WHERE budgets.used <= ?`, w.Tenant, w.Key, w.Start, amount, kyc.At(end.Add(w.Keep)), w.Limit-amount)
}

// errTogether says that of several budgets one is used up, and not which.
var errTogether = errors.New("one of several budgets is used up")

// takeBudgets counts several in one statement, unless they were refused together
// before: only one by one do they tell which of them is used up.
func (t *tx) takeBudgets(list []kyc.TakeBudget) error {
	keys := map[string]bool{}
	for _, w := range list {
		keys[w.Key] = w.Amount >= 0 && cmp.Or(w.Amount, 1) <= w.Limit
	}
	if len(list) < 2 || len(keys) < len(list) || slices.Contains(slices.Collect(maps.Values(keys)), false) || t.apart {
		for _, w := range list {
			if err := t.takeBudget(w); err != nil {
				return err
			}
		}
		return nil
	}
	var args, limits []any
	for _, w := range list {
		amount := cmp.Or(w.Amount, 1)
		args = append(args, w.Tenant, w.Key, w.Start, amount, kyc.At(w.Start.Time().Add(w.Window+w.Keep)))
		limits = append(limits, w.Key, w.Limit-amount)
	}
	return t.exec(func(rows int64, err error) error {
		if err == nil && rows < int64(len(list)) {
			return errTogether
		}
		return err
	}, `INSERT INTO budgets (tenant_id, budget_key, window_start, used, expires_at)
		VALUES (?, ?, ?, ?, ?)`+strings.Repeat(", (?, ?, ?, ?, ?)", len(list)-1)+`
		ON CONFLICT (tenant_id, budget_key, window_start) DO UPDATE SET used = budgets.used + excluded.used
		WHERE budgets.used <= CASE excluded.budget_key`+strings.Repeat(" WHEN ? THEN CAST(? AS BIGINT)", len(list))+` END`, append(args, limits...)...)
}

func (t *tx) adjustBudget(w kyc.AdjustBudget) error {
	return t.exec(plainly, `UPDATE budgets SET used = CASE WHEN used + ? < 0 THEN 0 ELSE used + ? END
		WHERE tenant_id = ? AND budget_key = ? AND window_start = ?`, w.Amount, w.Amount, w.Tenant, w.Key, w.Start)
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
	return one[int64](ctx, s.of(tenant), "budget", `SELECT COALESCE((SELECT used FROM budgets
		WHERE tenant_id = ? AND budget_key = ? AND window_start = ?), 0)`, tenant, key, start)
}

// BudgetCounts reads the counts of budgets whose windows start at since or later,
// by key and time. It answers at most 5000; whoever asks for more has named too
// many keys.
func (s *Store) BudgetCounts(ctx context.Context, tenant kyc.TenantID, keys []string, since kyc.Millis) ([]kyc.BudgetCount, error) {
	if len(keys) == 0 {
		return nil, nil
	}
	args := []any{tenant, since}
	for _, key := range keys {
		args = append(args, key)
	}
	return many[kyc.BudgetCount](ctx, s.of(tenant), "budgets", `SELECT budget_key, window_start, used FROM budgets
		WHERE tenant_id = ? AND window_start >= ? AND budget_key IN (?`+strings.Repeat(", ?", len(keys)-1)+`)
		ORDER BY budget_key, window_start LIMIT 5000`, args...)
}

// BudgetSums adds up the budgets whose keys begin with prefix, over the windows
// that start from since to before until: those of at least minimum, the largest
// first. Start is that of the newest window.
func (s *Store) BudgetSums(ctx context.Context, tenant kyc.TenantID, prefix string, since, until kyc.Millis, minimum int64, limit int) ([]kyc.BudgetCount, error) {
	key := "budget_key"
	if s.dialect == postgresDialect {
		key = `budget_key COLLATE "C"` // by bytes, whatever the database sorts by
	}
	return many[kyc.BudgetCount](ctx, s.of(tenant), "budgets", `SELECT budget_key, MAX(window_start) AS window_start, CAST(SUM(used) AS BIGINT) AS used FROM budgets
		WHERE tenant_id = ? AND `+key+` >= ? AND `+key+` < ? AND window_start >= ? AND window_start < ?
		GROUP BY budget_key HAVING SUM(used) >= ? ORDER BY SUM(used) DESC, budget_key LIMIT ?`,
		tenant, prefix, prefix+"\x7f", since, until, minimum, page(limit))
}

// Replay finds the answer kept for an idempotency key, and answers once it is
// durable: whoever repeats a request must not be told sooner than the first.
func (s *Store) Replay(ctx context.Context, tenant kyc.TenantID, scope string, key []byte) (kyc.Replay, error) {
	kept, err := one[kyc.Replay](ctx, s.of(tenant), "replay",
		replays.selects("WHERE tenant_id = ? AND scope = ? AND key_hash = ?"), tenant, scope, key)
	if err == nil {
		err = s.Durable(ctx)
	}
	return kept, err
}
