package trail

import (
	"context"
	"errors"
	"time"
)

const (
	// Collect is how long after a commit its lines are sealed, with those that came
	// meanwhile.
	Collect = time.Second
	// LookEvery is how often lines are sealed that others have committed: commands,
	// and nodes that died.
	LookEvery = 10 * time.Second
)

// Wake says that lines were committed. It returns at once.
func (s *Sealer) Wake() {
	select {
	case s.wake <- struct{}{}:
	default: // it will look anyway
	}
}

// Run seals until ctx ends, and then once more. What cannot be sealed is logged
// and tried again; lines are never lost by that, they wait.
func (s *Sealer) Run(ctx context.Context) {
	look := time.NewTicker(LookEvery)
	defer look.Stop()
	s.Wake() // what is there from before
	for {
		select {
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 3*time.Second)
			defer cancel()
			s.sealAll(last)
			return
		case <-s.wake:
			sleep(ctx, Collect)
		case <-look.C:
		}
		if ctx.Err() == nil {
			s.sealAll(ctx)
		}
	}
}

func sleep(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

func (s *Sealer) sealAll(ctx context.Context) {
	if err := s.SealAll(ctx); err != nil && !errors.Is(err, context.Canceled) {
		s.Log.ErrorContext(ctx, "audit lines wait to be sealed", "error", err)
	}
}

// SealAll seals the lines of all tenants. That one tenant's cannot be sealed does
// not hold up the others.
func (s *Sealer) SealAll(ctx context.Context) error {
	tenants, err := s.Store.UnsealedTenants(ctx)
	errs := []error{err}
	for _, t := range tenants {
		if ctx.Err() != nil {
			break
		}
		errs = append(errs, s.Seal(ctx, t))
	}
	return errors.Join(errs...)
}
