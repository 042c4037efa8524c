package host_test

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/plugins/host"
)

// shelf has versions of rogue, made on demand: a program of any version that it
// is asked for, but "missing".
type shelf struct {
	t    testing.TB
	dir  string
	mu   sync.Mutex
	sums map[string][]byte
}

func newShelf(t testing.TB) *shelf {
	return &shelf{t: t, dir: t.TempDir(), sums: map[string][]byte{}}
}

func (s *shelf) Program(name, version string) (*os.File, []byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	path := filepath.Join(s.dir, name, version, "program")
	if s.sums[path] == nil {
		if strings.Contains(version, "missing") {
			return nil, nil, kyc.E(kyc.NotFound, "no such version")
		}
		built, err := programs()
		if err != nil {
			return nil, nil, err
		}
		b, err := os.ReadFile(filepath.Join(built, "rogue"))
		if err != nil {
			return nil, nil, err
		}
		b = append(b, "\nversion="+version+strings.Repeat(" ", 64-len("\nversion=")-len(version))...)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return nil, nil, err
		}
		if err := os.WriteFile(path, b, 0o755); err != nil {
			return nil, nil, err
		}
		sum := sha256.Sum256(b)
		s.sums[path] = sum[:]
	}
	f, err := os.Open(path)
	return f, s.sums[path], err
}

// versioned is a host of rogue 0.1.0 with a shelf. told gets what Faulty says.
func versioned(t *testing.T, names ...string) (h *host.Host, told chan string) {
	t.Helper()
	told = make(chan string, 10)
	c := config(t, catalogue(t, names...), &safeBuffer{})
	c.Timing.Warm = time.Hour
	c.Versions, c.Settings = newShelf(t), map[string]json.RawMessage{}
	for _, name := range append(names, "rogue", "rogue-late") {
		c.Settings[name] = json.RawMessage(must)
	}
	c.Messengers = map[kyc.ContactKind][]string{kyc.Phone: {"rogue"}}
	c.Faulty = func(name, version, reason string) { told <- name + " " + version + ": " + reason }
	return run(t, c), told
}

// answers is the version that answers for an application bound to one.
func answers(t *testing.T, h *host.Host, bound string) string {
	t.Helper()
	f, err := h.Evaluate(context.Background(), kyc.Question{Tenant: "demo", Market: "rogue", Version: bound, Step: "do",
		Values: kyc.Values{"what": "version"}, Now: time.Unix(1800000000, 0)})
	if err != nil {
		return err.Error()
	}
	if f.Provider.Version != f.Derived["version"] {
		t.Errorf("the finding is of %s, the answer of %s", f.Provider.Version, f.Derived["version"])
	}
	return f.Derived["version"]
}

func plan(p host.Plan) map[string]host.Plan { return map[string]host.Plan{"rogue": p} }

func inForce(h *host.Host, version string) func() bool {
	return func() bool { return status(h, "rogue").Version == version && status(h, "rogue").State == host.Ready }
}

// roles are the versions that run, with their roles.
func roles(h *host.Host) []string {
	var list []string
	for _, g := range status(h, "rogue").Generations {
		list = append(list, string(g.Role)+" "+g.Version)
	}
	return list
}

