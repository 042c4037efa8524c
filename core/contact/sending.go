package contact

import (
	"cmp"
	"context"
	"errors"
	"math"
	"time"

	"github.com/paifang/paifang/core/kyc"
)

// Mode is how sending to somebody stands.
type Mode string

// Modes, from good to bad.
const (
	Free       Mode = "free"  // is sent
	HumanFirst Mode = "human" // after a human test
	Later      Mode = "later" // not now
)

// Keys of budgets. None says who somebody is.
const (
	keyMoney    = "money"            // of everything in a day, in thousandths of a minor unit
	keySent     = "prefix.sent."     // and the beginning of a number: codes sent
	keyVerified = "prefix.verified." // codes that were answered
	keyReleased = "release."         // and what was re-opened
	keyPassed   = "human.passed."    // and an application: human tests passed
	keySpent    = "human.spent."     // human tests that messages at risk have used

	day    = 24 * time.Hour
	milli  = 1000 // what is counted of a minor unit
	perDay = 3    // how often a person can re-open something in a day
)

// reservedSegments is what a text message is charged before it is written; what
// it really takes is known when it is sent.
const reservedSegments = 2

// Counts are the budgets as they stand, shared by all nodes; *store.Store has them.
type Counts interface {
	SendingRules(ctx context.Context, tenant kyc.TenantID) (kyc.SendingRules, error)
	BudgetCounts(ctx context.Context, tenant kyc.TenantID, keys []string, since kyc.Millis) ([]kyc.BudgetCount, error)
	BudgetSums(ctx context.Context, tenant kyc.TenantID, prefix string, since, until kyc.Millis, minimum int64, limit int) ([]kyc.BudgetCount, error)
}

// Warden decides whether a message may be sent: at once, after a human test, or
// later. What it cannot tell it does not let through. It keeps nothing and is safe
// for concurrent use.
type Warden struct {
	Limits Limits
	Known  *Known
	Store  Counts
}

// Permit is leave to send one message.
type Permit struct {
	Human  bool        // a human test has to be passed first; nothing else is set then
	Writes []kyc.Write // take what it costs, to be committed with the message
	Charge *kyc.Charge // what was reserved, to be put right when it is sent; nil when it costs nothing
}

// Rules are a tenant's.
func (w *Warden) Rules(ctx context.Context, tenant kyc.TenantID) (Rules, error) {
	own, err := w.Store.SendingRules(ctx, tenant)
	if kyc.CodeOf(err) == kyc.NotFound {
		return w.Known.Rules, nil
	}
	if err != nil {
		return Rules{}, err
	}
	r, err := ParseRules(own.Rules)
	if err != nil {
		return r, kyc.Wrap(kyc.Internal, err, "sending rules of the tenant")
	}
	return r.over(w.Known.Rules), nil
}

// Closed tells why nothing is ever sent to a contact, as a problem without path:
// contact.region_closed or contact.domain_closed. No code: it can be sent to.
func (w *Warden) Closed(ctx context.Context, tenant kyc.TenantID, channel kyc.ContactKind, to, region string) (kyc.Problem, error) {
	rules, err := w.Rules(ctx, tenant)
	switch {
	case err != nil:
		return kyc.Problem{}, cannotTell(err)
	case channel == kyc.Phone && !rules.Reaches(region):
		return kyc.P("", "contact.region_closed"), nil
	case channel == kyc.Email && rules.Denies(domainOf(to)):
		return kyc.P("", "contact.domain_closed"), nil
	}
	return kyc.Problem{}, nil
}

// Admit decides about one message with a code or a link. Limited ("error.later")
// with the time of the next try when it is not sent now; Unavailable ("error.later")
// when the budgets cannot be told; Forbidden ("error.closed") when nothing is sent there.
func (w *Warden) Admit(ctx context.Context, s Sending, now time.Time) (Permit, error) {
	a, p, err := w.ask(ctx, s, now)
	if err != nil || p.Human {
		return p, err
	}
	p.Writes = append(p.Writes, a.pay()...)
	p.Charge = a.charge()
	return p, nil
}

// Ask is Admit for a message that may never be sent, because nobody has the
// contact: it decides alike and counts, but takes no money. What is sent is paid for
// with Pay.
func (w *Warden) Ask(ctx context.Context, s Sending, now time.Time) (Permit, error) {
	_, p, err := w.ask(ctx, s, now)
	return p, err
}

