package host

import (
	"sync"
	"time"
)

const (
	breakerTrips = 5
	breakerRests = 5 * time.Second
)

// breaker refuses calls for a while after several faults in a row, then lets
// one through to see.
type breaker struct {
	mu     sync.Mutex
	faults int
	until  time.Time
	trying bool
}

// allow tells whether a call may be made, and if not when to ask again.
func (b *breaker) allow(now time.Time) (time.Duration, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.faults < breakerTrips {
		return 0, true
	}
	if left := b.until.Sub(now); left > 0 {
		return left, false
	}
	if b.trying {
		return time.Second, false
	}
	b.trying = true
	return 0, true
}

// done tells how the call ended.
func (b *breaker) done(now time.Time, fault bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.trying = false
	if !fault {
		b.faults = 0
		return
	}
	b.faults++
	b.until = now.Add(breakerRests)
}

// undecided is done for a call whose end says nothing about the provider.
func (b *breaker) undecided() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.trying = false
}
