package trace

import (
	"context"
	"time"

	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/paifang/paifang/core/kyc"
)

// scope names who measures, in what leaves the program.
const scope = "github.com/paifang/paifang"

// Span is a part of a trace. The zero value is that of nothing: all of its methods
// do nothing.
type Span struct{ span trace.Span }

// Start begins a span below the one that ctx is in. name is written in the
// program. It must be ended.
func Start(ctx context.Context, name string, facts ...Fact) (context.Context, Span) {
	return start(ctx, trace.SpanKindInternal, name, facts)
}

// Call begins a span of a call to another process.
func Call(ctx context.Context, name string, facts ...Fact) (context.Context, Span) {
	return start(ctx, trace.SpanKindClient, name, facts)
}

func start(ctx context.Context, kind trace.SpanKind, name string, facts []Fact) (context.Context, Span) {
	parent := trace.SpanFromContext(ctx)
	if !parent.IsRecording() {
		return ctx, Span{}
	}
	ctx, span := parent.TracerProvider().Tracer(scope).Start(ctx, name, trace.WithSpanKind(kind), trace.WithAttributes(known(facts)...))
	return ctx, Span{span}
}

// Recording tells whether anything that is said will be heard.
func (s Span) Recording() bool { return s.span != nil && s.span.IsRecording() }

// Say adds facts.
func (s Span) Say(facts ...Fact) {
	if s.Recording() {
		s.span.SetAttributes(known(facts)...)
	}
}

// Add adds facts to the span that ctx is in.
func Add(ctx context.Context, facts ...Fact) { Span{trace.SpanFromContext(ctx)}.Say(facts...) }

// Name gives a span that began before it was known what it is another name, which
// is written in the program, too.
func (s Span) Name(name string) {
	if s.Recording() {
		s.span.SetName(name)
	}
}

// Fail marks a span as failed. word is its outcome.
func (s Span) Fail(word string) {
	if s.Recording() {
		s.Say(Outcome(word))
		s.span.SetStatus(codes.Error, "")
	}
}

// End ends the span. Of an error it says the code: an outcome like another, if we
// could tell; that we could not is a failure. Its text may hold anything and is not said.
func (s Span) End(err error) {
	if s.span == nil {
		return
	}
	if err != nil {
		switch code := kyc.CodeOf(err); code {
		case kyc.Internal, kyc.Unavailable:
			s.Fail(string(code))
		default:
			s.Say(Outcome(string(code)))
		}
	}
	s.span.End()
}

// IDOf is the id of the trace that ctx belongs to, 32 hexadecimal digits; "" when
// it belongs to none that is recorded.
func IDOf(ctx context.Context) string {
	span := trace.SpanFromContext(ctx)
	if !span.IsRecording() {
		return ""
	}
	return span.SpanContext().TraceID().String()
}

// CauseOf is the span that ctx is in, in the form of the header traceparent (W3C
// Trace Context), to be handed on; "" when it is in none that is recorded.
func CauseOf(ctx context.Context) string {
	if !trace.SpanFromContext(ctx).IsRecording() {
		return ""
	}
	var c carrier
	propagation.TraceContext{}.Inject(ctx, &c)
	return string(c)
}

// carrier holds traceparent and nothing else: what a caller's tracestate and
// baggage say is theirs.
type carrier string

const traceparent = "traceparent"

func (c *carrier) Get(key string) string {
	if key == traceparent {
		return string(*c)
	}
	return ""
}

func (c *carrier) Set(key, value string) {
	if key == traceparent {
		*c = carrier(value)
	}
}

func (c *carrier) Keys() []string { return []string{traceparent} }

func read(cause string) trace.SpanContext {
	if cause == "" {
		return trace.SpanContext{}
	}
	c := carrier(cause)
	return trace.SpanContextFromContext(propagation.TraceContext{}.Extract(context.Background(), &c))
}

// Told records a span that another process told of, below the one that ctx is in,
// which may have ended.
func Told(ctx context.Context, name string, from, to time.Time, failed bool) context.Context {
	parent := trace.SpanFromContext(ctx)
	if !parent.SpanContext().IsSampled() {
		return ctx
	}
	ctx, span := parent.TracerProvider().Tracer(scope).Start(ctx, name, trace.WithSpanKind(trace.SpanKindServer), trace.WithTimestamp(from))
	if failed {
		span.SetStatus(codes.Error, "")
	}
	span.End(trace.WithTimestamp(to))
	return ctx
}
