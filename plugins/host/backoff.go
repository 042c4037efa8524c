package host

import (
	"math/rand/v2"
	"time"
)

const (
	quarantineFailures = 5
	quarantineWindow   = 10 * time.Minute
	steadyAfter        = time.Minute // a generation that lived so long resets the delay
)

// failures remembers when a provider failed and says how long to wait.
type failures struct {
	min, max time.Duration
	times    []time.Time
	streak   int
	last     bool // the one try after a quarantine
}

// add counts a failure of a generation that was ready for lived. It returns the
// delay before the next, none for the first after a good time, or true when the provider failed too often, or again
// in the one try after a quarantine.
func (f *failures) add(now time.Time, lived time.Duration) (time.Duration, bool) {
	if lived >= steadyAfter {
		f.streak, f.last = 0, false
	}
	if f.last {
		return 0, true
	}
	recent := f.times[:0]
	for _, t := range f.times {
		if now.Sub(t) < quarantineWindow {
			recent = append(recent, t)
		}
	}
	f.times = append(recent, now)
	if len(f.times) >= quarantineFailures {
		return 0, true
	}
	if f.streak == 0 && lived > 0 {
		f.streak++
		return 0, false // it did well: the next one is missed already
	}
	delay := f.min << f.streak
	if delay > f.max || delay <= 0 {
		delay = f.max
	}
	f.streak++
	// Jitter of a fifth keeps providers that fell together from rising together.
	return delay - delay/10 + rand.N(delay/5+1), false //nolint:gosec // G404: spreads restarts, guards nothing
}

// forget begins anew.
func (f *failures) forget() { f.times, f.streak, f.last = nil, 0, false }

// once allows one try after a quarantine.
func (f *failures) once() {
	f.forget()
	f.last = true
}
