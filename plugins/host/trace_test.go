package host_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/trace"
	"github.com/paifang/paifang/plugins/host"
)

// askTraced asks within a trace and gives its spans by name.
func askTraced(t *testing.T, h *host.Host, what string) (map[string][]sdktrace.ReadOnlySpan, error) {
	t.Helper()
	ended := tracetest.NewSpanRecorder()
	p := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(ended))
	defer func() { _ = p.Shutdown(context.Background()) }()
	ctx, root := trace.NewSource(p, nil).Job(t.Context(), "")
	_, err := h.Evaluate(ctx, kyc.Question{Tenant: "demo", Market: "rogue", Step: "do", Values: kyc.Values{"what": what}, Locale: "en", Now: time.Unix(1800000000, 0)})
	root.End(nil)
	list := map[string][]sdktrace.ReadOnlySpan{}
	for _, s := range ended.Ended() {
		list[s.Name()] = append(list[s.Name()], s)
	}
	return list, err
}

func said(s sdktrace.ReadOnlySpan) map[string]string {
	list := map[string]string{}
	for _, a := range s.Attributes() {
		list[string(a.Key)] = a.Value.String()
	}
	return list
}

// TestTracesGoThroughTheCall: a call has a span that says who answered and how, and
// below it what the provider did, in its own words of the form of codes only.
func TestTracesGoThroughTheCall(t *testing.T) {
	h, log := start(t, "rogue")
	spans, err := askTraced(t, h, "spans")
	if err != nil {
		t.Fatal(err)
	}
	call := spans["provider Evaluate"][0]
	if got := fmt.Sprint(said(call)); got != "map[paifang.outcome:answered paifang.provider:rogue paifang.provider.generation:1 paifang.provider.version:0.1.0]" {
		t.Error(got)
	}
	under := "job"
	for _, name := range []string{"provider Evaluate", "provider work", "vendor.ask", "vendor.connect"} {
		s, parent := spans[name][0], spans[under][0]
		if s.Parent().SpanID() != parent.SpanContext().SpanID() || s.StartTime().Before(parent.StartTime()) || s.EndTime().After(parent.EndTime()) {
			t.Errorf("%s from %v to %v is not within %s from %v to %v", name, s.StartTime(), s.EndTime(), under, parent.StartTime(), parent.EndTime())
		}
		under = name
	}
	if spans["vendor.connect"][0].Status().Code != codes.Error || spans["vendor.ask"][0].Status().Code != codes.Unset {
		t.Error("what failed is not what is said to have failed")
	}
	if took := spans["vendor.connect"][0].EndTime().Sub(spans["vendor.connect"][0].StartTime()); took < 2*time.Millisecond {
		t.Errorf("vendor.connect took %v", took)
	}
	if n := len(spans["loop"]); n != 30 {
		t.Errorf("%d spans of the loop", n)
	}
	if strings.Contains(fmt.Sprint(spans), "ERIKSSON") {
		t.Error("a sentence got into a trace")
	}
	id := call.SpanContext().TraceID().String()
	eventually(t, "the trace in the provider's log", func() bool { return strings.Contains(log.String(), "code=vendor_slow") })
	if !strings.Contains(log.String(), "trace="+id) {
		t.Errorf("the provider's line does not name trace %s", id)
	}
}

// TestOutcomesOfCallsInTraces: what went wrong is a word of ours.
func TestOutcomesOfCallsInTraces(t *testing.T) {
	h, _ := start(t, "rogue")
	for what, want := range map[string]string{"error": "fault", "tier": "invalid_answer", "sleep": "timeout", "trailers": "fault"} {
		spans, err := askTraced(t, h, what)
		if err == nil || len(spans["provider Evaluate"]) != 1 {
			t.Fatalf("%s: %v, %v", what, err, spans)
		}
		call := spans["provider Evaluate"][0]
		if said(call)["paifang.outcome"] != want || call.Status().Code != codes.Error || call.Status().Description != "" {
			t.Errorf("%s: %v %+v", what, said(call), call.Status())
		}
	}
}
