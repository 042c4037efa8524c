package host_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/plugins/host"
)

var built string // where programs are, once a test has asked for them

// programs builds the test providers once.
var programs = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "pf-host-test")
	if err != nil {
		return "", err
	}
	built = dir
	for name, pkg := range map[string]string{"rogue": "./testdata/rogue", "atlantis": "../sdk/plugintest/testdata/atlantis"} {
		if out, err := exec.Command("go", "build", "-trimpath", "-o", filepath.Join(dir, name), pkg).CombinedOutput(); err != nil {
			return "", fmt.Errorf("%w: %s", err, out)
		}
	}
	return dir, nil
})

// catalogue makes a catalogue with rogue under the given names, and atlantis.
func catalogue(t *testing.T, names ...string) string {
	t.Helper()
	built, err := programs()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	os.Chmod(dir, 0o755)
	var sums bytes.Buffer
	for _, name := range names {
		program := "rogue"
		if name == "atlantis" {
			program = name
		}
		b, err := os.ReadFile(filepath.Join(built, program))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o755); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&sums, "%x  %s\n", sha256.Sum256(b), name)
	}
	if err := os.WriteFile(filepath.Join(dir, "SHA256SUMS"), sums.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	return dir
}

// safeBuffer is a log that can be read while it is written.
type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safeBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *safeBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

func config(t *testing.T, dir string, log io.Writer) host.Config {
	run, err := os.MkdirTemp("", "pfr")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(run) })
	return host.Config{
		Dir: dir, RunDir: run, Clock: time.Now, IDs: func() string { return uuid.Must(uuid.NewV7()).String() },
		Log: slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		// Nobody waits for the end of these, however busy the machine is; see impatient.
		Timing: host.Timing{Evaluate: 20 * time.Second, Send: 20 * time.Second, Verify: 20 * time.Second, Probe: 20 * time.Second,
			Health: 10 * time.Second, HealthEvery: 400 * time.Millisecond, BackoffMin: 50 * time.Millisecond},
	}
}

// impatient is for tests that wait until the time of a call is over.
func impatient(c host.Config) host.Config {
	c.Timing.Evaluate, c.Timing.Send, c.Timing.Health = time.Second, 2*time.Second, time.Second
	return c
}

const must = `{"must":"yes"}`

// start starts rogue under the given names (and atlantis) with good settings.
func start(t *testing.T, names ...string) (*host.Host, *safeBuffer) {
	t.Helper()
	log := &safeBuffer{}
	return run(t, usual(t, log, names...)), log
}

// usual is the configuration of start.
func usual(t *testing.T, log io.Writer, names ...string) host.Config {
	t.Helper()
	c := config(t, catalogue(t, names...), log)
	c.Settings = map[string]json.RawMessage{}
	for _, name := range names {
		if name != "atlantis" {
			c.Settings[name] = json.RawMessage(must)
		}
	}
	return c
}

func run(t *testing.T, c host.Config) *host.Host {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	h, err := host.Start(ctx, c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		if err := h.Close(ctx); err != nil {
			t.Error(err)
		}
	})
	return h
}

func ask(h *host.Host, what string) (kyc.Finding, error) {
	return h.Evaluate(context.Background(), kyc.Question{Tenant: "demo", Market: "rogue", Step: "do",
		Values: kyc.Values{"what": what}, Locale: "en", Now: time.Unix(1800000000, 0)})
}

func status(h *host.Host, name string) host.Status {
	for _, s := range h.Status() {
		if s.Name == name {
			return s
		}
	}
	return host.Status{}
}

// eventually waits for a condition.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatalf("%s did not come about", what)
}

func TestAMarketIsAsked(t *testing.T) {
	h, _ := start(t, "atlantis")
	if m := h.Markets(); len(m) != 1 || m[0] != "atlantis" {
		t.Fatalf("markets: %v", m)
	}
	flow, err := h.Flow(context.Background(), "atlantis", "")
	if err != nil {
		t.Fatal(err)
	}
	if s, ok := flow.Step("profile"); !ok || s.Fields[0].Label != "atlantis.profile.number.label" || flow.Version != "1.2.3" {
		t.Errorf("flow: %+v", flow)
	}
	finding, err := h.Evaluate(context.Background(), kyc.Question{Market: "atlantis", Step: "profile",
		Values: kyc.Values{"number": " at19 "}, Now: time.Unix(1800000000, 0)})
	if err != nil {
		t.Fatal(err)
	}
	want := kyc.Source{Kind: "provider", Name: "atlantis", Version: "1.2.3"}
	if finding.Normalized["number"] != "AT19" || finding.Provider != want || finding.Tier != "basic" ||
		len(finding.Request) != 1 || finding.Request[0] != "papers" {
		t.Errorf("finding: %+v", finding)
	}
	finding, err = h.Evaluate(context.Background(), kyc.Question{Market: "atlantis", Step: "profile",
		Values: kyc.Values{"number": "AT10"}})
	if err != nil || len(finding.Problems) != 1 || finding.Problems[0].Code != "x.atlantis.drowned" {
		t.Errorf("finding: %+v, %v", finding, err)
	}
	for _, locale := range []kyc.Locale{"zh-Hans", "en", "ar", "fr", "ru", "zh-Hant"} {
		if h.Catalogues()[locale]["problem.x.atlantis.drowned"]["other"] == "" {
			t.Errorf("%s: no text for an own code", locale)
		}
	}
}

