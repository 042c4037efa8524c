package host_test

import (
	"context"
	"encoding/json"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/plugins/host"
)

// misdeeds are what a provider can do to its host, each from the point where
// everything is well. killed ones are another process afterwards.
var misdeeds = map[string]struct {
	do     func(h *host.Host) // nil: the market is told to do it
	killed bool
	may    bool // be answered nevertheless
}{
	"kill":    {do: func(h *host.Host) { syscall.Kill(status(h, "rogue").PID, syscall.SIGKILL) }, killed: true},
	"stop":    {do: func(h *host.Host) { syscall.Kill(status(h, "rogue").PID, syscall.SIGSTOP) }, killed: true},
	"exit":    {killed: true},
	"memory":  {killed: true},
	"sleep":   {},
	"garbage": {},
	"huge":    {},
	"panic":   {},
	"flood":   {may: true},
}

// other asks a well-behaved market until it is told to stop, and counts.
type other struct {
	took   []time.Duration
	failed []error
	stop   chan struct{}
	done   sync.WaitGroup
}

func (o *other) run(h *host.Host) {
	o.stop = make(chan struct{})
	o.done.Go(func() {
		for {
			began := time.Now()
			_, err := h.Evaluate(context.Background(), kyc.Question{Market: "atlantis", Step: "profile",
				Values: kyc.Values{"number": "AT19"}, Now: time.Unix(1800000000, 0)})
			o.took = append(o.took, time.Since(began))
			if err != nil {
				o.failed = append(o.failed, err)
			}
			select {
			case <-o.stop:
				return
			case <-time.After(2 * time.Millisecond):
			}
		}
	})
}

func (o *other) end() { close(o.stop); o.done.Wait() }

func (o *other) p99() time.Duration {
	slices.Sort(o.took)
	return o.took[len(o.took)*99/100]
}

// misbehaving is a host with a rogue and a decent market.
func misbehaving(t *testing.T) (*host.Host, *safeBuffer) {
	log := &safeBuffer{}
	c := config(t, catalogue(t, "rogue", "atlantis"), log)
	c.Settings = map[string]json.RawMessage{"rogue": json.RawMessage(must)}
	c.Memory = 128 << 20
	return run(t, impatient(c)), log
}

// Whatever a provider does, only what it was asked fails, its flow is still
// there, it comes back, and the other market never notices.
func TestMisdeedsAreContained(t *testing.T) {
	for name := range misdeeds {
		t.Run(name, func(t *testing.T) {
			var failed []error
			for range 3 { // a call of a second also fails by what else the machine does, but not each time
				if failed = contained(t, name); len(failed) == 0 {
					return
				}
			}
			t.Errorf("%d calls of the other market failed: %v", len(failed), failed[0])
		})
	}
}

// contained is one misdeed, and what failed of the other market meanwhile.
func contained(t *testing.T, name string) []error {
	t.Helper()
	m := misdeeds[name]
	h, log := misbehaving(t)
	before := status(h, "rogue").PID
	var o other
	o.run(h)
	if m.do != nil {
		m.do(h)
	} else if _, err := ask(h, name); (err != nil || !m.may) && kyc.CodeOf(err) != kyc.Unavailable {
		t.Errorf("who asked was told %v", err)
	}
	if flow, err := h.Flow(context.Background(), "rogue", "0.1.0"); err != nil || flow.Version != "0.1.0" {
		t.Errorf("the flow is gone: %v", err)
	}
	eventually(t, "its return", func() bool {
		s := status(h, "rogue")
		_, err := ask(h, "")
		return err == nil && s.State == host.Ready && (!m.killed || s.PID != before)
	})
	o.end()
	if s := status(h, "atlantis"); s.Restarts != 0 && len(o.failed) == 0 {
		t.Errorf("the other market: %+v", s)
	}
	if _, err := os.Stat("/proc/" + strconv.Itoa(before)); m.killed && err == nil {
		t.Error("the process is still there, or a zombie")
	}
	if strings.Contains(log.String(), "ERIKSSON") {
		t.Error("a person is in the log")
	}
	return o.failed
}

// What the kernel keeps of a process's limits.
func TestProcessesAreLimited(t *testing.T) {
	h, _ := misbehaving(t)
	raw, err := os.ReadFile("/proc/" + strconv.Itoa(status(h, "rogue").PID) + "/limits")
	if err != nil {
		t.Fatal(err)
	}
	for what, most := range map[string]string{"Max core file size": "0", "Max open files": "1024", "Max file size": "67108864",
		"Max data size": "1073741824", "Max processes": "2048"} {
		_, rest, _ := strings.Cut(string(raw), what)
		if f := strings.Fields(rest); len(f) < 2 || f[0] != most || f[1] != most {
			t.Errorf("%s is not %s", what, most)
		}
	}
}

func TestMemoryIsBounded(t *testing.T) {
	h, log := misbehaving(t)
	if _, err := ask(h, "memory"); kyc.CodeOf(err) != kyc.Unavailable {
		t.Error(err)
	}
	eventually(t, "the reason in the log", func() bool { return strings.Contains(log.String(), "MiB of memory and may have 128") })
}

