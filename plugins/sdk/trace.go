package sdk

import (
	"context"
	"encoding/json"
	"regexp"
	"strings"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"

	"github.com/paifang/paifang/plugins/sdk/wire"
)

// traced is what a call that is part of a trace knows of it. The host says which
// trace in the call's metadata; what the provider did goes back in the trailer,
// because a provider has no network to send it anywhere else.
type traced struct {
	id    string // of the trace, 32 hexadecimal digits
	began time.Time

	mu    sync.Mutex
	spans []wire.Span
}

type traceKey struct{}

// inSpan is where in the trace a context is.
type inSpan struct {
	call *traced
	in   int // number of the span, from 1; 0: the call itself
}

var (
	parentForm = regexp.MustCompile(`^00-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}$`)
	codeForm   = regexp.MustCompile(`^[a-z0-9_.]{1,64}$`)
)

// Span begins a part of a call's work that takes time of its own, as the question to
// a vendor ("vendor.ask"), so that it shows in the operator's traces. code is like that
// of Log: no sentence, nothing personal. The part lasts until end is called, and has
// failed if that is given an error, of which nothing else is told. Parts that begin with
// the context that comes back are within this one. Where the call is not traced,
// which is the rule, all this does nothing.
func Span(ctx context.Context, code string) (context.Context, func(error)) {
	at, ok := ctx.Value(traceKey{}).(inSpan)
	if !ok || !codeForm.MatchString(code) {
		return ctx, func(error) {}
	}
	c := at.call
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.spans) == wire.MaxSpans {
		return ctx, func(error) {}
	}
	began := time.Since(c.began).Microseconds()
	c.spans = append(c.spans, wire.Span{Code: code, At: began, In: at.in})
	n := len(c.spans)
	end := func(err error) {
		c.mu.Lock()
		defer c.mu.Unlock()
		// From one whole microsecond to another: what ended first shall not seem to end last.
		c.spans[n-1].Took, c.spans[n-1].Failed = time.Since(c.began).Microseconds()-began, err != nil
	}
	return context.WithValue(ctx, traceKey{}, inSpan{c, n}), end
}

// trace lets a call that belongs to a trace record what it does; nil for others.
func trace(ctx context.Context) (context.Context, *traced) {
	said := metadata.ValueFromIncomingContext(ctx, wire.TraceParent)
	if len(said) != 1 {
		return ctx, nil
	}
	parent := parentForm.FindStringSubmatch(said[0])
	if parent == nil || strings.HasSuffix(said[0], "-00") {
		return ctx, nil
	}
	c := &traced{id: parent[1], began: time.Now()}
	return context.WithValue(ctx, traceKey{}, inSpan{call: c}), c
}

// trailer tells the host what the call did.
func (c *traced) trailer() metadata.MD {
	c.mu.Lock()
	defer c.mu.Unlock()
	told, err := json.Marshal(wire.Spans{Took: time.Since(c.began).Microseconds(), Spans: c.spans})
	if err != nil {
		return nil
	}
	return metadata.Pairs(wire.SpansTrailer, string(told))
}

// traceOf is the id of the trace of a call; "" without.
func traceOf(ctx context.Context) string {
	if at, ok := ctx.Value(traceKey{}).(inSpan); ok {
		return at.call.id
	}
	return ""
}

// tracedStream is a stream whose context knows the trace.
type tracedStream struct {
	grpc.ServerStream
	ctx context.Context
}

func (s tracedStream) Context() context.Context { return s.ctx }
