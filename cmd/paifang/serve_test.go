package main

import (
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/paifang/paifang/core/store/storetest"
)

// A server that is told to stop answers what has reached it; who comes later is
// not let in, which a balancer understands, but nobody is told of a failure.
func TestStoppingUnderLoadFailsNoRequest(t *testing.T) {
	for name, database := range map[string]string{"sqlite": "", "postgres": storetest.PostgresURL(t)} {
		t.Run(name, func(t *testing.T) {
			r := run(t, "demo", "--data", t.TempDir(), "--database-url", database)
			var answered, failed atomic.Int64
			var stop atomic.Bool
			var wg sync.WaitGroup
			for range 16 {
				wg.Go(func() {
					for !stop.Load() {
						req, _ := http.NewRequest(http.MethodPost, r.base+"/api/v1/applications",
							strings.NewReader(`{"market":"overseas","locale":"en"}`))
						req.Header.Set("Authorization", "Bearer pk_test_demo")
						req.Header.Set("Content-Type", "application/json")
						resp, err := http.DefaultClient.Do(req)
						if err != nil {
							return // not let in any more
						}
						resp.Body.Close()
						answered.Add(1)
						if resp.StatusCode != http.StatusCreated {
							failed.Add(1)
							t.Errorf("status %d", resp.StatusCode)
						}
					}
				})
			}
			time.Sleep(700 * time.Millisecond)
			for end := time.Now().Add(time.Minute); answered.Load() < 16 && time.Now().Before(end); {
				time.Sleep(20 * time.Millisecond)
			}
			if err := r.Process.Signal(syscall.SIGTERM); err != nil {
				t.Fatal(err)
			}
			began := time.Now()
			if err := r.Wait(); err != nil {
				t.Errorf("it did not stop cleanly: %v\n%s", err, r.log)
			}
			if took := time.Since(began); took > 40*time.Second {
				t.Errorf("it took %v to stop", took)
			}
			stop.Store(true)
			wg.Wait()
			if answered.Load() < 16 || failed.Load() > 0 {
				t.Errorf("%d answered, %d of them with failures", answered.Load(), failed.Load())
			}
		})
	}
}

// A request that never ends keeps the server until its time is up, or until
// somebody insists.
func TestASecondSignalEndsAtOnce(t *testing.T) {
	r := run(t, "demo", "--data", t.TempDir())
	conn, err := net.Dial("tcp", strings.TrimPrefix(r.base, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_, err = io.WriteString(conn, "POST /api/v1/applications HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer pk_test_demo\r\n"+
		"Content-Type: application/json\r\nContent-Length: 100\r\nExpect: 100-continue\r\n\r\n")
	if err != nil {
		t.Fatal(err)
	}
	const under = "HTTP/1.1 100 " // way
	asked := make([]byte, len(under))
	if _, err := io.ReadFull(conn, asked); err != nil || string(asked) != under {
		t.Fatalf("the request is answered with %q, %v", asked, err)
	}
	if err := r.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(time.Minute); !strings.Contains(r.log.String(), "a second signal ends at once"); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("the first signal is not noticed\n%s", r.log)
		}
	}
	ended := make(chan error, 1)
	go func() { ended <- r.Wait() }()
	select {
	case err := <-ended:
		t.Fatalf("one signal is enough to end with a request under way: %v", err)
	case <-time.After(500 * time.Millisecond):
	}
	_ = r.Process.Signal(syscall.SIGTERM)
	select {
	case err := <-ended:
		if err == nil {
			t.Error("it ends as if all were answered")
		}
	case <-time.After(8 * time.Second): // at most 10 it would have waited for the request
		t.Error("somebody insists, and it goes on")
	}
}

func TestBaseOfLinks(t *testing.T) {
	for listen, want := range map[string]string{
		"127.0.0.1:8080": "http://127.0.0.1:8080", "0.0.0.0:8080": "http://localhost:8080", ":80": "http://localhost:80",
		"[::]:8080": "http://localhost:8080", "[::1]:8080": "http://[::1]:8080", "id.example:80": "http://id.example:80",
	} {
		if got := (Serving{Listen: listen}).baseURL(); got != want {
			t.Errorf("%s: %s, want %s", listen, got, want)
		}
	}
	if got := (Serving{Listen: ":80", BaseURL: "https://id.example/"}).baseURL(); got != "https://id.example" {
		t.Error(got)
	}
}

// Cookies are kept to TLS wherever people come by it, and where they do not and
// come from elsewhere the operator is told.
func TestTLS(t *testing.T) {
	for _, c := range []struct {
		serving      Serving
		secure, warn bool
	}{
		{Serving{Listen: "127.0.0.1:80", BaseURL: "https://id.example"}, true, false},
		{Serving{Listen: "127.0.0.1:80", BaseURL: "HTTPS://id.example", Secure: true}, true, false},
		{Serving{Listen: "127.0.0.1:80", BaseURL: "http://id.example"}, false, true},
		{Serving{Listen: "192.0.2.7:80"}, false, true},
		{Serving{Listen: "127.0.0.1:80"}, false, false},
		{Serving{Listen: "[::1]:80"}, false, false},
	} {
		if got := c.serving.secure(); got != c.secure {
			t.Errorf("%+v: secure is %v", c.serving, got)
		}
		if got := strings.Contains(strings.Join(c.serving.warnings(), "\n"), "without TLS"); got != c.warn {
			t.Errorf("%+v: warned is %v", c.serving, got)
		}
	}
}

func TestClock(t *testing.T) {
	built := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	for now, fine := range map[time.Time]bool{built.AddDate(1, 0, 0): true, built.AddDate(-1, 0, 0): false, built.AddDate(200, 0, 0): false} {
		if err := checkClock(now, built); (err == nil) != fine {
			t.Errorf("%v: %v", now, err)
		}
	}
}
