package host_test

import (
	"context"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/plugins/host"
)

// clients register, each application in three steps by the version that was
// chosen for it, and send messages, until they are told to stop.
type clients struct {
	calls, failed, mixed atomic.Int64
	why                  atomic.Value
	stop                 chan struct{}
	done                 sync.WaitGroup
}

func (c *clients) run(h *host.Host, n int) {
	c.stop = make(chan struct{})
	for range n {
		c.done.Go(func() {
			for {
				select {
				case <-c.stop:
					return
				default:
					c.register(h)
				}
			}
		})
	}
}

func (c *clients) register(h *host.Host) {
	id := uuid.Must(uuid.NewV7()).String()
	bound := choose(h, "rogue", id, "")
	last := "version"
	if c.calls.Load()%7 == 0 {
		last = "slow" // it is under way while versions change
	}
	for _, what := range []string{"version", "version", last} {
		f, err := h.Evaluate(context.Background(), kyc.Question{Market: "rogue", Version: bound, Step: "do", Values: kyc.Values{"what": what}, Now: time.Now()})
		c.calls.Add(1)
		switch {
		case err != nil:
			c.failed.Add(1)
			c.why.Store(err)
		case f.Derived["version"] != bound:
			c.mixed.Add(1)
		}
	}
	_, err := h.Send(context.Background(), kyc.Outgoing{ID: kyc.MessageID(id), Channel: kyc.Phone, To: "+8613800138000", Text: "hello"})
	c.calls.Add(1)
	if err != nil {
		c.failed.Add(1)
		c.why.Store(err)
	}
}

// Upgrades and roll-backs while people register lose no call, and no application
// changes its rules while its version runs.
func TestUpgradesUnderLoad(t *testing.T) {
	rounds := 3
	if os.Getenv("PAIFANG_ENDURANCE") != "" {
		rounds = 20
	}
	h, told := versioned(t, "rogue")
	var c clients
	c.run(h, 8)
	for i := range rounds {
		version := fmt.Sprintf("1.0.%d", i%3)
		h.Apply(plan(host.Plan{Version: version, Warm: host.Shipped}))
		eventually(t, version, inForce(h, version))
		h.Apply(plan(host.Plan{Warm: version}))
		eventually(t, "the roll-back", inForce(h, "0.1.0"))
	}
	close(c.stop)
	c.done.Wait()
	t.Logf("%d upgrades and as many roll-backs, %d calls, %d failed, %d by other rules", rounds, c.calls.Load(), c.failed.Load(), c.mixed.Load())
	if c.failed.Load() > 0 {
		t.Errorf("%d of %d calls failed, as: %v", c.failed.Load(), c.calls.Load(), c.why.Load())
	}
	if c.mixed.Load() > 0 {
		t.Errorf("%d answers by other rules than those the application began with", c.mixed.Load())
	}
	if len(told) > 0 {
		t.Errorf("told: %s", <-told)
	}
}
