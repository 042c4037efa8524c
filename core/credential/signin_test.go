package credential_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/paifang/paifang/core/credential"
	"github.com/paifang/paifang/core/kyc"
)

func TestSignIn(t *testing.T) {
	ctx, f := context.Background(), build(t)
	for _, name := range []string{"13800138000", "+86 138 0013 8000", "Anna@Example.com", "ａｎｎａ＠example.com"} {
		signed, err := f.accounts.SignIn(ctx, "demo", name, password, credential.Client{Address: "192.0.2.1"})
		token := signed.Token
		if err != nil || !strings.HasPrefix(token, "st.demo.") || f.lastAction() != "session.started" {
			t.Fatalf("%q: %v", name, err)
		}
		if id, err := f.accounts.Account(ctx, "demo", token); err != nil || id != "acc" {
			t.Errorf("%q: %q %v", name, id, err)
		}
		if _, err := f.accounts.Account(ctx, "other", token); keyOf(err) != "error.signed_out" {
			t.Errorf("session passed at another tenant: %v", err)
		}
		if _, err := f.staff.StaffOf(ctx, token); keyOf(err) != "error.signed_out" {
			t.Errorf("an account's session passed for staff: %v", err)
		}
	}
	for _, c := range [][2]string{{"13800138000", "wrong"}, {"13800138001", password}, {"nobody", password}, {"", ""},
		{"bob@example.com", password}, {strings.Repeat("x", 1_000_000), "\xff"}} {
		_, err := f.accounts.SignIn(ctx, "demo", c[0], c[1], credential.Client{Address: "192.0.2.2"})
		if kyc.CodeOf(err) != kyc.Unauthorized || keyOf(err) != "error.sign_in" || f.lastAction() != "session.refused" {
			t.Errorf("%.20q: %v", c[0], err)
		}
	}
	if _, err := f.accounts.SignIn(ctx, "other", "13800138000", password, credential.Client{}); keyOf(err) != "error.sign_in" {
		t.Errorf("signed in at another tenant: %v", err)
	}
	for _, line := range f.audit {
		if text := fmt.Sprint(line); strings.Contains(text, "138001") || strings.Contains(text, "example.com") {
			t.Errorf("personal data in %s", text)
		}
	}
}

func TestSignInFrozen(t *testing.T) {
	ctx, f := context.Background(), build(t)
	f.house.accounts["acc"] = kyc.Account{Tenant: "demo", ID: "acc", State: "frozen"}
	if _, err := f.accounts.SignIn(ctx, "demo", "13800138000", password, credential.Client{}); keyOf(err) != "error.account_frozen" {
		t.Error(err)
	}
	if _, err := f.accounts.SignIn(ctx, "demo", "13800138000", "wrong", credential.Client{}); keyOf(err) != "error.sign_in" {
		t.Errorf("a stranger learns that the account is frozen: %v", err)
	}
}

func TestSignInBudget(t *testing.T) {
	ctx, f := context.Background(), build(t)
	var err error
	for range 10 {
		if _, err = f.accounts.SignIn(ctx, "demo", "13800138000", "wrong", credential.Client{Address: "192.0.2.1"}); keyOf(err) != "error.sign_in" {
			t.Fatal(err)
		}
	}
	if _, err = f.accounts.SignIn(ctx, "demo", "+8613800138000", password, credential.Client{Address: "192.0.2.1"}); kyc.CodeOf(err) != kyc.Limited {
		t.Errorf("eleventh try: %v", err)
	}
	if _, err = f.accounts.SignIn(ctx, "demo", "13800138000", password, credential.Client{Address: "192.0.2.77"}); err != nil {
		t.Errorf("the person is locked out by a stranger elsewhere: %v", err)
	}
	f.now = f.now.Add(15 * time.Minute)
	if _, err = f.accounts.SignIn(ctx, "demo", "13800138000", password, credential.Client{Address: "192.0.2.1"}); err != nil {
		t.Errorf("the next window: %v", err)
	}
}

func TestRehash(t *testing.T) {
	ctx, f := context.Background(), build(t)
	f.accounts.Hasher = credential.NewHasher(credential.Options{Random: rand.Reader, Cost: credential.Cost{Memory: 128, Time: 1, Threads: 1}})
	for range 2 {
		if _, err := f.accounts.SignIn(ctx, "demo", "13800138000", password, credential.Client{}); err != nil {
			t.Fatal(err)
		}
	}
	login := slices.IndexFunc(f.credentials["p"], func(c kyc.Credential) bool { return c.Kind == kyc.LoginPassword })
	if got := f.credentials["p"][login].Hash; !strings.Contains(got, "m=128") {
		t.Error(got)
	}
}