func TestAnotherVersionTakesOver(t *testing.T) {
	h, _ := versioned(t, "rogue")
	h.Apply(plan(host.Plan{Version: "1.0.0", Warm: host.Shipped}))
	eventually(t, "1.0.0 in force", inForce(h, "1.0.0"))
	if v := answers(t, h, ""); v != "1.0.0" {
		t.Errorf("in force answers %s", v)
	}
	if v := answers(t, h, "0.1.0"); v != "0.1.0" {
		t.Errorf("an application that began with 0.1.0 is answered by %s", v)
	}
	if v := answers(t, h, "0.0.7"); v != "1.0.0" {
		t.Errorf("an application whose version is gone is answered by %s", v)
	}
	for bound, want := range map[string]string{"": "1.0.0", "0.1.0": "0.1.0", "0.0.7": "1.0.0"} {
		if flow, err := h.Flow(context.Background(), "rogue", bound); err != nil || flow.Version != want {
			t.Errorf("flow of %q: %+v, %v", bound, flow, err)
		}
	}
	if got := roles(h); !slices.Equal(got, []string{"current 1.0.0", "warm 0.1.0"}) {
		t.Errorf("roles: %v", got)
	}
	old := status(h, "rogue").Generations[1].PID
	h.Apply(plan(host.Plan{Warm: "1.0.0"}))
	eventually(t, "0.1.0 in force again", inForce(h, "0.1.0"))
	if pid := status(h, "rogue").PID; pid != old {
		t.Errorf("the warm process %d was not used, but %d", old, pid)
	}
}

// A version that cannot run changes nothing but what is said.
func TestWhatDoesNotRunTakesNoPlace(t *testing.T) {
	h, told := versioned(t, "rogue")
	pid := status(h, "rogue").PID
	for version, why := range map[string]string{
		"1.0.0-missing": "no such version", "1.0.0-crash": "handshake", "1.0.0-other": "it says that it is version 9.9.9",
	} {
		h.Apply(plan(host.Plan{Version: version}))
		eventually(t, "trouble with "+version, func() bool { return strings.Contains(status(h, "rogue").Trouble, why) })
		if s := status(h, "rogue"); s.PID != pid || s.State != host.Ready || s.Version != "0.1.0" || !strings.Contains(s.Trouble, version) {
			t.Errorf("%s: %+v", version, s)
		}
		if v := answers(t, h, ""); v != "0.1.0" {
			t.Errorf("%s: answered by %s", version, v)
		}
	}
	h.Apply(nil)
	eventually(t, "peace", func() bool { return status(h, "rogue").Trouble == "" && len(roles(h)) == 1 })
	if len(told) > 0 {
		t.Errorf("told: %s", <-told)
	}
}

func TestCanaryGetsItsShare(t *testing.T) {
	h, _ := versioned(t, "rogue")
	h.Apply(plan(host.Plan{Canary: "1.0.0", Share: 30, Pinned: []string{"0.9.0"}}))
	eventually(t, "the canary and the pinned one", func() bool {
		return choose(h, "rogue", "x", host.Early) == "1.0.0" && choose(h, "rogue", "x", "0.9.0") == "0.9.0"
	})
	n := 0
	for range 2000 {
		id := uuid.Must(uuid.NewV7()).String()
		first, again := choose(h, "rogue", id, ""), choose(h, "rogue", id, "")
		if first != again {
			t.Fatalf("%s and then %s", first, again)
		}
		if first == "1.0.0" {
			n++
		}
		if v := choose(h, "rogue", id, host.Stable); v != "0.1.0" {
			t.Fatalf("stable is %s", v)
		}
	}
	if n < 500 || n > 700 {
		t.Errorf("%d of 2000 at 30 percent", n)
	}
	if v := answers(t, h, "1.0.0"); v != "1.0.0" {
		t.Errorf("the canary's application is answered by %s", v)
	}
	if v, err := h.Choose("rogue", "x", "0.0.1"); kyc.CodeOf(err) != kyc.Unavailable || v != "" {
		t.Errorf("pinned to what does not run: %s %v", v, err)
	}
	if v := choose(h, "rogue", "x", host.Shipped); v != "0.1.0" {
		t.Errorf("pinned to the shipped one: %s", v)
	}
	if _, err := h.ValidateTenant(context.Background(), "rogue", "0.0.1", []byte("{}")); kyc.CodeOf(err) != kyc.Unavailable {
		t.Errorf("settings for what does not run: %v", err)
	}
	h.Apply(plan(host.Plan{Version: "1.0.0", Warm: host.Shipped}))
	eventually(t, "the canary in force", inForce(h, "1.0.0"))
	if s := status(h, "rogue"); s.Restarts != 0 {
		t.Errorf("the canary was started again: %+v", s)
	}
	if v := choose(h, "nobody", "x", ""); v != "" {
		t.Errorf("of no market: %s", v)
	}
}

