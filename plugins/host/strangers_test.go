package host

import (
	"context"
	"strings"
	"testing"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"google.golang.org/grpc/metadata"

	"github.com/paifang/paifang/core/trace"
	"github.com/paifang/paifang/plugins/sdk/wire"
)

// TestAStrangersSpans: what a provider tells of itself is dropped unless all of it has
// the right form, and never leaves the time of the call.
func TestAStrangersSpans(t *testing.T) {
	const huge = "9223372036854775807"
	for told, want := range map[string]int{
		`{"took_us":700,"spans":[{"code":"vendor.ask","at_us":100,"took_us":200},{"code":"vendor.connect","at_us":100,"took_us":3600000000,"in":1,"failed":true}]}`: 3,
		`{"took_us":3600000000}`:   1,
		"junk":                     0,
		`{"took_us":-1}`:           0,
		`{"took_us":` + huge + `}`: 0,
		`{"took_us":1,"spans":[{"code":"a","in":1}]}`:                                                0, // within itself
		`{"took_us":1,"spans":[{"code":"a","in":-1}]}`:                                               0,
		`{"took_us":1,"spans":[{"code":"Anna ERIKSSON"}]}`:                                           0,
		`{"took_us":1,"spans":[{"code":"a","at_us":-1}]}`:                                            0,
		`{"took_us":1,"spans":[{"code":"a","at_us":` + huge + `}]}`:                                  0,
		`{"took_us":1,"spans":[{"code":"a","took_us":` + huge + `}]}`:                                0,
		`{"took_us":1,"spans":[` + strings.Repeat(`{"code":"a"},`, wire.MaxSpans) + `{"code":"a"}]}`: 0,
		`{"took_us":1,"spans":[]` + strings.Repeat(" ", wire.MaxSpansBytes) + `}`:                    0,
	} {
		ended := tracetest.NewSpanRecorder()
		p := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(ended))
		ctx, root := trace.NewSource(p, nil).Job(t.Context(), "")
		began := time.Now()
		now := began.Add(time.Millisecond)
		c := &tracedCall{trailer: metadata.Pairs(wire.SpansTrailer, told)}
		c.inside(ctx, began, now)
		if n := len(ended.Ended()); n != want {
			t.Errorf("%.80s: %d spans, want %d", told, n, want)
		}
		for _, s := range ended.Ended() {
			if s.StartTime().Before(began) || s.EndTime().After(now) || s.EndTime().Before(s.StartTime()) {
				t.Errorf("%.80s: %s lasts from %v to %v of the call", told, s.Name(), s.StartTime().Sub(began), s.EndTime().Sub(began))
			}
		}
		gone, cancel := context.WithCancel(ctx)
		cancel()
		before := len(ended.Ended())
		if c.inside(gone, began, now); len(ended.Ended()) != before {
			t.Errorf("%.80s: the trailer of a call that was cut off is read", told)
		}
		root.End(nil)
		_ = p.Shutdown(context.Background())
	}
}
