package storetest

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/store"
)

// budgetsAreTakenTogether: several in one change are counted at once or not at all,
// and the one that is used up is the one told.
func budgetsAreTakenTogether(t *testing.T, s *store.Store) {
	Seed(t, s)
	take := func(key, refusal string, limit, amount int64) kyc.TakeBudget {
		return kyc.TakeBudget{Tenant: "demo", Key: key, Start: Now, Window: time.Hour, Limit: limit, Amount: amount, Refusal: refusal}
	}
	used := func(want ...int64) {
		t.Helper()
		for i, key := range []string{"a", "b", "c"} {
			if n, err := s.BudgetUsed(t.Context(), "demo", key, Now); n != want[i] || err != nil {
				t.Errorf("of budget %s %d are used, %v, want %d", key, n, err, want[i])
			}
		}
	}
	three := kyc.Change{take("b", "error.b", 100, 60), take("a", "error.a", 3, 0), take("c", "error.c", 3, 0)}
	Commit(t, s, "demo", three...)
	used(1, 60, 1)
	fails(t, s, "demo", kyc.Limited, "error.b", three...) // 60 of the 40 that are left
	used(1, 60, 1)
	Commit(t, s, "demo", take("a", "error.a", 3, 2), take("b", "error.b", 100, 40))
	used(3, 100, 1)
	fails(t, s, "demo", kyc.Limited, "error.a", take("c", "error.c", 3, 0), take("a", "error.a", 3, 0))
	fails(t, s, "demo", kyc.Limited, "error.c", take("c", "error.c", 3, 4), take("a", "error.a", 9, 0))
	used(3, 100, 1)
	Commit(t, s, "demo", take("c", "error.c", 3, 0), take("c", "error.c", 3, 0)) // one of them twice
	used(3, 100, 3)
}

// onlyWhatDiffersIsWritten: an application that is updated with what it was is as
// whole as without.
func onlyWhatDiffersIsWritten(t *testing.T, s *store.Store) {
	app := Seed(t, s).Application
	was := app
	app.State, app.Requested, app.Updated = kyc.Submitted, kyc.StepList{"income"}, app.Updated+7
	Commit(t, s, "demo", kyc.UpdateApplication{Application: app, Expect: was.Version, Was: &was})
	app.Version = was.Version + 1
	got, err := s.Application(t.Context(), "demo", app.ID)
	if diff := cmp.Diff(app, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	// What it was is no condition: only the version is.
	stale := app
	stale.Tier, stale.State = "gold", kyc.Verifying
	fails(t, s, "demo", kyc.Conflict, "error.version_stale", kyc.UpdateApplication{Application: stale, Expect: was.Version, Was: &was})
	// Of another version nothing is known.
	Commit(t, s, "demo", kyc.UpdateApplication{Application: stale, Expect: app.Version, Was: &was})
	stale.Version = app.Version + 1
	got, err = s.Application(t.Context(), "demo", app.ID)
	if diff := cmp.Diff(stale, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}
