package credential

import (
	"testing"

	"github.com/paifang/paifang/core/kyc"
)

// FuzzTokens: a token that is read names a tenant that can be one, and no hash that
// somebody made up is taken for one of ours beyond its bounds.
func FuzzTokens(f *testing.F) {
	for _, s := range []string{"ht.demo.abc", "dt.demo.x", "st..", "ht.demo.a.b", "ht.DEMO.x", "$argon2id$v=19$m=19456,t=2,p=1$AAAA$AAAA", "$argon2id$v=19$m=4294967295,t=1,p=1$$", "\xff.\x00."} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, kind := range []string{HolderToken, "dt", "st"} {
			tenant, secret, ok := ParseToken(kind, s)
			if !ok {
				continue
			}
			if _, err := kyc.ParseTenantID(string(tenant)); err != nil || len(secret) != 32 {
				t.Errorf("%q names the tenant %q", s, tenant)
			}
		}
		_, _ = parsePHC(s)
	})
}
