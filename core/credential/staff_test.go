package credential_test

import (
	"context"
	"crypto/rand"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/keyset"

	"github.com/paifang/paifang/core/audit"
	"github.com/paifang/paifang/core/contact"
	"github.com/paifang/paifang/core/credential"
	"github.com/paifang/paifang/core/factor"
	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/letter"
	"github.com/paifang/paifang/core/store"
	"github.com/paifang/paifang/core/store/storetest"
	"github.com/paifang/paifang/core/vault"
)

// desk is the sign-in of staff over a real store and vault.
type desk struct {
	credential.StaffSessions
	t     *testing.T
	now   time.Time
	store *store.Store
	lena  kyc.Staff
}

func newDesk(t *testing.T, s *store.Store) *desk {
	t.Helper()
	handle, err := keyset.NewHandle(aead.AES256GCMKeyTemplate())
	ok(t, err)
	master, err := aead.New(handle)
	ok(t, err)
	d := &desk{t: t, now: storetest.Now.Time(), store: s}
	clock := func() time.Time { return d.now }
	v := vault.New(vault.Config{Master: master, Keys: s, Clock: clock})
	keys, err := v.NewTenant(t.Context(), "demo")
	ok(t, err)
	hasher := credential.NewHasher(credential.Options{Random: rand.Reader, Cost: cheap})
	hash, err := hasher.Hash(t.Context(), password)
	ok(t, err)
	d.lena = kyc.Staff{Tenant: "demo", ID: kyc.StaffID(storetest.ID()), Login: "lena", Name: "Lena", Hash: hash, State: "active", Role: "reviewer", Locale: "fr"}
	storetest.Commit(t, s, "demo", kyc.SaveTenant{Tenant: kyc.Tenant{ID: "demo", Name: "Demo: Market", Locales: kyc.LocaleList{"en"}}},
		kyc.SaveTenantKeys{TenantKeys: keys}, kyc.SaveStaff{Staff: d.lena})
	d.StaffSessions = credential.StaffSessions{Gate: credential.Gate{Store: s, Index: v, Hasher: hasher, Random: rand.Reader, Seals: v, Clock: clock, IDs: storetest.ID},
		House: s, Rules: rules, Letters: &letter.Writer{Vault: v, Clock: clock, IDs: storetest.ID, Random: rand.Reader}, Factors: &factor.Keeper{Store: s, Vault: v, Clock: clock, IDs: storetest.ID, Random: rand.Reader}}
	return d
}

