package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"
)

// startMetrics answers GET /metrics at an address of its own, where no people
// come. Without an address it does nothing.
func (g *gateway) startMetrics(ctx context.Context, address string) error {
	if address == "" {
		return nil
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return fmt.Errorf("the address of --metrics (PAIFANG_METRICS) cannot be listened on: %w", err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /metrics", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
		if err := g.host.WriteMetrics(w); err != nil {
			g.log.Debug("metrics were not read to their end")
		}
	})
	g.metrics = &http.Server{Handler: mux, ReadTimeout: 5 * time.Second, WriteTimeout: 10 * time.Second, MaxHeaderBytes: 8 << 10}
	go func() {
		if err := g.metrics.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			g.log.Error("metrics are not served any more", "error", err)
		}
	}()
	return nil
}
