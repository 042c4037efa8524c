package storetest

import (
	"testing"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/store"
)

func codesCountOnce(t *testing.T, s *store.Store) {
	w := newWorld("demo")
	Commit(t, s, "demo", w.make()...)
	use := kyc.UseFactor{Tenant: "demo", ID: w.factor.ID, Was: 7, Counter: 9, At: Now}
	if won := race(t, s, 12, kyc.Conflict, func(int) kyc.Change { return kyc.Change{use} }); won != 1 {
		t.Errorf("one code counted %d times", won)
	}
	code := kyc.Factor{Tenant: "demo", ID: ID(), Of: "staff", Subject: "s", Kind: kyc.FactorRecovery, Lookup: Hash("r"), Created: Now}
	Commit(t, s, "demo", kyc.SaveFactor{Factor: code})
	drop := kyc.DropFactor{Tenant: "demo", ID: code.ID}
	if won := race(t, s, 12, kyc.Conflict, func(int) kyc.Change { return kyc.Change{drop} }); won != 1 {
		t.Errorf("one recovery code counted %d times", won)
	}
	again := w.factor
	again.ID = ID()
	fails(t, s, "demo", kyc.Conflict, "error.factor_taken", kyc.SaveFactor{Factor: again})
	fails(t, s, "demo", kyc.Gone, "error.link_gone", kyc.UseStaffLink{Tenant: "demo", Hash: Hash("another")})
	asked := kyc.UseCeremony{Tenant: "demo", Hash: w.ceremony.Hash, Of: "staff", Subject: string(w.staff.ID), Purpose: "second", At: Now}
	for _, wrong := range []func(*kyc.UseCeremony){
		func(u *kyc.UseCeremony) { u.Hash = Hash("another") }, func(u *kyc.UseCeremony) { u.Of = "account" },
		func(u *kyc.UseCeremony) { u.Subject = "" }, func(u *kyc.UseCeremony) { u.Purpose = "alone" }, func(u *kyc.UseCeremony) { u.At = w.ceremony.Expires },
	} {
		other := asked
		wrong(&other)
		fails(t, s, "demo", kyc.Gone, "error.passkey_late", other)
	}
	if won := race(t, s, 12, kyc.Gone, func(int) kyc.Change { return kyc.Change{asked} }); won != 1 {
		t.Errorf("one question was answered %d times", won)
	}
	link := kyc.UseStaffLink{Tenant: "demo", Hash: w.link.Hash}
	if won := race(t, s, 12, kyc.Gone, func(int) kyc.Change { return kyc.Change{link} }); won != 1 {
		t.Errorf("one link opened %d times", won)
	}
}

func oneFactorStays(t *testing.T, s *store.Store) {
	w := newWorld("demo")
	Commit(t, s, "demo", w.make()...)
	other := w.factor
	other.ID, other.Kind, other.Lookup = ID(), kyc.FactorTOTP, nil
	code := other
	code.ID, code.Kind, code.Lookup = ID(), kyc.FactorRecovery, Hash("code")
	Commit(t, s, "demo", kyc.SaveFactor{Factor: other}, kyc.SaveFactor{Factor: code})
	// Two are removed at once: the row of the member, which both touch first, lets one after the other.
	ids := []string{w.factor.ID, other.ID}
	if won := race(t, s, 2, kyc.Conflict, func(i int) kyc.Change {
		return kyc.Change{kyc.SetStaff{Tenant: "demo", ID: w.staff.ID}, kyc.DropFactor{Tenant: "demo", ID: ids[i], Keep: true}}
	}); won != 1 {
		t.Errorf("%d of two factors were removed", won)
	}
	left, err := s.Factors(t.Context(), "demo", "staff", string(w.staff.ID))
	if err != nil || len(left) != 2 {
		t.Errorf("%d are left, %v", len(left), err)
	}
}

func sessionsOfASubjectEnd(t *testing.T, s *store.Store) {
	w := newWorld("demo")
	Commit(t, s, "demo", w.make()...)
	open := func(kind, subject, id string) kyc.Session {
		x := w.session
		x.Kind, x.Subject, x.ID, x.Hash = kind, subject, id, Hash(kind+subject+id)
		Commit(t, s, "demo", kyc.SaveSession{Session: x})
		return x
	}
	for _, id := range []string{"1", "2", "3"} {
		open("staff", "a", id)
	}
	mine := open("staff", "a", "mine")
	open("staff.second", "a", "4")
	open("staff", "b", "5")
	count := func(kind, subject string, want int) {
		t.Helper()
		if list, err := s.SessionsOf(t.Context(), "demo", kind, subject); err != nil || len(list) != want {
			t.Errorf("%s of %s: %d sessions, want %d, %v", kind, subject, len(list), want, err)
		}
	}
	Commit(t, s, "demo", kyc.DropSessions{Tenant: "demo", Kinds: []string{"staff"}, Subject: "b", ID: "2"})
	count("staff", "a", 4)
	Commit(t, s, "demo", kyc.DropSessions{Tenant: "demo", Kinds: []string{"staff"}, Subject: "a", ID: "2"})
	count("staff", "a", 3)
	Commit(t, s, "demo", kyc.FreshenSession{Tenant: "demo", Hash: mine.Hash, Fresh: Now + 5})
	if x, err := s.Session(t.Context(), "demo", mine.Hash, "staff"); err != nil || x.Fresh != Now+5 || x.Proved != mine.Proved {
		t.Errorf("%+v %v", x, err)
	}
	Commit(t, s, "demo", kyc.DropSessions{Tenant: "demo", Kinds: []string{"staff", "staff.second"}, Subject: "a", Except: mine.Hash})
	count("staff", "a", 1)
	count("staff.second", "a", 0)
	count("staff", "b", 1)
}

func signInCodesCountOnce(t *testing.T, s *store.Store) {
	w := newWorld("demo")
	Commit(t, s, "demo", w.make()...)
	asked := w.signin
	asked.ID, asked.Token, asked.Account, asked.Hash, asked.Tries = ID(), Hash("asked"), "", []byte{}, 0
	Commit(t, s, "demo", kyc.SaveSignInCode{SignInCode: asked})
	fill := kyc.FillSignInCode{Tenant: "demo", ID: asked.ID, Account: w.account.ID, Hash: Hash("code")}
	if won := race(t, s, 4, kyc.Conflict, func(int) kyc.Change { return kyc.Change{fill} }); won != 1 {
		t.Errorf("one code was drawn %d times", won)
	}
	try := kyc.TrySignInCode{Tenant: "demo", ID: asked.ID, Tries: 0}
	if won := race(t, s, 8, kyc.Conflict, func(int) kyc.Change { return kyc.Change{try} }); won != 1 {
		t.Errorf("%d tries at once counted as the first one", won)
	}
	use := kyc.UseSignInCode{Tenant: "demo", ID: asked.ID}
	if won := race(t, s, 8, kyc.Conflict, func(int) kyc.Change { return kyc.Change{use} }); won != 1 {
		t.Errorf("one code signed in %d times", won)
	}
}
