package contact

import (
	"encoding/hex"
	"time"

	"github.com/paifang/paifang/core/kyc"
)

// Rate is how many uses a window of time allows.
type Rate struct {
	Window time.Duration
	Limit  int64
}

// Limits bound what one contact, network address, country or tenant may cause.
// A nil list means the default; the zero value is all defaults.
type Limits struct {
	Watch         Watch  // how well codes come back, by the beginning of numbers
	SendDevice    []Rate // messages caused from one browser, or with one holder token
	SendContact   []Rate // messages to one contact
	SendAddress   []Rate // messages caused from one network address
	SendCountry   []Rate // text messages of a tenant to one country
	SendTenant    []Rate // messages of a tenant on one channel
	HumanFailed   []Rate // failed human tests from one network address
	Availability  []Rate // questions whether a contact is free, from one network address
	SignInName    []Rate // tries to sign in with one name
	SignInPair    []Rate // … with one name from one network address
	SignInAddress []Rate // … from one network address
	SignInKnown   []Rate // … with one name from a device that has signed in with it before
	SignInCode    []Rate // codes to sign in with that are asked for one name from one network address
	Payment       []Rate // payment passwords typed in one session
	PaymentAll    []Rate // … by everybody who is signed in to the account, known devices apart
	Strength      []Rate // questions how strong a password is, from one network address
	Notices       []Rate // messages to an account that somebody signed in on a new device
	SecondFactor  []Rate // codes of one person, whoever types them
	SecondPair    []Rate // … from one network address

	ForgottenAddress []Rate // wishes of staff for a new password from one network address
	ForgottenName    []Rate // letters about it to one of them
}

func or(rates, otherwise []Rate) []Rate {
	if rates == nil {
		return otherwise
	}
	return rates
}

// Sending is a message that somebody wants to cause. Contact, Address and Device
// are blind indexes; To is only looked at and never kept.
type Sending struct {
	Tenant      kyc.TenantID
	Application kyc.ApplicationID
	Channel     kyc.ContactKind
	To          string // canonical
	Contact     []byte
	Address     []byte
	Device      []byte // nil: none is known
	Country     string // region of the phone number; "" for e-mail
	Staff       bool   // asked for by staff, who need no human test
	Passed      bool   // a human test came with the very request and was passed
}

// SendBudget takes one message from every budget it falls under. A used-up
// budget fails the change with Limited ("error.budget").
func (l Limits) SendBudget(s Sending, now time.Time) []kyc.Write {
	t := taker{tenant: s.Tenant, now: now}
	what := "send." + string(s.Channel)
	t.take(what+".contact", hex.EncodeToString(s.Contact),
		or(l.SendContact, []Rate{{time.Hour, 5}, {24 * time.Hour, 10}}))
	t.take(what+".address", hex.EncodeToString(s.Address), or(l.SendAddress, []Rate{{time.Hour, 20}}))
	if len(s.Device) > 0 {
		t.take(what+".device", hex.EncodeToString(s.Device), or(l.SendDevice, []Rate{{time.Hour, 20}}))
	}
	if s.Country != "" {
		t.take(countryKey(s.Channel), s.Country, l.countryRates())
	}
	t.take(tenantKey(s.Channel), "", l.tenantRates())
	return t.writes
}

func (l Limits) countryRates() []Rate { return or(l.SendCountry, []Rate{{time.Hour, 1500}}) }
func (l Limits) tenantRates() []Rate  { return or(l.SendTenant, []Rate{{time.Hour, 2000}}) }

func countryKey(channel kyc.ContactKind) string { return "send." + string(channel) + ".country" }
func tenantKey(channel kyc.ContactKind) string  { return "send." + string(channel) + ".tenant" }

// HumanBudget counts a failed human test.
func (l Limits) HumanBudget(tenant kyc.TenantID, address []byte, now time.Time) []kyc.Write {
	t := taker{tenant: tenant, now: now}
	t.take("human.failed", hex.EncodeToString(address), or(l.HumanFailed, []Rate{{time.Hour, 30}}))
	return t.writes
}

// AvailabilityBudget counts a question whether a contact is free.
func (l Limits) AvailabilityBudget(tenant kyc.TenantID, address []byte, now time.Time) []kyc.Write {
	t := taker{tenant: tenant, now: now}
	t.take("available", hex.EncodeToString(address),
		or(l.Availability, []Rate{{time.Hour, 30}, {24 * time.Hour, 100}}))
	return t.writes
}

// SignInBudget counts a try to sign in. The pair of name and address has the
// tightest budget, so that a stranger elsewhere does not lock a person out by
// guessing at the person's name.
func (l Limits) SignInBudget(tenant kyc.TenantID, name, address []byte, now time.Time) []kyc.Write {
	t := taker{tenant: tenant, now: now}
	who, from := hex.EncodeToString(name), hex.EncodeToString(address)
	t.take("signin.pair", who+"."+from, or(l.SignInPair, []Rate{{15 * time.Minute, 10}}))
	t.take("signin.name", who, or(l.SignInName, []Rate{{time.Hour, 50}}))
	t.take("signin.address", from, or(l.SignInAddress, []Rate{{time.Hour, 100}}))
	return t.writes
}

// SignInKnownBudget counts a try with a name from a device that has signed in with
// it before. It shares no budget with anybody else: however many strangers guess
// at the name, and whatever comes from the same address, the owner gets in.
func (l Limits) SignInKnownBudget(tenant kyc.TenantID, device []byte, now time.Time) []kyc.Write {
	t := taker{tenant: tenant, now: now}
	t.take("signin.known", hex.EncodeToString(device), or(l.SignInKnown, []Rate{{15 * time.Minute, 10}, {24 * time.Hour, 50}}))
	return t.writes
}

