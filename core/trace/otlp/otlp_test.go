package otlp_test

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/paifang/paifang/core/trace"
	"github.com/paifang/paifang/core/trace/otlp"
)

// TestACollectorThatIsAway holds nobody up, and what the log says of it has
// neither the address nor the answer nor a secret in it.
func TestACollectorThatIsAway(t *testing.T) {
	asked := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked++
		http.Redirect(w, r, "http://"+r.Host+"/elsewhere?key="+r.Header.Get("Key"), http.StatusTemporaryRedirect)
	}))
	defer server.Close()
	var log bytes.Buffer
	p, err := otlp.Open(t.Context(), otlp.Config{Endpoint: server.URL, Headers: map[string]string{"Key": "hunter2"}, Share: 1, Version: "v1", Every: time.Hour, Log: slog.New(slog.NewTextHandler(&log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	source := trace.NewSource(p, nil)
	took := time.Hour
	for try := 0; try < 3 && took > 2*time.Second; try++ { // once may be what else the machine does
		began := time.Now()
		for range 5000 { // more than are kept
			_, span := source.Request(t.Context(), netip.Addr{}, "")
			span.End(nil)
		}
		took = time.Since(began)
	}
	if took > 2*time.Second {
		t.Errorf("5,000 spans took %v", took)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	_ = p.Shutdown(ctx)
	if strings.Count(log.String(), "collector") != 1 || strings.Contains(log.String(), "127.0.0.1") || strings.Contains(log.String(), "hunter2") {
		t.Errorf("the log says:\n%s", log.String())
	}
	if asked == 0 || asked > 20 {
		t.Errorf("the collector was asked %d times", asked)
	}
}

// TestWhatIsPicked: a share of the requests; a job exactly when what ordered it was.
func TestWhatIsPicked(t *testing.T) {
	p, err := otlp.Open(t.Context(), otlp.Config{Endpoint: "http://127.0.0.1:1", Share: 0.5, Version: "v1", Every: time.Hour, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	source := trace.NewSource(p, nil)
	picked := 0
	for range 1000 {
		_, span := source.Request(t.Context(), netip.Addr{}, "")
		if span.Recording() {
			picked++
		}
		span.End(nil)
	}
	if picked < 400 || picked > 600 {
		t.Errorf("%d of 1,000 were picked", picked)
	}
	const cause = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0"
	for range 50 {
		_, yes := source.Job(t.Context(), cause+"1")
		_, no := source.Job(t.Context(), cause+"0")
		if !yes.Recording() || no.Recording() {
			t.Fatal("a job is recorded without its cause, or not with it")
		}
	}
	for _, bad := range []string{"", "collector:4318", "ftp://collector", "http://"} {
		if _, err := otlp.Open(t.Context(), otlp.Config{Endpoint: bad, Log: slog.New(slog.DiscardHandler)}); err == nil {
			t.Errorf("%q is an address", bad)
		}
	}
}
