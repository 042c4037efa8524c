package credential_test

import (
	"encoding/json"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/paifang/paifang/core/audit"
	"github.com/paifang/paifang/core/credential"
	"github.com/paifang/paifang/core/factor"
	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/letter"
	"github.com/paifang/paifang/core/store"
	"github.com/paifang/paifang/core/store/storetest"
)

const another = "orbit teapot nineteen"

// letters are those of a kind that lie in the outbox, opened, the newest first.
func (d *desk) letters(template string) []kyc.MessageBody {
	d.t.Helper()
	found, err := d.store.Letters(d.t.Context(), "demo", template)
	ok(d.t, err)
	var out []kyc.MessageBody
	for _, m := range found {
		plain, err := d.Letters.Vault.UnsealTenant(d.t.Context(), "demo", kyc.SealedLetter(m.ID), m.Sealed)
		ok(d.t, err)
		var body kyc.MessageBody
		ok(d.t, json.Unmarshal(plain, &body))
		out = append(out, body)
	}
	return out
}

// reachable gives Lena an address.
func (d *desk) reachable() {
	d.t.Helper()
	email, err := d.Letters.Seal(d.t.Context(), "demo", d.lena.ID, "lena@example.com")
	ok(d.t, err)
	d.lena.Email = email
	storetest.Commit(d.t, d.store, "demo", kyc.SaveStaff{Staff: d.lena})
}

// link sends a link and gives its token.
func (d *desk) link(s kyc.Staff, purpose, template string) string {
	d.t.Helper()
	change, err := d.Letters.Link(d.t.Context(), s, purpose)
	ok(d.t, err)
	storetest.Commit(d.t, d.store, "demo", change...)
	return d.letters(template)[0].Params["token"]
}

func TestJoin(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d, ctx := newDesk(t, s), t.Context()
		nora := kyc.Staff{Tenant: "demo", ID: kyc.StaffID(storetest.ID()), Login: "nora@example.com", Name: "Nora", Role: "reviewer", Locale: "ar", State: kyc.StaffInvited}
		storetest.Commit(t, s, "demo", kyc.SaveStaff{Staff: nora})
		old := d.link(nora, letter.ToJoin, letter.Invited)
		token := d.link(nora, letter.ToJoin, letter.Invited)
		for _, bad := range []string{old, "", "x", token + "x"} { // one that was replaced is over
			_, err := d.Join(ctx, "demo", bad, another, credential.Client{})
			d.wants(err, "error.link_gone")
		}
		d.wants(d.SetForgotten(ctx, "demo", token, another), "error.link_gone") // of another purpose
		if who, err := d.Invited(ctx, "demo", token); err != nil || who.ID != nora.ID {
			t.Error(who, err)
		}
		_, err := d.SignInStaff(ctx, "demo", nora.Login, "", credential.Client{})
		d.wants(err, "error.sign_in")
		_, err = d.Join(ctx, "demo", token, "short", credential.Client{})
		d.wants(err, "problem.password.short") // the link stays good
		var all sync.WaitGroup
		entries := make(chan credential.Entry, 4)
		for range 4 {
			all.Go(func() {
				e, err := d.Join(ctx, "demo", token, another, credential.Client{})
				if err == nil {
					entries <- e
				} else if k := keyOf(err); k != "error.link_gone" && k != "error.staff_changed" {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if len(entries) != 1 {
			t.Fatalf("one invitation was taken up %d times", len(entries))
		}
		e := <-entries
		if e.Next != credential.NextEnrol {
			t.Errorf("%+v", e)
		}
		offer, err := d.OfferApp(ctx, e.Token, "")
		ok(t, err)
		_, err = d.EnrolApp(ctx, e.Token, offer.Ticket, d.code(offer.Secret), credential.Client{})
		ok(t, err)
		if _, err = d.SignInStaff(ctx, "demo", "Nora@Example.com", another, credential.Client{}); err != nil {
			t.Error(err)
		}
		if got := d.letters(letter.FactorAdded); len(got) != 1 || got[0].To != "nora@example.com" { // the login is an address
			t.Errorf("%+v", got)
		}
	})
}

func TestInvitationEnds(t *testing.T) {
	d, ctx := newDesk(t, storetest.SQLite(t)), t.Context()
	nora := kyc.Staff{Tenant: "demo", ID: kyc.StaffID(storetest.ID()), Login: "nora@example.com", State: kyc.StaffInvited, Role: "viewer"}
	storetest.Commit(t, d.store, "demo", kyc.SaveStaff{Staff: nora})
	token := d.link(nora, letter.ToJoin, letter.Invited)
	d.now = d.now.Add(letter.JoinLife)
	_, err := d.Join(ctx, "demo", token, another, credential.Client{})
	d.wants(err, "error.link_gone")
	token = d.link(nora, letter.ToJoin, letter.Invited)
	storetest.Commit(t, d.store, "demo", kyc.SetStaff{Tenant: "demo", ID: nora.ID, State: kyc.StaffDisabled})
	_, err = d.Join(ctx, "demo", token, another, credential.Client{})
	d.wants(err, "error.link_gone")
}

func TestForgotten(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d, ctx := newDesk(t, s), t.Context()
		d.reachable()
		session, secret, _ := d.enrol()
		for _, login := range []string{" LENA", "nobody", "", "\xff"} {
			ok(t, d.Forgot(ctx, "demo", login, credential.Client{Address: "192.0.2.1"}))
		}
		sent := d.letters(letter.Forgotten)
		if len(sent) != 1 || sent[0].To != "lena@example.com" {
			t.Fatalf("%+v", sent)
		}
		token := sent[0].Params["token"]
		if _, err := d.StaffOf(ctx, session); err != nil {
			t.Errorf("somebody who asks ends sessions: %v", err)
		}
		d.wants(d.SetForgotten(ctx, "demo", token, "short"), "problem.password.short")
		if who, err := d.Resetting(ctx, "demo", token); err != nil || who.ID != d.lena.ID {
			t.Error(who, err)
		}
		ok(t, d.SetForgotten(ctx, "demo", token, another))
		d.wants(d.SetForgotten(ctx, "demo", token, another), "error.link_gone")
		_, err := d.StaffOf(ctx, session)
		d.wants(err, "error.signed_out")
		_, err = d.SignInStaff(ctx, "demo", "lena", password, credential.Client{})
		d.wants(err, "error.sign_in")
		e, err := d.SignInStaff(ctx, "demo", "lena", another, credential.Client{})
		if err != nil || e.Next != credential.NextSecond { // as always
			t.Fatalf("%+v %v", e, err)
		}
		_, err = d.Second(ctx, e.Token, credential.Proof{Code: d.code(secret)}, credential.Client{})
		ok(t, err)
		if got := d.letters(letter.Password); len(got) != 1 {
			t.Errorf("%+v", got)
		}
	})
}

