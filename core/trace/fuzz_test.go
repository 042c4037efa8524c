package trace

import (
	"context"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// FuzzCause: whatever a caller says that it is the cause of, what is believed is a trace
// and a span of W3C Trace Context, written as the caller wrote them.
func FuzzCause(f *testing.F) {
	const good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
	for _, s := range []string{good, strings.ToUpper(good), "ff" + good[2:], "cc" + good[2:] + "-more", good + "-more", good[:54], good + "0",
		"00-" + strings.Repeat("0", 32) + "-00f067aa0ba902b7-01", strings.ReplaceAll(good, "-", "_"), strings.ReplaceAll(good, "4", "é"), " " + good, good + "\r\nx: y", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, cause string) {
		c := read(cause)
		if !c.IsValid() {
			return
		}
		if !strings.Contains(cause, "-"+c.TraceID().String()+"-"+c.SpanID().String()+"-") {
			t.Errorf("%q is read as %s %s", cause, c.TraceID(), c.SpanID())
		}
		var said carrier
		propagation.TraceContext{}.Inject(trace.ContextWithSpanContext(context.Background(), c), &said)
		if again := read(string(said)); again.TraceID() != c.TraceID() || again.SpanID() != c.SpanID() || len(said) != 55 {
			t.Errorf("%q is told on as %q", cause, said)
		}
	})
}