func rules(p string, _ kyc.Staff) error {
	if len(p) < 12 {
		return kyc.EKey(kyc.Invalid, "problem.password.short", "short")
	}
	return nil
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (d *desk) wants(err error, key string) {
	d.t.Helper()
	if keyOf(err) != key {
		d.t.Errorf("%v, want %s", err, key)
	}
}

// password shows the password.
func (d *desk) password(next credential.Next) string {
	d.t.Helper()
	e, err := d.SignInStaff(d.t.Context(), "demo", " LENA", password, credential.Client{Address: "192.0.2.1", Agent: "Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0"})
	ok(d.t, err)
	if e.Next != next || !strings.HasPrefix(e.Token, "dp.demo.") {
		d.t.Fatalf("the password leads to %+v", e)
	}
	return e.Token
}

// code is a code of the app that was not used yet.
func (d *desk) code(secret string) string {
	d.t.Helper()
	d.now = d.now.Add(factor.Period)
	code, err := factor.CodeAt(strings.ReplaceAll(secret, " ", ""), d.now.Unix()/30)
	ok(d.t, err)
	return code
}

// enrol signs in for the first time: token, secret, recovery codes.
func (d *desk) enrol() (token, secret string, codes []string) {
	d.t.Helper()
	half := d.password(credential.NextEnrol)
	offer, err := d.OfferApp(d.t.Context(), half, "")
	ok(d.t, err)
	done, err := d.EnrolApp(d.t.Context(), half, offer.Ticket, d.code(offer.Secret), credential.Client{})
	ok(d.t, err)
	return done.Token, offer.Secret, done.Codes
}

func TestStaffEnrolFirst(t *testing.T) {
	d, ctx := newDesk(t, storetest.SQLite(t)), context.Background()
	half := d.password(credential.NextEnrol)
	for _, token := range []string{half, strings.Replace(half, "dp.", "dt.", 1)} {
		_, err := d.StaffOf(ctx, token)
		d.wants(err, "error.signed_out")
		d.wants(d.Fresh(ctx, token), "error.signed_out")
	}
	_, err := d.Second(ctx, half, credential.Proof{Code: "000000"}, credential.Client{})
	d.wants(err, "error.signed_out") // there is nothing to show yet
	offer, err := d.OfferApp(ctx, half, "")
	ok(t, err)
	again, err := d.OfferApp(ctx, half, offer.Ticket)
	ok(t, err)
	if again.Secret != offer.Secret || !strings.HasPrefix(offer.URI, "otpauth://totp/Demo%20%20Market:lena?issuer=Demo%20%20Market&secret=") {
		t.Errorf("%q, again %q, %s", offer.Secret, again.Secret, offer.URI)
	}
	for _, bad := range [][2]string{{offer.Ticket, "000000"}, {offer.Ticket, ""}, {"", "123456"}, {"rubbish", "123456"}, {offer.Ticket + "A", "123456"}} {
		if _, err := d.EnrolApp(ctx, half, bad[0], bad[1], credential.Client{}); kyc.CodeOf(err) != kyc.Invalid {
			t.Errorf("%q: %v", bad, err)
		}
	}
	other := d.password(credential.NextEnrol)
	done, err := d.EnrolApp(ctx, half, offer.Ticket, d.code(offer.Secret), credential.Client{})
	ok(t, err)
	if who, err := d.StaffOf(ctx, done.Token); err != nil || who.ID != d.lena.ID || len(done.Codes) != factor.Codes {
		t.Errorf("%+v %v %q", who, err, done.Codes)
	}
	for _, token := range []string{half, other} { // of the sign-in, and of another one that waited
		_, err = d.OfferApp(ctx, token, "")
		d.wants(err, "error.signed_out")
	}
	d.password(credential.NextSecond)
}

func TestStaffSecondFactor(t *testing.T) {
	d, ctx := newDesk(t, storetest.SQLite(t)), context.Background()
	_, secret, codes := d.enrol()
	half := d.password(credential.NextSecond)
	for _, wrong := range []string{"", "000000", "abcd-efgh-jkmn", strings.Repeat("9", 1000), "\xff"} {
		_, err := d.Second(ctx, half, credential.Proof{Code: wrong, Password: password}, credential.Client{})
		d.wants(err, "error.second_factor")
	}
	code := d.code(secret)
	entry, err := d.Second(ctx, half, credential.Proof{Code: code[:3] + " " + code[3:]}, credential.Client{})
	ok(t, err)
	if _, err := d.StaffOf(ctx, entry.Token); err != nil || entry.Left != -1 {
		t.Errorf("%+v %v", entry, err)
	}
	_, err = d.Second(ctx, half, credential.Proof{Code: d.code(secret)}, credential.Client{})
	d.wants(err, "error.signed_out") // the password's token is used up

	half = d.password(credential.NextSecond)
	last, err := factor.CodeAt(strings.ReplaceAll(secret, " ", ""), d.now.Unix()/30-1)
	ok(t, err)
	for _, old := range []string{code, last} { // replayed; of a period before the used one
		_, err = d.Second(ctx, half, credential.Proof{Code: old}, credential.Client{})
		d.wants(err, "error.second_factor")
	}
	entry, err = d.Second(ctx, half, credential.Proof{Code: " " + strings.ToUpper(strings.ReplaceAll(codes[3], "-", " ")) + " "}, credential.Client{})
	ok(t, err)
	if entry.Left != factor.Codes-1 {
		t.Errorf("%d recovery codes are left", entry.Left)
	}
	_, err = d.Second(ctx, d.password(credential.NextSecond), credential.Proof{Code: codes[3]}, credential.Client{})
	d.wants(err, "error.second_factor")
}

// A code that arrives many times at once counts once.
func TestOneCodeOneSession(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d := newDesk(t, s)
		_, secret, _ := d.enrol()
		var halves []string
		for range 5 {
			halves = append(halves, d.password(credential.NextSecond))
		}
		code := d.code(secret)
		var all sync.WaitGroup
		tokens := make(chan string, len(halves))
		for _, half := range halves {
			all.Go(func() {
				entry, err := d.Second(context.Background(), half, credential.Proof{Code: code}, credential.Client{})
				if err == nil {
					tokens <- entry.Token
				} else if k := keyOf(err); k != "error.code_used" && k != "error.second_factor" {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if len(tokens) != 1 {
			t.Errorf("one code opened %d sessions", len(tokens))
		}
	})
}

func TestSecondFactorBudget(t *testing.T) {
	d, ctx := newDesk(t, storetest.SQLite(t)), context.Background()
	_, secret, _ := d.enrol()
	half, here, there := d.password(credential.NextSecond), credential.Client{Address: "192.0.2.9"}, credential.Client{Address: "198.51.100.7"}
	for range 10 {
		_, err := d.Second(ctx, half, credential.Proof{Code: "000000"}, here)
		d.wants(err, "error.second_factor")
	}
	if _, err := d.Second(ctx, half, credential.Proof{Code: d.code(secret)}, here); kyc.CodeOf(err) != kyc.Limited {
		t.Errorf("the eleventh code: %v", err)
	}
	if _, err := d.Second(ctx, half, credential.Proof{Code: d.code(secret)}, there); err != nil {
		t.Errorf("somebody who guesses elsewhere locks the person out: %v", err)
	}
}

func TestStaffTimeouts(t *testing.T) {
	d, ctx := newDesk(t, storetest.SQLite(t)), context.Background()
	token, secret, _ := d.enrol()
	start := d.now
	for d.now.Sub(start) < 12*time.Hour-15*time.Minute {
		d.now = d.now.Add(15*time.Minute - time.Second)
		if _, err := d.StaffOf(ctx, token); err != nil {
			t.Fatalf("after %v: %v", d.now.Sub(start), err)
		}
	}
	d.now = start.Add(12 * time.Hour)
	_, err := d.StaffOf(ctx, token)
	d.wants(err, "error.signed_out")

	storetest.Commit(t, d.store, "demo", kyc.SaveTenant{Tenant: kyc.Tenant{ID: "demo", Name: "Demo", Locales: kyc.LocaleList{"en"}, StaffIdle: 5}})
	half := d.password(credential.NextSecond)
	entry, err := d.Second(ctx, half, credential.Proof{Code: d.code(secret)}, credential.Client{})
	ok(t, err)
	d.now = d.now.Add(5*time.Minute - time.Second)
	if _, err := d.StaffOf(ctx, entry.Token); err != nil {
		t.Error(err)
	}
	d.now = d.now.Add(5 * time.Minute)
	_, err = d.StaffOf(ctx, entry.Token)
	d.wants(err, "error.signed_out")

	half = d.password(credential.NextSecond)
	d.now = d.now.Add(10 * time.Minute)
	_, err = d.Second(ctx, half, credential.Proof{Code: d.code(secret)}, credential.Client{})
	d.wants(err, "error.signed_out")
}

func TestStaffDisabled(t *testing.T) {
	d, ctx := newDesk(t, storetest.SQLite(t)), context.Background()
	token, secret, _ := d.enrol()
	half := d.password(credential.NextSecond)
	storetest.Commit(t, d.store, "demo", kyc.SetStaff{Tenant: "demo", ID: d.lena.ID, State: "disabled"})
	_, err := d.StaffOf(ctx, token)
	d.wants(err, "error.signed_out")
	_, err = d.Second(ctx, half, credential.Proof{Code: d.code(secret)}, credential.Client{})
	d.wants(err, "error.signed_out")
	for _, c := range [][2]string{{"lena", password}, {"lena", "wrong"}, {"nobody", password}, {"", ""}} {
		_, err := d.SignInStaff(ctx, "demo", c[0], c[1], credential.Client{})
		d.wants(err, "error.sign_in")
	}
}

// Fresh for ten minutes since it was relied on, for an hour since it was shown.
func TestFresh(t *testing.T) {
	d, ctx := newDesk(t, storetest.SQLite(t)), context.Background()
	token, secret, _ := d.enrol()
	shown := d.now
	for d.now.Sub(shown) < credential.FreshAtMost-9*time.Minute {
		d.now = d.now.Add(9 * time.Minute)
		if err := d.Fresh(ctx, token); err != nil {
			t.Fatalf("after %v: %v", d.now.Sub(shown), err)
		}
	}
	d.now = shown.Add(credential.FreshAtMost)
	d.wants(d.Fresh(ctx, token), "error.reauthentication_required")
	d.wants(d.Confirm(ctx, token, credential.Proof{Password: "wrong"}, credential.Client{}), "error.second_factor")
	d.wants(d.Confirm(ctx, token, credential.Proof{}, credential.Client{}), "error.second_factor")
	d.wants(d.Fresh(ctx, token), "error.reauthentication_required")
	for _, by := range []string{"password", "code"} {
		proof := credential.Proof{Password: password}
		if by == "code" {
			proof = credential.Proof{Code: d.code(secret)}
		}
		ok(t, d.Confirm(ctx, token, proof, credential.Client{}))
		ok(t, d.Fresh(ctx, token))
		d.now = d.now.Add(credential.FreshFor)
		d.wants(d.Fresh(ctx, token), "error.reauthentication_required")
		if _, err := d.StaffOf(ctx, token); err != nil {
			t.Fatalf("the session ended with it: %v", err)
		}
	}
	d.wants(d.Fresh(ctx, "dt.demo.x"), "error.signed_out")
}

// What signing in leaves in the record has no secret and no name in it.
func TestStaffAudit(t *testing.T) {
	d, ctx := newDesk(t, storetest.SQLite(t)), context.Background()
	token, _, codes := d.enrol()
	_, _ = d.Second(ctx, d.password(credential.NextSecond), credential.Proof{Code: "000000"}, credential.Client{})
	_, err := d.Second(ctx, d.password(credential.NextSecond), credential.Proof{Code: codes[0]}, credential.Client{})
	ok(t, err)
	ok(t, d.Confirm(ctx, token, credential.Proof{Password: password}, credential.Client{}))
	lines, err := d.store.AuditLines(ctx, "demo", kyc.AuditFilter{}, "", 100)
	ok(t, err)
	seen := map[string]bool{}
	for _, line := range lines {
		if err := audit.Check(line); err != nil && line.Actor.Kind == "staff" {
			t.Error(err)
		}
		seen[line.Action] = true
	}
	for _, want := range []string{audit.FactorAdded, audit.FactorRefused, audit.RecoveryUsed, audit.StaffConfirmed, audit.SessionStarted} {
		if !seen[want] {
			t.Errorf("no line says %s", want)
		}
	}
}

var _ contact.Indexer = (*vault.Vault)(nil)

// second signs in with the password and a code of the app.
func (d *desk) second(secret string) string {
	d.t.Helper()
	e, err := d.Second(d.t.Context(), d.password(credential.NextSecond), credential.Proof{Code: d.code(secret)}, credential.Client{Agent: "curl/8"})
	ok(d.t, err)
	return e.Token
}

func TestOwnSessions(t *testing.T) {
	d, ctx := newDesk(t, storetest.SQLite(t)), context.Background()
	one, secret, _ := d.enrol()
	two, three := d.second(secret), d.second(secret)
	mine, err := d.Security(ctx, one)
	ok(t, err)
	newest := credential.SeenSession{}
	for _, x := range mine.Sessions {
		if x.Created > newest.Created {
			newest = x
		}
		if x.Current != (x.Agent == "") {
			t.Errorf("%+v", x)
		}
	}
	if len(mine.Sessions) != 3 || newest.Agent != "curl" {
		t.Fatalf("%+v", mine.Sessions)
	}
	d.wants(d.Revoke(ctx, one, "somebody else's"), "error.not_found")
	ok(t, d.Revoke(ctx, one, newest.ID))
	_, err = d.StaffOf(ctx, three)
	d.wants(err, "error.signed_out")
	half := d.password(credential.NextSecond)
	ok(t, d.Revoke(ctx, one, ""))
	for _, token := range []string{two, half} {
		_, err = d.Second(ctx, token, credential.Proof{Code: d.code(secret)}, credential.Client{})
		d.wants(err, "error.signed_out")
		_, err = d.StaffOf(ctx, token)
		d.wants(err, "error.signed_out")
	}
	if _, err = d.StaffOf(ctx, one); err != nil {
		t.Errorf("one's own session ended: %v", err)
	}
}

func TestOwnFactors(t *testing.T) {
	d, ctx := newDesk(t, storetest.SQLite(t)), context.Background()
	token, secret, codes := d.enrol()
	mine, err := d.Security(ctx, token)
	ok(t, err)
	d.wants(d.RemoveFactor(ctx, token, mine.Holds.Factors[0].ID), "error.last_factor")
	d.wants(d.RemoveFactor(ctx, token, "another's"), "error.not_found")

	offer, err := d.OfferAnother(ctx, token, "")
	ok(t, err)
	d.wants(d.AddApp(ctx, token, offer.Ticket, "000000", "", credential.Client{}), "error.code_wrong")
	ok(t, d.AddApp(ctx, token, offer.Ticket, d.code(offer.Secret), "Work phone\x00", credential.Client{}))
	d.wants(d.AddApp(ctx, token, offer.Ticket, d.code(offer.Secret), "twice", credential.Client{}), "error.factor_taken")
	other := d.second(offer.Secret)
	ok(t, d.RemoveFactor(ctx, token, mine.Holds.Factors[0].ID))
	_, err = d.StaffOf(ctx, other)
	d.wants(err, "error.signed_out") // begun before the removal
	_, err = d.Second(ctx, d.password(credential.NextSecond), credential.Proof{Code: d.code(secret)}, credential.Client{})
	d.wants(err, "error.second_factor")

	fresh, err := d.RenewRecovery(ctx, token)
	ok(t, err)
	_, err = d.Second(ctx, d.password(credential.NextSecond), credential.Proof{Code: codes[0]}, credential.Client{})
	d.wants(err, "error.second_factor")
	_, err = d.Second(ctx, d.password(credential.NextSecond), credential.Proof{Code: fresh[0]}, credential.Client{})
	ok(t, err)
	mine, err = d.Security(ctx, token)
	if err != nil || mine.Holds.Recovery != factor.Codes-1 || len(mine.Holds.Factors) != 1 || mine.Holds.Factors[0].Name != "Work phone" {
		t.Errorf("%+v %v", mine.Holds, err)
	}
}

func TestOwnPassword(t *testing.T) {
	d, ctx := newDesk(t, storetest.SQLite(t)), context.Background()
	token, secret, _ := d.enrol()
	other := d.second(secret)
	d.wants(d.ChangePassword(ctx, token, "short"), "problem.password.short")
	ok(t, d.ChangePassword(ctx, token, "orbit teapot nineteen"))
	_, err := d.StaffOf(ctx, other)
	d.wants(err, "error.signed_out")
	if _, err = d.StaffOf(ctx, token); err != nil {
		t.Error(err)
	}
	_, err = d.SignInStaff(ctx, "demo", "lena", password, credential.Client{})
	d.wants(err, "error.sign_in")
	_, err = d.SignInStaff(ctx, "demo", "lena", "orbit teapot nineteen", credential.Client{})
	ok(t, err)
}
