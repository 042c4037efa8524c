package journeys

import (
	"compress/gzip"
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	spans "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/paifang/paifang/core/store/storetest"
)

// tracing is a collector on this machine, in memory.
type tracing struct {
	mu      sync.Mutex
	raw     []byte // all that came
	spans   []*spans.Span
	refused int // requests without the secret header
}

// newTracing makes servers that are started from here on send their traces to it, of
// all requests.
func newTracing(t *testing.T) *tracing {
	t.Helper()
	c := &tracing{}
	server := httptest.NewServer(c)
	t.Cleanup(server.Close)
	headers := filepath.Join(t.TempDir(), "headers")
	must(t, os.WriteFile(headers, []byte("X-Collector-Key: hunter2\n"), 0o600))
	t.Setenv("PAIFANG_TRACES", server.URL)
	t.Setenv("PAIFANG_TRACE_SHARE", "1")
	t.Setenv("PAIFANG_TRACE_HEADERS", headers)
	return c
}

func (c *tracing) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	unzipped, err := gzip.NewReader(r.Body)
	if err != nil || r.URL.Path != "/v1/traces" || r.Header.Get("X-Collector-Key") != "hunter2" {
		c.refused++
		w.WriteHeader(http.StatusForbidden)
		return
	}
	raw, err := io.ReadAll(io.LimitReader(unzipped, 16<<20))
	var got collector.ExportTraceServiceRequest
	if err != nil || proto.Unmarshal(raw, &got) != nil {
		c.refused++
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	c.raw = append(c.raw, raw...)
	for _, resource := range got.ResourceSpans {
		for _, scope := range resource.ScopeSpans {
			c.spans = append(c.spans, scope.Spans...)
		}
	}
	w.Header().Set("Content-Type", "application/x-protobuf")
}

// below are the spans of a name whose parent is the span.
func (c *tracing) below(parent *spans.Span, name string) []*spans.Span {
	var list []*spans.Span
	for _, s := range c.spans {
		if s.Name == name && slices.Equal(s.ParentSpanId, parent.SpanId) && slices.Equal(s.TraceId, parent.TraceId) {
			list = append(list, s)
		}
	}
	return list
}

func (c *tracing) named(name string) []*spans.Span {
	var list []*spans.Span
	for _, s := range c.spans {
		if s.Name == name {
			list = append(list, s)
		}
	}
	return list
}

func says(s *spans.Span, key string) string {
	for _, a := range s.Attributes {
		if a.Key == key {
			return a.Value.GetStringValue()
		}
	}
	return ""
}

// TestTraces walks M1 and finds it in the collector: the door, the phases of the
// submission, the question to the market and what the market's program did; and the
// jobs, linked to the request that ordered them. Nothing of the person is there.
func TestTraces(t *testing.T) {
	for name, database := range map[string]string{"sqlite": "", "postgres": storetest.PostgresURL(t)} {
		t.Run(name, func(t *testing.T) {
			c := newTracing(t)
			s := newServer(t, database)
			typed := mainlandPerson("+8613800138000")
			m1 := newClient(s, "pk_test_demo", "mainland", "zh-Hans", newPerson(t, typed))
			m1.run("mainland")
			m1.activated("verified")
			time.Sleep(200 * time.Millisecond) // jobs end
			secrets := []string{strings.TrimPrefix(m1.auth, "Bearer "), "hunter2"}
			for _, m := range s.messages("+8613800138000") {
				secrets = append(secrets, m.Text, codeInText.FindString(m.Text))
			}
			for _, v := range typed {
				if text, ok := v.(string); ok {
					secrets = append(secrets, text)
				}
			}
			s.stop(syscall.SIGTERM) // what is left is sent
			c.mu.Lock()
			defer c.mu.Unlock()
			if c.refused > 0 {
				t.Errorf("%d requests were refused", c.refused)
			}
			c.tree(t)
			c.jobs(t)
			c.nothingPersonal(t, secrets)
		})
	}
}

// tree wants the submission of each step to be there from the door to the provider.
func (c *tracing) tree(t *testing.T) {
	t.Helper()
	whole := map[string]bool{}
	for _, door := range c.named("POST /api/v1/applications/:application/steps/:step") {
		if door.Kind != spans.Span_SPAN_KIND_SERVER || len(door.ParentSpanId) > 0 || says(door, "paifang.tenant") == "" || says(door, "paifang.request") == "" {
			t.Errorf("door: %v", door)
		}
		for _, submit := range c.below(door, "submit") {
			step := says(submit, "paifang.step")
			if len(c.below(submit, "store commit")) == 0 {
				t.Errorf("%s: nothing was committed", step)
			}
			for _, evaluate := range c.below(submit, "submit evaluate") {
				for _, call := range c.below(evaluate, "provider Evaluate") {
					if says(call, "paifang.provider") != "mainland" || says(call, "paifang.provider.version") == "" || call.Kind != spans.Span_SPAN_KIND_CLIENT {
						t.Errorf("call: %v", call)
					}
					whole[step] = len(c.below(call, "provider work")) == 1
				}
			}
		}
	}
	for _, step := range []string{"account", "profile", "credentials"} {
		if !whole[step] {
			t.Errorf("the trace of step %s is not whole: %v", step, whole)
		}
	}
}

// jobs wants the sending of the code and the checks to be linked to a commit within
// a request.
func (c *tracing) jobs(t *testing.T) {
	t.Helper()
	for _, kind := range []string{"job message.send", "job application.verify"} {
		found := c.named(kind)
		if len(found) == 0 {
			t.Errorf("there is no %s", kind)
		}
		for _, job := range found {
			if len(job.ParentSpanId) > 0 || len(job.Links) != 1 {
				t.Errorf("%s: parent %x, %d links", kind, job.ParentSpanId, len(job.Links))
				continue
			}
			if cause := c.span(job.Links[0].SpanId); cause == nil || cause.Name != "store commit" || slices.Equal(cause.TraceId, job.TraceId) {
				t.Errorf("%s was ordered by %v", kind, cause)
			}
		}
	}
	if job := c.named("job message.send"); len(job) > 0 && len(c.below(job[0], "provider Send")) != 1 {
		t.Error("nobody was asked to send")
	}
}

func (c *tracing) span(id []byte) *spans.Span {
	for _, s := range c.spans {
		if slices.Equal(s.SpanId, id) {
			return s
		}
	}
	return nil
}

// nothingPersonal looks for all that the person typed and was sent, in the bytes that
// left: as it is, in hexadecimal digits and without its plus sign. An id may happen to
// have six digits of a code in it.
func (c *tracing) nothingPersonal(t *testing.T, secrets []string) {
	t.Helper()
	if len(secrets) < 12 || !strings.Contains(string(c.raw), "store commit") {
		t.Fatalf("there are %d secrets to look for in %d bytes", len(secrets), len(c.raw))
	}
	for _, secret := range secrets {
		for _, form := range []string{secret, strings.TrimPrefix(secret, "+"), hex.EncodeToString([]byte(secret))} {
			if len(form) >= 4 && regexp.MustCompile(`(^|[^0-9a-f-])`+regexp.QuoteMeta(form)+`([^0-9a-f-]|$)`).Match(c.raw) {
				t.Errorf("%q is in the traces", form)
			}
		}
	}
	for _, s := range c.spans {
		if len(s.Events) > 0 || s.Status.GetMessage() != "" || s.TraceState != "" {
			t.Errorf("%s has events, a text or a state", s.Name)
		}
	}
}
