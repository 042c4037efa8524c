package credential_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"testing"
	"time"

	"github.com/paifang/paifang/core/credential"
	"github.com/paifang/paifang/core/kyc"
)

// envelope seals as the vault does: what was sealed elsewhere does not open.
type envelope struct{}

func (e envelope) Seal(ctx context.Context, tenant kyc.TenantID, a kyc.ApplicantID, column string, plain []byte) ([]byte, error) {
	return e.SealTenant(ctx, tenant, column+"/"+string(a), plain)
}

func (e envelope) Unseal(ctx context.Context, tenant kyc.TenantID, a kyc.ApplicantID, column string, sealed []byte) ([]byte, error) {
	return e.UnsealTenant(ctx, tenant, column+"/"+string(a), sealed)
}

func (envelope) SealTenant(_ context.Context, tenant kyc.TenantID, column string, plain []byte) ([]byte, error) {
	return append([]byte(string(tenant)+"|"+column+"|"), plain...), nil
}

func (envelope) UnsealTenant(_ context.Context, tenant kyc.TenantID, column string, sealed []byte) ([]byte, error) {
	plain, ok := bytes.CutPrefix(sealed, []byte(string(tenant)+"|"+column+"|"))
	if !ok {
		return nil, kyc.E(kyc.Internal, "does not open")
	}
	return plain, nil
}

// However many strangers guess at a name, from everywhere and from the owner's own
// address, the owner gets in on a device that is known; nobody else does.
func TestKnownDeviceIsNotLockedOut(t *testing.T) {
	ctx, f := context.Background(), build(t)
	known := func(name string) string {
		signed, err := f.accounts.SignIn(ctx, "demo", name, password, credential.Client{Address: "203.0.113.9"})
		if err != nil {
			t.Fatal(err)
		}
		return signed.Known
	}
	device, stranger := known("13800138000"), known("anna@example.com")
	raw, _ := base64.RawURLEncoding.DecodeString(device)
	elsewhere := base64.RawURLEncoding.EncodeToString(bytes.Replace(raw, []byte("demo|"), []byte("other|"), 1))
	for i := range 160 {
		from := credential.Client{Address: fmt.Sprintf("198.51.100.%d", i%8)}
		if i >= 60 {
			from.Address = "192.0.2.1" // the owner's
		}
		_, _ = f.accounts.SignIn(ctx, "demo", "13800138000", "wrong", from)
	}
	try := func(token string) error {
		_, err := f.accounts.SignIn(ctx, "demo", "+86 138 0013 8000", password, credential.Client{Address: "192.0.2.1", Known: token})
		return err
	}
	for name, token := range map[string]string{"none": "", "rubbish": "!!", "of another tenant": elsewhere, "of another name": stranger, "forged": "e30", "long": string(make([]byte, 5000))} {
		if err := try(token); kyc.CodeOf(err) != kyc.Limited {
			t.Errorf("with a token that is %s: %v", name, err)
		}
	}
	if err := try(device); err != nil {
		t.Errorf("the owner is locked out: %v", err)
	}
	// The device itself has a budget, however its token is spelled.
	for range 9 {
		_, _ = f.accounts.SignIn(ctx, "demo", "13800138000", "wrong", credential.Client{Known: device})
	}
	if err := try(device); kyc.CodeOf(err) != kyc.Limited {
		t.Errorf("a known device guesses without end: %v", err)
	}
	f.now = f.now.Add(credential.KnownFor)
	for range 11 {
		_, _ = f.accounts.SignIn(ctx, "demo", "13800138000", "wrong", credential.Client{Address: "192.0.2.1", Known: device})
	}
	if err := try(device); kyc.CodeOf(err) != kyc.Limited {
		t.Errorf("a device is known for ever: %v", err)
	}
	f.now = f.now.Add(time.Hour)
	if err := try(""); err != nil {
		t.Errorf("without a known device, an hour later: %v", err)
	}
}