// Pay is leave for a message that Ask let through: its writes take the money, and
// fail the change with Limited ("error.later") when there is none left.
func (w *Warden) Pay(ctx context.Context, s Sending, now time.Time) (Permit, error) {
	rules, err := w.Rules(ctx, s.Tenant)
	if err != nil {
		return Permit{}, cannotTell(err)
	}
	a := w.account(s, rules, now)
	if a.counts, err = w.Store.BudgetCounts(ctx, s.Tenant, a.keys(), kyc.At(now.Add(-day))); err != nil {
		return Permit{}, cannotTell(err)
	}
	return Permit{Writes: a.pay(), Charge: a.charge()}, nil
}

func (w *Warden) ask(ctx context.Context, s Sending, now time.Time) (*account, Permit, error) {
	closed, err := w.Closed(ctx, s.Tenant, s.Channel, s.To, s.Country)
	if err != nil {
		return nil, Permit{}, err
	}
	if closed.Code != "" {
		return nil, Permit{}, kyc.EKey(kyc.Forbidden, "error.closed", "nothing is sent there: %s", closed.Code)
	}
	rules, err := w.Rules(ctx, s.Tenant)
	if err != nil {
		return nil, Permit{}, cannotTell(err)
	}
	a := w.account(s, rules, now)
	if a.counts, err = w.Store.BudgetCounts(ctx, s.Tenant, a.keys(), kyc.At(now.Add(-day))); err != nil {
		return nil, Permit{}, cannotTell(err)
	}
	mode, wait := a.mode()
	if mode == Later {
		e := kyc.EKey(kyc.Limited, "error.later", "sending is closed for %v", wait)
		e.RetryAfter = max(wait, time.Second)
		return nil, Permit{}, e
	}
	p := Permit{Writes: w.Limits.SendBudget(s, now)}
	if mode == HumanFirst && !s.Staff && !s.Passed {
		passed := a.used(keyPassed+string(s.Application), a.today)
		if s.Application == "" || passed <= a.used(keySpent+string(s.Application), a.today) {
			return nil, Permit{Human: true}, nil
		}
		p.Writes = append(p.Writes, a.take(keySpent+string(s.Application), 1, passed))
	}
	return a, p, nil
}

// pay takes what the message costs, and counts it among those sent to its prefix.
func (a *account) pay() []kyc.Write {
	writes := a.takeMoney(a.limit)
	if a.Channel == kyc.Phone {
		writes = append(writes, a.warden.Limits.slot(a.Tenant, keySent+Prefix(a.To), a.now))
	}
	return writes
}

// Notice is leave for a message that tells of a decision: nobody outside can cause
// many of them, so that it is only counted.
func (w *Warden) Notice(ctx context.Context, s Sending, now time.Time) (Permit, error) {
	rules, err := w.Rules(ctx, s.Tenant)
	if err != nil {
		return Permit{}, cannotTell(err)
	}
	a := w.account(s, rules, now)
	return Permit{Writes: a.takeMoney(func(string, Price) int64 { return math.MaxInt64 }), Charge: a.charge()}, nil
}

// Verified counts a code that was answered, for the standing of its prefix.
func (w *Warden) Verified(tenant kyc.TenantID, e164 string, now time.Time) kyc.Write {
	return w.Limits.slot(tenant, keyVerified+Prefix(e164), now)
}

// Passed counts a human test that was passed for an application: one message at
// risk may be sent for it.
func Passed(tenant kyc.TenantID, app kyc.ApplicationID, now time.Time) kyc.Write {
	return kyc.TakeBudget{Tenant: tenant, Key: keyPassed + string(app), Start: kyc.At(now.UTC().Truncate(day)), Window: day, Limit: math.MaxInt64}
}

// cannotTell closes: what cannot be counted is not sent.
func cannotTell(err error) error {
	return &kyc.Error{Code: kyc.Unavailable, Key: "error.later", Detail: "the budgets of sending cannot be told", RetryAfter: 30 * time.Second, Err: err}
}

// account is one message before the budgets.
type account struct {
	Sending
	warden *Warden
	rules  Rules
	price  Price
	now    time.Time
	today  kyc.Millis
	counts []kyc.BudgetCount
}

func (w *Warden) account(s Sending, rules Rules, now time.Time) *account {
	return &account{Sending: s, warden: w, rules: rules, price: rules.price(s.Channel, s.Country), now: now, today: kyc.At(now.UTC().Truncate(day))}
}

// moneyKey is the budget in money of a channel and region.
func moneyKey(channel kyc.ContactKind, region string) string {
	key := keyMoney + "." + string(channel)
	if channel == kyc.Phone {
		key += "." + region
	}
	return key
}

func (a *account) moneyKey() string { return moneyKey(a.Channel, a.Country) }

func (a *account) segments() int64 {
	if a.Channel == kyc.Phone {
		return reservedSegments
	}
	return 1
}

