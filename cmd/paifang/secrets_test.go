package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// No secret stands in a command line, which every user of the machine can read,
// and no program that the gateway starts has one in its environment.
func TestSecretsStayInside(t *testing.T) {
	data := t.TempDir()
	if err := os.MkdirAll(data+"/mailbox", 0o700); err != nil {
		t.Fatal(err)
	}
	const password = "hunter2-of-the-mail-server"
	settings := filepath.Join(t.TempDir(), "settings.json")
	err := os.WriteFile(settings, fmt.Appendf(nil, `{"smtp": {"host": "127.0.0.1", "port": 1, "tls": "starttls", "user": "id", "password": %q, "from": "id@shop.example"},
		"sandboxmailbox": {"dir": %q}}`, password, data+"/mailbox"), 0o600)
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("PAIFANG_SETTINGS", settings)
	t.Setenv("PAIFANG_MESSENGERS", "email=smtp;phone=sandboxmailbox")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "hunter2-of-the-bucket")
	t.Setenv("VAULT_TOKEN", "hunter2-of-the-kms")
	r := run(t, "demo", "--data", data)
	key, err := os.ReadFile(filepath.Join(data, "master.key"))
	if err != nil {
		t.Fatal(err)
	}
	secrets := []string{"hunter2", strings.TrimSpace(string(key)), "AWS_SECRET", "PAIFANG_SETTINGS", "PAIFANG_DATABASE_URL"}
	started := below(t, r.Process.Pid)
	if len(started) < 4 { // three markets and the messengers
		t.Fatalf("%d programs were started", len(started))
	}
	for _, p := range append(started, r.Process.Pid) {
		line, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", p))
		environ, _ := os.ReadFile(fmt.Sprintf("/proc/%d/environ", p))
		for _, s := range secrets {
			if strings.Contains(string(line), s) {
				t.Errorf("%q has a secret on its command line", line)
			}
			if p != r.Process.Pid && strings.Contains(string(environ), s) {
				t.Errorf("%q has %.20q in its environment", line, s)
			}
		}
	}
}

// Who runs as the same user cannot read the memory of the core.
func TestMemoryIsClosed(t *testing.T) {
	dumpable := func() int {
		now, err := unix.PrctlRetInt(unix.PR_GET_DUMPABLE, 0, 0, 0, 0)
		if err != nil {
			t.Fatal(err)
		}
		return now
	}
	before := dumpable()
	t.Cleanup(func() { _ = unix.Prctl(unix.PR_SET_DUMPABLE, uintptr(before), 0, 0, 0) })
	if err := closeMemory(); err != nil || dumpable() != 0 {
		t.Errorf("it can be read: %d, %v", dumpable(), err)
	}
}

// below are the programs that a process started, and those that they started.
func below(t *testing.T, parent int) []int {
	t.Helper()
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		t.Fatal(err)
	}
	var list []int
	for _, name := range stats {
		raw, err := os.ReadFile(name)
		if err != nil {
			continue // it has ended
		}
		// "pid (name) state ppid …"; the name may hold anything.
		fields := strings.Fields(string(raw[strings.LastIndexByte(string(raw), ')')+1:]))
		pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(name)))
		if len(fields) > 1 && fields[1] == strconv.Itoa(parent) {
			list = append(append(list, pid), below(t, pid)...)
		}
	}
	return list
}
