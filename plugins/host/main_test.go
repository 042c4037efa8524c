package host_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/paifang/paifang/plugins/host"
)

// TestMain runs the tests, or a host that is to be killed: see
// TestProvidersDieWithTheHost.
func TestMain(m *testing.M) {
	if dir := os.Getenv("PF_TEST_HOST"); dir != "" {
		doomed(dir, os.Getenv("PF_TEST_RUN"))
		return
	}
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		if built != "" {
			os.RemoveAll(built)
		}
		os.Exit(code)
	}))
}

// doomed starts a host, tells the pid of its provider, and waits for its end.
func doomed(dir, run string) {
	h, err := host.Start(context.Background(), host.Config{Dir: dir, RunDir: run, Clock: time.Now,
		IDs: func() string { return "id" }, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
		Settings: map[string]json.RawMessage{"rogue": json.RawMessage(must)}})
	if err != nil {
		fmt.Println(err)
		return
	}
	started := []any{status(h, "rogue").PID}
	for _, what := range []string{"grandchild", "runaway"} {
		f, err := ask(h, what)
		if err != nil {
			fmt.Println(err)
			return
		}
		started = append(started, f.Derived["pid"])
	}
	fmt.Println(started...)
	time.Sleep(time.Hour)
}

func TestProvidersDieWithTheHost(t *testing.T) {
	c := config(t, catalogue(t, "rogue"), io.Discard)
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "PF_TEST_HOST="+c.Dir, "PF_TEST_RUN="+c.RunDir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var pid, grandchild, runaway int
	if _, err := fmt.Fscan(out, &pid, &grandchild, &runaway); err != nil || !alive(pid) || !alive(grandchild) || !alive(runaway) {
		t.Fatalf("provider %d: %v", pid, err)
	}
	cmd.Process.Kill()
	cmd.Wait()
	eventually(t, "the end of the provider", func() bool { return !alive(pid) })
	left, _ := os.ReadDir(c.RunDir)
	if len(left) != 1 || !strings.HasPrefix(left[0].Name(), "h") {
		t.Fatalf("run directory: %v", left)
	}
	c.Settings = map[string]json.RawMessage{"rogue": json.RawMessage(must)}
	run(t, c)
	if _, err := os.Stat(c.RunDir + "/" + left[0].Name()); err == nil {
		t.Error("the dead host's directory is still there")
	}
	eventually(t, "the end of what the provider had started", func() bool { return !alive(grandchild) && !alive(runaway) })
}
