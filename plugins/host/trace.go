package host

import (
	"context"
	"encoding/json"
	"path"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"

	"github.com/paifang/paifang/core/trace"
	"github.com/paifang/paifang/plugins/sdk/wire"
)

// maxHeaders bounds what a provider may say beside its messages, in bytes.
const maxHeaders = 32 << 10

// tracedCall is the span of one call. The connection puts its trace into the
// call's metadata and finds there what the provider did.
type tracedCall struct {
	span    trace.Span
	trailer metadata.MD
}

type tracedKey struct{}

// traced begins the span of a call to a generation, where anybody traces it.
func (g *generation) traced(ctx context.Context, name string) (context.Context, *tracedCall) {
	ctx, span := trace.Call(ctx, "provider", trace.Provider(name))
	if !span.Recording() {
		return ctx, nil
	}
	span.Say(trace.Version(g.about.version), trace.Generation(g.number))
	c := &tracedCall{span: span}
	ctx = metadata.AppendToOutgoingContext(ctx, wire.TraceParent, trace.CauseOf(ctx))
	return context.WithValue(ctx, tracedKey{}, c), c
}

// end ends the span: outcome is "" when the provider answered. What it tells of its own
// work is put below, whatever the outcome, unless the call was cut off.
func (c *tracedCall) end(ctx context.Context, began, now time.Time, outcome string, fault bool) {
	if c == nil {
		return
	}
	c.inside(ctx, began, now)
	switch {
	case fault:
		c.span.Fail(outcome)
	case outcome != "":
		c.span.Say(trace.Outcome(outcome))
	default:
		c.span.Say(trace.Outcome("answered"))
	}
	c.span.End(nil)
}

// inside records what the provider says that it did. It is a stranger's word: all
// of it must have the form of the wire, and its times stay within the call's.
func (c *tracedCall) inside(ctx context.Context, began, now time.Time) {
	if ctx.Err() != nil { // a stream that was cut off may write its trailer yet
		return
	}
	said := c.trailer.Get(wire.SpansTrailer)
	if len(said) != 1 || len(said[0]) > wire.MaxSpansBytes {
		return
	}
	var told wire.Spans
	if json.Unmarshal([]byte(said[0]), &told) != nil || !plausible(told) {
		return
	}
	// The way there and back is taken to have been equally long.
	took := min(micros(told.Took), now.Sub(began))
	from := began.Add((now.Sub(began) - took) / 2)
	within := func(us int64) time.Time { return from.Add(min(micros(us), took)) }
	places := []context.Context{trace.Told(ctx, "provider work", from, from.Add(took), false)}
	for _, s := range told.Spans {
		places = append(places, trace.Told(places[s.In], s.Code, within(s.At), within(s.At+s.Took), s.Failed))
	}
}

// longest bounds a duration that a provider tells, before it is added to another.
const longest = int64(time.Hour / time.Microsecond)

func plausible(told wire.Spans) bool {
	if len(told.Spans) > wire.MaxSpans || told.Took < 0 || told.Took > longest {
		return false
	}
	for i, s := range told.Spans {
		if !logCode.MatchString(s.Code) || s.In < 0 || s.In > i || s.At < 0 || s.At > longest || s.Took < 0 || s.Took > longest {
			return false
		}
	}
	return true
}

func micros(n int64) time.Duration { return time.Duration(n) * time.Microsecond }

// Interceptors of the connection to a provider.

func traceUnary(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption) error {
	if c := tracing(ctx, method); c != nil {
		opts = append(opts, grpc.Trailer(&c.trailer))
	}
	return invoke(ctx, method, req, reply, cc, opts...)
}

func traceStream(ctx context.Context, desc *grpc.StreamDesc, cc *grpc.ClientConn, method string, open grpc.Streamer, opts ...grpc.CallOption) (grpc.ClientStream, error) {
	if c := tracing(ctx, method); c != nil {
		opts = append(opts, grpc.Trailer(&c.trailer))
	}
	return open(ctx, desc, cc, method, opts...)
}

func tracing(ctx context.Context, method string) *tracedCall {
	c, _ := ctx.Value(tracedKey{}).(*tracedCall)
	if c != nil {
		c.span.Name("provider " + path.Base(method))
	}
	return c
}
