package tenant_test

import (
	"context"
	"testing"
	"time"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/store"
	"github.com/paifang/paifang/core/tenant"
)

func TestStaffIdle(t *testing.T) {
	each(t, func(t *testing.T, o *tenant.Office, s *store.Store) {
		ctx := context.Background()
		found(t, o, "shop")
		for _, bad := range []time.Duration{time.Minute, 61 * time.Minute, -time.Minute, 150 * time.Second} {
			refused(t, o.SetStaffIdle(ctx, "shop", bad), kyc.Invalid, "whole minutes from 2 to 60")
		}
		refused(t, o.SetStaffIdle(ctx, "none", 5*time.Minute), kyc.NotFound, `no tenant "none"`)
		for _, good := range []time.Duration{5 * time.Minute, time.Hour, 0} {
			if err := o.SetStaffIdle(ctx, "shop", good); err != nil {
				t.Fatal(err)
			}
			if got, err := s.Tenant(ctx, "shop"); err != nil || got.StaffIdle != int64(good.Minutes()) || got.Name == "" {
				t.Errorf("%+v %v", got, err)
			}
		}
	})
}

func TestTellAfterProof(t *testing.T) {
	each(t, func(t *testing.T, o *tenant.Office, s *store.Store) {
		ctx := context.Background()
		refused(t, o.SetTellAfterProof(ctx, "none", true), kyc.NotFound, `no tenant "none"`)
		found(t, o, "shop")
		for _, after := range []bool{true, false} {
			if err := o.SetTellAfterProof(ctx, "shop", after); err != nil {
				t.Fatal(err)
			}
			if got, err := s.Tenant(ctx, "shop"); err != nil || got.TellAfterProof != after || got.Name == "" {
				t.Errorf("%+v %v", got, err)
			}
		}
	})
}
