package factor_test

import (
	"context"
	"testing"
	"time"

	"github.com/paifang/paifang/core/factor"
	"github.com/paifang/paifang/core/kyc"
)

// nothing is a store in which no question was asked and no passkey is.
type nothing struct{}

func (nothing) Factors(context.Context, kyc.TenantID, string, string) ([]kyc.Factor, error) {
	return nil, nil
}

func (nothing) FactorByLookup(context.Context, kyc.TenantID, string, []byte) (kyc.Factor, error) {
	return kyc.Factor{}, kyc.E(kyc.NotFound, "no such factor")
}

func (nothing) Commit(context.Context, kyc.TenantID, kyc.Change) error {
	return kyc.E(kyc.Gone, "it was not asked")
}

type noKeys struct{ factor.Vault }

func (noKeys) Index(context.Context, kyc.TenantID, string, string) ([]byte, error) {
	return []byte("index"), nil
}

// FuzzAnswers: what a browser answers is read before anybody has signed in;
// whatever it is, without a question it proves nothing and adds nothing.
func FuzzAnswers(f *testing.F) {
	const client = "eyJ0eXBlIjoid2ViYXV0aG4uZ2V0IiwiY2hhbGxlbmdlIjoiQUFBQSIsIm9yaWdpbiI6Imh0dHBzOi8vaWQuZXhhbXBsZS5jb20ifQ"
	for _, s := range []string{"", "{}", "[]", "null", `{"id":"AAAA","rawId":"AAAA","type":"public-key","response":{"clientDataJSON":"` + client + `","authenticatorData":"` +
		"SZYN5YgOjGh0NBcPZHZgW4_krrmihjLHmVzzuoMdl2MBAAAAAQ" + `","signature":"AAAA","userHandle":"AAAA"}}`,
		`{"id":"AAAA","rawId":"AAAA","type":"public-key","response":{"clientDataJSON":"` + client + `","attestationObject":"o2NmbXRkbm9uZWdhdHRTdG10oGhhdXRoRGF0YVgA"}}`} {
		f.Add([]byte(s))
	}
	k := &factor.Keeper{Store: nothing{}, Vault: noKeys{}, Clock: func() time.Time { return time.Unix(1_800_000_000, 0) },
		IDs: func() string { return "id" }, Site: factor.SiteOf("https://id.example.com", nil)}
	subject := factor.Subject{Tenant: "demo", Of: "staff", ID: "lena"}
	f.Fuzz(func(t *testing.T, answer []byte) {
		if change, err := k.AddPasskey(t.Context(), subject, answer, "key"); err == nil {
			t.Errorf("%q adds a passkey: %v", answer, change)
		}
		_, _, ok, _ := k.WhosePasskey(t.Context(), "demo", "staff", answer, func(context.Context, string) (factor.Subject, error) { return subject, nil })
		if ok {
			t.Errorf("%q proves somebody", answer)
		}
	})
}
