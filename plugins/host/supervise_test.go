package host_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/plugins/host"
)

func asError(err error, e **kyc.Error) bool { return errors.As(err, e) }

// alive tells whether a process exists and is no zombie.
func alive(pid int) bool {
	b, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return false
	}
	_, rest, _ := strings.Cut(string(b), ") ")
	return !strings.HasPrefix(rest, "Z")
}

// stopped tells whether all threads of a process are stopped: a signal reaches
// them one after the other.
func stopped(pid int) bool {
	stats, _ := filepath.Glob("/proc/" + strconv.Itoa(pid) + "/task/*/stat")
	for _, path := range stats {
		b, _ := os.ReadFile(path)
		if _, rest, _ := strings.Cut(string(b), ") "); !strings.HasPrefix(rest, "T") {
			return false
		}
	}
	return len(stats) > 0
}

// group lists the processes of a process group.
func group(pgid int) []int {
	var found []int
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, path := range stats {
		b, _ := os.ReadFile(path)
		_, rest, _ := strings.Cut(string(b), ") ")
		// A zombie in the group is dead and init's to bury.
		if f := strings.Fields(rest); len(f) > 2 && f[0] != "Z" && f[2] == strconv.Itoa(pgid) {
			pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(path)))
			found = append(found, pid)
		}
	}
	return found
}

func TestKilledProviderIsReplaced(t *testing.T) {
	h, _ := start(t, "rogue", "atlantis")
	before := status(h, "rogue")
	syscall.Kill(before.PID, syscall.SIGKILL)
	eventually(t, "a new generation", func() bool {
		s := status(h, "rogue")
		return s.State == host.Ready && s.PID != before.PID
	})
	if _, err := ask(h, ""); err != nil {
		t.Error(err)
	}
	if s := status(h, "rogue"); s.Restarts != 1 {
		t.Errorf("status: %+v", s)
	}
	if s := status(h, "atlantis"); s.Restarts != 0 || s.State != host.Ready {
		t.Errorf("the other provider noticed: %+v", s)
	}
}

func TestStoppedProviderIsReplaced(t *testing.T) {
	h := run(t, impatient(usual(t, &safeBuffer{}, "rogue")))
	before := status(h, "rogue")
	syscall.Kill(before.PID, syscall.SIGSTOP)
	eventually(t, "every thread to stop", func() bool { return stopped(before.PID) })
	began := time.Now()
	if _, err := ask(h, ""); kyc.CodeOf(err) != kyc.Unavailable || time.Since(began) > 20*time.Second {
		t.Errorf("a stopped provider: %v after %v", err, time.Since(began))
	}
	eventually(t, "a new generation", func() bool {
		s := status(h, "rogue")
		return s.State == host.Ready && s.PID != before.PID
	})
	if alive(before.PID) {
		t.Error("the stopped process is still there")
	}
	if _, err := h.Flow(context.Background(), "rogue", ""); err != nil {
		t.Error(err)
	}
}

func TestSlowCallsEnd(t *testing.T) {
	h := run(t, impatient(usual(t, &safeBuffer{}, "rogue")))
	began := time.Now()
	if _, err := ask(h, "sleep"); kyc.CodeOf(err) != kyc.Unavailable || time.Since(began) > 20*time.Second {
		t.Errorf("%v after %v", err, time.Since(began))
	}
	if _, err := ask(h, ""); err != nil {
		t.Errorf("and after it: %v", err)
	}
}

func TestCloseLeavesNothingBehind(t *testing.T) {
	log := &safeBuffer{}
	c := config(t, catalogue(t, "rogue", "atlantis"), log)
	c.Settings = map[string]json.RawMessage{"rogue": json.RawMessage(must)}
	h, err := host.Start(context.Background(), c)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ask(h, "grandchild"); err != nil {
		t.Fatal(err)
	}
	f, err := ask(h, "runaway")
	runaway, _ := strconv.Atoi(f.Derived["pid"])
	if err != nil || !alive(runaway) {
		t.Fatalf("%d: %v", runaway, err)
	}
	var leaders []int
	for _, s := range h.Status() {
		leaders = append(leaders, s.PID)
	}
	if len(group(status(h, "rogue").PID)) != 2 {
		t.Fatal("the grandchild is not in the group")
	}
	if err := h.Close(context.Background()); err != nil {
		t.Error(err)
	}
	for _, pid := range leaders {
		if left := group(pid); len(left) > 0 || alive(pid) {
			t.Errorf("processes %v of group %d are left", left, pid)
		}
		if _, err := os.Stat("/proc/" + strconv.Itoa(pid)); err == nil {
			t.Errorf("%d is a zombie", pid)
		}
	}
	eventually(t, "the end of a process in a session of its own", func() bool { return !alive(runaway) })
	if left, _ := os.ReadDir(c.RunDir); len(left) > 0 {
		t.Errorf("left in the run directory: %v", left)
	}
	for _, s := range h.Status() {
		if s.State != host.Stopped {
			t.Errorf("status: %+v", s)
		}
	}
	if _, err := ask(h, ""); kyc.CodeOf(err) != kyc.Unavailable {
		t.Errorf("after Close: %v", err)
	}
}