func TestForgottenIsBounded(t *testing.T) {
	d, ctx := newDesk(t, storetest.SQLite(t)), t.Context()
	d.reachable()
	for i := range 6 { // of one person silently: nobody learns that there is one
		ok(t, d.Forgot(ctx, "demo", "lena", credential.Client{Address: "192.0.2.1"}))
		if n := len(d.letters(letter.Forgotten)); n != min(i+1, 3) {
			t.Errorf("%d letters after %d wishes", n, i+1)
		}
	}
	links, err := d.store.StaffLinks(ctx, "demo", letter.ToReset)
	if err != nil || len(links) != 1 {
		t.Errorf("%d links are good, %v", len(links), err)
	}
	token := d.letters(letter.Forgotten)[0].Params["token"]
	d.now = d.now.Add(letter.ResetLife)
	d.wants(d.SetForgotten(ctx, "demo", token, another), "error.link_gone")
	d.now = storetest.Now.Time()
	for range 14 {
		ok(t, d.Forgot(ctx, "demo", "nobody", credential.Client{Address: "192.0.2.1"}))
	}
	if err := d.Forgot(ctx, "demo", "nobody", credential.Client{Address: "192.0.2.1"}); kyc.CodeOf(err) != kyc.Limited {
		t.Errorf("the twenty-first wish of one address: %v", err)
	}
}

// The time of the answer tells nobody whether there is such a login.
func TestForgottenTime(t *testing.T) {
	d, ctx := newDesk(t, storetest.SQLite(t)), t.Context()
	d.reachable()
	d.Pace = 150 * time.Millisecond
	for _, login := range []string{"lena", "nobody", "lena", "nobody"} {
		start := time.Now()
		ok(t, d.Forgot(ctx, "demo", login, credential.Client{Address: "192.0.2.1"}))
		if took := time.Since(start); took < d.Pace {
			t.Errorf("%s is answered after %v", login, took)
		}
	}
}

// Every change to how somebody signs in is told; a device once.
func TestNoticesOfSignIn(t *testing.T) {
	d, ctx := newDesk(t, storetest.SQLite(t)), t.Context()
	d.reachable()
	token, secret, codes := d.enrol()
	half := d.password(credential.NextSecond)
	_, err := d.Second(ctx, half, credential.Proof{Code: codes[0]}, credential.Client{})
	ok(t, err)
	half = d.password(credential.NextSecond)
	e, err := d.Second(ctx, half, credential.Proof{Code: d.code(secret)}, credential.Client{})
	if err != nil || e.Device == "" {
		t.Fatal(e, err)
	}
	known := e.Device
	half = d.password(credential.NextSecond)
	e, err = d.Second(ctx, half, credential.Proof{Code: d.code(secret)}, credential.Client{Known: known})
	if err != nil || e.Device != known {
		t.Error(e, err)
	}
	if n := len(d.letters(letter.Device)); n != 3 {
		t.Errorf("%d letters about new devices", n)
	}
	offer, err := d.OfferAnother(ctx, token, "")
	ok(t, err)
	ok(t, d.AddApp(ctx, token, offer.Ticket, d.code(offer.Secret), "", credential.Client{}))
	mine, err := d.Security(ctx, token)
	ok(t, err)
	ok(t, d.RemoveFactor(ctx, token, mine.Holds.Factors[0].ID))
	_, err = d.RenewRecovery(ctx, token)
	ok(t, err)
	ok(t, d.ChangePassword(ctx, token, another))
	for template, n := range map[string]int{letter.FactorAdded: 2, letter.RecoveryUsed: 1, letter.FactorRemoved: 1, letter.RecoveryRenewed: 1, letter.Password: 1} {
		if got := d.letters(template); len(got) != n || got[0].To != "lena@example.com" || len(got[0].Params) != 0 {
			t.Errorf("%s: %+v", template, got)
		}
	}
	var none *kyc.Error
	if errors.As(d.Forgot(ctx, "demo", "lena", credential.Client{}), &none) {
		t.Error(none)
	}
	lines, err := d.store.AuditLines(ctx, "demo", kyc.AuditFilter{}, "", 100)
	ok(t, err)
	for _, l := range lines {
		if l.Action == audit.PasswordForgotten {
			return
		}
	}
	t.Error("no line says that a link was asked for")
}

var _ factor.Store = (*store.Store)(nil)
