package credential_test

import (
	"context"
	"crypto/rand"
	"sync"
	"testing"
	"time"

	"github.com/paifang/paifang/core/contact"
	"github.com/paifang/paifang/core/credential"
	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/store"
	"github.com/paifang/paifang/core/store/storetest"
	"github.com/paifang/paifang/core/vault"
)

var (
	_ credential.Store = (*store.Store)(nil)
	_ contact.Indexer  = (*vault.Vault)(nil)
	_ contact.Sealer   = (*vault.Vault)(nil)
)

// onDatabase is the sign-in of account holders over a store, without a vault.
func onDatabase(t *testing.T, s *store.Store, gate credential.Gate) *credential.AccountSessions {
	t.Helper()
	known, err := contact.LoadKnown()
	if err != nil {
		t.Fatal(err)
	}
	gate.Seals = envelope{}
	h := &house{}
	return &credential.AccountSessions{Gate: gate, House: s, Vault: envelope{}, Region: "CN", Names: h, Herald: h, Human: robots{}, Openings: &openings{credential.Opened{Flow: &kyc.Flow{}}},
		Codes:  &contact.Maker{Index: gate.Index, Sealer: envelope{}, IDs: gate.IDs, Random: gate.Random},
		Warden: &contact.Warden{Known: known, Store: s}}
}

// Signing in on both databases, with what strangers send to it.
func TestSignInOnDatabases(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx, seeded := context.Background(), storetest.Seed(t, s)
		hasher := credential.NewHasher(credential.Options{Random: rand.Reader, Cost: cheap})
		hash, err := hasher.Hash(ctx, password)
		if err != nil {
			t.Fatal(err)
		}
		index, _ := contact.IndexContact(ctx, prf{}, "demo", kyc.Phone, "+8613800138000")
		account := kyc.AccountID(storetest.ID())
		storetest.Commit(t, s, "demo",
			kyc.SaveStaff{Staff: kyc.Staff{Tenant: "demo", ID: kyc.StaffID(storetest.ID()), Login: "lena", Hash: hash, State: "active", Role: "reviewer"}},
			kyc.CreateAccount{Account: kyc.Account{Tenant: "demo", ID: account, Applicant: seeded.Applicant,
				Application: seeded.Application.ID, Market: "mainland", State: "active"}},
			kyc.SaveCredential{Credential: kyc.Credential{Tenant: "demo", Applicant: seeded.Applicant, Kind: kyc.LoginPassword, Hash: hash}},
			kyc.SaveIdentifier{Identifier: kyc.Identifier{Tenant: "demo", ID: kyc.IdentifierID(storetest.ID()), Applicant: seeded.Applicant,
				Application: seeded.Application.ID, Account: account, Kind: "phone", Index: index, State: kyc.Bound, Login: true}})
		now := storetest.Now.Time()
		gate := credential.Gate{Store: s, Index: prf{}, Hasher: hasher, Random: rand.Reader,
			Clock: func() time.Time { return now }, IDs: storetest.ID}
		people, staff := onDatabase(t, s, gate), credential.StaffSessions{Gate: gate}

		for _, name := range []string{"nobody", "", "\x00", "\xff\xfe", "+8613800138001", "x@example.com"} {
			if _, err := people.SignIn(ctx, "demo", name, password, credential.Client{Address: name}); keyOf(err) != "error.sign_in" {
				t.Errorf("%q: %v", name, err)
			}
			if _, err := staff.SignInStaff(ctx, "demo", name, password, credential.Client{Address: name}); keyOf(err) != "error.sign_in" {
				t.Errorf("staff %q: %v", name, err)
			}
		}
		signed, err := people.SignIn(ctx, "demo", "13800138000", password, credential.Client{})
		if err != nil {
			t.Fatal(err)
		}
		token := signed.Token
		now = now.Add(10 * time.Minute)
		var wg sync.WaitGroup // many requests touch one session at once
		for range 8 {
			wg.Go(func() {
				if id, err := people.Account(ctx, "demo", token); err != nil || id != account {
					t.Errorf("%q %v", id, err)
				}
			})
		}
		wg.Wait()
	})
}
