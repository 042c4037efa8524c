package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/pprof"
	"sync"
	"time"

	"github.com/paifang/paifang/core/credential"
	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/outbox"
	"github.com/paifang/paifang/core/store"
)

// Bench is what development mode tells to cmd/paifang/bench and does for it. The
// flags are those of demo alone: serve has neither.
type Bench struct {
	Observe string `help:"Address on this machine where profiles and counts can be read." env:"PAIFANG_OBSERVE" hidden:""`
	NoHash  bool   `help:"Hash passwords at next to no cost, to measure everything else." env:"PAIFANG_NO_HASH" hidden:""`
}

// noCost is the least that argon2id can be asked for.
func noCost() credential.Cost { return credential.Cost{Memory: 8, Time: 1, Threads: 1} }

// observer counts what a process does and how long messages wait after the
// commit that ordered them.
type observer struct {
	meter store.Meter
	next  outbox.Messenger

	mu      sync.Mutex
	ordered map[string]time.Time
	waited  []time.Duration // since the counts were last read
}

// observing is what GET /counts answers.
type observing struct {
	Statements int64           `json:"statements"`
	Commits    int64           `json:"commits"`
	Waited     []time.Duration `json:"waited"` // nanoseconds from the commit until the messenger has the message, each told once
}

// committed remembers when a message was ordered.
func (o *observer) committed(jobs []kyc.Job) {
	now := time.Now()
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, job := range jobs {
		if job.Kind == kyc.JobSend {
			o.ordered[job.Ref] = now
		}
	}
}

// Send implements outbox.Messenger.
func (o *observer) Send(ctx context.Context, m kyc.Outgoing) (kyc.Receipt, error) {
	receipt, err := o.next.Send(ctx, m)
	o.mu.Lock()
	defer o.mu.Unlock()
	if at, ok := o.ordered[string(m.ID)]; ok && err == nil {
		o.waited = append(o.waited, time.Since(at))
		delete(o.ordered, string(m.ID))
	}
	return receipt, err
}

// observe opens the address that Bench names. Profiles tell what is in memory,
// so that no other machine may ask.
func (b Bench) observe() (*observer, error) {
	if b.Observe == "" {
		return nil, nil
	}
	if host, _, err := net.SplitHostPort(b.Observe); err != nil || !loopback(host) {
		return nil, fmt.Errorf("--observe (PAIFANG_OBSERVE) is not an address of this machine, like 127.0.0.1:6060")
	}
	door, err := listen(b.Observe)
	if err != nil {
		return nil, err
	}
	o := &observer{ordered: map[string]time.Time{}}
	pages := http.NewServeMux()
	pages.HandleFunc("GET /debug/pprof/", pprof.Index)
	pages.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	pages.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	pages.HandleFunc("GET /counts", o.counts)
	server := &http.Server{Handler: pages, ReadHeaderTimeout: time.Second}
	go func() { _ = server.Serve(door) }() // ends with the process
	return o, nil
}

func (o *observer) counts(w http.ResponseWriter, _ *http.Request) {
	o.mu.Lock()
	told := observing{Statements: o.meter.Statements.Load(), Commits: o.meter.Commits.Load(), Waited: o.waited}
	o.waited = nil
	o.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(told)
}
