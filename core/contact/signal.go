package contact

import (
	"context"
	"time"

	"github.com/paifang/paifang/core/kyc"
)

// Signs of abuse that the contacts of an application show.
const (
	SignalDisposable = "contact.disposable" // a mailbox to throw away
	SignalVirtual    = "contact.virtual"    // a number of a virtual operator
	SignalPrefix     = "contact.prefix"     // codes to numbers that begin alike do not come back
	SignalPressed    = "contact.pressed"    // messages went out only after another human test, in the last day
)

// Signals lists the signs of abuse.
func Signals() []string {
	return []string{SignalDisposable, SignalVirtual, SignalPrefix, SignalPressed}
}

// Reached is a contact that somebody has proved.
type Reached struct {
	Channel kyc.ContactKind
	To      string // canonical
}

// Signs tells which signs of abuse an application's contacts show, each once. An
// error says that it could not be told.
func (w *Warden) Signs(ctx context.Context, tenant kyc.TenantID, app kyc.ApplicationID, contacts []Reached, now time.Time) ([]string, error) {
	rules, err := w.Rules(ctx, tenant)
	if err != nil {
		return nil, err
	}
	keys := []string{keySpent + string(app)}
	for _, c := range contacts {
		if c.Channel == kyc.Phone {
			keys = append(keys, prefixKeys(Prefix(c.To))...)
		}
	}
	counts, err := w.Store.BudgetCounts(ctx, tenant, keys, kyc.At(now.Add(-2*day)))
	if err != nil {
		return nil, err
	}
	shows := map[string]bool{}
	for _, c := range counts {
		shows[SignalPressed] = shows[SignalPressed] || c.Key == keySpent+string(app) && c.Used > 0
	}
	for _, c := range contacts {
		if c.Channel == kyc.Phone {
			shows[SignalVirtual] = shows[SignalVirtual] || w.Known.virtual(c.To)
			shows[SignalPrefix] = shows[SignalPrefix] || w.Limits.standing(Prefix(c.To), counts, now).Mode != Free
			continue
		}
		domain := domainOf(c.To)
		shows[SignalDisposable] = shows[SignalDisposable] || !listed(rules.MailAllow, domain) && w.Known.Disposable(domain)
	}
	var out []string
	for _, s := range Signals() {
		if shows[s] {
			out = append(out, s)
		}
	}
	return out, nil
}
