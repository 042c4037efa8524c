// Package otlp sends traces to a collector, in the OpenTelemetry protocol over
// HTTP (OTLP/HTTP 1, protobuf bodies).
package otlp

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/paifang/paifang/core/kyc"
)

// Config says where traces go. Endpoint, Version and Log are required.
type Config struct {
	Endpoint string            // http:// or https://; without a path /v1/traces is meant
	Headers  map[string]string // of every request; secret
	Share    float64           // of the traces that begin here that are recorded, 0 to 1
	Version  string            // of this program
	Node     string            // this process among others of the installation
	Every    time.Duration     // how often they are sent; 0: 5 s
	Log      *slog.Logger
}

const (
	// sendTime bounds a request to the collector.
	sendTime = 10 * time.Second
	// tellAgain is how often a collector that does not answer is told of.
	tellAgain = time.Minute
	// maxSpanFacts bounds what one span can hold, whatever goes wrong.
	maxSpanFacts = 32
)

// Open makes a provider of traces that are sent in the background. Shutdown
// sends what is left. A collector that does not answer holds nobody up: what it
// does not take in time is dropped, and the log says so once a minute.
func Open(ctx context.Context, c Config) (*sdktrace.TracerProvider, error) {
	client := &http.Client{Timeout: sendTime, Transport: &http.Transport{MaxIdleConnsPerHost: 1, IdleConnTimeout: time.Minute},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }} // the headers go to nobody else
	to, err := url.Parse(c.Endpoint)
	if err != nil || to.Host == "" || to.Scheme != "http" && to.Scheme != "https" {
		return nil, kyc.E(kyc.Invalid, "the collector of traces has no address like https://HOST:PORT")
	}
	if to.Path == "" || to.Path == "/" {
		to.Path = "/v1/traces"
	}
	exporter, err := otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(to.String()), otlptracehttp.WithHeaders(c.Headers),
		otlptracehttp.WithHTTPClient(client), otlptracehttp.WithCompression(otlptracehttp.GzipCompression), otlptracehttp.WithTimeout(sendTime))
	if err != nil {
		return nil, kyc.Wrap(kyc.Invalid, err, "the exporter of traces")
	}
	if c.Every == 0 {
		c.Every = 5 * time.Second
	}
	about := resource.NewSchemaless(attribute.String("service.name", "paifang"), attribute.String("service.version", c.Version),
		attribute.String("service.instance.id", c.Node))
	limits := sdktrace.NewSpanLimits()
	limits.AttributeCountLimit, limits.LinkCountLimit, limits.EventCountLimit = maxSpanFacts, 1, 0
	return sdktrace.NewTracerProvider(
		sdktrace.WithResource(about), sdktrace.WithRawSpanLimits(limits),
		sdktrace.WithSampler(sdktrace.ParentBased(picks{sdktrace.TraceIDRatioBased(c.Share)})),
		sdktrace.WithBatcher(&quiet{SpanExporter: exporter, log: c.Log}, sdktrace.WithBatchTimeout(c.Every), sdktrace.WithExportTimeout(sendTime)),
	), nil
}

// picks tells which traces that begin here are recorded: a share, and every job
// that something recorded has ordered.
type picks struct{ sdktrace.Sampler }

func (p picks) ShouldSample(s sdktrace.SamplingParameters) sdktrace.SamplingResult {
	if s.Kind == trace.SpanKindConsumer && len(s.Links) > 0 {
		if s.Links[0].SpanContext.IsSampled() {
			return sdktrace.SamplingResult{Decision: sdktrace.RecordAndSample}
		}
		return sdktrace.SamplingResult{Decision: sdktrace.Drop}
	}
	return p.Sampler.ShouldSample(s)
}

// quiet says in our log that spans were lost, and not why in anybody's words: an
// error of the exporter quotes addresses and answers.
type quiet struct {
	sdktrace.SpanExporter
	log  *slog.Logger
	told atomic.Int64 // unix seconds
	lost atomic.Int64
}

func (q *quiet) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	if err := q.SpanExporter.ExportSpans(ctx, spans); err == nil {
		return nil
	}
	q.lost.Add(int64(len(spans)))
	now, before := time.Now(), q.told.Load()
	if now.Sub(time.Unix(before, 0)) >= tellAgain && q.told.CompareAndSwap(before, now.Unix()) {
		q.log.Warn("the collector of traces does not take them: look at --traces (PAIFANG_TRACES) and --trace-headers (PAIFANG_TRACE_HEADERS)", "spans_lost", q.lost.Swap(0))
	}
	return nil
}
