package storetest

import (
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/store"
)

// rolloutsFollowEachOther: the newest change holds, older ones stay, and of two
// who change at once one is told.
func rolloutsFollowEachOther(t *testing.T, s *store.Store) {
	ctx := t.Context()
	Seed(t, s)
	first := kyc.Rollout{Tenant: "demo", Provider: "brazil", Number: 1, Version: "1.0.0", Action: "enabled", Why: "new", ByKind: "system", ByID: "office", At: Now}
	second := first
	second.Number, second.Canary, second.Share, second.Warm, second.Off = 2, "1.1.0", 20, "0.9.0", true
	fails(t, s, "demo", kyc.Conflict, "error.rollout_changed", kyc.SaveRollout{Rollout: second})
	Commit(t, s, "demo", kyc.SaveRollout{Rollout: first})
	other := first
	other.Provider = "chile"
	Commit(t, s, "demo", kyc.SaveRollout{Rollout: second}, kyc.SaveRollout{Rollout: other})
	fails(t, s, "demo", kyc.Conflict, "error.rollout_changed", kyc.SaveRollout{Rollout: second})
	now, err := s.Rollouts(ctx, "demo")
	if d := cmp.Diff([]kyc.Rollout{second, other}, now); d != "" || err != nil {
		t.Error(d, err)
	}
	history, err := s.RolloutHistory(ctx, "demo", "brazil", 0)
	if d := cmp.Diff([]kyc.Rollout{second, first}, history); d != "" || err != nil {
		t.Error(d, err)
	}
	errs := make([]error, 4)
	var wg sync.WaitGroup
	for i := range errs {
		third := second
		third.Number = 3
		wg.Go(func() { errs[i] = s.Commit(ctx, "demo", kyc.Change{kyc.SaveRollout{Rollout: third}}) })
	}
	wg.Wait()
	done := 0
	for _, err := range errs {
		if err == nil {
			done++
		} else if kyc.CodeOf(err) != kyc.Conflict {
			t.Error(err)
		}
	}
	if done != 1 {
		t.Errorf("%d of four changes with one number were made: %v", done, errs)
	}
}

// marketsHaveVersions: what is saved is in force, and what was in force is kept.
func marketsHaveVersions(t *testing.T, s *store.Store) {
	ctx := t.Context()
	Seed(t, s)
	first := kyc.MarketVersion{TenantMarket: kyc.TenantMarket{Tenant: "demo", Market: "brazil", Number: 1, Enabled: true, Config: []byte(`{"a":1}`)},
		ByKind: "staff", ByID: "s1", At: Now}
	second := first
	second.Number, second.Enabled, second.Config, second.Pinned, second.Back = 2, false, []byte(`{"a":2}`), "1.0.0", 1
	Commit(t, s, "demo", kyc.SaveMarketVersion{MarketVersion: first})
	if m, err := s.TenantMarket(ctx, "demo", "brazil"); err != nil || cmp.Diff(first.TenantMarket, m) != "" {
		t.Errorf("%+v %v", m, err)
	}
	fails(t, s, "demo", kyc.Conflict, "error.market_changed", kyc.SaveMarketVersion{MarketVersion: first})
	Commit(t, s, "demo", kyc.SaveMarketVersion{MarketVersion: second})
	if m, err := s.TenantMarket(ctx, "demo", "brazil"); err != nil || cmp.Diff(second.TenantMarket, m) != "" {
		t.Errorf("%+v %v", m, err)
	}
	history, err := s.MarketVersions(ctx, "demo", "brazil", 0)
	if d := cmp.Diff([]kyc.MarketVersion{second, first}, history); d != "" || err != nil {
		t.Error(d, err)
	}
	// However many choose the same or a channel, the last one's version is there.
	var many kyc.Change
	for n := range 510 {
		many = append(many, kyc.SaveTenantMarket{TenantMarket: kyc.TenantMarket{Tenant: "demo", Market: kyc.MarketID(fmt.Sprintf("aa%d", n)), Pinned: kyc.StableChannel}})
	}
	Commit(t, s, "demo", many...)
	pinned, err := s.Pinned(ctx)
	if d := cmp.Diff([]kyc.PinnedVersion{{Market: "brazil", Pinned: "1.0.0"}}, pinned); d != "" || err != nil {
		t.Error(d, err)
	}
	by, err := s.PinnedBy(ctx, "brazil", "1.0.0")
	if !slices.Equal(by, []kyc.TenantID{"demo"}) || err != nil {
		t.Error(by, err)
	}
	if by, err = s.PinnedBy(ctx, "brazil", "2.0.0"); len(by) != 0 || err != nil {
		t.Error(by, err)
	}
}

// boundVersionsAreCounted: an application that is over holds no version.
func boundVersionsAreCounted(t *testing.T, s *store.Store) {
	w := newWorld("demo")
	Commit(t, s, "demo", w.make()...)
	bound, err := s.BoundVersions(t.Context())
	if want := []kyc.BoundVersion{{Market: "mainland", Provider: "1.2.3", Count: 1}}; !slices.Equal(bound, want) || err != nil {
		t.Errorf("%v %v", bound, err)
	}
	over := w.application
	over.State = kyc.Rejected
	Commit(t, s, "demo", kyc.UpdateApplication{Application: over, Expect: over.Version})
	if bound, err = s.BoundVersions(t.Context()); len(bound) != 0 || err != nil {
		t.Errorf("%v %v", bound, err)
	}
}

func nodesReport(t *testing.T, s *store.Store) {
	ctx := t.Context()
	report := kyc.NodeReport{Node: "a", At: Now, States: []byte(`[]`)}
	lines := kyc.NodeLines{Node: "a", Provider: "brazil", At: Now, Lines: []byte(`["x"]`)}
	for range 2 { // replaced
		if err := s.SaveNodeReport(ctx, report); err != nil {
			t.Fatal(err)
		}
		if err := s.SaveNodeLines(ctx, lines); err != nil {
			t.Fatal(err)
		}
	}
	reports, err := s.NodeReports(ctx)
	if d := cmp.Diff([]kyc.NodeReport{report}, reports); d != "" || err != nil {
		t.Error(d, err)
	}
	kept, err := s.NodeLines(ctx, "brazil")
	if d := cmp.Diff([]kyc.NodeLines{lines}, kept); d != "" || err != nil {
		t.Error(d, err)
	}
	if err := s.ForgetNode(ctx, "a"); err != nil {
		t.Fatal(err)
	}
	if reports, err = s.NodeReports(ctx); len(reports) != 0 || err != nil {
		t.Errorf("a node that is gone still reports: %v %v", reports, err)
	}
	if kept, err = s.NodeLines(ctx, "brazil"); len(kept) != 0 || err != nil {
		t.Errorf("a node that is gone still writes: %v %v", kept, err)
	}
}