func TestSwitchedOff(t *testing.T) {
	h, _ := versioned(t, "rogue")
	pid := status(h, "rogue").PID
	h.Apply(plan(host.Plan{Off: true}))
	eventually(t, "the end of the process", func() bool { return !alive(pid) })
	if _, err := ask(h, ""); kyc.CodeOf(err) != kyc.Unavailable {
		t.Errorf("%v", err)
	}
	if flow, err := h.Flow(context.Background(), "rogue", "0.1.0"); err != nil || flow.Version != "0.1.0" {
		t.Errorf("what was typed cannot be shown: %v", err)
	}
	if s := status(h, "rogue"); s.State != host.Stopped || s.Version != "0.1.0" || s.PID != 0 || len(h.Markets()) != 0 {
		t.Errorf("%+v", s)
	}
	h.Apply(nil)
	eventually(t, "it to be back", func() bool {
		if flow, err := h.Flow(context.Background(), "rogue", "0.1.0"); err != nil || flow.Version != "0.1.0" {
			t.Errorf("while it starts, what was typed cannot be shown: %v", err)
		}
		return inForce(h, "0.1.0")()
	})
}

// What runs badly is no hindrance to what runs well, and is not kept for later.
func TestBetterVersionReplacesBroken(t *testing.T) {
	c := config(t, catalogue(t, "rogue"), &safeBuffer{})
	c.Versions, c.Settings = newShelf(t), map[string]json.RawMessage{"rogue": json.RawMessage(must)}
	c.Plans = plan(host.Plan{Version: "1.0.0-crash"})
	h := run(t, c)
	if s := status(h, "rogue"); s.State.Callable() || s.Reason == "" {
		t.Errorf("%+v", s)
	}
	h.Apply(plan(host.Plan{Version: "1.0.1"}))
	eventually(t, "the better one", func() bool { return inForce(h, "1.0.1")() && len(roles(h)) == 1 })
	if v := answers(t, h, ""); v != "1.0.1" {
		t.Errorf("answered by %s", v)
	}
}

func TestProvidersComeAndGo(t *testing.T) {
	h, _ := versioned(t, "rogue")
	h.Apply(map[string]host.Plan{"rogue-late": {Version: "2.0.0"}, "../rogue": {Version: "1.0.0"}, "error": {Version: "1.0.0"}})
	eventually(t, "the new market", func() bool { return slices.Contains(h.Markets(), "rogue-late") })
	if len(h.Status()) != 2 {
		t.Errorf("%+v", h.Status())
	}
	pid := status(h, "rogue-late").PID
	h.Apply(nil)
	eventually(t, "its end", func() bool { return !alive(pid) && len(h.Status()) == 1 })
}

// A version that fails in its new place is taken back at once, and is not tried
// again while it is still asked for.
func TestFaultyVersionsAreTakenBack(t *testing.T) {
	h, told := versioned(t, "rogue")
	bad := host.Plan{Version: "1.0.0-faulty", Warm: host.Shipped}
	h.Apply(plan(bad))
	eventually(t, "the faulty one in force", inForce(h, "1.0.0-faulty"))
	failed := 0
	eventually(t, "the return", func() bool {
		v := answers(t, h, "")
		if v != "0.1.0" {
			failed++
		}
		return v == "0.1.0"
	})
	if failed > 12 {
		t.Errorf("%d calls failed before", failed)
	}
	if what := <-told; !strings.HasPrefix(what, "rogue 1.0.0-faulty: ") || !strings.Contains(what, "faults") {
		t.Error(what)
	}
	for range 3 {
		h.Apply(plan(bad))
		time.Sleep(20 * time.Millisecond)
		if v := answers(t, h, "1.0.0-faulty"); v != "0.1.0" {
			t.Errorf("answered by %s", v)
		}
	}
	if s := status(h, "rogue"); !strings.Contains(s.Trouble, "taken back") {
		t.Errorf("%+v", s)
	}
	h.Apply(nil)
	eventually(t, "peace", func() bool { return status(h, "rogue").Trouble == "" })
	if len(told) > 0 {
		t.Errorf("told twice: %s", <-told)
	}
}

