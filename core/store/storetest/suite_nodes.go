package storetest

import (
	"bytes"
	"slices"
	"sync"
	"testing"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/store"
)

func nodesSayThatTheyLive(t *testing.T, s *store.Store) {
	beat := func(node string) []store.Node {
		t.Helper()
		list, err := s.Beat(t.Context(), node)
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	beat("a")
	beat("b")
	if got, want := beat("a"), []store.Node{{ID: "a", Beats: 2}, {ID: "b", Beats: 1}}; !slices.Equal(got, want) {
		t.Errorf("nodes are %v, want %v", got, want)
	}
	for range 2 { // of two that noticed one is late
		if err := s.ForgetNode(t.Context(), "b"); err != nil {
			t.Fatal(err)
		}
	}
	if got, want := beat("a"), []store.Node{{ID: "a", Beats: 3}}; !slices.Equal(got, want) {
		t.Errorf("nodes are %v, want %v", got, want)
	}
}

// jobsOfADeadNodeAreRevived plays a queue whose process died over its jobs.
func jobsOfADeadNodeAreRevived(t *testing.T, s *store.Store) {
	Seed(t, s)
	for range 4 {
		Commit(t, s, "demo", kyc.Enqueue{Job: kyc.Job{Tenant: "demo", Kind: kyc.JobSend, Ref: ID()}})
	}
	db, ctx := s.Databases(), t.Context()
	if db.Postgres != nil {
		if _, err := db.Postgres.Exec(ctx, `UPDATE river_job SET state = 'running',
			attempted_by = CASE WHEN id % 4 = 0 THEN ARRAY['dead', 'alive'] ELSE ARRAY['older', 'dead'] END`); err != nil {
			t.Fatal(err)
		}
	} else {
		// The data folder's name was lost: a process is the neighbour of its own past.
		if _, err := db.SQLite.ExecContext(ctx, `UPDATE river_job SET state = 'running',
			attempted_by = CASE WHEN id % 4 = 0 THEN jsonb('["dead", "alive"]') ELSE jsonb('["older", "dead"]') END`); err != nil {
			t.Fatal(err)
		}
	}
	taken, err := s.TakenJobs(ctx, "dead")
	if err != nil || len(taken) != 3 {
		t.Fatalf("the dead one works %v (%v)", taken, err)
	}
	if n, err := s.ReviveJobs(ctx, "alive", taken[0]); n != 0 || err != nil {
		t.Errorf("%d jobs of another were revived (%v)", n, err)
	}
	if n, err := s.ReviveJobs(ctx, "dead", taken[0]); n != 1 || err != nil {
		t.Errorf("%d jobs revived, want the one named (%v)", n, err)
	}
	for _, want := range []int64{2, 0} {
		if n, err := s.ReviveJobs(ctx, "dead"); n != want || err != nil {
			t.Errorf("%d jobs revived, want %d, %v", n, want, err)
		}
	}
}

func theFirstInstallationKeyStays(t *testing.T, s *store.Store) {
	var all sync.WaitGroup
	got := make([][]byte, 8)
	for i := range got { // nodes that start together
		all.Go(func() {
			var err error
			if got[i], err = s.InstallationKey(t.Context(), "web", []byte{byte(i), 1, 2}); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	for _, key := range got {
		if len(key) != 3 || !bytes.Equal(key, got[0]) {
			t.Errorf("keys differ: %v", got)
		}
	}
	if other, err := s.InstallationKey(t.Context(), "other", []byte{9}); err != nil || !bytes.Equal(other, []byte{9}) {
		t.Errorf("another name has the key %v, %v", other, err)
	}
}
