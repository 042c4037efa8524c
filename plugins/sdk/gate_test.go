package sdk

import (
	"context"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// A call whose time is over is not begun, and nobody waits for it when the provider drains.
func TestLateCallsAreNotBegun(t *testing.T) {
	var g gate
	late, cancel := context.WithTimeout(t.Context(), 0)
	defer cancel()
	if err := g.enter(late); status.Code(err) != codes.DeadlineExceeded || g.inside != 0 {
		t.Errorf("%v, %d inside", err, g.inside)
	}
	if err := g.enter(t.Context()); err != nil || g.inside != 1 {
		t.Errorf("%v, %d inside", err, g.inside)
	}
}
