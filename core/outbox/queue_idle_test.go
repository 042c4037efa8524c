package outbox_test

import (
	"context"
	"syscall"
	"testing"
	"time"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/outbox"
	"github.com/paifang/paifang/core/store"
)

// TestQueueIdlesCheaply measures what a queue with nothing to do costs. The
// bound is loose: the machine of a test does other things, too.
func TestQueueIdlesCheaply(t *testing.T) {
	if testing.Short() {
		t.Skip("takes 5 s for each database")
	}
	each(t, func(t *testing.T, s *store.Store) {
		run(t, s, outbox.Config{Workers: works(func(context.Context, kyc.Job, int) error { return nil })})
		time.Sleep(time.Second) // to start
		const long = 5 * time.Second
		before := used(t)
		time.Sleep(long)
		share := float64(used(t)-before) / float64(long)
		t.Logf("idle: %.2f %% of a core", 100*share)
		if share > 0.05 {
			t.Errorf("an idle queue uses %.1f %% of a core", 100*share)
		}
	})
}

// used is the processor time of this process so far.
func used(t *testing.T) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
