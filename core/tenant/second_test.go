package tenant_test

import (
	"context"
	"testing"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/store"
	"github.com/paifang/paifang/core/tenant"
)

func TestTwoFrom(t *testing.T) {
	each(t, func(t *testing.T, o *tenant.Office, s *store.Store) {
		ctx := context.Background()
		found(t, o, "shop")
		for _, bad := range []string{"", "low", "never"} { // that high risks take two is nobody's to switch off
			refused(t, o.SetTwoFrom(ctx, "shop", bad), kyc.Invalid, `give "high" or "medium"`)
		}
		refused(t, o.SetTwoFrom(ctx, "none", kyc.MediumRisk), kyc.NotFound, `no tenant "none"`)
		for _, risk := range []string{kyc.MediumRisk, kyc.HighRisk} {
			if err := o.SetTwoFrom(ctx, "shop", risk); err != nil {
				t.Fatal(err)
			}
			if got, err := s.Tenant(ctx, "shop"); err != nil || got.TwoFrom != risk || got.Name == "" {
				t.Errorf("%+v %v", got, err)
			}
		}
	})
}
