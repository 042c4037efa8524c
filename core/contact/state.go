package contact

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/paifang/paifang/core/kyc"
)

// Shown are at most so many prefixes.
const (
	shownPrefixes = 200
	readPrefixes  = 40 // at a time: each has a row for every quarter of an hour
)

// Spent is a budget in money today. Amounts are in thousandths of a minor unit.
type Spent struct {
	What     string // to re-open it: "money", "money.phone.CN", "money.email"
	Channel  kyc.ContactKind
	Region   string // of text messages
	Used     int64
	Limit    int64
	Released int64 // how often a person re-opened it today
	Mode     Mode
}

// State is how sending stands today. It tells of nobody in particular.
type State struct {
	Currency string // ISO 4217
	Ends     kyc.Millis
	Total    Spent
	Spent    []Spent    // by channel and region, of those that were used or re-opened
	Counted  []Counted  // by count: of the tenant, then of countries, fullest first
	Prefixes []Standing // in bad standing, most sent first
}

// State tells how the budgets of sending stand.
func (w *Warden) State(ctx context.Context, tenant kyc.TenantID, now time.Time) (State, error) {
	rules, err := w.Rules(ctx, tenant)
	if err != nil {
		return State{}, err
	}
	a := w.account(Sending{Tenant: tenant}, rules, now)
	out := State{Currency: rules.Currency, Ends: kyc.At(a.today.Time().Add(day))}
	tomorrow := out.Ends
	if a.counts, err = w.Store.BudgetCounts(ctx, tenant, []string{keyMoney}, a.today); err != nil {
		return out, err
	}
	sums := map[string]int64{}
	for _, prefix := range []string{keyMoney + ".", keyReleased + keyMoney} {
		found, err := w.Store.BudgetSums(ctx, tenant, prefix, a.today, tomorrow, 1, 500)
		if err != nil {
			return out, err
		}
		for _, c := range found {
			if key, released := strings.CutPrefix(c.Key, keyReleased); released {
				a.counts = append(a.counts, kyc.BudgetCount{Key: c.Key, Start: a.today, Used: c.Used})
				sums[key] += 0
			} else {
				sums[c.Key] = c.Used
			}
		}
	}
	out.Total = a.spent(keyMoney, a.used(keyMoney, a.today), Price{Day: rules.Day})
	for key, used := range sums {
		if channel, region, ok := moneyOf(key); ok {
			s := a.spent(key, used, rules.price(channel, region))
			s.Channel, s.Region = channel, region
			out.Spent = append(out.Spent, s)
		}
	}
	slices.SortFunc(out.Spent, func(x, y Spent) int { return strings.Compare(x.What, y.What) })
	if out.Counted, err = w.counted(ctx, tenant, now); err != nil {
		return out, err
	}
	out.Prefixes, err = w.badPrefixes(ctx, tenant, now)
	return out, err
}

// moneyOf reads a key made by moneyKey.
func moneyOf(key string) (channel kyc.ContactKind, region string, ok bool) {
	rest, ok := strings.CutPrefix(key, keyMoney+".")
	name, region, _ := strings.Cut(rest, ".")
	channel = kyc.ContactKind(name)
	return channel, region, ok && (channel == kyc.Phone && capitals(region, 2) || channel == kyc.Email && region == "")
}

func (a *account) spent(key string, used int64, p Price) Spent {
	limit := a.limit(key, p)
	return Spent{What: key, Used: used, Limit: limit, Released: a.used(keyReleased+key, a.today), Mode: moneyMode(used, limit, p.Thousand)}
}

// badPrefixes are those of which too few codes come back.
func (w *Warden) badPrefixes(ctx context.Context, tenant kyc.TenantID, now time.Time) ([]Standing, error) {
	watch := w.Limits.Watch
	since := kyc.At(now.Add(-watch.window()))
	most, err := w.Store.BudgetSums(ctx, tenant, keySent, since, kyc.At(now.UTC().Truncate(slotLength)), watch.least(), shownPrefixes)
	if err != nil {
		return nil, err
	}
	var bad []Standing
	for page := range slices.Chunk(most, readPrefixes) {
		var keys []string
		for _, c := range page {
			keys = append(keys, prefixKeys(strings.TrimPrefix(c.Key, keySent))...)
		}
		counts, err := w.Store.BudgetCounts(ctx, tenant, keys, since)
		if err != nil {
			return nil, err
		}
		for _, c := range page {
			if s := w.Limits.standing(strings.TrimPrefix(c.Key, keySent), counts, now); s.Mode != Free {
				bad = append(bad, s)
			}
		}
	}
	return bad, nil
}

// Release re-opens a budget in money ("money", "money.phone.CN"), which may then
// spend as much again today, or a prefix ("prefix.+8613800"), whose past is then
// forgotten. Invalid for anything else. The write is Limited ("error.released")
// when something was re-opened three times today.
func (w *Warden) Release(tenant kyc.TenantID, what string, now time.Time) (kyc.Write, error) {
	released := kyc.TakeBudget{Tenant: tenant, Key: keyReleased + what, Start: kyc.At(now.UTC().Truncate(day)), Window: day, Limit: perDay, Refusal: "error.released"}
	if prefix, ok := strings.CutPrefix(what, "prefix.+"); ok {
		if len(prefix) < 1 || len(prefix) > 7 || strings.Trim(prefix, "0123456789") != "" {
			return nil, kyc.EKey(kyc.Invalid, "error.invalid", "not the beginning of a number")
		}
		// Until its window is over, what was before this very moment does not count.
		released.Start, released.Window, released.Keep, released.Limit = kyc.At(now), time.Millisecond, w.Limits.Watch.window(), 1
		return released, nil
	}
	if _, _, ok := moneyOf(what); !ok && what != keyMoney {
		return nil, kyc.EKey(kyc.Invalid, "error.invalid", "not a budget of sending")
	}
	return released, nil
}
