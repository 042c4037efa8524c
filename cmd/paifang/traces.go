package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"net/textproto"
	"net/url"
	"os"
	"runtime/debug"
	"slices"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/paifang/paifang/core/trace"
	"github.com/paifang/paifang/core/trace/otlp"
)

// Tracing says whether, and where, traces go.
type Tracing struct {
	Traces       string  `help:"Collector that gets traces in the OpenTelemetry protocol over HTTP, http(s)://HOST:PORT; a path other than /v1/traces is named, too. Default: none." env:"PAIFANG_TRACES" placeholder:"URL"`
	TraceShare   float64 `help:"Share of the requests that are traced, 0 to 1. A trusted proxy that sends traceparent has decided for its own." env:"PAIFANG_TRACE_SHARE" default:"0.05"`
	TraceHeaders string  `help:"File of the headers that the collector wants, one a line, NAME: VALUE. Secret." env:"PAIFANG_TRACE_HEADERS" placeholder:"FILE" type:"existingfile"`

	traceEvery time.Duration // how often they are sent; 0: as package otlp does
}

// check finds what is wrong with the settings.
func (t Tracing) check() error {
	to, err := url.Parse(t.Traces)
	if t.Traces != "" && (err != nil || to.Host == "" || to.Scheme != "http" && to.Scheme != "https" || to.User != nil || to.RawQuery != "") {
		return errors.New("--traces (PAIFANG_TRACES) is not an address like https://collector.example:4318; what the collector wants to know of us goes into the file of --trace-headers (PAIFANG_TRACE_HEADERS)")
	}
	if !(t.TraceShare >= 0 && t.TraceShare <= 1) {
		return errors.New("--trace-share (PAIFANG_TRACE_SHARE) is not a number from 0 to 1")
	}
	return nil
}

// headers reads the file of headers. Its errors quote nothing of it.
func (t Tracing) headers() (map[string]string, error) {
	if t.TraceHeaders == "" {
		return nil, nil
	}
	raw, err := os.ReadFile(t.TraceHeaders)
	if err != nil {
		return nil, fmt.Errorf("the headers for the collector of traces, --trace-headers (PAIFANG_TRACE_HEADERS), cannot be read: %w", err)
	}
	raw = append(bytes.TrimSpace(raw), "\n\n"...)
	lines, err := textproto.NewReader(bufio.NewReader(bytes.NewReader(raw))).ReadMIMEHeader()
	if err != nil {
		return nil, fmt.Errorf("%s is not a list of headers, one a line, NAME: VALUE", t.TraceHeaders)
	}
	list := map[string]string{}
	for name, values := range lines {
		list[name] = values[len(values)-1]
	}
	return list, nil
}

// startTraces begins to record traces; without a collector it does nothing.
func (g *gateway) startTraces(ctx context.Context, o options) error {
	if o.Traces == "" {
		return nil
	}
	headers, err := o.headers()
	if err != nil {
		return err
	}
	node, err := os.Hostname()
	if err != nil {
		node = "" // it is a label
	}
	g.spans, err = otlp.Open(ctx, otlp.Config{Endpoint: o.Traces, Headers: headers, Share: o.TraceShare, Version: moduleVersion(), Node: node,
		Every: o.traceEvery, Log: g.log})
	if err != nil {
		return err
	}
	g.traces = trace.NewSource(g.spans, func(peer netip.Addr) bool {
		return slices.ContainsFunc(o.Proxies, func(p netip.Prefix) bool { return p.Contains(peer) })
	})
	return nil
}

// moduleVersion is the version of the module that this program was built from.
func moduleVersion() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}

// endTraces sends what is left, if the collector takes it soon.
func endTraces(ctx context.Context, spans *sdktrace.TracerProvider, log *slog.Logger) {
	if spans == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	if spans.Shutdown(ctx) != nil {
		log.Warn("the last traces were not sent")
	}
}
