package contact

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/paifang/paifang/core/kyc"
)

const shownCountries = 200 // the busiest

// Counted is a budget by count in its running window: the messages of a tenant on a
// channel, or its text messages to one country. Nobody re-opens it: it begins anew
// when its window is over.
type Counted struct {
	Channel kyc.ContactKind
	Region  string // of text messages; "": of all on the channel
	Used    int64
	Limit   int64
	Begins  kyc.Millis // the window
	Ends    kyc.Millis // and then it counts from nought
	Mode    Mode       // Free or Later: a human test does not open it
}

// counted are the budgets by count that tell of nobody: those of the tenant, and of
// the countries that messages went to. Those of contacts, addresses and browsers
// are not shown to anybody.
func (w *Warden) counted(ctx context.Context, tenant kyc.TenantID, now time.Time) ([]Counted, error) {
	var list []Counted
	for _, channel := range []kyc.ContactKind{kyc.Phone, kyc.Email} {
		for _, rate := range w.Limits.tenantRates() {
			key := rateKey(tenantKey(channel), rate, "")
			c := rate.running(now)
			found, err := w.Store.BudgetCounts(ctx, tenant, []string{key}, c.Begins)
			if err != nil {
				return nil, err
			}
			if c.Channel = channel; len(found) > 0 {
				c.Used = found[0].Used
			}
			list = append(list, c)
		}
	}
	for _, rate := range w.Limits.countryRates() {
		key := rateKey(countryKey(kyc.Phone), rate, "") + "."
		c := rate.running(now)
		found, err := w.Store.BudgetSums(ctx, tenant, key, c.Begins, c.Ends, 1, shownCountries)
		if err != nil {
			return nil, err
		}
		for _, f := range found {
			c.Channel, c.Region, c.Used = kyc.Phone, strings.TrimPrefix(f.Key, key), f.Used
			list = append(list, c)
		}
	}
	for i := range list {
		if list[i].Mode = Free; list[i].Used >= list[i].Limit {
			list[i].Mode = Later
		}
	}
	slices.SortStableFunc(list, func(x, y Counted) int {
		return cmp.Or(cmp.Compare(len(x.Region), len(y.Region)), cmp.Compare(share(y), share(x)))
	})
	return list, nil
}

// share is how much of a budget is used, in millionths.
func share(c Counted) int64 { return c.Used * 1_000_000 / max(c.Limit, 1) }

func (r Rate) running(now time.Time) Counted {
	begins := now.UTC().Truncate(r.Window)
	return Counted{Limit: r.Limit, Begins: kyc.At(begins), Ends: kyc.At(begins.Add(r.Window))}
}