// cost is in thousandths of a minor unit: the price of a thousand in minor units
// is that of one in thousandths.
func (a *account) cost() int64 { return a.segments() * a.price.Thousand }

func (a *account) keys() []string {
	app := string(a.Application)
	keys := []string{keyMoney, keyReleased + keyMoney, a.moneyKey(), keyReleased + a.moneyKey(), keyPassed + app, keySpent + app}
	if a.Channel == kyc.Phone {
		keys = append(keys, prefixKeys(Prefix(a.To))...)
	}
	return keys
}

func prefixKeys(prefix string) []string {
	return []string{keySent + prefix, keyVerified + prefix, keyReleased + "prefix." + prefix}
}

func (a *account) used(key string, start kyc.Millis) int64 {
	for _, c := range a.counts {
		if c.Key == key && c.Start == start {
			return c.Used
		}
	}
	return 0
}

// limit of a day in thousandths: what the rules say, and as much again each time
// that a person re-opened it.
func (a *account) limit(key string, p Price) int64 {
	return p.Day * milli * (1 + a.used(keyReleased+key, a.today))
}

// mode is the worst of what is to be said about this message, and how long a
// closed one stays so at least.
func (a *account) mode() (Mode, time.Duration) {
	worst, wait := Free, time.Duration(0)
	worse := func(m Mode, d time.Duration) {
		switch {
		case m == Later:
			worst, wait = m, max(wait, d)
		case m == HumanFirst && worst == Free:
			worst = m
		}
	}
	worse(a.money(a.moneyKey(), a.price))
	worse(a.money(keyMoney, Price{Day: a.rules.Day}))
	if a.Channel == kyc.Phone {
		s := a.warden.Limits.standing(Prefix(a.To), a.counts, a.now)
		worse(s.Mode, s.Until.Time().Sub(a.now))
		if a.warden.Known.virtual(a.To) {
			worse(HumanFirst, 0)
		}
	} else if domain := domainOf(a.To); !listed(a.rules.MailAllow, domain) && a.warden.Known.Disposable(domain) {
		worse(HumanFirst, 0)
	}
	return worst, wait
}

// money tells how a budget in money stands with this message: when four fifths
// are spent, machines have to wait.
func (a *account) money(key string, p Price) (Mode, time.Duration) {
	limit, used := a.limit(key, p), a.used(key, a.today)
	return moneyMode(used, limit, a.cost()), a.today.Time().Add(day).Sub(a.now)
}

func moneyMode(used, limit, cost int64) Mode {
	switch {
	case limit == 0 || used+cost > limit:
		return Later
	case used >= limit/5*4:
		return HumanFirst
	}
	return Free
}

func (a *account) take(key string, amount, limit int64) kyc.Write {
	return kyc.TakeBudget{Tenant: a.Tenant, Key: key, Start: a.today, Window: day, Limit: limit, Amount: amount, Keep: day, Refusal: "error.later"}
}

// takeMoney reserves the cost in the budget of the region and in that of everything.
func (a *account) takeMoney(limit func(key string, p Price) int64) []kyc.Write {
	if a.cost() == 0 {
		return nil
	}
	return []kyc.Write{a.take(keyMoney, a.cost(), limit(keyMoney, Price{Day: a.rules.Day})), a.take(a.moneyKey(), a.cost(), limit(a.moneyKey(), a.price))}
}

func (a *account) charge() *kyc.Charge {
	if a.cost() == 0 {
		return nil
	}
	return &kyc.Charge{Day: a.today, Region: a.Country, Currency: a.rules.Currency, Segments: a.segments(), Thousand: a.price.Thousand}
}

// Settle puts right what was reserved for a message when it is known what it took:
// its segments, and what the messenger says that it cost, if it says so in the
// currency of the rules.
func Settle(tenant kyc.TenantID, channel kyc.ContactKind, reserved kyc.Charge, segments int64, said kyc.Cost) []kyc.Write {
	was := reserved.Segments * reserved.Thousand
	is := cmp.Or(max(said.Segments, 0), segments) * reserved.Thousand
	if said.Currency == reserved.Currency && said.Currency != "" && said.Thousandths >= 0 {
		is = said.Thousandths
	}
	if is == was {
		return nil
	}
	put := func(key string) kyc.Write {
		return kyc.AdjustBudget{Tenant: tenant, Key: key, Start: reserved.Day, Amount: is - was}
	}
	return []kyc.Write{put(keyMoney), put(moneyKey(channel, reserved.Region))}
}

// IsLater tells whether an error says that something is sent later.
func IsLater(err error) bool {
	var e *kyc.Error
	return errors.As(err, &e) && e.Key == "error.later"
}
