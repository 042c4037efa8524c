package host

import (
	"math/bits"
	"sync"
	"time"
)

// Buckets are the upper bounds of the latencies that are counted; the last
// count of a Latency is of all that took longer.
var Buckets = [...]time.Duration{250 * time.Microsecond, 500 * time.Microsecond, time.Millisecond, 2 * time.Millisecond,
	5 * time.Millisecond, 10 * time.Millisecond, 25 * time.Millisecond, 50 * time.Millisecond, 100 * time.Millisecond,
	250 * time.Millisecond, 500 * time.Millisecond, time.Second, 2500 * time.Millisecond, 5 * time.Second, 10 * time.Second, 30 * time.Second}

// Latency counts calls by how long they took: Counts[i] took at most Buckets[i]
// and more than Buckets[i-1].
type Latency struct {
	Counts [len(Buckets) + 1]int64
	Sum    time.Duration
}

// Quantile is the upper bound of the bucket in which the share q, 0 to 1, of the
// calls is reached; 0 without calls.
func (l Latency) Quantile(q float64) time.Duration {
	var all, below int64
	for _, n := range l.Counts {
		all += n
	}
	if all == 0 {
		return 0
	}
	for i, n := range l.Counts {
		if below += n; float64(below) >= q*float64(all) && i < len(Buckets) {
			return Buckets[i]
		}
	}
	return Buckets[len(Buckets)-1]
}

// A version is faulty when so many of its last calls were faults.
const (
	faultsAllowed = 4
	faultsAmong   = 50
)

// counter counts the calls of one version.
type counter struct {
	mu      sync.Mutex
	calls   int64
	faults  int64
	latency Latency
	recent  uint64 // the last faultsAmong outcomes, a bit each; 1 is a fault
}

func (c *counter) add(took time.Duration, fault bool) {
	i := 0
	for i < len(Buckets) && took > Buckets[i] {
		i++
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.calls++
	c.latency.Counts[i]++
	c.latency.Sum += took
	c.recent = c.recent << 1 & (1<<faultsAmong - 1)
	if fault {
		c.faults++
		c.recent |= 1
	}
}

// faulty tells whether too many of the last calls were faults.
func (c *counter) faulty() (int, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := bits.OnesCount64(c.recent)
	return n, n > faultsAllowed
}

// fresh forgets the last outcomes: a version that takes a new place is judged by
// what it does there.
func (c *counter) fresh() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.recent = 0
}

func (c *counter) into(g *Generation) {
	c.mu.Lock()
	defer c.mu.Unlock()
	g.Calls, g.Faults, g.Latency = c.calls, c.faults, c.latency
}
