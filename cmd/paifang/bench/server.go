package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/paifang/paifang/core/store/storetest"
)

// server is a running gateway in development mode, and its database.
type server struct {
	dir      string // of its data
	base     string
	observed string
	command  *exec.Cmd
	log      *os.File
	database io.Closer
	ready    []time.Duration // of the first start, and of the second
	env      []string
	memory   string // folder in memory, "" for none
	stage    int    // 0 before the first start, 1 after it
}

// furnish does something to a server before its first start and after it.
type furnish func(s *server, programs string) error

// start starts a gateway twice: the first start makes tables and keys.
func start(programs, database string, hash bool, f furnish) (*server, error) {
	dir, err := os.MkdirTemp("", "paifang-bench-")
	if err != nil {
		return nil, err
	}
	s := &server{dir: dir}
	if err := s.begin(programs, database, hash, f); err != nil {
		s.end()
		return nil, err
	}
	return s, nil
}

func (s *server) begin(programs, database string, hash bool, f furnish) (err error) {
	address := ""
	switch database {
	case "postgres":
		// As it comes: what it acknowledges is on the disk.
		if address, s.database, err = storetest.StartServer("fsync=on", "shared_buffers=128MB"); err != nil {
			return err
		}
	case "sqlite":
	default:
		return fmt.Errorf("there is no database %q, only sqlite and postgres", database)
	}
	if s.log, err = os.Create(filepath.Join(s.dir, "log")); err != nil {
		return err
	}
	listen, observed, err := free()
	if err != nil {
		return err
	}
	s.base, s.observed = "http://"+listen, "http://"+observed
	s.env = append(os.Environ(), "PAIFANG_LISTEN="+listen, "PAIFANG_OBSERVE="+observed, "PAIFANG_DATA="+filepath.Join(s.dir, "data"),
		"PAIFANG_DATABASE_URL="+address, fmt.Sprintf("PAIFANG_NO_HASH=%t", !hash))
	if err := s.box(); err != nil {
		return err
	}
	for s.stage = range 2 {
		if s.stage > 0 {
			if err := s.stop(); err != nil {
				return err
			}
		}
		if f != nil {
			if err := f(s, programs); err != nil {
				return err
			}
		}
		if err := s.launch(programs, s.env); err != nil {
			return err
		}
	}
	return nil
}

// box has the mailbox in memory where the system has such a folder: the messenger
// stands for one that asks a vendor, who does not write files on this disk.
func (s *server) box() error {
	memory, err := os.MkdirTemp("/dev/shm", "paifang-bench-")
	if err != nil {
		return nil //nolint:nilerr // then it is on the disk
	}
	s.memory = memory
	if err := os.Mkdir(filepath.Join(s.dir, "data"), 0o700); err != nil {
		return err
	}
	return os.Symlink(memory, s.mailbox())
}

// free are two addresses that nobody listens on.
func free() (string, string, error) {
	var found [2]string
	for i := range found {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return "", "", err
		}
		defer func() { _ = l.Close() }()
		found[i] = l.Addr().String()
	}
	return found[0], found[1], nil
}

// launch starts the process and waits until it is ready.
func (s *server) launch(programs string, env []string) error {
	s.command = exec.Command(filepath.Join(programs, "paifang"), "demo")
	s.command.Env, s.command.Stderr = env, s.log
	began := time.Now()
	if err := s.command.Start(); err != nil {
		return fmt.Errorf("%w: run make build first", err)
	}
	for time.Since(began) < 30*time.Second {
		resp, err := http.Get(s.base + "/healthz/ready")
		if err == nil {
			resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				s.ready = append(s.ready, time.Since(began))
				return nil
			}
		}
		time.Sleep(2 * time.Millisecond)
	}
	return fmt.Errorf("the gateway is not ready after 30 s:\n%s", s.complaints())
}

func (s *server) stop() error {
	if err := s.command.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	err := s.command.Wait()
	s.command = nil
	return err
}

// end stops everything and removes the data.
func (s *server) end() {
	if s.command != nil {
		_ = s.stop()
	}
	if s.database != nil {
		_ = s.database.Close()
	}
	if s.log != nil {
		_ = s.log.Close()
	}
	_ = os.RemoveAll(s.dir)
	if s.memory != "" {
		_ = os.RemoveAll(s.memory)
	}
}

// mailbox is the folder where messages arrive.
func (s *server) mailbox() string { return filepath.Join(s.dir, "data", "mailbox") }

// complaints are the lines of the log that are warnings or errors, at most 20.
func (s *server) complaints() string {
	raw, err := os.ReadFile(s.log.Name())
	if err != nil {
		return err.Error()
	}
	var found []string
	for line := range strings.Lines(string(raw)) {
		if strings.Contains(line, "level=WARN") || strings.Contains(line, "level=ERROR") {
			found = append(found, line)
		}
	}
	return strings.Join(found[:min(20, len(found))], "")
}

// counted is what the gateway has counted.
type counted struct {
	Statements, Commits int64
	Waited              []time.Duration
}

func (s *server) counts() (c counted, err error) {
	resp, err := http.Get(s.observed + "/counts")
	if err != nil {
		return c, err
	}
	defer resp.Body.Close()
	return c, json.NewDecoder(resp.Body).Decode(&c)
}

// profiling takes a CPU profile until the returned function is called.
func (s settings) profiling(srv *server, name string) func() {
	if s.profile == "" {
		return func() {}
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		resp, err := http.Get(srv.observed + "/debug/pprof/profile?" + url.Values{"seconds": {"8"}}.Encode())
		if err != nil {
			return
		}
		defer resp.Body.Close()
		if raw, err := io.ReadAll(resp.Body); err == nil {
			_ = os.MkdirAll(s.profile, 0o755)
			_ = os.WriteFile(filepath.Join(s.profile, name+".pprof"), raw, 0o644)
		}
	}()
	return func() { <-done }
}
