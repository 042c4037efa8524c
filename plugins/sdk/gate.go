package sdk

import (
	"context"
	"sync"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// gate lets calls in once the provider is configured and until it drains, and
// knows how many are under way.
type gate struct {
	mu         sync.Mutex
	needs      bool // a configuration
	configured bool
	draining   bool
	inside     int
	idle       chan struct{} // closed when draining and nobody is inside
}

// enter lets a call in. One whose time is over is not begun: nobody waits for its
// answer, and what it would send could be sent again.
func (g *gate) enter(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return status.FromContextError(err).Err()
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	switch {
	case g.draining:
		return status.Error(codes.Unavailable, "draining")
	case g.needs && !g.configured:
		return status.Error(codes.FailedPrecondition, "not configured")
	}
	g.inside++
	return nil
}

func (g *gate) leave() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.inside--
	if g.draining && g.inside == 0 {
		close(g.idle)
	}
}

func (g *gate) open() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.configured = true
}

// drain lets nobody in any more and waits for those inside.
func (g *gate) drain(ctx context.Context) error {
	g.mu.Lock()
	if !g.draining {
		g.draining = true
		g.idle = make(chan struct{})
		if g.inside == 0 {
			close(g.idle)
		}
	}
	idle := g.idle
	g.mu.Unlock()
	select {
	case <-idle:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
