package contact

import (
	"bytes"
	"embed"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/paifang/paifang/core/kyc"
)

//go:embed all:data
var shipped embed.FS

// anyRegion is the price of the regions that have none of their own.
const anyRegion = "*"

// Bounds of rules: no day costs more than a hundred million of the currency.
const (
	maxDay      = 10_000_000_000 // minor units
	maxThousand = 100_000_000    // minor units
	maxListed   = 10_000         // regions and domains
)

// Price is what messages of one kind cost. Amounts are in minor units of the
// rules' currency; there are no fractions.
type Price struct {
	Thousand int64 `json:"thousand"` // price of a thousand messages (of text messages: segments)
	Day      int64 `json:"day"`      // most that is spent in a day (UTC); 0: nothing is sent
}

// Rules are what a tenant's messages may cost and whom they may reach.
type Rules struct {
	Currency  string           `json:"currency"`             // ISO 4217
	Day       int64            `json:"day"`                  // most that is spent in a day on everything
	Email     *Price           `json:"email,omitempty"`      //
	Phone     map[string]Price `json:"phone,omitempty"`      // by region, ISO 3166-1 alpha-2; "*" for all others
	Regions   []string         `json:"regions,omitempty"`    // whose numbers get text messages; none: all that a market accepts
	MailAllow []string         `json:"mail_allow,omitempty"` // domains, with those below, that are no throw-away mailboxes
	MailDeny  []string         `json:"mail_deny,omitempty"`  // domains, with those below, that get nothing
}

// ParseRules reads rules as JSON and checks them. Unknown members, amounts below
// 0 and currencies and regions that cannot be are Invalid, in plain words for an operator.
func ParseRules(raw []byte) (Rules, error) {
	var r Rules
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&r); err != nil || dec.More() {
		return r, kyc.E(kyc.Invalid, "sending rules are not one JSON object with the members currency, day, email, phone, regions, mail_allow, mail_deny")
	}
	return r, r.check()
}

func (r Rules) check() error {
	if !capitals(r.Currency, 3) {
		return kyc.E(kyc.Invalid, "currency is not a code of ISO 4217, like USD")
	}
	if r.Day < 0 || r.Day > maxDay {
		return kyc.E(kyc.Invalid, "day is not an amount of 0 to %d minor units", int64(maxDay))
	}
	prices := maps.Clone(r.Phone)
	if prices == nil {
		prices = map[string]Price{}
	}
	if r.Email != nil {
		prices["email"] = *r.Email
	}
	for of, p := range prices {
		if of != anyRegion && of != "email" && !capitals(of, 2) {
			return kyc.E(kyc.Invalid, "phone has a price for %q, which is no region of ISO 3166-1, like CN, and not *", of)
		}
		if p.Day < 0 || p.Day > maxDay || p.Thousand < 0 || p.Thousand > maxThousand {
			return kyc.E(kyc.Invalid, "the price of %s: thousand is 0 to %d, day 0 to %d minor units", of, int64(maxThousand), int64(maxDay))
		}
	}
	for _, region := range r.Regions {
		if !capitals(region, 2) {
			return kyc.E(kyc.Invalid, "regions has %q, which is no region of ISO 3166-1, like CN", region)
		}
	}
	for _, domain := range slices.Concat(r.MailAllow, r.MailDeny) {
		if canonical, err := domains().ToASCII(domain); err != nil || canonical != domain || !mailDomain(domain) {
			return kyc.E(kyc.Invalid, "mail_allow or mail_deny has %q, which is no domain in lower case, like shop.example", domain)
		}
	}
	if len(prices)+len(r.Regions)+len(r.MailAllow)+len(r.MailDeny) > maxListed {
		return kyc.E(kyc.Invalid, "the rules list more than %d regions and domains", maxListed)
	}
	return nil
}

func capitals(s string, n int) bool {
	return len(s) == n && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
}

// over puts a tenant's own rules over the shipped ones. Prices of another currency
// are not mixed: such a tenant has only its own, and what has none is not sent.
func (r Rules) over(shipped Rules) Rules {
	if r.Currency != shipped.Currency {
		return r
	}
	prices := maps.Clone(shipped.Phone)
	maps.Copy(prices, r.Phone)
	r.Phone = prices
	if r.Email == nil {
		r.Email = shipped.Email
	}
	return r
}

// Times are the rules with sums so many times as high.
func (r Rules) Times(n int64) Rules {
	times := func(day int64) int64 { return min(day, maxDay/n) * n }
	r.Day, r.Phone = times(r.Day), maps.Clone(r.Phone)
	for region, p := range r.Phone {
		r.Phone[region] = Price{Thousand: p.Thousand, Day: times(p.Day)}
	}
	if r.Email != nil {
		r.Email = &Price{Thousand: r.Email.Thousand, Day: times(r.Email.Day)}
	}
	return r
}

// price is what a message costs; the zero value, which sends nothing, where the
// rules do not say.
func (r Rules) price(channel kyc.ContactKind, region string) Price {
	if channel == kyc.Email {
		if r.Email == nil {
			return Price{}
		}
		return *r.Email
	}
	if p, ok := r.Phone[region]; ok {
		return p
	}
	return r.Phone[anyRegion]
}

// Reaches tells whether text messages to a region are allowed at all.
func (r Rules) Reaches(region string) bool {
	return len(r.Regions) == 0 || slices.Contains(r.Regions, region)
}

// Denies tells whether mail to a domain is refused.
func (r Rules) Denies(domain string) bool { return listed(r.MailDeny, domain) }

// listed tells whether a domain or one above it is in a list.
func listed(list []string, domain string) bool {
	return slices.ContainsFunc(list, func(d string) bool { return domain == d || strings.HasSuffix(domain, "."+d) })
}
