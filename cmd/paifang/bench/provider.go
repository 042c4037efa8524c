package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/plugins/host"
)

// calls are what a provider costs: the market of journey M1, asked about its
// largest step over the real transport, without a gateway around it.
type calls struct {
	Provider string        `json:"provider"`
	Start    float64       `json:"start_ms"` // from nothing until it answers
	Memory   float64       `json:"memory_mb"`
	Rates    []callRate    `json:"rates"`
	Kills    []replacement `json:"after_a_kill"`
}

// callRate is what so many callers get at once.
type callRate struct {
	Callers   int     `json:"callers"`
	P50       float64 `json:"p50_ms"`
	P99       float64 `json:"p99_ms"`
	PerSecond float64 `json:"calls_per_s"`
	CPU       float64 `json:"cpu_ms_provider"` // a call
	HostCPU   float64 `json:"cpu_ms_host"`     // a call
}

// replacement is how long after SIGKILL the host knew, and the next process
// answered a question.
type replacement struct {
	Noticed float64 `json:"noticed_ms"`
	Serving float64 `json:"serving_ms"`
}

const (
	measured   = "mainland"
	callsEach  = 4000
	killsAlone = 3 // each of a host of its own: a second failure waits longer
)

func (s settings) provider() (c *calls, err error) {
	c = &calls{Provider: measured}
	for range killsAlone {
		if err := s.oneHost(c); err != nil {
			return nil, err
		}
	}
	return c, nil
}

func (s settings) oneHost(c *calls) error {
	run, err := os.MkdirTemp("", "paifang-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(run)
	dir, err := filepath.Abs(filepath.Join(s.programs, "providers"))
	if err != nil {
		return err
	}
	var ids atomic.Int64
	began := time.Now()
	h, err := host.Start(context.Background(), host.Config{Dir: dir, RunDir: run, Enabled: []string{measured}, Clock: time.Now,
		IDs: func() string { return strconv.FormatInt(ids.Add(1), 10) }, Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
	if err != nil {
		return err
	}
	defer func() { _ = h.Close(context.Background()) }()
	if err := ask(h, question()); err != nil {
		return err
	}
	if c.Rates == nil {
		c.Start = millis(time.Since(began))
		for _, callers := range []int{1, 8} {
			rate, err := rateOf(h, callers)
			if err != nil {
				return err
			}
			c.Rates = append(c.Rates, rate)
		}
		p, _ := readProcess(h.Status()[0].PID)
		c.Memory = float64(p.rss) / (1 << 20)
	}
	kill, err := killOnce(h)
	c.Kills = append(c.Kills, kill)
	return err
}

// question is about the step "profile" of M1.
func question() kyc.Question {
	return kyc.Question{Tenant: "bench", Market: measured, Step: "profile",
		Values:  kyc.Values(profile(7)),
		Answers: kyc.Answers{"account": {"phone": "+8613800000007", "phone.region": "CN"}},
		Facts:   kyc.Values{"contact.phone": "CN"}, Locale: "zh-Hans", Now: time.Now(), Config: []byte("{}")}
}

func ask(h *host.Host, q kyc.Question) error {
	found, err := h.Evaluate(context.Background(), q)
	if err == nil && len(found.Problems) > 0 {
		err = fmt.Errorf("the provider finds %v", found.Problems)
	}
	return err
}

func rateOf(h *host.Host, callers int) (callRate, error) {
	before, _ := readProcess(h.Status()[0].PID)
	own, _ := readProcess(os.Getpid())
	took := make([][]time.Duration, callers)
	errs := make(chan error, callers)
	q := question() // made once: the making is a thirtieth of a call
	began := time.Now()
	for i := range callers {
		go func() {
			for range callsEach / callers {
				at := time.Now()
				if err := ask(h, q); err != nil {
					errs <- err
					return
				}
				took[i] = append(took[i], time.Since(at))
			}
			errs <- nil
		}()
	}
	var err error
	for range callers {
		err = errors.Join(err, <-errs)
	}
	all := time.Since(began)
	after, _ := readProcess(h.Status()[0].PID)
	ours, _ := readProcess(os.Getpid())
	var list []time.Duration
	for _, t := range took {
		list = append(list, t...)
	}
	return callRate{Callers: callers, P50: millis(quantile(list, 50)), P99: millis(quantile(list, 99)),
		PerSecond: float64(len(list)) / all.Seconds(),
		CPU:       millis(after.cpu-before.cpu) / float64(max(1, len(list))), HostCPU: millis(ours.cpu-own.cpu) / float64(max(1, len(list)))}, err
}

// killOnce ends the process with SIGKILL and asks until the next one answers.
func killOnce(h *host.Host) (r replacement, err error) {
	pid := h.Status()[0].PID
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		return r, os.NewSyscallError("kill", err)
	}
	began := time.Now()
	for time.Since(began) < 10*time.Second {
		if s := h.Status()[0]; r.Noticed == 0 && (s.State != host.Ready || s.PID != pid) {
			r.Noticed = millis(time.Since(began))
		}
		if r.Noticed > 0 && ask(h, question()) == nil {
			r.Serving = millis(time.Since(began))
			return r, nil
		}
		time.Sleep(500 * time.Microsecond)
	}
	return r, errors.New("the provider did not come back within 10 s")
}

// print writes it for people; a step of a registration is the whole of the time
// that the call is a share of.
func (c *calls) print(out io.Writer, runs []*figures) {
	fmt.Fprintf(out, "\nprovider %s: answers %.0f ms after its start, %.0f MB\n\n", c.Provider, c.Start, c.Memory)
	for _, r := range c.Rates {
		fmt.Fprintf(out, "  %d at once: a call %.2f ms (p50), %.2f ms (p99), %.0f calls a second, %.2f ms CPU of the provider and %.2f of the host (aim: 0.3 ms at the median)\n",
			r.Callers, r.P50, r.P99, r.PerSecond, r.CPU, r.HostCPU)
	}
	for _, f := range runs {
		for i, step := range f.Steps {
			if step.Name == "profile" && len(f.Runs) > 0 && f.Runs[0].Clients == 1 {
				fmt.Fprintf(out, "  %s, %s: %.0f %% of the time of step profile (p50, one client)\n", f.Database, f.what(), 100*c.Rates[0].P50/f.Runs[0].P50[i])
			}
		}
	}
	for _, k := range c.Kills {
		fmt.Fprintf(out, "  killed: noticed after %.1f ms, its replacement serves after %.0f ms (aim: 100 ms)\n", k.Noticed, k.Serving)
	}
}
