package trace

import (
	"context"
	"net/netip"

	"go.opentelemetry.io/otel/trace"
)

// Source begins traces. A nil one begins none.
type Source struct {
	provider trace.TracerProvider
	believed func(netip.Addr) bool
}

// NewSource begins traces with a provider of the SDK. believed tells of which
// peers a traceparent is carried on; nil: of none.
func NewSource(p trace.TracerProvider, believed func(netip.Addr) bool) *Source {
	if believed == nil {
		believed = func(netip.Addr) bool { return false }
	}
	return &Source{provider: p, believed: believed}
}

// Request begins the span of a request over HTTP that came on a connection from
// peer. Where that one is believed the request is part of the caller's trace, and the
// caller has decided whether it is recorded. Anybody else's traceparent is named
// as a link, and decides nothing: strangers could have everything recorded.
func (s *Source) Request(ctx context.Context, peer netip.Addr, caller string) (context.Context, Span) {
	if s == nil {
		return ctx, Span{}
	}
	options := []trace.SpanStartOption{trace.WithSpanKind(trace.SpanKindServer)}
	if cause := read(caller); cause.IsValid() {
		if s.believed(peer.Unmap()) {
			ctx = trace.ContextWithRemoteSpanContext(ctx, cause)
		} else {
			options = append(options, trace.WithLinks(trace.Link{SpanContext: cause}))
		}
	}
	ctx, span := s.provider.Tracer(scope).Start(ctx, "request", options...)
	return ctx, Span{span}
}

// Job begins the trace of one attempt at a job, linked to what ordered it (see
// CauseOf), and recorded if that was. A job is no part of that trace: it may come
// again hours later.
func (s *Source) Job(ctx context.Context, cause string, facts ...Fact) (context.Context, Span) {
	if s == nil {
		return ctx, Span{}
	}
	options := []trace.SpanStartOption{trace.WithNewRoot(), trace.WithSpanKind(trace.SpanKindConsumer), trace.WithAttributes(known(facts)...)}
	if c := read(cause); c.IsValid() {
		options = append(options, trace.WithLinks(trace.Link{SpanContext: c}))
	}
	ctx, span := s.provider.Tracer(scope).Start(ctx, "job", options...)
	return ctx, Span{span}
}