func TestCloseDoesNotWaitForAStoppedProcess(t *testing.T) {
	log := &safeBuffer{}
	c := config(t, catalogue(t, "rogue"), log)
	c.Settings = map[string]json.RawMessage{"rogue": json.RawMessage(must)}
	c.Timing.Drain, c.Timing.HealthEvery = time.Minute, time.Hour
	h, err := host.Start(context.Background(), c)
	if err != nil {
		t.Fatal(err)
	}
	pid := status(h, "rogue").PID
	syscall.Kill(pid, syscall.SIGSTOP)
	eventually(t, "every thread to stop", func() bool { return stopped(pid) })
	ctx, cancel := context.WithTimeout(context.Background(), 500*time.Millisecond)
	defer cancel()
	began := time.Now()
	if err := h.Close(ctx); err == nil || time.Since(began) > 20*time.Second {
		t.Errorf("%v after %v", err, time.Since(began))
	}
	if alive(pid) {
		t.Error("the process is still there")
	}
}

func TestWrongDigestIsRefused(t *testing.T) {
	dir := catalogue(t, "rogue")
	path := filepath.Join(dir, "rogue")
	b, _ := os.ReadFile(path)
	os.WriteFile(path, append(b, 0), 0o755)
	c := config(t, dir, &safeBuffer{})
	h := run(t, c)
	if s := status(h, "rogue"); s.State != host.Quarantined || !strings.Contains(s.Reason, "digest") || s.PID != 0 {
		t.Errorf("status: %+v", s)
	}
	if _, err := h.Flow(context.Background(), "rogue", ""); kyc.CodeOf(err) != kyc.Unavailable {
		t.Errorf("flow: %v", err)
	}
}

func TestCatalogueOthersMayWriteIsRefused(t *testing.T) {
	dir := catalogue(t, "rogue")
	os.Chmod(dir, 0o777)
	if _, err := host.Start(context.Background(), config(t, dir, &safeBuffer{})); kyc.CodeOf(err) != kyc.Invalid {
		t.Errorf("writable directory: %v", err)
	}
	os.Chmod(dir, 0o755)
	os.Chmod(filepath.Join(dir, "rogue"), 0o777)
	h := run(t, config(t, dir, &safeBuffer{}))
	if s := status(h, "rogue"); s.State != host.Quarantined {
		t.Errorf("writable program: %+v", s)
	}
}

func TestLinksAndUnknownNamesAreRefused(t *testing.T) {
	dir := catalogue(t, "rogue")
	os.Rename(filepath.Join(dir, "rogue"), filepath.Join(dir, "real"))
	os.Symlink(filepath.Join(dir, "real"), filepath.Join(dir, "rogue"))
	h := run(t, config(t, dir, &safeBuffer{}))
	if s := status(h, "rogue"); s.State != host.Quarantined {
		t.Errorf("a link: %+v", s)
	}
	c := config(t, dir, &safeBuffer{})
	c.Enabled = []string{"nobody"}
	if _, err := host.Start(context.Background(), c); kyc.CodeOf(err) != kyc.Invalid {
		t.Errorf("an unknown name: %v", err)
	}
}

func TestBadStartsAreContained(t *testing.T) {
	names := []string{"rogue-mute", "rogue-babble", "rogue-elsewhere", "rogue-kind", "rogue-key", "rogue-market", "rogue-config", "atlantis"}
	c := config(t, catalogue(t, names...), &safeBuffer{})
	c.Timing.Start, c.Timing.BackoffMin, c.Timing.BackoffMax = 10*time.Second, time.Minute, time.Minute
	c.Settings = map[string]json.RawMessage{}
	for _, name := range names[:6] {
		c.Settings[name] = json.RawMessage(must)
	}
	c.Settings["rogue-config"] = json.RawMessage(`{"must":"Anna Maria ERIKSSON"}`)
	h := run(t, c)
	for name, why := range map[string]string{
		"rogue-mute": "not in time", "rogue-babble": "handshake", "rogue-elsewhere": "address",
		"rogue-kind": "unknown kind", "rogue-key": "message key", "rogue-market": "its own id", "rogue-config": "/must const",
	} {
		s := status(h, name)
		if s.State.Callable() || !strings.Contains(s.Reason, why) || strings.Contains(s.Reason, "ERIKSSON") {
			t.Errorf("%s: %+v", name, s)
		}
	}
	if s := status(h, "atlantis"); s.State != host.Ready {
		t.Errorf("atlantis: %+v", s)
	}
}

