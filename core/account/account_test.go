package account_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/paifang/paifang/core/account"
	"github.com/paifang/paifang/core/contact"
	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/store"
	"github.com/paifang/paifang/core/store/storetest"
)

var flow = &kyc.Flow{Market: "mainland", Title: "mainland.title", Currencies: []string{"CNY"},
	Tiers: []kyc.Tier{{ID: "basic"}, {ID: "full"}, {ID: "gold"}}}

// flows is a market that may have changed its tiers.
type flows struct{ flow *kyc.Flow }

func (f flows) Flow(context.Context, kyc.MarketID, string) (*kyc.Flow, error) { return f.flow, nil }

// names reads identifiers that are not sealed.
type names struct{}

func (names) Contact(_ context.Context, id kyc.Identifier) (string, error) {
	return string(id.Sealed), nil
}

func currencies(change kyc.Change) (list []string) {
	for _, w := range change {
		if b, ok := w.(kyc.SaveBalance); ok {
			list = append(list, b.Balance.Currency)
		}
	}
	return list
}

func TestOpenTakesTheProposedTierOrTheLowest(t *testing.T) {
	for proposed, want := range map[string]string{"": "basic", "full": "full", "unheard": "basic"} {
		app := storetest.Application("demo")
		app.Tier = proposed
		a, _, err := account.Open(flow, nil, app, "a1", storetest.Now)
		if err != nil || a.Tier != want || a.State != "active" || a.Applicant != app.Applicant || a.Created != storetest.Now {
			t.Errorf("%q: %+v %v", proposed, a, err)
		}
	}
	if _, _, err := account.Open(&kyc.Flow{Market: "mainland"}, nil, storetest.Application("demo"), "a1", storetest.Now); kyc.CodeOf(err) != kyc.Internal {
		t.Errorf("a market without tiers: %v", err)
	}
}

func TestOpenMakesBalancesOfTheMarketAndTheTenant(t *testing.T) {
	for config, want := range map[string][]string{
		"": {"CNY"}, "{}": {"CNY"}, "not JSON": {"CNY"}, `{"currencies":["USD"]}`: {"CNY", "USD"}, `{"currencies":["CNY"]}`: {"CNY"},
		`{"currencies":"USD"}`: {"CNY"},
	} {
		_, change, err := account.Open(flow, []byte(config), storetest.Application("demo"), "a1", storetest.Now)
		if diff := cmp.Diff(want, currencies(change)); diff != "" || err != nil {
			t.Errorf("%s: %s %v", config, diff, err)
		}
	}
	if !slices.Equal(flow.Currencies, []string{"CNY"}) {
		t.Error("the flow was changed")
	}
}

func TestStatement(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx, seeded := context.Background(), storetest.Seed(t, s)
		identifier := func(kind, plain string, state kyc.IdentifierState, login bool) kyc.SaveIdentifier {
			return kyc.SaveIdentifier{Identifier: kyc.Identifier{Tenant: "demo", ID: kyc.IdentifierID(storetest.ID()), Applicant: seeded.Applicant,
				Application: seeded.Application.ID, Kind: kind, Index: storetest.Hash(plain), Sealed: []byte(plain), State: state, Login: login}}
		}
		storetest.Commit(t, s, "demo",
			identifier("phone", "+8613800138000", kyc.Reserved, true),
			identifier("email", "anna@mail.example", kyc.Proved, true),
			identifier("email", "second@mail.example", kyc.Proved, false))
		app := seeded.Application
		app.Tier = "full"
		opened, change, err := account.Open(flow, []byte(`{"currencies":["USD"]}`), app, kyc.AccountID(storetest.ID()), storetest.Now)
		if err != nil {
			t.Fatal(err)
		}
		storetest.Commit(t, s, "demo", change...)
		teller := &account.Teller{Store: s, Flows: flows{flow}, Names: names{}, Mask: contact.Mask}
		got, err := teller.Statement(ctx, "demo", opened.ID)
		if err != nil {
			t.Fatal(err)
		}
		if got.Tier.ID != "full" || len(got.Higher) != 1 || got.Higher[0].ID != "gold" || got.Market != "mainland.title" {
			t.Errorf("%+v", got)
		}
		slices.SortFunc(got.Logins, func(a, b account.Login) int { return strings.Compare(string(b.Kind), string(a.Kind)) })
		if diff := cmp.Diff([]account.Login{{Kind: "phone", Masked: "+86 138****8000"}, {Kind: "email", Masked: contact.MaskEmail("anna@mail.example")}}, got.Logins); diff != "" {
			t.Error(diff)
		}
		if len(got.Balances) != 2 || got.Balances[0].Minor != 0 || got.Balances[1].Minor != 0 {
			t.Errorf("%+v", got.Balances)
		}

		// What an unknown tier may do nobody can say, so nothing is said.
		teller.Flows = flows{&kyc.Flow{Market: "mainland", Tiers: flow.Tiers[:1]}}
		if s, err := teller.Statement(ctx, "demo", opened.ID); kyc.CodeOf(err) != kyc.Internal || s != nil {
			t.Errorf("%+v %v", s, err)
		}
		if _, err := teller.Statement(ctx, "other", opened.ID); kyc.CodeOf(err) != kyc.NotFound {
			t.Errorf("another tenant: %v", err)
		}
	})
}
