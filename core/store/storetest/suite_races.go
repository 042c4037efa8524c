package storetest

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/store"
)

// race commits n changes at once and counts how many succeed; the others must
// fail with the code.
func race(t *testing.T, s *store.Store, n int, loser kyc.Code, change func(i int) kyc.Change) int {
	t.Helper()
	var won atomic.Int64
	var all sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		all.Go(func() {
			<-start
			switch err := s.Commit(t.Context(), "demo", change(i)); {
			case err == nil:
				won.Add(1)
			case kyc.CodeOf(err) != loser:
				t.Errorf("change %d: %v", i, err)
			}
		})
	}
	close(start)
	all.Wait()
	return int(won.Load())
}

func budgetsHoldUnderLoad(t *testing.T, s *store.Store) {
	Seed(t, s)
	take := kyc.TakeBudget{Tenant: "demo", Key: "sms", Start: Now, Window: time.Hour, Limit: 10}
	job := kyc.Enqueue{Job: kyc.Job{Tenant: "demo", Kind: kyc.JobSend, Ref: "m"}}
	won := race(t, s, 40, kyc.Limited, func(int) kyc.Change { return kyc.Change{job, take} })
	used, err := s.BudgetUsed(t.Context(), "demo", "sms", Now)
	if won != 10 || used != 10 || jobs(t, s) != 10 || err != nil {
		t.Errorf("%d uses succeeded, %d counted, %d jobs, limit 10, %v", won, used, jobs(t, s), err)
	}
}

// moneyIsNeverOverspent: 64 at once take unequal amounts from a sum, and none
// takes what is not there.
func moneyIsNeverOverspent(t *testing.T, s *store.Store) {
	Seed(t, s)
	const limit = 1000
	spent := make([]int64, 64)
	race(t, s, len(spent), kyc.Limited, func(i int) kyc.Change {
		spent[i] = int64(20 + i%7*9)
		take := kyc.TakeBudget{Tenant: "demo", Key: "money", Start: Now, Window: time.Hour, Limit: limit, Amount: spent[i], Refusal: "error.later"}
		part := take
		part.Key = "money.phone.CN"
		return kyc.Change{part, take}
	})
	used, err := s.BudgetUsed(t.Context(), "demo", "money", Now)
	of, errOf := s.BudgetUsed(t.Context(), "demo", "money.phone.CN", Now)
	if err != nil || errOf != nil || used > limit || used <= limit-74 || of != used {
		t.Errorf("%d of %d are spent, %d in the region, %v, %v", used, limit, of, err, errOf)
	}
}

func budgetsArePutRight(t *testing.T, s *store.Store) {
	Seed(t, s)
	take := kyc.TakeBudget{Tenant: "demo", Key: "money", Start: Now, Window: time.Hour, Limit: 100, Amount: 60, Refusal: "error.later", Keep: time.Hour}
	Commit(t, s, "demo", take)
	fails(t, s, "demo", kyc.Limited, "error.later", take)
	Commit(t, s, "demo", kyc.AdjustBudget{Tenant: "demo", Key: "money", Start: Now, Amount: -30})
	Commit(t, s, "demo", take)
	Commit(t, s, "demo", kyc.AdjustBudget{Tenant: "demo", Key: "money", Start: Now, Amount: 500},
		kyc.AdjustBudget{Tenant: "demo", Key: "money", Start: Now - 1, Amount: 500}) // a window that is over
	if used, err := s.BudgetUsed(t.Context(), "demo", "money", Now); used != 590 || err != nil {
		t.Errorf("%d, %v", used, err)
	}
	Commit(t, s, "demo", kyc.AdjustBudget{Tenant: "demo", Key: "money", Start: Now, Amount: -1000})
	if used, err := s.BudgetUsed(t.Context(), "demo", "money", Now); used != 0 || err != nil {
		t.Errorf("%d, %v", used, err)
	}
	for _, wrong := range []int64{-1, 101} {
		bad := take
		bad.Amount = wrong
		if err := s.Commit(t.Context(), "demo", kyc.Change{bad}); err == nil {
			t.Errorf("an amount of %d was taken", wrong)
		}
	}
	end := Now + kyc.Millis(2*time.Hour/time.Millisecond)
	for _, at := range []kyc.Millis{end - 1, end} {
		if err := s.Sweep(t.Context(), at); err != nil {
			t.Fatal(err)
		}
		if left, err := s.BudgetCounts(t.Context(), "demo", []string{"money"}, 0); err != nil || (len(left) == 0) != (at == end) {
			t.Errorf("at %d: %v, %v", at-end, left, err)
		}
	}
}