func TestWhatIsUnknownIsRefused(t *testing.T) {
	h, _ := start(t, "atlantis")
	ctx := context.Background()
	if _, err := h.Flow(ctx, "lemuria", ""); kyc.CodeOf(err) != kyc.NotFound {
		t.Errorf("unknown market: %v", err)
	}
	if _, err := h.Evaluate(ctx, kyc.Question{Market: "atlantis", Step: "nowhere"}); kyc.CodeOf(err) != kyc.Invalid {
		t.Errorf("unknown step: %v", err)
	}
	if _, err := h.Evaluate(ctx, kyc.Question{Market: "atlantis", Step: "profile", Values: kyc.Values{"number": "\xff"}}); kyc.CodeOf(err) != kyc.Invalid {
		t.Errorf("invalid UTF-8: %v", err)
	}
	if _, err := h.Send(ctx, kyc.Outgoing{Channel: kyc.Phone}); kyc.CodeOf(err) != kyc.Unavailable {
		t.Errorf("no messenger: %v", err)
	}
	if _, err := h.Verify(ctx, kyc.Verification{Capability: "registry.resident_id"}); kyc.CodeOf(err) != kyc.Unavailable {
		t.Errorf("no verifier: %v", err)
	}
}

func TestWrongAnswersAreNoAnswers(t *testing.T) {
	h, log := start(t, "rogue")
	for _, what := range []string{"huge", "tier", "problem", "code", "own code", "step", "milder", "error", "panic"} {
		if f, err := ask(h, what); kyc.CodeOf(err) != kyc.Unavailable {
			t.Errorf("%s: %+v, %v", what, f, err)
		}
		if _, err := ask(h, ""); err != nil && !strings.Contains(err.Error(), "too many faults") {
			t.Errorf("after %s: %v", what, err)
		}
	}
	if strings.Contains(log.String(), "ERIKSSON") {
		t.Error("a person is in the log")
	}
}

func TestBreakerOpens(t *testing.T) {
	h, _ := start(t, "rogue")
	for range 5 {
		ask(h, "error")
	}
	began := time.Now()
	_, err := ask(h, "")
	var e *kyc.Error
	if kyc.CodeOf(err) != kyc.Unavailable || time.Since(began) > 5*time.Second {
		t.Fatalf("after five faults: %v", err)
	}
	if ok := asError(err, &e); !ok || e.RetryAfter <= 0 || e.Key == "" {
		t.Errorf("error: %+v", e)
	}
}

func TestMessenger(t *testing.T) {
	log := &safeBuffer{}
	c := config(t, catalogue(t, "rogue"), log)
	c.Settings = map[string]json.RawMessage{"rogue": json.RawMessage(must)}
	c.Messengers = map[kyc.ContactKind][]string{kyc.Phone: {"rogue"}}
	h := run(t, c)
	send := func(text string) (kyc.Receipt, error) {
		return h.Send(context.Background(), kyc.Outgoing{ID: "m1", Channel: kyc.Phone, To: "+8613800138000", Text: text})
	}
	if r, err := send("hello"); err != nil || r.State != kyc.MessageSent || r.Reference != "m1" || r.Messenger != "rogue" {
		t.Errorf("sent: %+v, %v", r, err)
	}
	if r, err := send("refuse"); err != nil || r.State != kyc.MessageFailed || r.Failure != "address_refused" {
		t.Errorf("refused: %+v, %v", r, err)
	}
	var e *kyc.Error
	if _, err := send("later"); !asError(err, &e) || e.RetryAfter != time.Minute {
		t.Errorf("deferred: %v", err)
	}
	if _, err := send("nonsense"); kyc.CodeOf(err) != kyc.Unavailable {
		t.Errorf("nonsense: %v", err)
	}
}

func TestVerifier(t *testing.T) {
	h, _ := start(t, "rogue")
	verify := func(what string) (kyc.Verdict, error) {
		return h.Verify(context.Background(), kyc.Verification{ID: "c1", Capability: "rogue.check", Fields: kyc.Values{"what": what}})
	}
	if v, err := verify("pass"); err != nil || v.Result != kyc.Pass || v.Evidence["source"] != "rogue" {
		t.Errorf("pass: %+v, %v", v, err)
	}
	v, err := verify("fail")
	if err != nil || v.Result != kyc.Fail || len(v.Reasons) != 1 || v.Reasons[0].Disposition != kyc.Retry || v.Reasons[0].Source.Name != "rogue" {
		t.Errorf("fail: %+v, %v", v, err)
	}
	for _, what := range []string{"silent", "nothing"} {
		if v, err := verify(what); kyc.CodeOf(err) != kyc.Unavailable {
			t.Errorf("%s: %+v, %v", what, v, err)
		}
	}
}
