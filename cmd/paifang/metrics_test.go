package main

import (
	"io"
	"net/http"
	"strings"
	"testing"
)

func TestMetricsHaveAnAddressOfTheirOwn(t *testing.T) {
	address := "127.0.0.1:" + freePort(t)
	r := run(t, "demo", "--data", t.TempDir(), "--metrics", address)
	get := func(at string) (int, string) {
		resp, err := http.Get(at + "/metrics")
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return resp.StatusCode, string(body)
	}
	if status, body := get("http://" + address); status != http.StatusOK || !strings.Contains(body, `paifang_provider_ready{provider="mainland",`) {
		t.Errorf("%d %s", status, body)
	}
	if status, _ := get(r.base); status != http.StatusNotFound {
		t.Errorf("people reach them: %d", status)
	}
}
