package host_test

import (
	"context"
	"fmt"
	"os"
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

// recorded does something within a trace and gives its spans by name.
func recorded(t *testing.T, do func(context.Context)) map[string][]sdktrace.ReadOnlySpan {
	t.Helper()
	ended := tracetest.NewSpanRecorder()
	p := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(ended))
	defer func() { _ = p.Shutdown(context.Background()) }()
	ctx, root := trace.NewSource(p, nil).Job(t.Context(), "")
	do(ctx)
	root.End(nil)
	list := map[string][]sdktrace.ReadOnlySpan{}
	for _, s := range ended.Ended() {
		list[s.Name()] = append(list[s.Name()], s)
	}
	return list
}

// askTraced asks within a trace and gives its spans by name.
func askTraced(t *testing.T, h *host.Host, what string) (list map[string][]sdktrace.ReadOnlySpan, err error) {
	t.Helper()
	list = recorded(t, func(ctx context.Context) {
		_, err = h.Evaluate(ctx, kyc.Question{Tenant: "demo", Market: "rogue", Step: "do", Values: kyc.Values{"what": what}, Locale: "en", Now: time.Unix(1800000000, 0)})
	})
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
	h := run(t, impatient(usual(t, &safeBuffer{}, "rogue")))
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

// TestTrialsAreTraced: the start of a version that is tried and the calls to it have
// spans like those of one in force, and not as many as there are recorded applications.
func TestTrialsAreTraced(t *testing.T) {
	c, shelf := config(t, catalogue(t), &safeBuffer{}), newShelf(t)
	spans := recorded(t, func(ctx context.Context) {
		tried, err := host.Try(ctx, host.TrialConfig{Name: "rogue", Version: "1.0.0", Config: []byte(must), RunDir: c.RunDir,
			Program: func() (*os.File, []byte, error) { return shelf.Program("rogue", "1.0.0") }, Clock: c.Clock, IDs: c.IDs, Log: c.Log, Timing: c.Timing})
		if err != nil {
			t.Error(err)
			return
		}
		defer tried.Close()
		for i := range 70 {
			what := "version"
			if i == 1 {
				what = "tier"
			}
			_, _ = tried.Evaluate(ctx, kyc.Question{Market: "rogue", Step: "do", Values: kyc.Values{"what": what}, Now: time.Unix(1800000000, 0)})
		}
	})
	if len(spans["trial start"]) != 1 || fmt.Sprint(said(spans["trial start"][0])) != "map[paifang.provider:rogue paifang.provider.version:1.0.0]" {
		t.Errorf("the start: %v", spans["trial start"])
	}
	calls := spans["provider Evaluate"]
	if len(calls) != 64 || len(spans["provider work"]) != 64 {
		t.Fatalf("%d calls have spans, and %d what was done in them", len(calls), len(spans["provider work"]))
	}
	for i, want := range []string{"answered", "invalid_answer", "answered"} {
		facts := said(calls[i])
		if facts["paifang.outcome"] != want || facts["paifang.provider.version"] != "1.0.0" || facts["paifang.provider.generation"] != "0" {
			t.Errorf("call %d: %v", i, facts)
		}
	}
	if calls[1].Status().Code != codes.Error || calls[0].Parent().SpanID() != spans["job"][0].SpanContext().SpanID() {
		t.Error("a wrong answer has not failed, or a call is not below who asked")
	}
}
