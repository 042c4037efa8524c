package storetest

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Server is a PostgreSQL server of a test's own, which may be killed.
type Server struct {
	URL     string // of an empty database
	t       *testing.T
	cluster plainCluster
	alive   io.Closer
}

// OwnServer starts a server for one test.
func OwnServer(t *testing.T) *Server {
	t.Helper()
	return OwnServerIn(t, os.TempDir())
}

// OwnServerIn starts a server for one test with its data in a new folder of the
// given one, which everybody can enter.
func OwnServerIn(t *testing.T, parent string) *Server {
	t.Helper()
	programs, err := findPrograms()
	if err != nil {
		t.Fatalf("%v\nInstall the Debian package postgresql.", err)
	}
	credential, err := plainUser()
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp(parent, "paifang-pg-")
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{t: t, cluster: plainCluster{programs: programs, dir: dir, attributes: &syscall.SysProcAttr{Credential: credential, Setpgid: true}}}
	t.Cleanup(func() {
		s.Kill()
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	if err := s.cluster.initialise(); err != nil {
		t.Fatal(err)
	}
	s.URL = s.cluster.url()
	s.Start()
	return s
}

// Start starts the server, also after Kill, on the data as it was left.
func (s *Server) Start() {
	s.t.Helper()
	var err error
	if s.alive, err = s.cluster.launch(""); err != nil {
		s.t.Fatal(err)
	}
}

// Kill ends the server and all processes that serve its clients by SIGKILL, and
// returns when none is left. Who is killed already stays so.
func (s *Server) Kill() {
	s.t.Helper()
	raw, _ := os.ReadFile(filepath.Join(s.cluster.dir, "data", "postmaster.pid"))
	var postmaster int
	if _, err := fmt.Sscan(string(raw), &postmaster); err == nil {
		// Stopped it starts no other: one that nobody knows of would keep the next server
		// from the memory that all share.
		_ = syscall.Kill(postmaster, syscall.SIGSTOP)
		for end := time.Now().Add(10 * time.Second); strings.IndexByte("RSD", state(postmaster)) >= 0; time.Sleep(time.Millisecond) {
			if time.Now().After(end) {
				s.t.Fatal("PostgreSQL does not stop")
			}
		}
		processes := append(childrenOf(postmaster), postmaster)
		for _, pid := range processes {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
		for _, pid := range processes {
			for end := time.Now().Add(10 * time.Second); running(pid) && time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
			}
		}
	}
	if s.alive != nil {
		_ = s.alive.Close()
		s.alive = nil
	}
}

// childrenOf lists the processes that a process has started.
func childrenOf(parent int) []int {
	var list []int
	entries, _ := os.ReadDir("/proc")
	for _, e := range entries {
		var pid, of int
		if _, err := fmt.Sscan(e.Name(), &pid); err != nil {
			continue
		}
		raw, _ := os.ReadFile(filepath.Join("/proc", e.Name(), "status"))
		_, rest, _ := strings.Cut(string(raw), "PPid:")
		if _, err := fmt.Sscan(rest, &of); err == nil && of == parent {
			list = append(list, pid)
		}
	}
	return list
}

// running tells whether a process is there and is not merely waited for.
func running(pid int) bool {
	is := state(pid)
	return is != 0 && is != 'Z'
}

// state is that of a process as proc(5) writes it, 0 when there is none.
func state(pid int) byte {
	raw, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if _, rest, _ := strings.Cut(string(raw), ") "); rest != "" {
		return rest[0]
	}
	return 0
}
