package host

import (
	"context"
	"errors"
	"time"

	"github.com/paifang/paifang/core/kyc"
)

// call makes one call to the version that answers for the given one. Any fault
// comes back as Unavailable.
func (p *provider) call(ctx context.Context, version string, limit time.Duration, f func(context.Context, *generation) error) error {
	g, s, err := p.hold(version)
	if err != nil {
		return err
	}
	defer g.calls.Done()
	return s.call(ctx, g, limit, f)
}

// take holds the generation that answers for a version until its calls are told
// to be done.
func (p *provider) take(version string) (*generation, error) {
	g, _, err := p.hold(version)
	return g, err
}

func (p *provider) hold(version string) (*generation, *supervisor, error) {
	for {
		s := p.route(version)
		if s == nil {
			return nil, nil, unavailable(p.name, "it is switched off")
		}
		// Between the look at the routes and this a version may have been retired;
		// the routes no longer lead there then.
		if g, err := s.take(); !errors.Is(err, errRetired) {
			return g, s, err
		}
	}
}

// call makes one call to a generation that is held, with a deadline.
func (s *supervisor) call(ctx context.Context, g *generation, limit time.Duration, f func(context.Context, *generation) error) error {
	began := s.clock()
	if after, ok := g.breaker.allow(began); !ok {
		e := unavailable(s.name, "too many faults in a row")
		e.RetryAfter = after
		return e
	}
	limited, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	limited, traced := g.traced(limited, s.name)
	err := f(limited, g)
	now := s.clock()
	var known *kyc.Error
	switch {
	case err == nil || errors.As(err, &known): // an outcome
		traced.end(limited, began, now, string(kyc.CodeOf(err)), false)
		g.breaker.done(now, false)
		s.count.add(now.Sub(began), false)
		return err
	case ctx.Err() != nil: // whoever asked gave up
		traced.end(limited, began, now, "given_up", false)
		g.breaker.undecided()
		return unavailable(s.name, faultOf(err))
	}
	traced.end(limited, began, now, faultWord(err), true)
	g.breaker.done(now, true)
	s.count.add(now.Sub(began), true)
	if timedOut(err) {
		s.nudge()
	}
	s.log.Warn("provider fault", "fault", faultOf(err), "request", kyc.RequestOf(ctx))
	s.changed()
	return unavailable(s.name, faultOf(err))
}