func budgetsInAnyOrder(t *testing.T, s *store.Store) {
	Seed(t, s)
	take := func(i int) kyc.Write {
		return kyc.TakeBudget{Tenant: "demo", Key: fmt.Sprint(i), Start: Now, Window: time.Hour, Limit: 1000}
	}
	won := race(t, s, 40, "", func(i int) kyc.Change {
		if i%2 == 0 {
			return kyc.Change{take(1), take(2), take(3)}
		}
		return kyc.Change{take(3), take(2), take(1)}
	})
	if used, err := s.BudgetUsed(t.Context(), "demo", "2", Now); won != 40 || used != 40 || err != nil {
		t.Errorf("%d succeeded, %d counted, %v", won, used, err)
	}
}

// deadlocksAreTriedAgain lets changes lock two rows in opposite orders:
// PostgreSQL gives up on some of them, the store does not.
func deadlocksAreTriedAgain(t *testing.T, s *store.Store) {
	app := Seed(t, s).Application
	step := func(id kyc.StepID) kyc.Write {
		return kyc.SaveStep{StepRecord: kyc.StepRecord{Tenant: "demo", Application: app.ID, Step: id, State: kyc.StepDone}}
	}
	Commit(t, s, "demo", step("a"), step("b"))
	for range 5 {
		if won := race(t, s, 4, "", func(i int) kyc.Change {
			if i%2 == 0 {
				return kyc.Change{step("a"), step("b")}
			}
			return kyc.Change{step("b"), step("a")}
		}); won != 4 {
			t.Errorf("%d of 4 succeeded", won)
		}
	}
}

func tokensAreUsedOnce(t *testing.T, s *store.Store) {
	Seed(t, s)
	use := kyc.UseOnce{Tenant: "demo", Hash: Hash("assertion"), Expires: Now + 1000}
	if won := race(t, s, 20, kyc.Gone, func(int) kyc.Change { return kyc.Change{use} }); won != 1 {
		t.Errorf("used %d times", won)
	}
}

func onePhoneHasOneOwner(t *testing.T, s *store.Store) {
	Seed(t, s)
	const rivals = 16
	apps := make([]kyc.Application, rivals)
	for i := range apps {
		apps[i] = SeedApplication(t, s, "demo")
	}
	won := race(t, s, rivals, kyc.Conflict, func(i int) kyc.Change {
		return kyc.Change{kyc.SaveIdentifier{Identifier: kyc.Identifier{Tenant: "demo", ID: kyc.IdentifierID(ID()),
			Applicant: apps[i].Applicant, Application: apps[i].ID, Step: "contact", Kind: "phone",
			Index: Hash("+8613800138000"), State: kyc.Reserved, Login: true, Updated: Now}}}
	})
	if won != 1 {
		t.Errorf("%d applications reserved one phone number", won)
	}
}

func oneVersionHasOneWriter(t *testing.T, s *store.Store) {
	app := Seed(t, s).Application
	won := race(t, s, 16, kyc.Conflict, func(i int) kyc.Change {
		return kyc.Change{kyc.SaveStep{StepRecord: kyc.StepRecord{Tenant: "demo", Application: app.ID, Step: "profile",
			State: kyc.StepDone, Attempts: i}}, kyc.UpdateApplication{Application: app, Expect: 1}}
	})
	if won != 1 {
		t.Errorf("%d changes of version 1 succeeded", won)
	}
}

func manyClientsAtOnce(t *testing.T, s *store.Store) {
	Seed(t, s)
	const clients, each = 64, 5
	done := make(chan struct{})
	var readers sync.WaitGroup
	for range 4 { // who reads does not wait for who writes
		readers.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				if _, err := s.ExpiredApplications(t.Context(), Now, 10, 0); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	for range each {
		if won := race(t, s, clients, "", func(i int) kyc.Change {
			app := Application("demo")
			return kyc.Change{
				kyc.CreateApplicant{Tenant: "demo", ID: app.Applicant, Wrapped: []byte("w"), At: Now},
				kyc.CreateApplication{Application: app},
				kyc.AppendAudit{AuditLine: kyc.AuditLine{Tenant: "demo", ID: kyc.AuditID(ID()), At: Now, Action: "application.started"}},
				kyc.Enqueue{Job: kyc.Job{Tenant: "demo", Kind: kyc.JobSend, Ref: string(app.ID)}},
			}
		}); won != clients {
			t.Errorf("%d of %d succeeded", won, clients)
		}
	}
	close(done)
	readers.Wait()
	if n := jobs(t, s); n != clients*each {
		t.Errorf("%d jobs of %d", n, clients*each)
	}
}
