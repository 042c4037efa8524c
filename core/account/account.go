// Package account opens accounts of activated applicants and tells what they
// may do: login names, tier, limits, balances.
package account

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/paifang/paifang/core/kyc"
)

// Open builds the account of an approved application: the tier that the market
// proposed (the lowest when it proposed none it knows), the reserved contacts
// bound as login names, and a balance of zero in each of the market's
// currencies and of those that the tenant's configuration adds ("currencies",
// the name that markets share for it).
func Open(flow *kyc.Flow, config []byte, app kyc.Application, id kyc.AccountID, now kyc.Millis) (kyc.Account, kyc.Change, error) {
	if len(flow.Tiers) == 0 {
		return kyc.Account{}, nil, kyc.E(kyc.Internal, "market %s has no tiers", flow.Market)
	}
	tier := app.Tier
	if _, ok := flow.Tier(tier); !ok {
		tier = flow.Tiers[0].ID
	}
	a := kyc.Account{Tenant: app.Tenant, ID: id, Applicant: app.Applicant, Application: app.ID,
		Market: app.Market, Tier: tier, State: "active", Locale: app.Locale, Created: now}
	change := kyc.Change{
		kyc.CreateAccount{Account: a},
		kyc.SetIdentifiers{Tenant: app.Tenant, Application: app.ID, From: []kyc.IdentifierState{kyc.Proved, kyc.Reserved},
			To: kyc.Bound, Account: id, At: now},
	}
	for _, currency := range currencies(flow, config) {
		change = append(change, kyc.SaveBalance{Balance: kyc.Balance{Tenant: app.Tenant, Account: id, Currency: currency}})
	}
	return a, change, nil
}

func currencies(flow *kyc.Flow, config []byte) []string {
	var more struct {
		Currencies []string `json:"currencies"`
	}
	if json.Unmarshal(config, &more) != nil {
		return flow.Currencies
	}
	list := slices.Concat(flow.Currencies, more.Currencies)
	slices.Sort(list)
	return slices.Compact(list)
}

// Store is what a Teller reads.
type Store interface {
	Account(ctx context.Context, tenant kyc.TenantID, id kyc.AccountID) (kyc.Account, error)
	Application(ctx context.Context, tenant kyc.TenantID, id kyc.ApplicationID) (kyc.Application, error)
	Balances(ctx context.Context, tenant kyc.TenantID, id kyc.AccountID) ([]kyc.Balance, error)
	AccountIdentifiers(ctx context.Context, tenant kyc.TenantID, id kyc.AccountID) ([]kyc.Identifier, error)
}

// Flows tells a market's tiers.
type Flows interface {
	Flow(ctx context.Context, market kyc.MarketID, version string) (*kyc.Flow, error)
}

// Opener reads a sealed identifier.
type Opener interface {
	Contact(ctx context.Context, id kyc.Identifier) (string, error)
}

// Statement is an account as its owner sees it.
type Statement struct {
	Account  kyc.Account
	Market   string // title, message key
	Tier     kyc.Tier
	Higher   []kyc.Tier // tiers above, in order
	Logins   []Login
	Balances []kyc.Balance
}

// Login is a login name, masked.
type Login struct {
	Kind   kyc.ContactKind
	Masked string
}

// Teller makes statements.
type Teller struct {
	Store Store
	Flows Flows
	Names Opener
	Mask  func(kind kyc.ContactKind, canonical string) string
}

// Statement tells what an account is and may do.
func (t *Teller) Statement(ctx context.Context, tenant kyc.TenantID, id kyc.AccountID) (*Statement, error) {
	a, err := t.Store.Account(ctx, tenant, id)
	if err != nil {
		return nil, err
	}
	flow, err := t.Flows.Flow(ctx, a.Market, "")
	if err != nil {
		return nil, err
	}
	s := &Statement{Account: a, Market: flow.Title}
	at := slices.IndexFunc(flow.Tiers, func(x kyc.Tier) bool { return x.ID == a.Tier })
	if at < 0 {
		return nil, kyc.E(kyc.Internal, "account has a tier that its market does not know")
	}
	s.Tier, s.Higher = flow.Tiers[at], flow.Tiers[at+1:]
	if s.Logins, err = t.logins(ctx, a); err != nil {
		return nil, err
	}
	s.Balances, err = t.Store.Balances(ctx, tenant, id)
	return s, err
}

func (t *Teller) logins(ctx context.Context, a kyc.Account) ([]Login, error) {
	ids, err := t.Store.AccountIdentifiers(ctx, a.Tenant, a.ID)
	if err != nil {
		return nil, err
	}
	var logins []Login
	for _, id := range ids {
		if !id.Login {
			continue
		}
		name, err := t.Names.Contact(ctx, id)
		if err != nil {
			return nil, err
		}
		kind := kyc.ContactKind(id.Kind)
		logins = append(logins, Login{Kind: kind, Masked: t.Mask(kind, name)})
	}
	return logins, nil
}
