package conformance

import (
	"context"
	"strings"
	"sync"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	wirev1 "github.com/paifang/paifang/plugins/sdk/wire/v1"
)

func drainCases() []check {
	return []check{
		{"drain.waits", "calls under way when it is drained are answered", "Drain lets nobody in any more and waits for those inside.", drainWaits},
		{"drain.refuses", "once drained it refuses calls as unavailable", "Answer Unavailable after Drain: a host then asks the next generation.", drainRefuses},
		{"drain.again", "being drained twice, and asked for health, does no harm", "Let Drain be called again.", drainAgain},
	}
}

// drained starts a process for a case that uses it up.
func (t *trial) drained(ctx context.Context, f func(ctx context.Context, p *process)) {
	p, err := t.configured(ctx)
	if err != nil {
		t.errorf("%v", err)
		return
	}
	defer p.stop()
	ctx, cancel := context.WithTimeout(ctx, t.limit(5*time.Second))
	defer cancel()
	f(ctx, p)
	t.want(!p.ended(), "the process ended")
}

func drainWaits(ctx context.Context, t *trial) {
	t.drained(ctx, func(ctx context.Context, p *process) {
		var mu sync.Mutex
		var calls sync.WaitGroup
		for range 24 {
			calls.Go(func() {
				err := t.anyCall(ctx, p.Client)
				mu.Lock()
				defer mu.Unlock()
				switch status.Code(err) {
				case codes.OK, codes.Unavailable, codes.Unimplemented:
				default:
					t.errorf("a call that was under way: %v", err)
				}
			})
		}
		_, err := p.Base.Drain(ctx, &wirev1.DrainRequest{})
		calls.Wait()
		t.want(err == nil, "drain: %v", err)
	})
}

func drainRefuses(ctx context.Context, t *trial) {
	t.drained(ctx, func(ctx context.Context, p *process) {
		if _, err := p.Base.Drain(ctx, &wirev1.DrainRequest{}); err != nil {
			t.errorf("drain: %v", err)
		}
		err := t.anyCall(ctx, p.Client)
		t.want(status.Code(err) == codes.Unavailable, "a call after draining: %v", err)
	})
}

func drainAgain(ctx context.Context, t *trial) {
	t.drained(ctx, func(ctx context.Context, p *process) {
		for range 2 {
			if _, err := p.Base.Drain(ctx, &wirev1.DrainRequest{}); err != nil {
				t.errorf("drain: %v", err)
			}
		}
		if _, err := t.health(ctx, p); err != nil {
			t.errorf("health: %v", err)
		}
	})
}

func endCases() []check {
	return []check{
		{"streams.stdout", "it has written nothing to stdout after the handshake",
			"Print nothing: stdout is the handshake's, and nobody reads it later.", streamsStdout},
		{"streams.private", "nothing that a person typed was written to stdout or stderr",
			"Never log values. A line for engineers is {\"level\":\"error\",\"code\":\"vendor_refused\"}.", streamsPrivate},
	}
}

func streamsStdout(ctx context.Context, t *trial) {
	// What a process writes last may still be on its way.
	if _, err := t.health(ctx, t.main); err != nil {
		t.errorf("health: %v", err)
	}
	time.Sleep(20 * time.Millisecond)
	t.want(t.main.runner.stdout.text() == "", "it wrote %d bytes", len(t.main.runner.stdout.text()))
}

func streamsPrivate(_ context.Context, t *trial) {
	both := t.main.runner.stdout.text() + t.main.runner.stderr.text()
	t.want(!strings.Contains(both, canary) && !strings.Contains(both, secret), "a name that was typed, or a setting, is in it")
}