func TestUnconfiguredProvidersStandAside(t *testing.T) {
	h := run(t, config(t, shipped(t), &safeBuffer{}))
	if s := status(h, "smtp"); s.State != host.Stopped || s.Reason == "" || s.PID != 0 {
		t.Errorf("smtp: %+v", s)
	}
}

func TestCrashLoopIsQuarantined(t *testing.T) {
	h, _ := start(t, "rogue-crash")
	eventually(t, "quarantine", func() bool { return status(h, "rogue-crash").State == host.Quarantined })
	if s := status(h, "rogue-crash"); s.Restarts != 4 || s.Reason == "" {
		t.Errorf("status: %+v", s)
	}
	if err := h.Restart("rogue-crash"); err != nil {
		t.Fatal(err)
	}
	eventually(t, "another try", func() bool { return status(h, "rogue-crash").Restarts > 4 })
	if err := h.Restart("nobody"); kyc.CodeOf(err) != kyc.NotFound {
		t.Error(err)
	}
}

func TestQuarantineForFailuresEndsWithOneTry(t *testing.T) {
	log := &safeBuffer{}
	c := config(t, catalogue(t, "rogue-crash", "rogue"), log)
	c.Timing.Quarantine = 300 * time.Millisecond
	c.Settings = map[string]json.RawMessage{"rogue-crash": json.RawMessage(must), "rogue": json.RawMessage(`{"must":"no"}`)}
	h := run(t, c)
	quarantines := func(name string) int {
		return strings.Count(log.String(), "provider="+name+" state=quarantined")
	}
	eventually(t, "two tries more", func() bool { return quarantines("rogue-crash") >= 3 })
	if strings.Count(log.String(), "provider=rogue-crash state=backoff") != 4 {
		t.Errorf("after a quarantine there is more than one try: %s", log)
	}
	if !strings.Contains(log.String(), "; next try at ") {
		t.Error("it is not said when the next try is")
	}
	if s := status(h, "rogue"); s.State != host.Quarantined || s.Restarts != 0 || strings.Contains(s.Reason, "next try") {
		t.Errorf("a refused configuration is tried again: %+v", s)
	}
}

func TestStderrCannotHurt(t *testing.T) {
	h, log := start(t, "rogue")
	if _, err := ask(h, "stderr"); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the code in the log", func() bool { return strings.Contains(log.String(), "vendor_slow") })
	eventually(t, "the place in the log", func() bool { return strings.Contains(log.String(), "/src/rogue/main.go:99") })
	if _, err := ask(h, ""); err != nil {
		t.Error(err)
	}
	if strings.Contains(log.String(), "ERIKSSON") {
		t.Error("a person is in the log")
	}
}

func TestEnvironmentIsAllowListed(t *testing.T) {
	t.Setenv("PAIFANG_MASTER_KEY", "secret")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "secret")
	h, _ := start(t, "rogue")
	f, err := ask(h, "environment")
	if err != nil {
		t.Fatal(err)
	}
	allowed := []string{"LANG", "TZ", "GOTRACEBACK", "GOMEMLIMIT", "GOMAXPROCS", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR", "PAIFANG_PROVIDER"}
	for _, variable := range strings.Split(f.Derived["environment"], "\x00") {
		name, _, _ := strings.Cut(variable, "=")
		if !slices.Contains(allowed, name) && !strings.HasPrefix(name, "PLUGIN_") {
			t.Errorf("%s leaks", name)
		}
	}
}

func TestDeadHostsDirectoriesAreSwept(t *testing.T) {
	c := config(t, catalogue(t, "atlantis"), &safeBuffer{})
	dead := filepath.Join(c.RunDir, "h123")
	os.Mkdir(dead, 0o700)
	os.WriteFile(filepath.Join(dead, "lock"), nil, 0o600)
	stillborn := filepath.Join(c.RunDir, "h456") // died before it locked
	os.Mkdir(stillborn, 0o700)
	run(t, c)
	for _, dir := range []string{dead, stillborn} {
		if _, err := os.Stat(dir); err == nil {
			t.Errorf("%s is still there", dir)
		}
	}
}

// A provider's memory is that of all that it started.
func TestHungryChildrenAreWeighed(t *testing.T) {
	c := config(t, catalogue(t, "rogue"), &safeBuffer{})
	c.Settings = map[string]json.RawMessage{"rogue": json.RawMessage(must)}
	h := run(t, c)
	before := status(h, "rogue").PID
	f, err := ask(h, "hungry child")
	child, _ := strconv.Atoi(f.Derived["pid"])
	if err != nil || child == 0 {
		t.Fatal(err)
	}
	eventually(t, "its replacement", func() bool { s := status(h, "rogue"); return s.State == host.Ready && s.PID != before })
	eventually(t, "the child's end", func() bool { return !alive(child) })
}
