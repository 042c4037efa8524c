package main

import (
	"bufio"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A saved file is built, judged and swapped in while the demo runs; what does not
// build leaves what answered before.
func TestAuthorsSaveAndSee(t *testing.T) {
	dir := t.TempDir()
	save := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	save("rules.txt", "one")
	save("broken", "") // not even the first build goes well
	address := "127.0.0.1:" + freePort(t)
	build := "test ! -e broken && mkdir -p bin && cp " + filepath.Join(builtProviders(t), "overseas") + " bin/overseas"
	cmd := exec.Command("paifang", "provider", "dev", dir, "--name", "overseas", "--build", build, "--patience", "5", //nolint:gosec // a test's
		"--data", t.TempDir(), "--listen", address)
	cmd.Env = append(os.Environ(), "PAIFANG_PROVIDERS="+builtProviders(t), "PAIFANG_DATABASE_URL=")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	stuck := time.AfterFunc(90*time.Second, func() { _ = cmd.Process.Kill() })
	defer stuck.Stop()
	lines := bufio.NewScanner(out)
	await := func(text string) {
		t.Helper()
		for lines.Scan() {
			if strings.Contains(lines.Text(), text) {
				return
			}
		}
		t.Fatalf("%q is not said", text)
	}

	await("it does not build (exit status 1). Nothing that was saved answers yet, and the demo goes on without it. Mend what is said above and save")
	if err := os.Remove(filepath.Join(dir, "broken")); err != nil {
		t.Fatal(err)
	}
	await("answers now")
	save("rules.txt", "another")
	await("answers now")
	save("broken", "")
	await("it does not build (exit status 1). What answered before goes on.")
	resp, err := http.Get("http://" + address + "/t/demo")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Errorf("status %d", resp.StatusCode)
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	for lines.Scan() { //nolint:revive // what is said at the end
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("it does not end well: %v", err)
	}
}