func TestFaultyCanaryIsDropped(t *testing.T) {
	h, told := versioned(t, "rogue")
	h.Apply(plan(host.Plan{Canary: "1.0.0", Share: 100}))
	eventually(t, "the canary", func() bool { return choose(h, "rogue", "x", "") == "1.0.0" })
	for range 2 {
		before := status(h, "rogue").Generations
		if len(before) < 2 {
			break
		}
		var fell atomic.Bool
		_, err := h.Evaluate(context.Background(), kyc.Question{Market: "rogue", Version: "1.0.0", Step: "do", Values: kyc.Values{"what": "exit"}})
		fell.Store(err != nil)
		if !fell.Load() {
			t.Fatal("it did not fall")
		}
		eventually(t, "its return or end", func() bool {
			now := status(h, "rogue").Generations
			return len(now) < 2 || now[1].Role != host.Canary || now[1].State == host.Ready && now[1].PID != before[1].PID
		})
	}
	if what := <-told; !strings.HasPrefix(what, "rogue 1.0.0: it does not stay ready") {
		t.Error(what)
	}
	if v := choose(h, "rogue", "x", ""); v != "0.1.0" {
		t.Errorf("chosen after: %s", v)
	}
	if v := answers(t, h, "1.0.0"); v != "0.1.0" {
		t.Errorf("its applications are answered by %s", v)
	}
}

// choose is Host.Choose where it cannot fail.
func choose(h *host.Host, market kyc.MarketID, key, pinned string) string {
	v, err := h.Choose(market, key, pinned)
	if err != nil {
		return err.Error()
	}
	return v
}

// hearing is a host of rogue 0.1.0 that waits so long for a version.
func hearing(t *testing.T, wait time.Duration) *host.Host {
	t.Helper()
	c := config(t, catalogue(t, "rogue"), &safeBuffer{})
	c.Timing.Hear, c.Versions, c.Settings = wait, newShelf(t), map[string]json.RawMessage{"rogue": json.RawMessage(must)}
	return run(t, c)
}

// TestVersionOfAnotherNodeIsWaitedFor: an application that began by a version at another
// node, which this one has not heard of yet, is judged by it and not by the older one.
func TestVersionOfAnotherNodeIsWaitedFor(t *testing.T) {
	h := hearing(t, 30*time.Second)
	heard := time.AfterFunc(500*time.Millisecond, func() { h.Apply(plan(host.Plan{Version: "2.0.0"})) })
	defer heard.Stop()
	if flow, err := h.Flow(t.Context(), "rogue", "2.0.0"); err != nil || flow.Version != "2.0.0" {
		t.Fatalf("the flow of a version on its way: %+v, %v", flow, err)
	}
	if v := answers(t, h, "2.0.0"); v != "2.0.0" {
		t.Errorf("an application that began at another node is answered by %s", v)
	}
}

// TestVersionThatIsGoneIsWaitedForOnce: then the one in force answers at once.
func TestVersionThatIsGoneIsWaitedForOnce(t *testing.T) {
	h := hearing(t, time.Second)
	for n := range 6 {
		began := time.Now()
		if v := answers(t, h, "9.9.9"); v != "0.1.0" {
			t.Errorf("answered by %s", v)
		}
		if waited := time.Since(began); n == 0 && waited < time.Second || n > 0 && waited >= time.Second {
			t.Errorf("question %d waited %v", n, waited)
		}
	}
}
