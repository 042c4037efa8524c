package credential_test

import (
	"context"
	"crypto/rand"
	"strings"
	"testing"
	"time"

	"github.com/paifang/paifang/core/audit"
	"github.com/paifang/paifang/core/credential"
	"github.com/paifang/paifang/core/kyc"
)

func TestTimeouts(t *testing.T) {
	ctx, f := context.Background(), build(t)
	for _, c := range []struct {
		idle, absolute time.Duration
		open           func() (string, error)
		use            func(string) error
	}{
		{30 * time.Minute, 12 * time.Hour,
			func() (string, error) {
				signed, err := f.accounts.SignIn(ctx, "demo", "13800138000", password, credential.Client{})
				return signed.Token, err
			},
			func(token string) error { _, err := f.accounts.Account(ctx, "demo", token); return err }},
	} {
		token, err := c.open()
		if err != nil {
			t.Fatal(err)
		}
		start := f.now
		for f.now.Sub(start) < c.absolute-c.idle {
			f.now = f.now.Add(c.idle - time.Second)
			if err := c.use(token); err != nil {
				t.Fatalf("after %v: %v", f.now.Sub(start), err)
			}
		}
		f.now = start.Add(c.absolute)
		if err := c.use(token); keyOf(err) != "error.signed_out" {
			t.Errorf("past its end: %v", err)
		}
		if token, err = c.open(); err != nil {
			t.Fatal(err)
		}
		f.now = f.now.Add(c.idle)
		if err := c.use(token); keyOf(err) != "error.signed_out" {
			t.Errorf("idle: %v", err)
		}
	}
}

func TestSignOut(t *testing.T) {
	ctx, f := context.Background(), build(t)
	signed, err := f.accounts.SignIn(ctx, "demo", "13800138000", password, credential.Client{})
	if err != nil {
		t.Fatal(err)
	}
	token := signed.Token
	for range 2 {
		if err := f.accounts.SignOut(ctx, "demo", token); err != nil {
			t.Fatal(err)
		}
		if _, err := f.accounts.Account(ctx, "demo", token); keyOf(err) != "error.signed_out" {
			t.Error(err)
		}
	}
	for _, token := range []string{"", "x", "dt.demo.x", "ht.demo." + strings.Repeat("A", 43), token, "dt" + token[2:], "dt.." + strings.Repeat("A", 43), "dt.demo." + strings.Repeat("A", 43)} {
		if _, err := f.staff.StaffOf(ctx, token); keyOf(err) != "error.signed_out" {
			t.Errorf("%q: %v", token, err)
		}
		if err := f.staff.SignOut(ctx, token); err != nil {
			t.Errorf("%q: %v", token, err)
		}
	}
}

// TestSignOutOfWhatEnded: a session that has ended by itself is not ended again, as the
// record would have it, whether its row was swept or not.
func TestSignOutOfWhatEnded(t *testing.T) {
	ctx, f := context.Background(), build(t)
	for _, later := range []time.Duration{30 * time.Minute, 12 * time.Hour} {
		signed, err := f.accounts.SignIn(ctx, "demo", "13800138000", password, credential.Client{})
		if err != nil {
			t.Fatal(err)
		}
		f.now = f.now.Add(later)
		before := f.count(audit.SessionEnded)
		if err := f.accounts.SignOut(ctx, "demo", signed.Token); err != nil {
			t.Fatal(err)
		}
		if n := f.count(audit.SessionEnded) - before; n != 0 {
			t.Errorf("after %v the record has %d ends", later, n)
		}
		if signed, err = f.accounts.SignIn(ctx, "demo", "13800138000", password, credential.Client{}); err != nil {
			t.Fatal(err)
		}
		if err := f.accounts.SignOut(ctx, "demo", signed.Token); err != nil || f.count(audit.SessionEnded) != before+1 {
			t.Errorf("a living session leaves %d ends, %v", f.count(audit.SessionEnded)-before, err)
		}
	}
}

func TestParseToken(t *testing.T) {
	token, save, err := credential.NewSession(rand.Reader, credential.KindStaff, "tenant-2", "s", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	tenant, hash, ok := credential.ParseToken(credential.StaffToken, token)
	if !ok || tenant != "tenant-2" || string(hash) != string(save.Hash) {
		t.Errorf("%q %v", tenant, ok)
	}
	if _, _, ok := credential.ParseToken(credential.HolderToken, token); ok {
		t.Error("a session passed for a holder token")
	}
	if _, _, ok := credential.ParseToken(credential.SessionToken, token); ok {
		t.Error("a session of staff passed for one of an account")
	}
	if credential.Alive(kyc.Session{Kind: "guest", Seen: kyc.At(time.Now()), Expires: kyc.At(time.Now().Add(time.Hour))}, time.Now()) {
		t.Error("a session of unknown kind lives")
	}
}