// PasskeyBudget counts a question to whoever has a passkey. It bounds how much is
// kept of questions that nobody answers; guessing is hopeless.
func (l Limits) PasskeyBudget(tenant kyc.TenantID, address []byte, now time.Time) []kyc.Write {
	t := taker{tenant: tenant, now: now}
	t.take("signin.passkey", hex.EncodeToString(address), or(l.SignInAddress, []Rate{{time.Hour, 100}}))
	return t.writes
}

// SignInCodeBudget counts a code asked for a name from one network address; what
// is sent to a contact, from wherever it is asked for, has its own budget.
func (l Limits) SignInCodeBudget(tenant kyc.TenantID, name, address []byte, now time.Time) []kyc.Write {
	t := taker{tenant: tenant, now: now}
	t.take("signin.code.pair", hex.EncodeToString(name)+"."+hex.EncodeToString(address), or(l.SignInCode, []Rate{{15 * time.Minute, 3}, {24 * time.Hour, 6}}))
	return t.writes
}

// CodeTriesBudget counts a code typed to sign in from one network address, whatever
// it is of.
func (l Limits) CodeTriesBudget(tenant kyc.TenantID, address []byte, now time.Time) []kyc.Write {
	t := taker{tenant: tenant, now: now}
	t.take("signin.code.address", hex.EncodeToString(address), or(l.SignInAddress, []Rate{{time.Hour, 100}}))
	return t.writes
}

// PaymentBudget counts a payment password typed. Each session has its own budget,
// and so has each known device: whoever got hold of a session does not lock the
// owner out of paying. All other sessions of an account share a third.
func (l Limits) PaymentBudget(tenant kyc.TenantID, account string, session, known []byte, now time.Time) []kyc.Write {
	t := taker{tenant: tenant, now: now}
	t.take("payment.session", hex.EncodeToString(session), or(l.Payment, []Rate{{15 * time.Minute, 5}}))
	who := account
	if known != nil {
		who += "." + hex.EncodeToString(known)
		t.take("payment.known", account, []Rate{{24 * time.Hour, 60}}) // however many devices are known
	}
	t.take("payment.all", who, or(l.PaymentAll, []Rate{{24 * time.Hour, 20}}))
	return t.writes
}

// StrengthBudget counts a question how strong a password is.
func (l Limits) StrengthBudget(tenant kyc.TenantID, address []byte, now time.Time) []kyc.Write {
	t := taker{tenant: tenant, now: now}
	t.take("strength", hex.EncodeToString(address), or(l.Strength, []Rate{{time.Hour, 600}}))
	return t.writes
}

// EndedBudget counts a message to the contacts of an account that its sessions were
// ended.
func (l Limits) EndedBudget(tenant kyc.TenantID, account string, now time.Time) []kyc.Write {
	t := taker{tenant: tenant, now: now}
	t.take("signin.ended", account, or(l.Notices, []Rate{{24 * time.Hour, 5}}))
	return t.writes
}

// NoticeBudget counts a message to the contacts of an account that somebody signed
// in on a device not seen before.
func (l Limits) NoticeBudget(tenant kyc.TenantID, account string, now time.Time) []kyc.Write {
	t := taker{tenant: tenant, now: now}
	t.take("signin.notice", account, or(l.Notices, []Rate{{24 * time.Hour, 5}}))
	return t.writes
}

// ForgottenBudget counts a wish for a new password from an address, and
// ForgottenNameBudget a letter about it to one person.
func (l Limits) ForgottenBudget(tenant kyc.TenantID, address []byte, now time.Time) []kyc.Write {
	t := taker{tenant: tenant, now: now}
	t.take("forgotten.address", hex.EncodeToString(address), or(l.ForgottenAddress, []Rate{{time.Hour, 20}}))
	return t.writes
}

// ForgottenNameBudget: see ForgottenBudget.
func (l Limits) ForgottenNameBudget(tenant kyc.TenantID, name []byte, now time.Time) []kyc.Write {
	t := taker{tenant: tenant, now: now}
	t.take("forgotten.name", hex.EncodeToString(name), or(l.ForgottenName, []Rate{{time.Hour, 3}, {24 * time.Hour, 10}}))
	return t.writes
}

// SecondFactorBudget counts a code of somebody who has shown the password
// already. It is counted apart from sign-in, and per kind of code: whoever guesses
// at one does not lock the others. Six digits of which three count at a time are
// guessed with a chance of one in 6,000 a day.
func (l Limits) SecondFactorBudget(tenant kyc.TenantID, kind string, subject, address []byte, now time.Time) []kyc.Write {
	t := taker{tenant: tenant, now: now}
	who, from := hex.EncodeToString(subject), hex.EncodeToString(address)
	t.take("factor."+kind+".pair", who+"."+from, or(l.SecondPair, []Rate{{15 * time.Minute, 10}}))
	t.take("factor."+kind+".subject", who, or(l.SecondFactor, []Rate{{time.Hour, 30}, {24 * time.Hour, 60}}))
	return t.writes
}

type taker struct {
	tenant kyc.TenantID
	now    time.Time
	writes []kyc.Write
}

// rateKey has the window in it: the windows of an hour and of a day begin at the
// same time once a day.
func rateKey(what string, r Rate, who string) string {
	key := what + "." + r.Window.String()
	if who != "" {
		key += "." + who
	}
	return key
}

// take adds one write for each rate.
func (t *taker) take(what, who string, rates []Rate) {
	for _, r := range rates {
		t.writes = append(t.writes, kyc.TakeBudget{
			Tenant: t.tenant, Key: rateKey(what, r, who), Start: kyc.At(t.now.UTC().Truncate(r.Window)),
			Window: r.Window, Limit: r.Limit,
		})
	}
}
