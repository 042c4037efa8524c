package credential_test

import (
	"context"
	"testing"
	"time"

	"github.com/paifang/paifang/core/credential"
	"github.com/paifang/paifang/core/kyc"
)

const fresh = "harbour violin 63 thistle"

// enters signs in with the password.
func (f *fixture) enters(t *testing.T, c credential.Client) credential.Signed {
	t.Helper()
	signed, err := f.accounts.SignIn(context.Background(), "demo", "13800138000", password, c)
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

func TestChangePassword(t *testing.T) {
	ctx, f := context.Background(), build(t)
	hash, _ := f.accounts.Hasher.Hash(ctx, "804213")
	f.credentials["p"][0].Hash = hash
	mine, other := f.enters(t, credential.Client{Address: owner}), f.enters(t, credential.Client{Address: owner})
	for weak, code := range map[string]string{"": "field.required", "short": "password.short", "Spartaque312": "password.breached", "my 13800138000": "password.contains_name"} {
		problems, err := f.accounts.ChangePassword(ctx, "demo", mine.Token, weak, credential.Client{})
		if err != nil || len(problems) != 1 || problems[0].Code != code || problems[0].Path != "password" {
			t.Errorf("%q: %v %v", weak, problems, err)
		}
	}
	f.told = nil
	if problems, err := f.accounts.ChangePassword(ctx, "demo", mine.Token, fresh, credential.Client{}); err != nil || len(problems) > 0 {
		t.Fatalf("%v %v", problems, err)
	}
	if len(f.told) != 1 || f.told[0] != "password_changed" {
		t.Errorf("told %v", f.told)
	}
	if _, err := f.accounts.Account(ctx, "demo", other.Token); keyOf(err) != "error.signed_out" {
		t.Errorf("another session lives on: %v", err)
	}
	if _, err := f.accounts.Account(ctx, "demo", mine.Token); err != nil {
		t.Error(err)
	}
	if _, err := f.accounts.SignIn(ctx, "demo", "13800138000", password, credential.Client{}); keyOf(err) != "error.sign_in" {
		t.Errorf("the old password: %v", err)
	}
	if _, err := f.accounts.SignIn(ctx, "demo", "13800138000", fresh, credential.Client{}); err != nil {
		t.Error(err)
	}
}

// Who signed in by a code alone, or a while ago, changes nothing without the password.
func TestChangesNeedMoreThanACode(t *testing.T) {
	ctx, f := context.Background(), build(t)
	client := credential.Client{Address: owner, Human: "solved"}
	asked, code, err := f.asks(t, "13800138000", client)
	if err != nil {
		t.Fatal(err)
	}
	signed, _, err := f.accounts.SignInByCode(ctx, "demo", asked.Ticket, code, client)
	if err != nil {
		t.Fatal(err)
	}
	try := func() string {
		_, err := f.accounts.ChangePassword(ctx, "demo", signed.Token, fresh, client)
		_, e := f.accounts.ChangePayment(ctx, "demo", signed.Token, "", "731904", client)
		if keyOf(err) != keyOf(e) {
			t.Errorf("%v, %v", err, e)
		}
		return keyOf(err)
	}
	if got := try(); got != "error.reauthentication_required" {
		t.Errorf("by a code: %s", got)
	}
	own, err := f.accounts.Security(ctx, "demo", signed.Token)
	if err != nil || own.May || own.Level != 1 || !own.Password || !own.Payment || len(own.Sessions) != 1 || own.Sessions[0].Place != owner {
		t.Errorf("%+v %v", own, err)
	}
	if err := f.accounts.Confirm(ctx, "demo", signed.Token, credential.Proof{Password: "wrong"}); keyOf(err) != "error.second_factor" {
		t.Errorf("a wrong password: %v", err)
	}
	if err := f.accounts.Confirm(ctx, "demo", signed.Token, credential.Proof{Password: password}); err != nil {
		t.Fatal(err)
	}
	if own, err = f.accounts.Security(ctx, "demo", signed.Token); err != nil || !own.May || own.Level != 2 {
		t.Errorf("a code and the password: %+v %v", own, err)
	}
	f.now = f.now.Add(credential.FreshFor)
	if got := try(); got != "error.reauthentication_required" {
		t.Errorf("ten minutes later: %s", got)
	}
	for range 10 {
		if err = f.accounts.Confirm(ctx, "demo", signed.Token, credential.Proof{Password: "wrong"}); err == nil {
			t.Fatal("a wrong password confirms")
		}
	}
	if err = f.accounts.Confirm(ctx, "demo", signed.Token, credential.Proof{Password: password}); kyc.CodeOf(err) != kyc.Limited {
		t.Errorf("the password is guessed at in a session without end: %v", err)
	}
	if _, err := f.accounts.SignIn(ctx, "demo", "13800138000", password, credential.Client{Address: owner}); err != nil {
		t.Errorf("and the owner is locked out by it: %v", err)
	}
}

// A session in the wrong hands guesses at the payment password a few times and shuts
// nobody out of paying.
func TestPaymentPasswordIsThrottled(t *testing.T) {
	ctx, f := context.Background(), build(t)
	hash, err := f.accounts.Hasher.Hash(ctx, "804213")
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range f.credentials["p"] {
		if c.Kind == kyc.PaymentPassword {
			f.credentials["p"][i].Hash = hash
		}
	}
	first := f.enters(t, credential.Client{Address: owner})
	mine := f.enters(t, credential.Client{Address: owner, Known: first.Known})
	tries := 0
	for range 8 { // sessions that a thief who knows the login password begins, a day long
		stolen := f.enters(t, credential.Client{Address: stranger})
		for range 6 {
			ok, err := f.accounts.CheckPayment(ctx, "demo", stolen.Token, "111222")
			if err == nil && !ok {
				tries++
			}
		}
		f.now = f.now.Add(16 * time.Minute)
	}
	if tries != 20 {
		t.Errorf("a thief tried %d times in two hours", tries)
	}
	mine = f.enters(t, credential.Client{Address: owner, Known: mine.Known})
	if ok, err := f.accounts.CheckPayment(ctx, "demo", mine.Token, "８０４２１３"); err != nil || !ok {
		t.Errorf("the owner on a known device: %v %v", ok, err)
	}
	for range 4 {
		_, _ = f.accounts.CheckPayment(ctx, "demo", mine.Token, "111222")
	}
	if _, err := f.accounts.CheckPayment(ctx, "demo", mine.Token, "804213"); kyc.CodeOf(err) != kyc.Limited {
		t.Errorf("a known device guesses without end: %v", err)
	}
}

func TestChangePayment(t *testing.T) {
	ctx, f := context.Background(), build(t)
	hash, _ := f.accounts.Hasher.Hash(ctx, "804213")
	f.credentials["p"][0].Hash = hash
	signed := f.enters(t, credential.Client{Address: owner})
	for _, c := range []struct{ current, pin, path, code string }{
		{"804213", "", "payment_password", "field.required"}, {"804213", "123456", "payment_password", "pin.simple"},
		{"804213", "138000", "payment_password", "pin.personal"}, {"731904", "731904", "current", "payment.wrong"}, {"", "731904", "current", "payment.wrong"}} {
		problems, err := f.accounts.ChangePayment(ctx, "demo", signed.Token, c.current, c.pin, credential.Client{})
		if err != nil || len(problems) != 1 || problems[0].Path != c.path || problems[0].Code != c.code {
			t.Errorf("%+v: %v %v", c, problems, err)
		}
	}
	f.told = nil
	if problems, err := f.accounts.ChangePayment(ctx, "demo", signed.Token, "804213", "731904", credential.Client{}); err != nil || len(problems) > 0 {
		t.Fatalf("%v %v", problems, err)
	}
	if len(f.told) != 1 || f.told[0] != "payment_changed" {
		t.Errorf("told %v", f.told)
	}
	if ok, err := f.accounts.CheckPayment(ctx, "demo", signed.Token, "731904"); err != nil || !ok {
		t.Errorf("%v %v", ok, err)
	}
}

func TestSessionsOfAnAccount(t *testing.T) {
	ctx, f := context.Background(), build(t)
	a, b, c := f.enters(t, credential.Client{Address: owner}), f.enters(t, credential.Client{Address: stranger}), f.enters(t, credential.Client{Address: stranger})
	own, err := f.accounts.Security(ctx, "demo", a.Token)
	if err != nil || len(own.Sessions) != 3 {
		t.Fatalf("%+v %v", own, err)
	}
	if err := f.accounts.Revoke(ctx, "demo", a.Token, "of-nobody", credential.Client{}); kyc.CodeOf(err) != kyc.NotFound {
		t.Errorf("%v", err)
	}
	seen, err := f.accounts.Security(ctx, "demo", b.Token)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range seen.Sessions {
		if s.Current {
			if err := f.accounts.Revoke(ctx, "demo", a.Token, s.ID, credential.Client{}); err != nil {
				t.Error(err)
			}
		}
	}
	if _, err := f.accounts.Account(ctx, "demo", b.Token); keyOf(err) != "error.signed_out" {
		t.Errorf("%v", err)
	}
	f.told = nil
	if err := f.accounts.Revoke(ctx, "demo", a.Token, "", credential.Client{}); err != nil || len(f.told) != 1 || f.told[0] != "sessions_ended" {
		t.Errorf("%v, told %v", err, f.told)
	}
	if _, err := f.accounts.Account(ctx, "demo", c.Token); keyOf(err) != "error.signed_out" {
		t.Errorf("%v", err)
	}
	if _, err := f.accounts.Account(ctx, "demo", a.Token); err != nil {
		t.Error(err)
	}
}

// Nobody is told of more than five new devices a day, and everybody signs in.
func TestNewDevicesAreToldOfBoundedly(t *testing.T) {
	f := build(t)
	for range 8 {
		f.enters(t, credential.Client{Address: owner})
		f.now = f.now.Add(15 * time.Minute)
	}
	if len(f.told) != 5 {
		t.Errorf("told %v", f.told)
	}
}

// Whoever has a session, be it by a code alone, freezes the account; a session that is
// left over then does nothing, and nobody begins another.
func TestFreezeOwnAccount(t *testing.T) {
	ctx, f := context.Background(), build(t)
	client := credential.Client{Address: owner, Human: "solved"}
	asked, code, err := f.asks(t, "13800138000", client)
	if err != nil {
		t.Fatal(err)
	}
	signed, _, err := f.accounts.SignInByCode(ctx, "demo", asked.Ticket, code, client)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.accounts.Freeze(ctx, "other", signed.Token, client); keyOf(err) != "error.signed_out" {
		t.Errorf("at another tenant: %v", err)
	}
	f.told = nil
	if err := f.accounts.Freeze(ctx, "demo", signed.Token, client); err != nil || len(f.told) != 1 || f.told[0] != "frozen by account" {
		t.Fatalf("%v, %v", err, f.told)
	}
	_, security := f.accounts.Security(ctx, "demo", signed.Token)
	_, pays := f.accounts.CheckPayment(ctx, "demo", signed.Token, "804213")
	_, signs := f.accounts.SignIn(ctx, "demo", "13800138000", password, client)
	for what, err := range map[string]error{"looks": security, "pays": pays, "signs in": signs, "confirms": f.accounts.Confirm(ctx, "demo", signed.Token, credential.Proof{Password: password})} {
		if keyOf(err) != "error.account_frozen" {
			t.Errorf("%s: %v", what, err)
		}
	}
}