func TestLogsAreBoundedAndTold(t *testing.T) {
	h, log := misbehaving(t)
	ctx := kyc.WithRequest(context.Background(), "0123456789abcdef")
	if _, err := h.Evaluate(ctx, kyc.Question{Market: "rogue", Step: "do", Values: kyc.Values{"what": "log"}, Now: time.Now()}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the line", func() bool { return len(h.Logs("rogue")) == 1 })
	if l := h.Logs("rogue")[0]; l.Text != "vendor_slow" || l.Level.String() != "WARN" || l.Request != "0123456789abcdef" ||
		l.Version != "0.1.0" || l.PID != status(h, "rogue").PID || l.Time.IsZero() {
		t.Errorf("%+v", l)
	}
	_, _ = ask(h, "flood") // it may take longer than its time
	dropped := func() bool {
		return slices.ContainsFunc(h.Logs("rogue"), func(l host.LogLine) bool { return strings.HasPrefix(l.Text, "dropped ") })
	}
	eventually(t, "the word that lines were dropped", dropped)
	if n := len(h.Logs("rogue")); n > 500 {
		t.Errorf("%d lines are kept", n)
	}
	if n := strings.Count(log.String(), "code=flood"); n > 400 {
		t.Errorf("%d lines got through", n)
	}
	if h.Logs("nobody") != nil {
		t.Error("of nobody")
	}
}

// One kill is made good at once: the next process is not kept waiting, and who
// asks meanwhile waits for it.
func TestReplacementIsQuick(t *testing.T) {
	c := config(t, catalogue(t, "rogue"), &safeBuffer{})
	c.Settings = map[string]json.RawMessage{"rogue": json.RawMessage(must)}
	c.Timing.Await = 20 * time.Second // on a busy machine, too
	h := run(t, c)
	before := status(h, "rogue").PID
	began := time.Now()
	syscall.Kill(before, syscall.SIGKILL)
	for status(h, "rogue").State == host.Ready && status(h, "rogue").PID == before {
		time.Sleep(time.Millisecond) // until its end is noticed
	}
	if f, err := ask(h, "pid"); err != nil || f.Derived["pid"] == strconv.Itoa(before) {
		t.Errorf("who asked meanwhile was told %v, %v", f.Derived, err)
	}
	t.Logf("replaced after %v", time.Since(began))
	if s := status(h, "rogue"); s.Restarts != 1 || s.PID == before {
		t.Errorf("%+v", s)
	}
}

// What the misdeeds of one market do to how long bare calls to the other take: short
// quiet and troubled times by turns, so that what else the machine does meets both, and the
// medians of their p99. "nothing" is the control: what it seems to do is what the measurement
// itself is unsure of. Four misdeeds are what a process may do before it is quarantined,
// so that hosts are changed. Where a process is replaced in each of these two seconds, the
// processor that the start takes is most of what is measured: that is told and not judged.
// What people of another market notice is measured by TestMisdeedsAndOtherPeople of the journeys.
func TestMisdeedsSlowNobodyDown(t *testing.T) {
	if os.Getenv("PAIFANG_ENDURANCE") == "" {
		t.Skip("takes six minutes and a quiet machine: make endurance")
	}
	control := slowed(t, "nothing", func(*host.Host) {})
	for name, m := range misdeeds {
		do := m.do
		if do == nil {
			do = func(h *host.Host) { _, _ = ask(h, name) }
		}
		if by := slowed(t, name, do); !m.killed && by > max(control, 1)*1.2 {
			t.Errorf("%s: the other market is %.0f %% slower, and %.0f %% for no misdeed at all", name, 100*(by-1), 100*(control-1))
		}
	}
}

// slowed tells how many times as long the other market's p99 is when something is done.
func slowed(t *testing.T, name string, do func(h *host.Host)) float64 {
	t.Helper()
	const window, hosts, rounds = 2 * time.Second, 2, 4
	var quiet, troubled []time.Duration
	asked := 0
	for range hosts {
		h, _ := misbehaving(t)
		for range rounds {
			for _, act := range []func(*host.Host){nil, do} {
				var o other
				o.run(h)
				end := time.Now().Add(window)
				if act != nil {
					act(h)
				}
				time.Sleep(time.Until(end))
				o.end()
				asked += len(o.took)
				if len(o.failed) > 0 {
					t.Errorf("%s: %d calls of the other market failed", name, len(o.failed))
				}
				if act == nil {
					quiet = append(quiet, o.p99())
				} else {
					troubled = append(troubled, o.p99())
				}
			}
			eventually(t, "its return", func() bool { _, err := ask(h, ""); return err == nil })
		}
	}
	slices.Sort(quiet)
	slices.Sort(troubled)
	before, with := quiet[len(quiet)/2], troubled[len(troubled)/2]
	by := float64(with) / float64(before)
	t.Logf("%-8s median p99 of the other market %v without (%v to %v), %v with (%v to %v): %+.0f %%, of %d calls", name,
		before, quiet[0], quiet[len(quiet)-1], with, troubled[0], troubled[len(troubled)-1], 100*(by-1), asked)
	return by
}
