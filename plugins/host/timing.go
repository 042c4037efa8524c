package host

import "time"

// Timing holds all deadlines and pauses. The zero value of each means the
// default that is noted.
type Timing struct {
	Start       time.Duration // until the process has shaken hands: 10 s
	Probe       time.Duration // Describe and Configure, each: 5 s
	Evaluate    time.Duration // 2 s
	Await       time.Duration // for a market's process that is being replaced: 500 ms
	Hear        time.Duration // for a version that another node runs already: 2 s
	Send        time.Duration // 10 s
	Verify      time.Duration // 30 s
	Health      time.Duration // a health check: 1 s
	HealthEvery time.Duration // 3 s
	Weigh       time.Duration // between two looks at the memory: 250 ms
	Drain       time.Duration // for calls under way: 3 s
	Term        time.Duration // between SIGTERM and SIGKILL: 1 s
	BackoffMin  time.Duration // 250 ms
	BackoffMax  time.Duration // 30 s
	Quarantine  time.Duration // until a provider that failed too often is tried once more: 10 min
	Warm        time.Duration // that a version which was in force is kept beside the next: 10 min
	Fresh       time.Duration // that a new version is gone back from when it fails: 10 min
}

func (t Timing) filled() Timing {
	for _, d := range []struct {
		value *time.Duration
		usual time.Duration
	}{
		{&t.Start, 10 * time.Second}, {&t.Probe, 5 * time.Second}, {&t.Evaluate, 2 * time.Second}, {&t.Await, 500 * time.Millisecond}, {&t.Hear, 2 * time.Second},
		{&t.Send, 10 * time.Second}, {&t.Verify, 30 * time.Second}, {&t.Health, time.Second},
		{&t.HealthEvery, 3 * time.Second}, {&t.Weigh, 250 * time.Millisecond}, {&t.Drain, 3 * time.Second}, {&t.Term, time.Second},
		{&t.BackoffMin, 250 * time.Millisecond}, {&t.BackoffMax, 30 * time.Second},
		{&t.Quarantine, 10 * time.Minute}, {&t.Warm, 10 * time.Minute}, {&t.Fresh, 10 * time.Minute},
	} {
		if *d.value <= 0 {
			*d.value = d.usual
		}
	}
	return t
}
