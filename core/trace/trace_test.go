package trace_test

import (
	"context"
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/trace"
)

const caller = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

var proxy = netip.MustParseAddr("10.0.0.1")

func recorder(t *testing.T, share float64) (*trace.Source, *tracetest.SpanRecorder) {
	t.Helper()
	r := tracetest.NewSpanRecorder()
	p := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(r), sdktrace.WithSampler(sdktrace.ParentBased(sdktrace.TraceIDRatioBased(share))))
	t.Cleanup(func() { _ = p.Shutdown(context.Background()) })
	return trace.NewSource(p, func(a netip.Addr) bool { return a == proxy }), r
}

// TestWhoseTrace: a proxy of ours carries its trace on and decides whether it is
// recorded; a stranger's is only named, and decides nothing.
func TestWhoseTrace(t *testing.T) {
	source, ended := recorder(t, 1)
	for _, peer := range []netip.Addr{proxy, netip.MustParseAddr("::ffff:10.0.0.1"), netip.MustParseAddr("203.0.113.9")} {
		_, span := source.Request(t.Context(), peer, caller)
		span.End(nil)
	}
	spans := ended.Ended()
	for i, believed := range []bool{true, true, false} {
		s := spans[i]
		if same := s.SpanContext().TraceID().String() == "0af7651916cd43dd8448eb211c80319c"; same != believed {
			t.Errorf("%d: trace %s", i, s.SpanContext().TraceID())
		}
		if linked := len(s.Links()) == 1; linked == believed {
			t.Errorf("%d: %d links", i, len(s.Links()))
		}
	}
	none, ended := recorder(t, 0)
	for _, c := range []struct {
		peer   netip.Addr
		caller string
		want   bool
	}{{proxy, caller, true}, {proxy, strings.TrimSuffix(caller, "1") + "0", false}, {netip.MustParseAddr("203.0.113.9"), caller, false}, {proxy, "00-junk", false}} {
		_, span := none.Request(t.Context(), c.peer, c.caller)
		if span.Recording() != c.want {
			t.Errorf("%v %s: recorded %t", c.peer, c.caller, span.Recording())
		}
		span.End(nil)
	}
	if n := len(ended.Ended()); n != 1 {
		t.Errorf("%d spans were recorded", n)
	}
}

// TestWhatASpanSays: ids, words and numbers; never the text of an error nor what
// does not have the form that it should have.
func TestWhatASpanSays(t *testing.T) {
	source, ended := recorder(t, 1)
	ctx, root := source.Request(t.Context(), proxy, "")
	id := "01a76519-16cd-73dd-8448-eb211c80319c"
	secrets := []string{"+8613800138000", "8613800138000", "anna@example.com", "Anna Eriksson", "张伟", "11010519491231002X"}
	for _, secret := range secrets {
		_, span := trace.Start(ctx, "submit", trace.Tenant(kyc.TenantID(secret)), trace.Application(kyc.ApplicationID(secret)), trace.JobRef(secret),
			trace.Market(kyc.MarketID(secret)), trace.Step(kyc.StepID(secret)), trace.Request(secret), trace.Provider(secret), trace.Version(secret),
			trace.Outcome(secret), trace.JobKind(secret), trace.Method(secret), trace.Route("/t/"+secret))
		span.End(errors.New(secret))
	}
	_, fine := trace.Start(ctx, "submit", trace.Tenant("demo"), trace.Application(kyc.ApplicationID(id)), trace.Version("1.2.3-rc.1"), trace.Route("/t/:tenant/applications/:application"), trace.Count("n", 3))
	fine.End(kyc.E(kyc.Conflict, "of %s", secrets[0]))
	root.End(nil)
	for _, s := range ended.Ended() {
		for _, a := range s.Attributes() {
			for _, secret := range secrets {
				if strings.Contains(a.Value.String(), secret) {
					t.Errorf("%s says %s", a.Key, a.Value.String())
				}
			}
		}
		if len(s.Events()) > 0 || s.Status().Description != "" {
			t.Errorf("a span has events or a text: %+v", s.Status())
		}
	}
	last := ended.Ended()[len(secrets)]
	if len(last.Attributes()) != 6 || last.Status().Code != codes.Unset {
		t.Errorf("it says %v, status %v", last.Attributes(), last.Status())
	}
	if first := ended.Ended()[0]; first.Status().Code != codes.Error {
		t.Errorf("a fault has status %v", first.Status())
	}
}

// TestAJobNamesItsCause: its trace is its own, and linked.
func TestAJobNamesItsCause(t *testing.T) {
	source, ended := recorder(t, 1)
	ctx, root := source.Request(t.Context(), proxy, "")
	cause := trace.CauseOf(ctx)
	if !strings.Contains(cause, trace.IDOf(ctx)) {
		t.Fatalf("cause %q of trace %q", cause, trace.IDOf(ctx))
	}
	_, job := source.Job(ctx, cause, trace.JobKind("message.send"))
	job.End(nil)
	told := trace.Told(ctx, "vendor.ask", time.Unix(10, 0), time.Unix(11, 0), true)
	if trace.IDOf(told) != "" {
		t.Error("a span that has ended is still recorded")
	}
	root.End(nil)
	j := ended.Ended()[0]
	if j.Parent().IsValid() || len(j.Links()) != 1 || j.Links()[0].SpanContext.TraceID().String() != trace.IDOf(ctx) && trace.IDOf(ctx) != "" {
		t.Errorf("job: parent %v, links %v", j.Parent(), j.Links())
	}
	if e := ended.Ended()[1]; e.Name() != "vendor.ask" || e.EndTime().Sub(e.StartTime()) != time.Second || e.Parent().SpanID() != ended.Ended()[2].SpanContext().SpanID() {
		t.Errorf("told: %v", e)
	}
}

// TestOffCostsNothing: without a trace there is no allocation.
func TestOffCostsNothing(t *testing.T) {
	ctx := kyc.WithRequest(t.Context(), "request")
	if n := testing.AllocsPerRun(100, func() { off(ctx) }); n > 0 {
		t.Errorf("%.0f allocations", n)
	}
}

func off(ctx context.Context) {
	var none *trace.Source
	ctx, span := none.Request(ctx, proxy, caller)
	ctx, inner := trace.Start(ctx, "submit", trace.Tenant("demo"), trace.Application("a"))
	inner.Say(trace.Outcome("fine"))
	inner.End(nil)
	span.End(nil)
	if trace.CauseOf(ctx) != "" {
		panic("a cause")
	}
}

func BenchmarkOff(b *testing.B) {
	ctx := kyc.WithRequest(context.Background(), "request")
	b.ReportAllocs()
	for b.Loop() {
		off(ctx)
	}
}
