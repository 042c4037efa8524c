package credential

import (
	"context"
	"time"
)

// steady begins to measure an answer and gives what waits until it has taken Pace:
// what is quicker for unknown names is as slow as for known ones.
func (s *StaffSessions) steady(ctx context.Context) (wait func()) {
	if s.Pace <= 0 {
		return func() {}
	}
	timer := time.NewTimer(s.Pace)
	return func() {
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-ctx.Done():
		}
	}
}
