package tenant

import (
	"context"
	"net/mail"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/paifang/paifang/core/audit"
	"github.com/paifang/paifang/core/kyc"
)

// Plan is what a new tenant begins with.
type Plan struct {
	Tenant  kyc.Tenant
	Markets []kyc.TenantMarket
	Legal   []kyc.LegalDocument
	Signers []kyc.AssertionKey // marketplaces that may vouch for their members
}

// Documents are the legal texts that every tenant has in each of its languages.
var Documents = [...]string{"terms", "privacy"}

// maxName bounds a name that people see, in characters.
const maxName = 80

var colour = regexp.MustCompile(`^#[0-9a-f]{6}$`)

// Found makes a tenant. Invalid says what the plan lacks; Conflict when the id is
// taken.
func (o *Office) Found(ctx context.Context, p Plan) error {
	p.Tenant.Accent = strings.ToLower(p.Tenant.Accent)
	if err := o.check(p); err != nil {
		return err
	}
	id := p.Tenant.ID
	if _, err := o.Store.Tenant(ctx, id); kyc.CodeOf(err) != kyc.NotFound {
		if err != nil {
			return err
		}
		return kyc.EKey(kyc.Conflict, "error.tenant_exists", "tenant %q exists already", id)
	}
	keys, err := o.Keys.NewTenant(ctx, id)
	if err != nil {
		return err
	}
	change, err := o.Record.Begin(ctx, id)
	if err != nil {
		return err
	}
	p.Tenant.Created, keys.Created = o.now(), o.now()
	change = append(change, kyc.SaveTenant{Tenant: p.Tenant}, kyc.SaveTenantKeys{TenantKeys: keys},
		o.line(id, audit.TenantFounded, "tenant", string(id)))
	for _, m := range p.Markets {
		change = append(change, o.offer(m))
	}
	for _, l := range p.Legal {
		change = append(change, kyc.SaveLegal{LegalDocument: l})
	}
	for _, s := range p.Signers {
		change = append(change, kyc.SaveAssertionKey{AssertionKey: s}, o.signerLine(s))
	}
	return o.Store.Commit(ctx, id, change)
}

// SetMarket lets people start applications of a market, or no longer. Those that
// are under way go on. NotFound when the market is to be shut and never was open.
func (o *Office) SetMarket(ctx context.Context, id kyc.TenantID, market kyc.MarketID, open bool) error {
	if err := o.Known(ctx, id); err != nil {
		return err
	}
	if _, err := kyc.ParseMarketID(string(market)); err != nil {
		return err
	}
	m, err := o.Store.TenantMarket(ctx, id, market)
	switch {
	case kyc.CodeOf(err) == kyc.NotFound && open:
		m = kyc.TenantMarket{Tenant: id, Market: market, Config: []byte("{}")}
	case kyc.CodeOf(err) == kyc.NotFound:
		return kyc.EKey(kyc.NotFound, "error.not_found", "tenant %q does not offer market %q", id, market)
	case err != nil || m.Enabled == open:
		return err
	}
	m.Enabled = open
	return o.Store.Commit(ctx, id, kyc.Change{o.offer(m),
		o.line(id, audit.MarketChanged, "tenant", string(id), "market", string(market), "state", map[bool]string{true: "enabled", false: "disabled"}[open])})
}

// offer makes the next version of a market.
func (o *Office) offer(m kyc.TenantMarket) kyc.SaveMarketVersion {
	m.Number++
	by := audit.System("office")
	return kyc.SaveMarketVersion{MarketVersion: kyc.MarketVersion{TenantMarket: m, ByKind: by.Kind, ByID: by.ID, At: o.now()}}
}

// check finds what is missing or wrong in a plan.
func (o *Office) check(p Plan) error {
	t := p.Tenant
	if _, err := kyc.ParseTenantID(string(t.ID)); err != nil {
		return err
	}
	if err := checkName(t.Name); err != nil {
		return err
	}
	if t.Accent != "" && !colour.MatchString(t.Accent) {
		return kyc.E(kyc.Invalid, "accent colour %q is not of the form #rrggbb, e.g. #0b6e4f", t.Accent)
	}
	if address, err := mail.ParseAddress(t.Support); t.Support != "" && (err != nil || address.Address != t.Support) {
		return kyc.E(kyc.Invalid, "the support address is not an e-mail address of the form help@shop.example")
	}
	for _, check := range []func(Plan) error{o.checkLocales, checkMarkets, checkLegal, checkSigners} {
		if err := check(p); err != nil {
			return err
		}
	}
	return nil
}

func checkName(name string) error {
	if n := utf8.RuneCountInString(name); strings.TrimSpace(name) == "" || n > maxName || !utf8.ValidString(name) {
		return kyc.E(kyc.Invalid, "a name has 1 to %d characters", maxName)
	}
	return nil
}

func (o *Office) checkLocales(p Plan) error {
	if len(p.Tenant.Locales) == 0 {
		return kyc.E(kyc.Invalid, "a tenant offers at least one language of %v", o.Locales)
	}
	for i, l := range p.Tenant.Locales {
		if err := o.checkLocale(l); err != nil {
			return err
		}
		if slices.Contains(p.Tenant.Locales[:i], l) {
			return kyc.E(kyc.Invalid, "language %q is named twice", l)
		}
	}
	return nil
}

func (o *Office) checkLocale(l kyc.Locale) error {
	if !slices.Contains(o.Locales, l) {
		return kyc.E(kyc.Invalid, "language %q is not shipped; there are %v", l, o.Locales)
	}
	return nil
}

func checkMarkets(p Plan) error {
	if len(p.Markets) == 0 {
		return kyc.E(kyc.Invalid, "a tenant offers at least one market")
	}
	var seen []kyc.MarketID
	for _, m := range p.Markets {
		if _, err := kyc.ParseMarketID(string(m.Market)); err != nil {
			return err
		}
		if slices.Contains(seen, m.Market) {
			return kyc.E(kyc.Invalid, "market %q is named twice", m.Market)
		}
		seen = append(seen, m.Market)
	}
	return nil
}

// checkLegal wants every text in every language: people agree to what they can read.
func checkLegal(p Plan) error {
	for _, name := range Documents {
		for _, l := range p.Tenant.Locales {
			if !slices.ContainsFunc(p.Legal, func(d kyc.LegalDocument) bool {
				return d.Name == name && d.Locale == l && d.Title != "" && d.Text != "" && d.Version != ""
			}) {
				return kyc.E(kyc.Invalid, "the %s in language %q are missing or empty", name, l)
			}
		}
	}
	return nil
}

func checkSigners(p Plan) error {
	for _, s := range p.Signers {
		if err := checkSigner(s); err != nil {
			return err
		}
	}
	return nil
}
